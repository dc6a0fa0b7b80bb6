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

/** How many there are in all, where a page has so many of them: a page that is not full is the last one, and tells it. */
export const totalOf = async (
  found: number,
  { page, size }: { page: number; size: number },
  count: () => Promise<number>,
): Promise<number> => (found < size && (page === 1 || found > 0) ? (page - 1) * size + found : await count());

/** Rows of a query, which has its order, on a page, and how many there are in all. */
export const pageRows = async <D, T extends keyof D, O>(
  query: SelectQueryBuilder<D, T, O>,
  asked: { page: number; size: number },
): Promise<{ rows: O[]; total: number }> => {
  const rows = await query
    .limit(asked.size)
    .offset((asked.page - 1) * asked.size)
    .execute();
  return { rows, total: await totalOf(rows.length, asked, () => counted(query)) };
};

export const counted = async <D, T extends keyof D, O>(query: SelectQueryBuilder<D, T, O>): Promise<number> => {
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
