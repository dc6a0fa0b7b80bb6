/**
 * Sizes that go together: volume and weight, price and cost, rent and area. Their ratio lies in a much narrower band than either does; where it is
 * several times the usual one, and apart from all other ratios, one of the two was written in another unit or with a digit too many.
 *
 * Which of the two is told by the other relations of the row, else by which lies farther from the middle of its own column; where neither says, both
 * are named.
 */
import { NUMERIC_TYPES } from "@touchstone/core/model/field";
import { blamed } from "./blame.ts";
import { inference, outOf, type Candidate } from "./candidate.ts";
import { numbersNamed, quoted, sortedNumbers } from "./numbers.ts";
import { areSlips, bound, logsOf, OUTSIDE_MAX, reachOf, SIZES_MIN, spreadOf, TIMES_MIN } from "./residual.ts";
import type { Column, Sample } from "./sample.ts";
import { quantileOf } from "./statistics.ts";

const COLUMNS_MAX = 60;
/** Spread of the ratio, relative to that of either column, up to which the two go together; and below which they say the same (sameAs.ts). */
const RATIO_MAX = 0.35;
const RATIO_MIN = 0.005;
/** Rows by which most pairs are rejected. */
const FIRST_ROWS = 500;
/** Share of the contradictory rows in which one of the two must lie farther out to be named alone. */
const FARTHER_MIN = 0.67;
/** Relations claimed of one column. */
const CLAIMS_MAX = 2;

type Sized = { column: Column; logs: Float64Array; spread: number; middle: number };

const sizedOf = (column: Column): Sized[] => {
  const logs = logsOf(column);
  if (logs === null) return [];
  const sorted = sortedNumbers(column)
    .filter((x) => x > 0)
    .map(Math.log);
  return [{ column, logs, spread: spreadOf(sorted), middle: quantileOf(sorted, 0.5) }];
};

/** Logarithms of the ratio, on every n-th row. */
const ratios = (a: Sized, b: Sized, step: number): Float64Array => {
  const left = new Float64Array(Math.ceil(a.logs.length / step));
  let found = 0;
  for (let row = 0; row < a.logs.length; row += step) {
    const ratio = a.logs[row]! - b.logs[row]!;
    if (!Number.isNaN(ratio)) left[found++] = ratio;
  }
  return left.subarray(0, found);
};

const isNarrow = (a: Sized, b: Sized, left: Float64Array): boolean => {
  const spread = spreadOf(left.toSorted());
  return spread >= RATIO_MIN && spread <= RATIO_MAX * Math.min(a.spread, b.spread);
};

/** That a / b lies between two bounds, and in which rows not. */
type Band = { a: Sized; b: Sized; min: number; max: number; rows: number; broken: number[]; spread: number };

const bandOf = (a: Sized, b: Sized): Band[] => {
  const step = Math.max(1, Math.floor(a.logs.length / FIRST_ROWS));
  if (!isNarrow(a, b, ratios(a, b, step))) return [];
  const left = ratios(a, b, 1);
  const middle = quantileOf(left.toSorted(), 0.5);
  if (left.length < SIZES_MIN || !isNarrow(a, b, left)) return [];
  const reach = reachOf(left.map((x) => x - middle));
  if (reach === null) return [];
  const [min, max] = [bound(middle - reach.reach), bound(middle + reach.reach)];
  const [low, high] = [Math.log(min), Math.log(max)];
  const broken: number[] = [];
  a.logs.forEach((x, row) => {
    const ratio = x - b.logs[row]!;
    if (ratio < low || ratio > high) broken.push(row);
  });
  const outside = broken.map((row) => a.logs[row]! - b.logs[row]! - middle);
  const inside = left.filter((x) => x >= low && x <= high);
  return areSlips(outside, inside) ? [{ a, b, min, max, rows: left.length, broken, spread: spreadOf(inside.toSorted()) }] : [];
};

/** Of the two the one that lies farther from the middle of its column in most of the contradictory rows; both where neither does. */
const farther = ({ a, b, broken }: Band): Column[] => {
  const distance = ({ logs, middle, spread }: Sized, row: number) => Math.abs(logs[row]! - middle) / spread;
  const votes = broken.filter((row) => distance(a, row) > distance(b, row)).length;
  if (votes >= broken.length * FARTHER_MIN) return [a.column];
  return broken.length - votes >= broken.length * FARTHER_MIN ? [b.column] : [a.column, b.column];
};

const candidateOf = ({ a, b, min, max, rows, broken }: Band, named: readonly Column[]): Candidate => {
  const [x, y] = [a.column.field.name, b.column.field.name];
  const held = rows - broken.length;
  return {
    rule_type: "satisfiesExpression",
    fields: named.map((c) => c.field.name),
    properties: { expression: `${quoted(y)} <= 0 OR ${quoted(x)} <= 0 OR ${quoted(x)} / ${quoted(y)} BETWEEN ${min} AND ${max}` },
    coverage: 1,
    key: JSON.stringify(["go together", x, y]),
    says: `${x} is between ${min} and ${max} times ${y}`,
    why:
      `${x} and ${y} go together on ${outOf(held, rows)} rows: their ratio varies far less than either of them` +
      (broken.length === 0
        ? ""
        : `; on the other ${broken.length} it is more than ${TIMES_MIN} times the usual one, or less than that part of it, and apart from all others`),
    support: held,
    violates: (sample) => {
      const [over, under] = [numbersNamed(sample, x), numbersNamed(sample, y)];
      return (row) => {
        const ratio = over[row]! / under[row]!;
        return over[row]! > 0 && under[row]! > 0 && (ratio < min || ratio > max);
      };
    },
    exceptionsMax: OUTSIDE_MAX * 2,
  };
};

/** The narrowest bands of each column: what else it goes with says the same less clearly. */
const narrowest = (bands: readonly Band[]): Band[] => {
  const used = new Map<Column, number>();
  const count = (c: Column) => used.get(c) ?? 0;
  return bands
    .toSorted((p, q) => p.spread - q.spread)
    .filter(({ a, b }) => {
      if (Math.min(count(a.column), count(b.column)) >= CLAIMS_MAX) return false;
      for (const { column } of [a, b]) used.set(column, count(column) + 1);
      return true;
    });
};

const candidates = (sample: Sample): Candidate[] => {
  const numeric = sample.columns.filter((c) => NUMERIC_TYPES.includes(c.field.field_type)).slice(0, COLUMNS_MAX);
  const sized = numeric.flatMap(sizedOf);
  const bands = narrowest(sized.flatMap((a, i) => sized.slice(i + 1).flatMap((b) => bandOf(a, b))));
  const named = blamed(bands.map(({ a, b, broken }) => ({ columns: [a.column, b.column], rows: broken })));
  return bands.map((band, i) => {
    if (band.broken.length === 0) return candidateOf(band, [band.a.column]);
    return candidateOf(band, named[i]!.length === 0 ? farther(band) : named[i]!);
  });
};

export default inference({
  name: "proportion",
  level: 2,
  docs:
    "Two sizes whose ratio lies in a band much narrower than either of them (weight and volume, cost and price). Outside are ratios several times the usual one, or that part of it, and apart from all " +
    "others; more than a few must be off by a power of ten. Numbers of different kind that happen to grow together are left alone: their ratio is not narrow.",
  candidates,
});
