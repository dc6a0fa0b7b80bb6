import { NUMERIC_TYPES, TEMPORAL_TYPES } from "@touchstone/core/model/field";
import { inference, outOf, type Candidate } from "./candidate.ts";
import { columnNamed, type Column, type Sample } from "./sample.ts";
import { wilsonUpper } from "./statistics.ts";

const ROWS_MIN = 50;
const COLUMNS_MAX = 40;
/** Share of the rows that may break an order or an equality: upper end of the 95 % interval. */
const BROKEN_MAX = 0.01;
/** Share of rows an order must be broken on when the two columns are paired at random: else they are only of different size. */
const RANDOM_BROKEN_MIN = 0.1;
/** Values that differ before equality means anything. */
const DISTINCT_MIN = 10;

const valueAt = (c: Column, row: number): number => (c.codes[row]! < 0 ? NaN : c.numbers[c.codes[row]!]!);

type Compared = { rows: number; less: number; equal: number; randomLess: number; scale: number };

/** How often a < b and a = b, in a row and between a row and one far from it; rows on which both are zero say nothing. */
const compared = (a: Column, b: Column): Compared => {
  const result = { rows: 0, less: 0, equal: 0, randomLess: 0, scale: 1 };
  const shift = Math.floor(a.codes.length / 2) || 1;
  let [sizeA, sizeB] = [0, 0];
  for (let row = 0; row < a.codes.length; row++) {
    const [x, y, other] = [valueAt(a, row), valueAt(b, row), valueAt(b, (row + shift) % a.codes.length)];
    if (x < other) result.randomLess++;
    if (Number.isNaN(x) || Number.isNaN(y) || (x === 0 && y === 0)) continue;
    result.rows++;
    sizeA += Math.abs(x);
    sizeB += Math.abs(y);
    if (x < y) result.less++;
    else if (x === y) result.equal++;
  }
  return { ...result, scale: Math.max(sizeA / sizeB, sizeB / sizeA) };
};

const candidateOf = (
  rule: string,
  a: Column,
  b: Column,
  rows: number,
  broken: number,
  what: string,
  violates: (x: number, y: number) => boolean,
): Candidate => ({
  rule_type: rule,
  fields: [a.field.name],
  properties: { field_name: b.field.name, inclusive: true },
  coverage: 1,
  why: `${a.field.name} is ${what} ${b.field.name} on ${outOf(rows - broken, rows)} rows, which pairing them at random does not give`,
  support: rows - broken,
  violates: (sample: Sample, row) =>
    violates(valueAt(columnNamed(sample, a.field.name)!, row), valueAt(columnNamed(sample, b.field.name)!, row)),
  exceptionsMax: BROKEN_MAX * 2,
});

/** Ratio of mean sizes beyond which two numbers are of different kinds, and their order means nothing. */
const SCALE_MAX = 30;

const related = (a: Column, b: Column): Candidate[] => {
  const c = compared(a, b);
  if (c.rows < ROWS_MIN || c.scale > SCALE_MAX) return [];
  const few = (broken: number) => broken === 0 || wilsonUpper(broken, c.rows) <= BROKEN_MAX;
  const unequal = c.rows - c.equal;
  if (few(unequal))
    return c.equal > 0 && a.values.length >= DISTINCT_MIN
      ? [candidateOf("equalToField", a, b, c.rows, unequal, "equal to", (x, y) => x !== y && x === x && y === y)]
      : [];
  const greater = c.rows - c.less - c.equal;
  if (few(c.less) && c.randomLess >= c.rows * RANDOM_BROKEN_MIN)
    return [candidateOf("greaterThanField", a, b, c.rows, c.less, "at least", (x, y) => x < y)];
  const randomGreater = a.codes.length - c.randomLess;
  if (few(greater) && randomGreater >= c.rows * RANDOM_BROKEN_MIN)
    return [candidateOf("lessThanField", a, b, c.rows, greater, "at most", (x, y) => x > y)];
  return [];
};

export default inference({
  name: "fieldOrder",
  level: 3,
  docs: "greaterThanField, lessThanField, equalToField: two dates or two numbers that keep an order on all but a few rows, though at random they would not.",
  candidates: (sample) =>
    [TEMPORAL_TYPES, NUMERIC_TYPES].flatMap((family) => {
      const columns = sample.columns.filter((c) => family.includes(c.field.field_type) && c.known >= ROWS_MIN).slice(0, COLUMNS_MAX);
      return columns.flatMap((a, i) => columns.slice(i + 1).flatMap((b) => related(a, b)));
    }),
});
