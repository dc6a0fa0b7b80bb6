/** Two stores beside each other, table by table. Pure. */
import type { TableSum } from "./document.ts";

export type Difference = { table: string; before: number | null; after: number | null };

/** Tables that do not hold the same rows, or are on one side only; numbers of rows, null where the table is not there. */
export const differencesOf = (before: readonly TableSum[], after: readonly TableSum[]): Difference[] => {
  const found = new Map(after.map((sum) => [sum.table, sum]));
  const missing = after.filter(({ table }) => !before.some((sum) => sum.table === table));
  return [
    ...before
      .filter(({ table, digest, rows }) => found.get(table)?.digest !== digest || found.get(table)?.rows !== rows)
      .map(({ table, rows }) => ({ table, before: rows, after: found.get(table)?.rows ?? null })),
    ...missing.map(({ table, rows }) => ({ table, before: null, after: rows })),
  ];
};

const countOf = (rows: number | null): string => (rows === null ? "not there" : String(rows));

/** As a sentence names them; the numbers are of rows. */
export const differencesText = (differences: readonly Difference[]): string =>
  differences
    .map(
      ({ table, before, after }) =>
        `${table} (${before === after ? `${countOf(before)}, other contents` : `${countOf(before)} before, ${countOf(after)} after`})`,
    )
    .join(", ");
