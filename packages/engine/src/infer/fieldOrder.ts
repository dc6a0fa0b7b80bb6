/**
 * Orders between two dates or two numbers of a row.
 *
 * An order between columns is a rule when it has a hard edge: rows come up to it, and the few beyond it are as far off as rows
 * usually are on the right side, as swapped or mistyped values are. Where the rows beyond it lie just beyond it, one column is merely larger
 * than the other as a rule (games played, runs scored), and the exceptions are the tail of a distribution.
 */
import { NUMERIC_TYPES, TEMPORAL_TYPES, type FieldType } from "@touchstone/core/model/field";
import { blamed } from "./blame.ts";
import { inference, outOf, type Candidate } from "./candidate.ts";
import type { Level } from "./level.ts";
import { numbersNamed, numbersOf, quoted } from "./numbers.ts";
import { distinctOf, type Column, type Sample } from "./sample.ts";
import { quantileOf, wilsonUpper } from "./statistics.ts";

const ROWS_MIN = 50;
const COLUMNS_MAX = 100;
/** Rows that reject most pairs before all rows are looked at, and how many of them may break the order. */
const FIRST_ROWS = 64;
const FIRST_BROKEN_MAX = 4;
/** Share of the rows that may break an order: upper end of the 95 % interval. */
const BROKEN_MAX = 0.01;
/** Share of rows an order must be broken on when the two columns are paired at random: else they are only of different size. */
const RANDOM_BROKEN_MIN = 0.1;
const RANDOM_BROKEN_STRONG = 0.2;
/** Share of the rows that may break an order whose exceptions are plainly exceptions: dates name their order, numbers less so. */
const STRONG_BROKEN_MAX = { temporal: 0.04, numeric: 0.01 };
/** Where the middle exception must lie among the distances of the rows that keep the order. */
const DISTANCE_QUANTILE = 0.25;
/** Share of the rows, and rows, on which two numbers meet when one is the limit of the other. */
const MET_SHARE_MIN = 0.01;
const MET_ROWS_MIN = 3;
/** Words that name the ends of a range. */
const ENDS = /(^|[^a-z])(min|max|low|high|lower|upper|start|end|from|to|first|last|begin|since|until)([^a-z]|$)/i;
/** Values that differ before an order of numbers means anything. */
const DISTINCT_MIN = 10;
/** Ratio of mean sizes beyond which two numbers are of different kinds, and their order means nothing. */
const SCALE_MAX = 30;

type Family = keyof typeof STRONG_BROKEN_MAX;

type Compared = {
  rows: number;
  less: number;
  equal: number;
  greater: number;
  /** Rows paired at random, and how they compare. */
  random: number;
  randomLess: number;
  randomGreater: number;
  scale: number;
};

/** Ratio of sizes on the first rows beyond which they are of different kinds, heavy tails or not. */
const FIRST_SCALE_MAX = 10 * SCALE_MAX;

/** Whether the first rows (spread over the sample) leave room for an order of numbers of one kind. */
const isWorthwhile = (x: Float64Array, y: Float64Array): boolean => {
  let [less, greater, sizeX, sizeY] = [0, 0, 0, 0];
  const step = Math.max(1, Math.floor(x.length / FIRST_ROWS));
  for (let row = 0; row < x.length; row += step) {
    if (x[row]! < y[row]!) less++;
    else if (x[row]! > y[row]!) greater++;
    sizeX += Math.abs(x[row]!) || 0;
    sizeY += Math.abs(y[row]!) || 0;
  }
  return Math.min(less, greater) <= FIRST_BROKEN_MAX && Math.max(sizeX, sizeY) <= FIRST_SCALE_MAX * Math.min(sizeX, sizeY);
};

/** How often a < b and a = b, in a row and between a row and one far from it; rows on which both are zero say nothing. */
const compared = (x: Float64Array, y: Float64Array): Compared => {
  const result = { rows: 0, less: 0, equal: 0, greater: 0, random: 0, randomLess: 0, randomGreater: 0, scale: 1 };
  const shift = Math.floor(x.length / 2) || 1;
  let [sizeX, sizeY] = [0, 0];
  for (let row = 0; row < x.length; row++) {
    const [a, b, other] = [x[row]!, y[row]!, y[(row + shift) % x.length]!];
    if (a === a && other === other) result.random++;
    if (a < other) result.randomLess++;
    else if (a > other) result.randomGreater++;
    if (a !== a || b !== b || (a === 0 && b === 0)) continue;
    result.rows++;
    sizeX += Math.abs(a);
    sizeY += Math.abs(b);
    if (a < b) result.less++;
    else if (a === b) result.equal++;
    else result.greater++;
  }
  return { ...result, scale: Math.max(sizeX / sizeY, sizeY / sizeX) };
};

/** Whether the rows beyond the order are as far from it as the nearer ones of the rows that keep it. */
const isHardEdge = (low: Float64Array, high: Float64Array): boolean => {
  const kept: number[] = [];
  const broken: number[] = [];
  low.forEach((a, row) => {
    const distance = high[row]! - a;
    if (distance > 0) kept.push(distance);
    else if (distance < 0) broken.push(-distance);
  });
  const middle = quantileOf(
    broken.sort((a, b) => a - b),
    0.5,
  );
  return (
    broken.length === 0 ||
    middle >=
      quantileOf(
        kept.sort((a, b) => a - b),
        DISTANCE_QUANTILE,
      )
  );
};

