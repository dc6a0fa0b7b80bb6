/** Statistics of numbers: moments, quantiles and histograms, from value counts or from sums an engine made. Pure. */

/** A value and how many rows hold it. */
export type Weighted = { x: number; count: number };

export type Moments = { mean: number | null; stdDev: number | null; skewness: number | null; kurtosis: number | null };

/** Points of the quantile sketch, besides which q1 and q3 are computed. */
export const QUANTILE_POINTS: readonly number[] = [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];

const NO_MOMENTS: Moments = { mean: null, stdDev: null, skewness: null, kurtosis: null };

/** The number, or null where it is none or not finite: what JSON can carry. */
export const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);

/** Below this share of the mean square a variance is rounding noise: doubles carry 53 bits, squares of sums lose a few. */
const VARIANCE_NOISE = 1e-14;

/**
 * From central moments m2, m3, m4 (divided by n): the sample standard deviation, and the bias-adjusted skewness G1 and
 * excess kurtosis G2 of Joanes and Gill (1998), which DuckDB and spreadsheets use too. Null where n is too small or nothing varies.
 */
const fromCentral = (n: number, mean: number, m2: number, m3: number, m4: number): Moments => {
  const skewed = m3 / m2 ** 1.5;
  const peaked = m4 / m2 ** 2 - 3;
  return {
    mean: finite(mean),
    stdDev: n < 2 ? null : finite(Math.sqrt((m2 * n) / (n - 1))),
    skewness: n < 3 || m2 === 0 ? null : finite((Math.sqrt(n * (n - 1)) / (n - 2)) * skewed),
    kurtosis: n < 4 || m2 === 0 ? null : finite(((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * peaked + 6)),
  };
};

/** Moments of weighted values: two passes, scaled so that fourth powers of huge values do not overflow. */
export const momentsOf = (values: readonly Weighted[]): Moments => {
  const n = values.reduce((total, { count }) => total + count, 0);
  if (n === 0) return NO_MOMENTS;
  const scale = values.reduce((most, { x }) => Math.max(most, Math.abs(x)), 0) || 1;
  const mean = compensatedSum(values.map(({ x, count }) => (x / scale) * count)) / n;
  let [m2, m3, m4] = [0, 0, 0];
  for (const { x, count } of values) {
    const d = x / scale - mean;
    const square = d * d;
    m2 += count * square;
    m3 += count * square * d;
    m4 += count * square * square;
  }
  const isConstant = values.length === 1;
  const { stdDev, ...rest } = fromCentral(n, mean, isConstant ? 0 : m2 / n, m3 / n, m4 / n);
  return { ...rest, mean: finite(isConstant ? values[0]!.x : mean * scale), stdDev: stdDev === null ? null : finite(stdDev * scale) };
};

/** Moments from the sums of the first four powers of `x - centre` over n values. */
export const momentsOfSums = (n: number, centre: number, sums: readonly [number, number, number, number]): Moments => {
  if (n === 0) return NO_MOMENTS;
  const [a, b, c, d] = sums.map((sum) => sum / n) as [number, number, number, number];
  const m2 = b - a * a;
  const isNoise = m2 <= VARIANCE_NOISE * b;
  return fromCentral(n, centre + a, isNoise ? 0 : m2, c - 3 * a * b + 2 * a ** 3, d - 4 * a * c + 6 * a * a * b - 3 * a ** 4);
};

/** Sum whose error does not grow with the number of terms (Neumaier 1974). */
export const compensatedSum = (terms: readonly number[]): number => {
  let sum = 0;
  let lost = 0;
  for (const term of terms) {
    const next = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
  }
  // An infinite sum has no meaningful remainder.
  return Number.isFinite(sum) ? sum + lost : sum;
};

/**
 * Quantile at `p` of ascending weighted values, linear between neighbouring rows (type 7 of Hyndman and Fan 1996, SQL's
 * percentile_cont). Null for no values.
 */
export const quantileOf = (ascending: readonly Weighted[], p: number): number | null => {
  const n = ascending.reduce((total, { count }) => total + count, 0);
  if (n === 0) return null;
  const position = p * (n - 1);
  const below = Math.floor(position);
  const low = valueAtRank(ascending, below);
  const high = valueAtRank(ascending, Math.min(below + 1, n - 1));
  const share = position - below;
  return low === high ? low : low * (1 - share) + high * share;
};

const valueAtRank = (ascending: readonly Weighted[], rank: number): number => {
  let passed = 0;
  for (const { x, count } of ascending) {
    passed += count;
    if (rank < passed) return x;
  }
  return ascending.at(-1)!.x;
};

/** Rows in [low, high): bins that follow one another, as a grouping in the engine made them. */
export type Bin = { low: number; high: number; count: number };

/** Quantile at `p` from ascending bins, taking the rows of a bin to be spread evenly in it. Its error is at most the width of a bin. */
export const quantileOfBins = (bins: readonly Bin[], p: number): number | null => {
  const n = bins.reduce((total, { count }) => total + count, 0);
  if (n === 0) return null;
  const position = p * n;
  let passed = 0;
  for (const { low, high, count } of bins) {
    if (count > 0 && position <= passed + count) return low + (high - low) * ((position - passed) / count);
    passed += count;
  }
  return bins.at(-1)!.high;
};

/** The sketch (points without a value are left out), and the quartiles. */
export const quantileSketch = (
  at: (p: number) => number | null,
): { quantiles: [number, number][]; q1: number | null; median: number | null; q3: number | null } => ({
  quantiles: QUANTILE_POINTS.flatMap((p): [number, number][] => {
    const value = at(p);
    return value === null ? [] : [[p, value]];
  }),
  q1: at(0.25),
  median: at(0.5),
  q3: at(0.75),
});

/** Equal-width buckets from `low`, `count` of them. */
export type Buckets = { low: number; width: number; count: number };

/** Buckets a histogram has at most: enough for a shape, few enough to draw small. */
export const BUCKETS_MAX = 20;

/**
 * Buckets for values from `min` to `max`. Whole numbers get whole edges; one value gets one bucket. Null when the
 * distance overflows a double.
 */
export const bucketsFor = (min: number, max: number, whole: boolean): Buckets | null => {
  if (!Number.isFinite(max - min)) return null;
  if (min === max) return { low: min, width: whole ? 1 : 0, count: 1 };
  if (whole && max - min < Number.MAX_SAFE_INTEGER) {
    const width = Math.ceil((max - min + 1) / BUCKETS_MAX);
    return { low: min, width, count: Math.ceil((max - min + 1) / width) };
  }
  return { low: min, width: (max - min) / BUCKETS_MAX, count: BUCKETS_MAX };
};

/** Number of the bucket that holds x, 0-based. */
export const bucketOf = ({ low, width, count }: Buckets, x: number): number =>
  width === 0 ? 0 : Math.min(count - 1, Math.floor((x - low) / width));

/** The histogram from rows per bucket. The high end of the last bucket of fractions is `max` itself. */
export const histogramOf = (
  buckets: Buckets,
  counts: readonly number[],
  max: number,
): { low: number; high: number; count: number; ratio: number }[] => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, i) => ({
    low: buckets.low + i * buckets.width,
    high: i === buckets.count - 1 ? Math.max(max, buckets.low + (i + 1) * buckets.width) : buckets.low + (i + 1) * buckets.width,
    count,
    ratio: total === 0 ? 0 : count / total,
  }));
};

/** Histogram of weighted values. */
export const histogramOfValues = (values: readonly Weighted[], whole: boolean): ReturnType<typeof histogramOf> => {
  if (values.length === 0) return [];
  const min = values.reduce((least, { x }) => Math.min(least, x), Infinity);
  const max = values.reduce((most, { x }) => Math.max(most, x), -Infinity);
  const buckets = bucketsFor(min, max, whole);
  if (buckets === null) return [];
  const counts = Array.from({ length: buckets.count }, () => 0);
  for (const { x, count } of values) counts[bucketOf(buckets, x)]! += count;
  return histogramOf(buckets, counts, max);
};

/** Shannon entropy in bits of `records` rows whose groups have Σ n·ln(n) = `sum`. */
export const entropyBits = (records: number, sum: number): number | null =>
  records === 0 ? null : Math.max(0, (Math.log(records) - sum / records) / Math.LN2);
