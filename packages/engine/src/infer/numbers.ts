/** Columns read as numbers, row by row: what arithmetic between columns is looked for in. */
import { NUMERIC_TYPES, type Field } from "@touchstone/core/model/field";
import { holdsNumbers } from "./numeric-text.ts";
import { columnNamed, type Column, type Sample } from "./sample.ts";

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Numbers, or text that is numbers but for some cells that isType names. */
export const isNumeric = (c: Column): boolean => NUMERIC_TYPES.includes(c.field.field_type) || holdsNumbers(c);

/** The column as a number in the portable language. */
export const asNumber = (f: Field): string => (f.field_type === "String" ? `TRY_CAST(${quoted(f.name)} AS DOUBLE)` : quoted(f.name));

const rowwise = new WeakMap<Column, Float64Array>();

/** The number of each row, NaN where there is none. */
export const numbersOf = (c: Column): Float64Array => {
  const known = rowwise.get(c);
  if (known !== undefined) return known;
  const numbers = new Float64Array(c.codes.length);
  for (let row = 0; row < numbers.length; row++) numbers[row] = c.codes[row]! < 0 ? NaN : c.numbers[c.codes[row]!]!;
  rowwise.set(c, numbers);
  return numbers;
};

const inOrder = new WeakMap<Column, Float64Array>();

/** The finite numbers of a column, sorted, with repetition. */
export const sortedNumbers = (c: Column): Float64Array => {
  const known = inOrder.get(c);
  if (known !== undefined) return known;
  const numbers = new Float64Array(c.codes.length);
  let found = 0;
  for (const code of c.codes) if (code >= 0 && Number.isFinite(c.numbers[code]!)) numbers[found++] = c.numbers[code]!;
  const sorted = numbers.slice(0, found).sort();
  inOrder.set(c, sorted);
  return sorted;
};

export const numbersNamed = (sample: Sample, name: string): Float64Array => numbersOf(columnNamed(sample, name)!);

/** Decimals that are looked at: beyond them a number is a fraction of two others, not something rounded. */
const DECIMALS_MAX = 12;
const VALUES_LOOKED_AT = 500;

const roundings = new WeakMap<readonly string[], number>();

/** Half a unit of the last decimal the values are written with, and a little for the arithmetic of doubles. */
export const roundingOf = (c: Column): number => {
  const known = roundings.get(c.values);
  if (known !== undefined) return known;
  const decimals = c.values.slice(0, VALUES_LOOKED_AT).map((text) => /^[^.]*\.([0-9]+)$/.exec(text)?.[1]?.length ?? 0);
  const rounding = 0.5001 * 10 ** -Math.min(Math.max(0, ...decimals), DECIMALS_MAX);
  roundings.set(c.values, rounding);
  return rounding;
};
