import { sql, type SelectQueryBuilder } from "kysely";

export type Page<T> = { items: T[]; total: number; page: number; size: number; pages: number };

/** The page that was asked for of a whole list. */
export const paged = <T>(items: T[], total: number, { page, size }: { page: number; size: number }): Page<T> => ({
  items,
  total,
  page,
  size,
  pages: Math.ceil(total / size),
});

/** Rows of a query, which has its order, on a page, and how many there are in all; `count` tells that where counting is too much. */
export const pageRows = async <D, T extends keyof D, O>(
  query: SelectQueryBuilder<D, T, O>,
  { page, size }: { page: number; size: number },
  count: () => Promise<number> = () => counted(query),
): Promise<{ rows: O[]; total: number }> => {
  const rows = await query
    .limit(size)
    .offset((page - 1) * size)
    .execute();
  if (rows.length < size && (page === 1 || rows.length > 0)) return { rows, total: (page - 1) * size + rows.length };
  return { rows, total: await count() };
};

const counted = async <D, T extends keyof D, O>(query: SelectQueryBuilder<D, T, O>): Promise<number> => {
  const [row] = await query
    .clearSelect()
    .clearOrderBy()
    .select(sql<number>`count(*)`.as("total"))
    .execute();
  return Number(row === undefined ? 0 : Reflect.get(row, "total"));
};

/** Whether the thrown value is a violated unique index (SQLSTATE 23505), of the index of that name. */
export const isDuplicate = (thrown: unknown, index: string): boolean =>
  thrown instanceof Error && "code" in thrown && thrown.code === "23505" && "constraint" in thrown && thrown.constraint === index;
