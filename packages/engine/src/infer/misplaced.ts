/**
 * Numbers outside the bulk that are no second population although they repeat or lie together: those that stand for a missing
 * value, and those that are the bulk itself in another unit.
 */
import { countAbove, countBelow, quantileOf } from "./statistics.ts";

/** Share of the rows up to which either is a lapse; above, it is how the source writes something. */
export const MISPLACED_MAX = 0.07;

/** Nines in a row, or minus them, or minus one. */
const isConventional = (x: number) => /^-?9{3,}$/.test(String(x)) || /^-(1|9|99)$/.test(String(x));

/** Sorted numbers without those that equal their least or their greatest. */
const without = (sorted: Float64Array, end: number): Float64Array =>
  end === sorted[0] ? sorted.subarray(sorted.length - countAbove(sorted, end)) : sorted.subarray(0, countBelow(sorted, end));

/** How far beyond the others, relative to their distance from the median, nines must lie. */
const NINES_APART = 0.5;
/** Rows that a number must stand on to be taken for a convention and not for a measurement. */
const SENTINEL_ROWS_MIN = 2;
/** Zero stands for nothing where no other value is smaller than this share of the median, nor than so many steps of the scale. */
const ZERO_APART = 0.3;
const ZERO_STEPS = 10;

/** The smallest difference between neighbours: one for counted things, a hundred for salaries. */
const stepOf = (sorted: Float64Array): number => {
  let step = Infinity;
  for (let i = 1; i < sorted.length; i++) if (sorted[i]! > sorted[i - 1]!) step = Math.min(step, sorted[i]! - sorted[i - 1]!);
  return step;
};

const bounded = (sorted: Float64Array, x: number) => {
  const others = without(sorted, x);
  return { others, min: others[0]!, max: others.at(-1)!, median: quantileOf(others, 0.5) };
};

/**
 * A number at the end of the sorted ones that stands for a missing value (Qahtan et al. 2018, FAHES, section 5): a conventional one,
 * met more than once, apart from all others.
 */
const isSentinel = (sorted: Float64Array, x: number): boolean => {
  if (x !== 0 && !isConventional(x)) return false;
  const { others, min, max, median } = bounded(sorted, x);
  const rows = sorted.length - others.length;
  if (others.length === 0 || rows < SENTINEL_ROWS_MIN || rows > sorted.length * MISPLACED_MAX) return false;
  if (x === 0) return median > 0 && min > median * ZERO_APART && min >= stepOf(others) * ZERO_STEPS;
  if (x > 0) return x - max > (max - median) * NINES_APART;
  return min >= 0 || min - x > (median - min) * NINES_APART;
};

/** Numbers at either end that stand for a missing value. */
export const sentinelsOf = (sorted: Float64Array): number[] => {
  const found: number[] = [];
  let rest = sorted;
  for (let next = endSentinel(rest); next !== null && found.length < 3; next = endSentinel(rest)) {
    found.push(next);
    rest = without(rest, next);
  }
  return found;
};

const endSentinel = (sorted: Float64Array): number | null =>
  sorted.length === 0 ? null : ([sorted[0]!, sorted.at(-1)!].find((x) => isSentinel(sorted, x)) ?? null);

/** Powers of ten by which units differ: percent and shares, metres and millimetres, a decimal point lost. */
const FACTORS = [10, 100, 1000];
/** Share of the values that must fall back into the bulk. */
const BACK_MIN = 0.9;
/** Values that differ which must: a single one is a convention. */
const VALUES_MIN = 3;
/** Decades that the middle nine tenths of the bulk may span: in a wider one any number falls back by some power of ten. */
const DECADES_MAX = 1;

/** Whether values outside the bulk, all of them ten, a hundred or a thousand times too large or too small, are the bulk itself. */
export const isRescaled = (outside: Float64Array, inside: Float64Array): boolean => {
  if (new Set(outside).size < VALUES_MIN) return false;
  const [low, high] = [quantileOf(inside, 0.01), quantileOf(inside, 0.99)];
  const [from, to] = [quantileOf(inside, 0.05), quantileOf(inside, 0.95)];
  if (!(from > 0 || to < 0) || Math.abs(Math.log10(to / from)) > DECADES_MAX) return false;
  return FACTORS.flatMap((factor) => [factor, 1 / factor]).some(
    (factor) => outside.filter((x) => x / factor >= low && x / factor <= high).length >= outside.length * BACK_MIN,
  );
};
