/** Chance, seen by taking a value from another row. */

/**
 * Another row, in no order of the table and the same in every run: neighbours are alike, rows of a sorted table at a fixed distance
 * too, and many a table repeats itself every few rows. The mixing is the finalizer of MurmurHash3 (Appleby 2011).
 */
export const elsewhere = (row: number, rows: number): number => {
  let h = row + 1;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) % rows;
};
