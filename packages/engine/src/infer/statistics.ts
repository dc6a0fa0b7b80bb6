/** Statistics that inference rests on. All pure; sources in the comments. */

/** Standard normal quantile for a two-sided 95 % interval. */
const Z95 = 1.959963984540054;

/** Lower bound of the 95 % score interval of a proportion (Wilson 1927, JASA 22:209). 0 of 0 is 0. */
export const wilsonLower = (successes: number, trials: number): number => {
  if (trials === 0) return 0;
  const p = successes / trials;
  const z2 = Z95 * Z95;
  const centre = p + z2 / (2 * trials);
  const margin = Z95 * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials * trials));
  return Math.max(0, (centre - margin) / (1 + z2 / trials));
};

/** Upper bound of the same interval. */
export const wilsonUpper = (successes: number, trials: number): number => 1 - wilsonLower(trials - successes, trials);

/**
 * Which of the tests may be called discoveries when at most `rate` of those called so should be false
 * (Benjamini & Hochberg 1995, JRSS B 57:289, with the number of true nulls estimated from the p-values above one half:
 * Storey 2002, JRSS B 64:479). Returns the largest p-value accepted, or -1 when there is none.
 * `tests` may exceed the number of p-values given: those left out are taken as 1.
 */
export const discoveryThreshold = (pValues: readonly number[], tests: number, rate: number): number => {
  const sorted = pValues.toSorted((a, b) => a - b);
  const large = tests - sorted.length + sorted.filter((p) => p > 0.5).length;
  const nulls = Math.min(tests, 2 * (large + 1));
  let accepted = -1;
  sorted.forEach((p, i) => {
    if (p <= (rate * (i + 1)) / nulls) accepted = p;
  });
  return accepted;
};

/** How many of some sorted numbers are below a bound. */
export const countBelow = (sorted: Float64Array, bound: number): number => {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle]! < bound) from = middle + 1;
    else to = middle;
  }
  return from;
};

/** How many of some sorted numbers are above a bound. */
export const countAbove = (sorted: Float64Array, bound: number): number => {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle]! > bound) to = middle;
    else from = middle + 1;
  }
  return sorted.length - from;
};

/** The part of sorted numbers from a least to a greatest, both included. */
export const within = (sorted: Float64Array, low: number, high: number): Float64Array =>
  sorted.subarray(countBelow(sorted, low), Math.max(countBelow(sorted, low), sorted.length - countAbove(sorted, high)));

/** Whether some sorted numbers take so many different values. */
export const differ = (sorted: Float64Array, least: number): boolean => {
  let distinct = sorted.length === 0 ? 0 : 1;
  for (let i = 1; i < sorted.length && distinct < least; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  return distinct >= least;
};

/** Value at a fraction of sorted numbers, interpolated (type 7 of Hyndman & Fan 1996). NaN of nothing. */
export const quantileOf = (sorted: ArrayLike<number>, fraction: number): number => {
  if (sorted.length === 0) return NaN;
  const at = (sorted.length - 1) * fraction;
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (at - below);
};

/** Chance of at least `successes` in `trials` independent trials of a given probability. */
export const binomialTail = (successes: number, trials: number, probability: number): number => {
  if (successes <= 0) return 1;
  if (probability <= 0) return 0;
  let [logTerm, tail] = [0, 0];
  for (let i = 1; i <= trials; i++) logTerm += i <= successes ? Math.log((trials - i + 1) / i) : 0;
  for (let k = successes; k <= trials; k++) {
    tail += Math.exp(logTerm + k * Math.log(probability) + (trials - k) * Math.log1p(-probability));
    logTerm += Math.log((trials - k) / (k + 1));
  }
  return Math.min(1, tail);
};
