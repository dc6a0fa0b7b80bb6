/**
 * Which of several cells of a row that contradict each other is the wrong one, judged by its own column: a value that occurs
 * twice where no other does was copied from another row; one that occurs once where all others are common was mistyped; a number far
 * outside the others was made up.
 */
import { isNumeric, sortedNumbers } from "./numbers.ts";
import { distinctOf, type Column, type Sample } from "./sample.ts";
import { quantileOf } from "./statistics.ts";

/** Share of the values that differ from which a column is nearly a key, and up to which its values are common. */
const KEY_MIN = 0.8;
const COMMON_MAX = 0.3;
/** Widths of the middle nine tenths beyond them from which a number is far outside. */
const FAR = 1.5;

type Fence = { low: number; high: number };
const fences = new WeakMap<Column, Fence>();

const fenceOf = (c: Column): Fence => {
  const known = fences.get(c);
  if (known !== undefined) return known;
  const sorted = sortedNumbers(c);
  const [low, high] = [quantileOf(sorted, 0.05), quantileOf(sorted, 0.95)];
  const fence = { low: low - FAR * (high - low), high: high + FAR * (high - low) };
  fences.set(c, fence);
  return fence;
};

/**
 * Whether a cell looks wrong beside the other values of its column. `elsewhere` tells how often its value stands in rows
 * without a contradiction: a copy has an original, and the original of another cell's copy is no copy.
 */
const isOdd = (c: Column, row: number, elsewhere: (code: number) => number): boolean => {
  const code = c.codes[row]!;
  if (code < 0) return false;
  const distinct = distinctOf(c) / c.known;
  if (distinct >= KEY_MIN && elsewhere(code) > 0) return true;
  if (distinct <= COMMON_MAX && c.counts[code] === 1) return true;
  if (!isNumeric(c)) return false;
  const { low, high } = fenceOf(c);
  return c.numbers[code]! < low || c.numbers[code]! > high;
};

/** Asks of a cell of a column whether it looks wrong, given the rows in which it is contradicted. */
export const oddities = (c: Column, rows: readonly number[]): ((row: number) => boolean) => {
  const among = new Map<number, number>();
  for (const row of rows) among.set(c.codes[row]!, (among.get(c.codes[row]!) ?? 0) + 1);
  return (row) => isOdd(c, row, (code) => c.counts[code]! - (among.get(code) ?? 0));
};

/** Whether a cell and another of its column, which is nearly a key, are the same: one of the two is wrong. */
const isRepeated = (c: Column, row: number): boolean =>
  c.codes[row]! >= 0 && c.counts[c.codes[row]!]! > 1 && distinctOf(c) >= c.known * KEY_MIN;

export type Suspicion = {
  /** Per column the rows in which its cell looks wrong. */
  votes: readonly number[];
  /** Rows in which any of the cells does, or repeats a value of another row though its column is nearly a key. */
  seen: number;
};

/** What the columns say about rows in which they contradict each other. */
export const suspicion = (columns: readonly Column[], rows: readonly number[]): Suspicion => {
  const odd = columns.map((c) => {
    const looksWrong = oddities(c, rows);
    return rows.map(looksWrong);
  });
  return {
    votes: odd.map((of) => of.filter(Boolean).length),
    seen: rows.filter((row, i) => odd.some((of) => of[i]) || columns.some((c) => isRepeated(c, row))).length,
  };
};

/**
 * Whether a sample is the part of a whole table that rules are fitted to a second time. A copy there may have its original among the rows held out,
 * so that what its cells look like is judged on the whole alone.
 */
export const isPart = (sample: Sample): boolean => !sample.whole && sample.rows === sample.records;
