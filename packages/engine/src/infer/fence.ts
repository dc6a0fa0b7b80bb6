/**
 * Fences around the bulk of a distribution, judged on every scale that makes sense (linear, square root, logarithm): only what
 * stands apart on all of them is outside, so that a heavy tail is not an outlier (income is skewed, its logarithm is not).
 */
import { quantileOf } from "./statistics.ts";

type Scale = { to: (x: number) => number; from: (t: number) => number };

const LINEAR: Scale = { to: (x) => x, from: (t) => t };
const ROOT: Scale = { to: (x) => Math.sign(x) * Math.sqrt(Math.abs(x)), from: (t) => Math.sign(t) * t * t };
const LOG: Scale = { to: Math.log, from: Math.exp };

/** Logarithmic in both directions beyond `unit`, linear within: for numbers with zeros and signs. */
const signedLog = (unit: number): Scale => ({ to: (x) => Math.asinh(x / unit), from: (t) => Math.sinh(t) * unit });

/** The scales on which a person might look at the numbers. */
const scalesOf = (sorted: readonly number[]): Scale[] => {
  if (sorted[0]! > 0) return [LINEAR, ROOT, LOG];
  const sizes = sorted
    .map(Math.abs)
    .filter((x) => x > 0)
    .sort((a, b) => a - b);
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
const firstOutlier = (distances: readonly number[], deviation: number): number => {
  for (let i = Math.floor(distances.length / 2); i < distances.length; i++) {
    const [inner, outer] = [distances[i - 1] ?? 0, distances[i]!];
    const gap = (outer - inner) / Math.max(inner, deviation);
    const far = outer / deviation;
    if ((far >= FAR_MIN && gap >= GAP_MIN) || (far >= VERY_FAR && gap >= GAP_VERY_FAR)) return i;
  }
  return distances.length;
};

/** Fences on one scale; null when the middle half is constant there. */
const fenceOn = (sorted: readonly number[], scale: Scale): { low: number; high: number } | null => {
  const t = sorted.map(scale.to);
  const [q1, middle, q3] = [quantileOf(t, 0.25), quantileOf(t, 0.5), quantileOf(t, 0.75)];
  const whole = (q3 - q1) / 2 / QUARTILE_TO_SD;
  if (!(whole > 0)) return null;
  const up = t.filter((x) => x >= middle).map((x) => x - middle);
  const down = t
    .filter((x) => x <= middle)
    .map((x) => middle - x)
    .toReversed();
  const edge = (distances: readonly number[], deviation: number) => {
    const to = firstOutlier(distances, deviation);
    const [inner, next] = [distances[to - 1]!, distances[to]];
    const margin = Math.max(inner, deviation) / 2;
    return inner + (next === undefined ? margin : Math.min(margin, (next - inner) / 2));
  };
  return {
    low: scale.from(middle - edge(down, Math.max((middle - q1) / QUARTILE_TO_SD, whole / 2))),
    high: scale.from(middle + edge(up, Math.max((q3 - middle) / QUARTILE_TO_SD, whole / 2))),
  };
};

/**
 * Fences of sorted numbers, or null when the middle half is constant. A value is outside when it is many deviations from the
 * median and separated from the bulk by empty space; without such values the fences stand half the bulk's width beyond it.
 */
export const fenceOf = (sorted: readonly number[]): Fence | null => {
  const scales = scalesOf(sorted);
  const fences = scales.map((scale) => fenceOn(sorted, scale));
  if (fences.some((f) => f === null)) return null;
  const low = Math.min(...fences.map((f) => f!.low));
  const high = Math.max(...fences.map((f) => f!.high));
  const inside = sorted.filter((x) => x >= low && x <= high);
  const below = sorted.filter((x) => x < low).length;
  return { low, high, below, above: sorted.length - inside.length - below, min: inside[0]!, max: inside.at(-1)! };
};
