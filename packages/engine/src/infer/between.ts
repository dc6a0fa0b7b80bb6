import { inference, wrongValue, type Candidate } from "./candidate.ts";
import { countedFence, fenceOf, type Fence } from "./fence.ts";
import { isRescaled, MISPLACED_MAX, sentinelsOf } from "./misplaced.ts";
import { namedRange } from "./namedRange.ts";
import { sortedNumbers } from "./numbers.ts";
import { holdsNumbers } from "./numeric-text.ts";
import type { Column, Sample } from "./sample.ts";
import { countAbove, countBelow, differ, within } from "./statistics.ts";

const ROWS_MIN = 25;
const DISTINCT_MIN = 6;
/** Share of the rows outside the fences up to which they are errors and not a second population. */
const OUTSIDE_MAX = 0.15;

/** Share of the values that may be infinite or none before that is how something is written ("until infinity"). */
const INFINITE_MAX = 0.005;

/** A bound a person would write: two significant digits, rounded outward, never across zero. */
export const roundOutward = (value: number, up: boolean): number => {
  if (value === 0 || !Number.isFinite(value)) return value;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  const rounded = (up ? Math.ceil(value / unit) : Math.floor(value / unit)) * unit;
  return Number(rounded.toPrecision(12));
};

/** Rounding must not swallow what the fence keeps out. */
const bounds = (fence: Fence, sorted: Float64Array) => {
  const low = roundOutward(fence.low, false);
  const high = roundOutward(fence.high, true);
  const keepsOut = (bound: number, exact: number, side: number, up: boolean) =>
    side === 0 || (up ? countAbove(sorted, bound) : countBelow(sorted, bound)) === side ? bound : exact;
  const min = keepsOut(low, fence.low, fence.below, false);
  return { min: fence.min >= 0 && min < 0 ? 0 : min, max: keepsOut(high, fence.high, fence.above, true) };
};

/** Digits from which whole numbers of one length are taken for codes (postcodes, register numbers), which have no size. */
const CODE_DIGITS_MIN = 4;

const digitsOf = (x: number) => String(Math.trunc(Math.abs(x))).length;

/** Whole numbers of one length, long enough and varied: a name made of digits. */
const isCode = (c: Column, fence: Fence) =>
  c.values.every((_, code) => c.counts[code] === 0 || !Number.isFinite(c.numbers[code]!) || Number.isInteger(c.numbers[code]!)) &&
  digitsOf(fence.min) === digitsOf(fence.max) &&
  digitsOf(fence.min) >= CODE_DIGITS_MIN &&
  !(fence.min >= 1800 && fence.max <= 2200);

/** Values outside from which a second population may be recognised. */
const POPULATION_MIN = 4;

/** Whole numbers that never repeat count something: the next row has a larger one, and no bound means anything. */
const isCounter = (c: Column, sorted: Float64Array) => c.field.field_type === "Integral" && differ(sorted, sorted.length);

/**
 * Values outside that repeat, or lie closer to each other than to the bulk, are a second population, not errors; unless they are
 * the bulk in another unit.
 */
const isPopulation = (outside: Float64Array, fence: Fence, inside: Float64Array) => {
  const { min, max } = fence;
  const [first, last] = [outside[0] ?? 0, outside.at(-1) ?? 0];
  const distance = last < min ? min - last : first > max ? first - max : 0;
  const isTogether = outside.length >= POPULATION_MIN && last - first < distance;
  if (!isTogether && (outside.length < 3 || new Set(outside).size >= outside.length * 0.6)) return false;
  return outside.length > (outside.length + inside.length) * MISPLACED_MAX || !isRescaled(outside, inside);
};

/** Values beyond a fence that lie together nearest to it, up to the first empty space as wide as that before them. */
const nearestTogether = (beyond: Float64Array, distance: number): Float64Array => {
  let to = 1;
  while (to < beyond.length && beyond[to]! - beyond[to - 1]! < distance) to++;
  return beyond.subarray(0, to);
};

/**
 * The upper end of a fence, moved outward past a second population that other values lie beyond: alone it would be recognised as one, and what lies
 * farther out does not make it wrong.
 */
const pastPopulation = (sorted: Float64Array, fence: Fence): number => {
  const beyond = sorted.subarray(sorted.length - countAbove(sorted, fence.high));
  if (beyond.length === 0) return fence.high;
  const inside = within(sorted, fence.low, fence.high);
  const together = nearestTogether(beyond, beyond[0]! - fence.max);
  const isAlone = together.length === beyond.length;
  if (isAlone || isRescaled(beyond, inside) || !isPopulation(together, fence, inside)) return fence.high;
  return (together.at(-1)! + beyond[together.length]!) / 2;
};

const widened = (sorted: Float64Array, fence: Fence): Fence => {
  const negated = { ...fence, low: -fence.high, high: -fence.low, min: -fence.max, max: -fence.min };
  const high = pastPopulation(sorted, fence);
  const low = -pastPopulation(sorted.map((x) => -x).reverse(), negated);
  return high === fence.high && low === fence.low ? fence : countedFence(sorted, low, high);
};

