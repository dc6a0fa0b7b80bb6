import type { Database } from "./database.ts";
import type { SelectQueryBuilder } from "kysely";
import type { Tables } from "./tables.ts";

export type Page<T> = { items: T[]; total: number; page: number; size: number; pages: number };

/** The page that was asked for of a whole list. */
export const paged = <T>(items: T[], total: number, { page, size }: { page: number; size: number }): Page<T> => ({
  items,
  total,
  page,
  size,
  pages: Math.ceil(total / size),
});

/** Rows of a query on a page, and how many there are in all. The query has its order, and names the column it counts by. */
export const pageRows = async <T extends keyof Tables, O>(
  query: SelectQueryBuilder<Tables, T, O>,
  { page, size }: { page: number; size: number },
): Promise<{ rows: O[]; total: number }> => {
  const rows = await query
    .limit(size)
    .offset((page - 1) * size)
    .execute();
  if (rows.length < size && (page === 1 || rows.length > 0)) return { rows, total: (page - 1) * size + rows.length };
  const { total } = await query
    .clearSelect()
    .clearOrderBy()
    .select(({ fn }) => fn.countAll<number>().as("total"))
    .executeTakeFirstOrThrow();
  return { rows, total: Number(total) };
};

/** Whether the thrown value is a violated unique index (SQLSTATE 23505), of the index of that name. */
export const isDuplicate = (thrown: unknown, index: string): boolean =>
  thrown instanceof Error && "code" in thrown && thrown.code === "23505" && "constraint" in thrown && thrown.constraint === index;

export type { Database };