/** That `low` is at most `high`, and in which rows not. */
type Order = { low: Column; high: Column; family: Family; rows: number; broken: number[]; level: Level };

const brokenRows = (low: Float64Array, high: Float64Array): number[] => {
  const rows: number[] = [];
  for (let row = 0; row < low.length; row++) if (low[row]! > high[row]!) rows.push(row);
  return rows;
};

/** The check that names the column at fault, or both where the rows do not tell. */
const claimOf = ({ low, high, broken }: Order, blamed: readonly Column[]) => {
  const inclusive = true;
  const named = blamed.length === 1 ? blamed[0] : null;
  if (named === high)
    return { rule_type: "greaterThanField", fields: [high.field.name], properties: { field_name: low.field.name, inclusive } };
  if (named === low || broken.length === 0)
    return { rule_type: "lessThanField", fields: [low.field.name], properties: { field_name: high.field.name, inclusive } };
  const expression = `${quoted(low.field.name)} <= ${quoted(high.field.name)}`;
  return { rule_type: "satisfiesExpression", fields: [low.field.name, high.field.name], properties: { expression } };
};

const candidateOf = (order: Order, named: readonly Column[]): Candidate => {
  const { low, high, family, rows, broken, level } = order;
  return {
    ...claimOf(order, named),
    coverage: 1,
    key: JSON.stringify(["at most", low.field.name, high.field.name]),
    level,
    why: `${low.field.name} is at most ${high.field.name} on ${outOf(rows - broken.length, rows)} rows, which pairing them at random does not give`,
    support: rows - broken.length,
    violates: (sample) => {
      const [x, y] = [numbersNamed(sample, low.field.name), numbersNamed(sample, high.field.name)];
      return (row) => x[row]! > y[row]!;
    },
    exceptionsMax: STRONG_BROKEN_MAX[family] * 2,
  };
};

/** Two numbers are of one scale and one the limit of the other where they meet, or where their names say so; dates always are. */
const isLimit = (c: Compared, a: Column, b: Column, family: Family): boolean =>
  family === "temporal" ||
  c.equal >= Math.max(MET_ROWS_MIN, c.rows * MET_SHARE_MIN) ||
  (ENDS.test(a.field.name) && ENDS.test(b.field.name));

/** At which level an order may be claimed; null where it is none. `low` is the smaller column. */
const levelOf = (c: Compared, broken: number, randomly: number, family: Family, low: Float64Array, high: Float64Array): Level | null => {
  const random = (randomly / Math.max(1, c.random)) * c.rows;
  const isStrong =
    broken <= c.rows * STRONG_BROKEN_MAX[family] &&
    random >= c.rows * RANDOM_BROKEN_STRONG &&
    broken * 10 <= random &&
    isHardEdge(low, high);
  if (isStrong) return 2;
  const isWeak = (broken === 0 || wilsonUpper(broken, c.rows) <= BROKEN_MAX) && random >= c.rows * RANDOM_BROKEN_MIN;
  return isWeak ? 3 : null;
};

const related = (a: Column, b: Column, family: Family): Order[] => {
  const [x, y] = [numbersOf(a), numbersOf(b)];
  if (!isWorthwhile(x, y)) return [];
  const c = compared(x, y);
  const unequal = c.rows - c.equal;
  if (c.rows < ROWS_MIN || c.scale > SCALE_MAX || wilsonUpper(unequal, c.rows) <= BROKEN_MAX || unequal === 0) return [];
  const isLarger = c.less <= c.greater;
  const [low, high] = isLarger ? [b, a] : [a, b];
  const found = isLarger ? levelOf(c, c.less, c.randomLess, family, y, x) : levelOf(c, c.greater, c.randomGreater, family, x, y);
  if (found === null) return [];
  const level = isLimit(c, a, b, family) && Math.min(distinctOf(a), distinctOf(b)) >= DISTINCT_MIN ? found : 3;
  return [{ low, high, family, rows: c.rows, broken: brokenRows(numbersOf(low), numbersOf(high)), level }];
};

const FAMILIES: readonly { name: Family; types: readonly FieldType[] }[] = [
  { name: "temporal", types: TEMPORAL_TYPES },
  { name: "numeric", types: NUMERIC_TYPES },
];

const ordersOf = (sample: Sample, { name, types }: (typeof FAMILIES)[number]): Candidate[] => {
  const columns = sample.columns.filter((c) => types.includes(c.field.field_type) && c.known >= ROWS_MIN).slice(0, COLUMNS_MAX);
  const orders = columns.flatMap((a, i) => columns.slice(i + 1).flatMap((b) => related(a, b, name)));
  const named = blamed(orders.map(({ low, high, broken }) => ({ columns: [low, high], rows: broken })));
  return orders.map((order, i) => candidateOf(order, named[i]!));
};

export default inference({
  name: "fieldOrder",
  level: 2,
  docs:
    "greaterThanField, lessThanField: two dates or two numbers that keep an order on all but a few rows, though at random they would not. At level 2 where the " +
    "exceptions are far beyond the order, as far as other rows are on the right side of it; the others at level 3.",
  candidates: (sample) => FAMILIES.flatMap((family) => ordersOf(sample, family)),
});
