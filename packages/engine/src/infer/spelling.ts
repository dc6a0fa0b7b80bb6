/**
 * How far apart two spellings are, and how likely it is that they are that near by chance.
 */

export type Edits = {
  /** Insertions, deletions, substitutions and swaps of neighbours that turn one into the other. */
  distance: number;
  /** At least one edit concerns digits only: numbers differ legitimately, words seldom do. */
  digits: boolean;
  /** Substitutions among the edits. */
  substitutions: number;
};

const isDigit = (character: string | undefined) => character !== undefined && character >= "0" && character <= "9";

/** Longest text compared: beyond it one letter more or less says little, and the table below grows with the square. */
export const SPELLING_LENGTH_MAX = 250;

/** The table of one comparison: made anew for each it would be most of the work. */
const scratch = new Uint16Array((SPELLING_LENGTH_MAX + 1) ** 2);

/**
 * Edits between two texts (optimal string alignment, Damerau 1964 restricted), or null when more than `most`.
 * Rows of the table are kept so that the alignment can be read back.
 */
export const edits = (a: string, b: string, most: number): Edits | null => {
  if (Math.abs(a.length - b.length) > most || a.length > SPELLING_LENGTH_MAX || b.length > SPELLING_LENGTH_MAX) return null;
  const width = b.length + 1;
  const table = scratch.fill(most + 1, 0, (a.length + 1) * width);
  for (let j = 0; j <= Math.min(b.length, most + 1); j++) table[j] = j;
  for (let i = 1; i <= a.length; i++) {
    const from = Math.max(1, i - most);
    const to = Math.min(b.length, i + most);
    if (i <= most + 1) table[i * width] = i;
    let best = table[i * width]!;
    for (let j = from; j <= to; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let d = Math.min(table[(i - 1) * width + j]! + 1, table[i * width + j - 1]! + 1, table[(i - 1) * width + j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, table[(i - 2) * width + j - 2]! + 1);
      table[i * width + j] = d;
      if (d < best) best = d;
    }
    if (best > most) return null;
  }
  const distance = table[a.length * width + b.length]!;
  return distance > most ? null : { distance, ...readBack(a, b, table, width) };
};

/** Walks the alignment from the end and tells whether an edit concerns digits only. */
const readBack = (a: string, b: string, table: Uint16Array, width: number) => {
  let [i, j, digits, substitutions] = [a.length, b.length, false, 0];
  while (i > 0 || j > 0) {
    const here = table[i * width + j]!;
    if (i > 0 && j > 0 && a[i - 1] === b[j - 1] && table[(i - 1) * width + j - 1] === here) {
      i--;
      j--;
    } else if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] && table[(i - 2) * width + j - 2] === here - 1) {
      digits ||= isDigit(a[i - 1]) && isDigit(a[i - 2]);
      i -= 2;
      j -= 2;
    } else if (i > 0 && j > 0 && table[(i - 1) * width + j - 1] === here - 1) {
      digits ||= isDigit(a[i - 1]) && isDigit(b[j - 1]);
      substitutions++;
      i--;
      j--;
    } else if (i > 0 && table[(i - 1) * width + j] === here - 1) {
      digits ||= isDigit(a[i - 1]);
      i--;
    } else {
      digits ||= isDigit(b[j - 1]);
      j--;
    }
  }
  return { digits, substitutions };
};

/** Edits that may count as a slip for a text of this length: a typist errs about once in some characters, not in every one. */
export const editsMax = (length: number): number => (length < 8 ? 1 : length < 14 ? 2 : 3);

/**
 * Bits of a legitimate text of this length: short codes use their letters almost freely (4.7 bits each), words only about two
 * bits a letter (Shannon 1951, "Prediction and Entropy of Printed English").
 */
const bitsOf = (length: number) => Math.min(4.7 * length, 4.4 + 2 * length);

/**
 * Chance that an unrelated legitimate text of the length of `rare` lies within `e.distance` edits of a given other text:
 * texts that near, divided by texts there are. 1 at most.
 */
export const nearByChance = (rare: string, other: string, e: Edits): number => {
  const letters = 26;
  const length = Math.max(1, rare.length);
  const single =
    rare.length > other.length
      ? length * letters
      : rare.length < other.length
        ? length + 1
        : e.substitutions > 0
          ? length * letters
          : length;
  let ways = 1;
  for (let d = 1; d <= e.distance; d++) ways *= (d === 1 ? single : length * letters) / d;
  return Math.min(1, ways / 2 ** bitsOf(length));
};
