/** Columns of numbers that are text only because some of their cells are none: one `12 EUR` makes a file's column text. */
import { byFrequency, type Column } from "./sample.ts";

/** Share of the rows that must denote numbers. */
const NUMBERS_MIN = 0.9;
const ROWS_MIN = 25;

const NUMBER = /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/;
/** Leading zeros make a code of digits: it has a format, not a size. */
const CODE = /^[+-]?0[0-9]/;

export const isNumber = (text: string): boolean => NUMBER.test(text) && !CODE.test(text);

/** Values looked at before a column is taken for something else. */
const LOOKED_AT = 40;

const known = new WeakMap<Column, boolean>();

/** Text whose values denote numbers on nearly all rows, none of them a code with leading zeros. */
export const holdsNumbers = (c: Column): boolean => {
  const before = known.get(c);
  if (before !== undefined) return before;
  const answer =
    c.field.field_type === "String" &&
    c.known >= ROWS_MIN &&
    c.values.slice(0, LOOKED_AT).some(isNumber) &&
    !c.values.some((text, code) => c.counts[code]! > 0 && CODE.test(text)) &&
    numberRows(c) >= c.known * NUMBERS_MIN;
  known.set(c, answer);
  return answer;
};

const numberRows = (c: Column): number =>
  byFrequency(c).reduce((rows, code) => rows + (isNumber(c.values[code]!) ? c.counts[code]! : 0), 0);