/** The fence of the numbers that are no sentinels, drawn in to keep these out, halfway to the nearest number. */
const fenceWithout = (sorted: Float64Array, sentinels: readonly number[]): Fence | null => {
  if (sentinels.length === 0) return fenceOf(sorted);
  const fence = fenceOf(sorted.filter((x) => !sentinels.includes(x)));
  if (fence === null) return null;
  const above = sentinels.filter((x) => x > fence.max).map((x) => (x + fence.max) / 2);
  const below = sentinels.filter((x) => x < fence.min).map((x) => (x + fence.min) / 2);
  return countedFence(sorted, Math.max(fence.low, ...below), Math.min(fence.high, ...above));
};

/** The same bounds for numbers in a column of text; what is no number there is the business of isType. */
const boundedText = (name: string, min: number, max: number) => ({
  rule_type: "satisfiesExpression",
  properties: { expression: `TRY_CAST("${name.replaceAll('"', '""')}" AS DOUBLE) BETWEEN ${min} AND ${max}` },
});

type Range = { min: number; max: number; why: string };

/** Codes have no size, but a length: where all that have another one stand for a missing value. Zero is how many a source writes that there is no code. */
const codesWithout = (c: Column, sorted: Float64Array, fence: Fence, sentinels: readonly number[]): Range | null => {
  const digits = digitsOf(fence.min);
  const [min, max] = [10 ** (digits - 1), 10 ** digits - 1];
  const outside = sorted.filter((x) => x < min || x > max);
  if (fence.min < 0 || outside.length === 0 || outside.includes(0) || !outside.every((x) => sentinels.includes(x))) return null;
  const why = `${sorted.length - outside.length} of ${sorted.length} values of ${c.field.name} are numbers of ${digits} digits; the other ${outside.length} are ${sentinels.join(" and ")}, which stands for a missing value`;
  return { min, max, why };
};

/** What the distribution says: fences around the bulk. */
const byFence = (c: Column, sorted: Float64Array): Range | null => {
  const sentinels = sentinelsOf(sorted);
  const drawn = fenceWithout(sorted, sentinels);
  const fence = drawn === null || drawn.below + drawn.above === 0 ? drawn : widened(sorted, drawn);
  if (fence === null || fence.below + fence.above > sorted.length * OUTSIDE_MAX) return null;
  const beyond = sorted.filter((x) => (x < fence.low || x > fence.high) && !sentinels.includes(x));
  const inside = within(sorted, fence.low, fence.high);
  if (isCounter(c, sorted) || isPopulation(beyond, fence, inside)) return null;
  if (isCode(c, fence)) return codesWithout(c, sorted, fence, sentinels);
  const { min, max } = bounds(fence, sorted);
  const outside = countBelow(sorted, min) + countAbove(sorted, max);
  const why =
    outside === 0
      ? `all ${sorted.length} values of ${c.field.name} lie between ${fence.min} and ${fence.max}; the bounds leave room of half that distance from the median`
      : `${sorted.length - outside} of ${sorted.length} values of ${c.field.name} lie between ${fence.min} and ${fence.max}; the other ${outside} stand apart from them by a wide gap, on a linear, a square root and a logarithmic scale alike`;
  return { min, max, why };
};

/** What the name says too, where values break it. */
const byName = (c: Column, sorted: Float64Array, fenced: Range | null): Range | null => {
  const range = namedRange(c, sorted);
  if (range === null || (sorted[0]! >= range.low && sorted.at(-1)! <= range.high)) return fenced;
  const outside = countBelow(sorted, range.low) + countAbove(sorted, range.high);
  return {
    min: Math.max(range.low, fenced?.min ?? -Infinity),
    max: Math.min(range.high, fenced?.max ?? Infinity),
    why: `${c.field.name} is ${range.what} by its name and by ${sorted.length - outside} of ${sorted.length} values; none can be below ${range.low} or above ${range.high}`,
  };
};

const ranged = (c: Column): Candidate[] => {
  const isText = holdsNumbers(c);
  if (!isText && c.field.field_type !== "Integral" && c.field.field_type !== "Fractional") return [];
  const sorted = sortedNumbers(c);
  if (sorted.length < ROWS_MIN || !differ(sorted, DISTINCT_MIN)) return [];
  if (!isText && c.known - sorted.length > c.known * INFINITE_MAX) return [];
  const range = byName(c, sorted, byFence(c, sorted));
  if (range === null) return [];
  const { min, max, why } = range;
  return [
    {
      ...(isText ? boundedText(c.field.name, min, max) : { rule_type: "between", properties: { min, max } }),
      fields: [c.field.name],
      coverage: 1,
      why,
      support: within(sorted, min, max).length,
      violates: wrongValue(c, (code) => c.numbers[code]! < min || c.numbers[code]! > max),
      exceptionsMax: OUTSIDE_MAX * 1.5,
    },
  ];
};

export default inference({
  name: "between",
  level: 2,
  docs:
    "Numbers lie within fences around their bulk. The bulk is looked at on the scale (linear, square root, logarithm) on which it is symmetric, so a long tail is not an outlier; a value is " +
    "outside only when it is many deviations away and empty space separates it from the bulk. A few values that repeat far outside are named when they stand for missing (9999, -1) or are " +
    "the bulk times a power of ten; values that name and distribution make impossible (a latitude of 95) wherever they lie.",
  candidates: (sample: Sample) => sample.columns.flatMap(ranged),
});
