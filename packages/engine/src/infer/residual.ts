/**
 * What is left of sizes when something else of the row has explained most of them: their distance from the expected size on the scale of logarithms.
 *
 * Little is left, so that this scale is the narrow one and no other makes a long tail short, as it does for sizes themselves (fence.ts). Therefore nothing is
 * said where the tail is long at all: what is left must end like a normal distribution or little later, and empty space must follow.
 */
import { NUMERIC_TYPES } from "@touchstone/core/model/field";
import { numbersOf, sortedNumbers } from "./numbers.ts";
import { distinctOf, type Column } from "./sample.ts";
import { differ, quantileOf } from "./statistics.ts";

/** Values of which a tail can be measured, and values that must differ. */
export const SIZES_MIN = 200;
const DISTINCT_MIN = 20;
/** Share of the values that may have no size, being zero or negative. */
const WITHOUT_SIZE_MAX = 0.06;
/** How many times the expected size, or the part of it, a value may be without question. */
export const TIMES_MIN = 4;
const WITHOUT_QUESTION = Math.log(TIMES_MIN);
/** Values outside that may be anything; more must be the expected ones in another unit. */
const SCATTERED_MAX = 3;
const SCATTERED_SHARE_MAX = 0.002;
/** Share of the values that may lie outside. */
export const OUTSIDE_MAX = 0.06;
/** Powers of ten by which units differ; how near to one a value must come, in spreads of the others; where that is too wide, nothing is told by it. */
const UNITS = [10, 100, 1000].map(Math.log);
const ROOM = 3;
const ROOM_MAX = 0.4;
const OTHER_UNIT_MIN = 0.9;
/** Digits from which whole numbers of one length may be codes. */
const CODE_DIGITS_MIN = 4;

/** Quartile distance of sorted numbers. */
export const spreadOf = (sorted: Float64Array): number => quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25);

/** Whole numbers that all differ, or nearly all of one length: counters, codes and years, which have no size worth comparing. */
const isName = (c: Column, sorted: Float64Array): boolean => {
  if (!sorted.every(Number.isInteger)) return false;
  const [low, high] = [quantileOf(sorted, 0.05), quantileOf(sorted, 0.95)].map((x) => String(Math.trunc(x)).length);
  return distinctOf(c) === c.known || (low === high && low! >= CODE_DIGITS_MIN);
};

const remembered = new WeakMap<Column, Float64Array | null>();

/** Sizes row by row on the scale of logarithms, NaN where there is none; null for a column without: signs, names, too few values. */
export const logsOf = (c: Column): Float64Array | null => {
  const before = remembered.get(c);
  if (before !== undefined) return before;
  const logs = isSized(c) ? numbersOf(c).map((x) => (x > 0 && Number.isFinite(x) ? Math.log(x) : NaN)) : null;
  remembered.set(c, logs);
  return logs;
};

const isSized = (c: Column): boolean => {
  if (!NUMERIC_TYPES.includes(c.field.field_type) || c.known < SIZES_MIN) return false;
  const sorted = sortedNumbers(c);
  const positive = sorted.filter((x) => x > 0);
  return positive.length >= c.known * (1 - WITHOUT_SIZE_MAX) && differ(positive, DISTINCT_MIN) && !isName(c, sorted);
};

/** Where the middle of the distances lies, where their tail is measured, and how many times farther out that may be: 3.3 for a normal distribution, 5.3 for Laplace's. */
const MIDDLE = 0.5;
const TAIL = 0.975;
const TAIL_MAX = 5;
/** How many times farther out than all others, and than the middle, what lies outside must be. */
const APART = 1.5;
const FAR = 8;

/** How far above and below the expected size is without question, and values beyond. */
export type Reach = { reach: number; outside: number };

/** Index of the first of sorted distances beyond empty space; their number when there is none. */
const firstBeyond = (distances: Float64Array): number => {
  const from = Math.max(1, Math.ceil(distances.length * (1 - OUTSIDE_MAX)));
  for (let i = from; i < distances.length; i++) if (distances[i]! >= Math.max(WITHOUT_QUESTION, distances[i - 1]! * APART)) return i;
  return distances.length;
};

/** Reach of what is left of some sizes, in any order; null where its tail is long, or most of them are as expected to the last digit. */
export const reachOf = (left: Float64Array): Reach | null => {
  const distances = left.map(Math.abs).sort();
  const to = firstBeyond(distances);
  const inside = distances.subarray(0, to);
  const middle = quantileOf(inside, MIDDLE);
  if (!(middle > 0) || quantileOf(inside, TAIL) > middle * TAIL_MAX || distances[to]! < middle * FAR) return null;
  const last = inside.at(-1)!;
  return {
    reach: Math.max(WITHOUT_QUESTION, to < distances.length ? (last + distances[to]!) / 2 : last * APART),
    outside: distances.length - to,
  };
};

/** Whether values outside are slips: a few, or all of them a power of ten too large or too small. */
export const areSlips = (outside: readonly number[], inside: Float64Array): boolean => {
  if (outside.length <= Math.max(SCATTERED_MAX, inside.length * SCATTERED_SHARE_MAX)) return true;
  const room = ROOM * spreadOf(inside.toSorted());
  const isOtherUnit = (log: number) => UNITS.some((unit) => Math.abs(Math.abs(log) - unit) <= room);
  return room <= UNITS[0]! * ROOM_MAX && outside.filter(isOtherUnit).length >= outside.length * OTHER_UNIT_MIN;
};

/** Digits of a bound. */
const DIGITS = 3;

/** A bound as it is written. */
export const bound = (log: number): number => Number(Math.exp(log).toPrecision(DIGITS));
