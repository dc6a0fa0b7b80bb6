/**
 * Which of several cells of a row that contradict each other is the wrong one, judged by its own column: a value that occurs
 * twice where no other does was copied from another row; one that occurs once where all others are common was mistyped; a number far
 * outside the others was made up.
 */
import { distinctOf } from "./dependencyDiscovery.ts";
import { isNumeric, numbersOf } from "./numbers.ts";
import type { Column } from "./sample.ts";
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
  const sorted = [...numbersOf(c)].filter(Number.isFinite).sort((a, b) => a - b);
  const [low, high] = [quantileOf(sorted, 0.05), quantileOf(sorted, 0.95)];
  const fence = { low: low - FAR * (high - low), high: high + FAR * (high - low) };
  fences.set(c, fence);
  return fence;
};

/** Whether a cell looks wrong beside the other values of its column. */
export const isOdd = (c: Column, row: number): boolean => {
  const code = c.codes[row]!;
  if (code < 0) return false;
  const distinct = distinctOf(c) / c.known;
  if (distinct >= KEY_MIN && c.counts[code]! > 1) return true;
  if (distinct <= COMMON_MAX && c.counts[code] === 1) return true;
  if (!isNumeric(c)) return false;
  const { low, high } = fenceOf(c);
  return c.numbers[code]! < low || c.numbers[code]! > high;
};

export type Suspicion = {
  /** Index of the column most often alone in looking wrong; -1 when none ever is. */
  column: number;
  /** Share of the rows in which just one of the cells looks wrong. */
  share: number;
};

/** What the columns say about rows in which they contradict each other. */
export const suspicion = (columns: readonly Column[], rows: readonly number[]): Suspicion => {
  const votes = columns.map(() => 0);
  let told = 0;
  for (const row of rows) {
    const odd = columns.flatMap((c, at) => (isOdd(c, row) ? [at] : []));
    if (odd.length !== 1) continue;
    told++;
    votes[odd[0]!]!++;
  }
  const most = Math.max(...votes);
  return { column: most === 0 ? -1 : votes.indexOf(most), share: rows.length === 0 ? 0 : told / rows.length };
};
