/** A stream of numbers that look random and are the same in every run. */
export type Random = {
  /** In [0, 1). */
  next: () => number;
  /** Whole number from `low` to `high`, both included. */
  whole: (low: number, high: number) => number;
  pick: <T>(of: readonly T[]) => T;
  /** The first are far more frequent than the last: weight 1 / (i + 1) ^ steepness (Zipf 1949). */
  zipf: <T>(of: readonly T[], steepness?: number) => T;
  chance: (probability: number) => boolean;
  normal: (mean: number, deviation: number) => number;
  /** Skewed to the right, with a heavy tail. */
  lognormal: (median: number, sigma: number) => number;
  shuffled: <T>(of: readonly T[]) => T[];
};

/** 32 bits of a text (FNV-1a), so that each table and each run has a stream of its own. */
const seedOf = (name: string) => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

/** Steele et al. 2014, "Fast splittable pseudorandom number generators", with 32 bits of state. */
const stream = (name: string) => {
  let state = seedOf(name);
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
};

export const randomOf = (name: string): Random => {
  const next = stream(name);
  const whole = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(of: readonly T[]): T => of[whole(0, of.length - 1)]!;
  const zipf = <T>(of: readonly T[], steepness = 1): T => {
    const weights = of.map((_, i) => 1 / (i + 1) ** steepness);
    let at = next() * weights.reduce((a, b) => a + b, 0);
    return of[weights.findIndex((weight) => (at -= weight) < 0)] ?? of[0]!;
  };
  /** Box & Muller 1958. */
  const normal = (mean: number, deviation: number) =>
    mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const shuffled = <T>(of: readonly T[]): T[] => {
    const copy = [...of];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = whole(0, i);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  };
  return {
    next,
    whole,
    pick,
    zipf,
    chance: (probability) => next() < probability,
    normal,
    lognormal: (median, sigma) => median * Math.exp(normal(0, sigma)),
    shuffled,
  };
};
