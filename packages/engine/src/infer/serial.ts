/** Running numbers: identifiers that were handed out one after the other, alone or behind a fixed beginning (`INV-2023-00012`). */
import type { Column } from "./sample.ts";

const ROWS_MIN = 30;
/** Share of the numbers between the least and the greatest that occur: of two thirds of a table no more than two thirds do. */
const DENSE_MIN = 0.55;
/**
 * Share of the rows that may repeat a number. Quantities drawn freely from a range as long as the table would repeat on more than
 * a third of the rows: the expected number of different ones is 1 - 1/e of them (Feller 1968, vol. 1, II.5).
 */
const REPEATS_MAX = 0.08;
/** Rows of one number: a default stands on many. */
const SAME_MAX = 4;
/** Share of the repeated numbers that are followed by a gap of just their size, above which they are ties of a ranking. */
const TIES_MAX = 0.5;
/** Digits of the running part: with more a number is no longer exact. */
const DIGITS_MAX = 15;

/** Rows that repeat a number, and numbers between the least and the greatest that do not occur. */
export type Serial = { repeats: number; gaps: number };

const known = new WeakMap<Column, Serial | null>();

/** What is known of a column of running numbers; null where its values are none. */
export const serialOf = (c: Column): Serial | null => {
  const before = known.get(c);
  if (before !== undefined) return before;
  const answer = look(c);
  known.set(c, answer);
  return answer;
};

/** The longest run of digits of a text, the last of equal ones: in `CH-01000-A` and `INV-2023-00012` it is the one that runs. */
const runIn = (text: string): string | null => {
  let longest: string | null = null;
  for (const digits of text.match(/[0-9]+/g) ?? []) if (longest === null || digits.length >= longest.length) longest = digits;
  return longest === null || longest.length > DIGITS_MAX ? null : longest;
};

/** Rows per running number; null where a value has none, or two values have the same. */
const running = (c: Column): Map<number, number> | null => {
  const rows = new Map<number, number>();
  for (let code = 0; code < c.values.length; code++) {
    if (c.counts[code] === 0) continue;
    const digits = runIn(c.values[code]!);
    if (digits === null || rows.has(Number(digits))) return null;
    rows.set(Number(digits), c.counts[code]!);
  }
  return rows;
};

const look = (c: Column): Serial | null => {
  if (c.known < ROWS_MIN || (c.field.field_type !== "Integral" && c.field.field_type !== "String")) return null;
  const distinct = c.counts.reduce((n, count) => n + (count > 0 ? 1 : 0), 0);
  if (c.known - distinct > c.known * REPEATS_MAX || c.counts.some((count) => count > SAME_MAX)) return null;
  const rows = running(c);
  if (rows === null) return null;
  const numbers = [...rows.keys()].toSorted((a, b) => a - b);
  const span = numbers.at(-1)! - numbers[0]! + 1;
  if (numbers.length < span * DENSE_MIN) return null;
  const repeated = [...rows].filter(([, count]) => count > 1);
  const ties = repeated.filter(([number, count]) =>
    Array.from({ length: count - 1 }, (_, i) => number + i + 1).every((next) => !rows.has(next)),
  );
  return repeated.length >= 2 && ties.length > repeated.length * TIES_MAX
    ? null
    : { repeats: c.known - distinct, gaps: span - numbers.length };
};
