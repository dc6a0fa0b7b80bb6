/**
 * Fences around the bulk of a distribution, such that a heavy tail is not an outlier (income is skewed, its logarithm is not).
 * A value is outside when it is far from the median, separated by empty space, and either stands apart on every scale that makes
 * sense (linear, square root, logarithm), or is too far out for the tail as measured on the values before it.
 */
import { countAbove, countBelow, quantileOf, within } from "./statistics.ts";

type Scale = { to: (x: number) => number; from: (t: number) => number };

const LINEAR: Scale = { to: (x) => x, from: (t) => t };
const ROOT: Scale = { to: (x) => Math.sign(x) * Math.sqrt(Math.abs(x)), from: (t) => Math.sign(t) * t * t };
const LOG: Scale = { to: Math.log, from: Math.exp };

/** Logarithmic in both directions beyond `unit`, linear within: for numbers with zeros and signs. */
const signedLog = (unit: number): Scale => ({ to: (x) => Math.asinh(x / unit), from: (t) => Math.sinh(t) * unit });

/** The scales on which a person might look at the numbers. */
const scalesOf = (sorted: Float64Array): Scale[] => {
  if (sorted[0]! > 0) return [LINEAR, ROOT, LOG];
  const sizes = sorted
    .map(Math.abs)
    .filter((x) => x > 0)
    .sort();
  return [LINEAR, ROOT, signedLog(quantileOf(sizes, 0.05))];
};

export type Fence = {
  low: number;
  high: number;
  /** Values outside, with repetition. */
  below: number;
  above: number;
  /** Smallest and largest value inside. */
  min: number;
  max: number;
};

/** Normal distribution: quartile deviation to standard deviation. */
const QUARTILE_TO_SD = 0.6744897501960817;
/** Standard deviations (estimated from the quartile of that side) from the median before a value may be an outlier. */
const FAR_MIN = 4.5;
const VERY_FAR = 8;
/** Empty space before it, relative to the width of the bulk on that side. */
const GAP_MIN = 1;
const GAP_VERY_FAR = 0.5;

/** Index of the first outlier going outward from the median over sorted distances; the length when there is none. */
const firstOutlier = (distances: Float64Array, deviation: number): number => {
  for (let i = Math.floor(distances.length / 2); i < distances.length; i++) {
    const [inner, outer] = [distances[i - 1] ?? 0, distances[i]!];
    const gap = (outer - inner) / Math.max(inner, deviation);
    const far = outer / deviation;
    if ((far >= FAR_MIN && gap >= GAP_MIN) || (far >= VERY_FAR && gap >= GAP_VERY_FAR)) return i;
  }
  return distances.length;
};

type FindOutlier = (distances: Float64Array, deviation: number) => number;
/** Bounds, and whether anything lies outside them. */
type Bounds = { low: number; high: number; lowOut: boolean; highOut: boolean };

/** Fences on one scale; null when the middle half is constant there. */
const fenceOn = (sorted: Float64Array, scale: Scale, find: FindOutlier): Bounds | null => {
  const t = sorted.map(scale.to);
  const [q1, middle, q3] = [quantileOf(t, 0.25), quantileOf(t, 0.5), quantileOf(t, 0.75)];
  const whole = (q3 - q1) / 2 / QUARTILE_TO_SD;
  if (!(whole > 0)) return null;
  const up = within(t, middle, Infinity).map((x) => x - middle);
  const down = within(t, -Infinity, middle)
    .map((x) => middle - x)
    .reverse();
  const edge = (distances: Float64Array, deviation: number) => {
    const to = find(distances, deviation);
    const [inner, next] = [distances[to - 1]!, distances[to]];
    const margin = Math.max(inner, deviation) / 2;
    return { reach: inner + (next === undefined ? margin : Math.min(margin, (next - inner) / 2)), isOut: next !== undefined };
  };
  const below = edge(down, Math.max((middle - q1) / QUARTILE_TO_SD, whole / 2));
  const above = edge(up, Math.max((q3 - middle) / QUARTILE_TO_SD, whole / 2));
  return { low: scale.from(middle - below.reach), high: scale.from(middle + above.reach), lowOut: below.isOut, highOut: above.isOut };
};

/** Values from which the tail of each side can be measured; the share of a side that is its tail, and fewest values in it. */
const TAIL_ROWS_MIN = 200;
const TAIL_SHARE = 0.1;
const TAIL_VALUES_MIN = 12;
/** Chance that the tail reaches so far, below which a value is no part of it. */
const TAIL_CHANCE_MAX = 0.001;

/**
 * Chance that the next value of a tail lies as far out as `outer`, given the sorted distances before it: (outer / inner) ^ -a for
 * a power tail of index a, estimated on the outermost tenth (Hill 1975, Annals of Statistics 3:1163), less its error.
 */
const tailChance = (distances: Float64Array, to: number, outer: number): number => {
  const size = Math.max(TAIL_VALUES_MIN, Math.floor(to * TAIL_SHARE));
  const start = distances[to - size - 1];
  const inner = distances[to - 1]!;
  if (start === undefined || start <= 0) return 1;
  let logs = 0;
  for (let i = to - size; i < to; i++) logs += Math.log(distances[i]! / start);
  if (logs === 0) return outer > inner ? 0 : 1;
  const index = (size / logs) * (1 - 1.645 / Math.sqrt(size));
  return (outer / inner) ** -index;
};

const beyondTail = (distances: Float64Array, deviation: number): number => {
  for (let i = Math.floor(distances.length * 0.8); i < distances.length; i++) {
    const [inner, outer] = [distances[i - 1] ?? 0, distances[i]!];
    const isApart = outer / deviation >= FAR_MIN && (outer - inner) / Math.max(inner, deviation) >= GAP_VERY_FAR;
    if (isApart && tailChance(distances, i, outer) <= TAIL_CHANCE_MAX) return i;
  }
  return distances.length;
};

/**
 * Fences of sorted numbers, or null when the middle half is constant. Without values outside, the fences stand half the bulk's
 * width beyond it.
 */
export const fenceOf = (sorted: Float64Array): Fence | null => {
  const fences = scalesOf(sorted).map((scale) => fenceOn(sorted, scale, firstOutlier));
  if (fences.some((f) => f === null)) return null;
  const tail = sorted.length < TAIL_ROWS_MIN ? null : fenceOn(sorted, LINEAR, beyondTail);
  const [low, high] = [Math.min(...fences.map((f) => f!.low)), Math.max(...fences.map((f) => f!.high))];
  return countedFence(sorted, tail?.lowOut ? Math.max(low, tail.low) : low, tail?.highOut ? Math.min(high, tail.high) : high);
};

/** A fence with what lies inside and outside of it. */
export const countedFence = (sorted: Float64Array, low: number, high: number): Fence => {
  const inside = within(sorted, low, high);
  return { low, high, below: countBelow(sorted, low), above: countAbove(sorted, high), min: inside[0]!, max: inside.at(-1)! };
};
