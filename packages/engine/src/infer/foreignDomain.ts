/**
 * A value that stands in the wrong column: rare in its own, common in another one with which its own has nothing in common otherwise (a city
 * among the states), or two columns exchanged in one row.
 *
 * Only columns of recurring values are looked at, and of numbers: in a column of names any word may stand once. Columns that share their values by nature
 * (origin and destination, a city named like its county) are left alone.
 */
import { inference, wrongValue, type Candidate } from "./candidate.ts";
import { quoted } from "./numbers.ts";
import { holdsNumbers, isNumber } from "./numeric-text.ts";
import { byFrequency, distinctOf, type Column, type Sample } from "./sample.ts";

const ROWS_MIN = 40;
const COLUMNS_MAX = 120;
/** Share of the rows that repeat a value met before, for a column to be one of recurring values. */
const RECURRING_MIN = 0.8;
/** Rows up to which a value is rare in its column, and share of the rows all such foreign values may hold. */
const RARE_ROWS_MAX = 2;
const RARE_SHARE_MAX = 0.001;
const FOREIGN_SHARE_MAX = 0.01;
const FOREIGN_ROWS_ALWAYS = 2;
/** Rows from which a value is at home in the other column, and how many times its rows here. */
const HOME_ROWS_MIN = 5;
const HOME_LIFT_MIN = 5;
/** Share of this column's rows whose value also occurs in the other: more, and the two share their values by nature. */
const SHARED_MAX = 0.005;
/** Shorter texts are letters and digits, which mean something in any column. */
const LENGTH_MIN = 2;
/** Values a check lists. */
const LISTED_MAX = 50;

/** Texts that may stand anywhere. */
const ANYWHERE = /^(|-+|\.+|\?+|n\/?a|none|null|nan|other|unknown|yes|no|true|false|total|all|[0-9.,+-]*)$/i;

/** Columns of numbers in which a text of another column may stand more often: it is none of theirs anyway. */
const AMONG_NUMBERS_MAX = 0.07;

const isRecurring = (c: Column): boolean =>
  c.field.field_type === "String" && c.known >= ROWS_MIN && distinctOf(c) >= 2 && distinctOf(c) <= c.known * (1 - RECURRING_MIN);

type Foreign = { code: number; from: Column };

/** Values of a column that are at home in another; a part of a sample knows the rare values of the whole, which may all lie in the other part. */
const foreignIn = (c: Column, from: Column, homes: ReadonlyMap<string, number>): Foreign[] => {
  let [sharedRows, foreignRows] = [0, 0];
  const isOfNumbers = holdsNumbers(c);
  const found: Foreign[] = [];
  for (const [code, text] of c.values.entries()) {
    const rows = c.counts[code]!;
    const home = homes.get(text) ?? 0;
    if (home < HOME_ROWS_MIN) continue;
    const isRare = isOfNumbers ? !isNumber(text) : c.total(code) <= Math.max(RARE_ROWS_MAX, c.known * RARE_SHARE_MAX);
    const isForeign = isRare && home >= rows * HOME_LIFT_MIN;
    if (!isForeign) sharedRows += rows;
    else if (text.length >= LENGTH_MIN && !ANYWHERE.test(text.trim())) {
      found.push({ code, from });
      foreignRows += rows;
    }
  }
  const share = isOfNumbers ? AMONG_NUMBERS_MAX : FOREIGN_SHARE_MAX;
  const isNatural = sharedRows > c.known * SHARED_MAX || foreignRows > Math.max(FOREIGN_ROWS_ALWAYS, c.known * share);
  return isNatural ? [] : found;
};

const candidateOf = (c: Column, foreign: readonly Foreign[]): Candidate => {
  const codes = new Set(foreign.map(({ code }) => code));
  const texts = [...codes].map((code) => c.values[code]!).toSorted();
  const homes = [...new Set(foreign.map(({ from }) => from.field.name))];
  return {
    rule_type: "satisfiesExpression",
    fields: [c.field.name],
    properties: { expression: `${quoted(c.field.name)} NOT IN (${texts.map((text) => `'${text.replaceAll("'", "''")}'`).join(", ")})` },
    coverage: 1,
    why: `${texts.length === 1 ? "One value" : `${texts.length} values`} of ${c.field.name} ${texts.length === 1 ? "is a value" : "are values"} of ${homes.join(" and ")}, with which ${c.field.name} has nothing in common on its other rows`,
    support: c.known,
    violates: wrongValue(c, (code) => codes.has(code)),
    exceptionsMax: AMONG_NUMBERS_MAX * 1.5,
  };
};

const candidates = (sample: Sample): Candidate[] => {
  const columns = sample.columns.filter(isRecurring).slice(0, COLUMNS_MAX);
  const numbers = sample.columns.filter((c) => holdsNumbers(c) && !columns.includes(c)).slice(0, COLUMNS_MAX);
  const homes = columns.map((c) => new Map(byFrequency(c).map((code) => [c.values[code]!, c.total(code)])));
  return [...columns, ...numbers].flatMap((c) => {
    const foreign = columns.flatMap((from, i) => (from === c ? [] : foreignIn(c, from, homes[i]!)));
    const codes = new Set(foreign.map(({ code }) => code));
    return codes.size === 0 || codes.size > LISTED_MAX ? [] : [candidateOf(c, foreign)];
  });
};

export default inference({
  name: "foreignDomain",
  level: 2,
  docs: "Values that occur once or twice in their column and are common in another one, with which their column shares nothing else: entered in the wrong column, or exchanged.",
  candidates,
});
