/** Names longer than this are compared by their beginning: edit distance costs length times length. */
const LENGTH_MAX = 100;

/**
 * The name closest to a mistyped one, without regard to case; null when none is near. Near means an edit distance
 * (insert, delete, replace, swap neighbours) of at most a third of the name, and at least one edit is always forgiven.
 */
export const nearestName = (name: string, names: readonly string[]): string | null => {
  const wanted = name.toLowerCase().slice(0, LENGTH_MAX);
  let best: string | null = null;
  // Less than the whole name must differ: of one letter nothing is near.
  let bestDistance = Math.min(wanted.length, Math.max(1, Math.floor(wanted.length / 3)) + 1);
  for (const candidate of names) {
    const other = candidate.toLowerCase().slice(0, LENGTH_MAX);
    if (Math.abs(other.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, other);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
};

/** Optimal string alignment distance (Boytsov 2011, "Indexing methods for approximate dictionary searching", §2.1). */
const editDistance = (a: string, b: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? beforeLast[j - 2]! + 1 : Infinity;
      row.push(Math.min(replaced, last[j]! + 1, row[j - 1]! + 1, swapped));
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
};
