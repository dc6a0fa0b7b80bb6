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

/** A column that says beside each row of a page how many there are in all, where that has to be counted: what has to be gone through is gone through once. */
export const totalBeside = (isCounted: boolean) => sql<number | null>`${isCounted ? sql`count(*) OVER ()` : sql`NULL::bigint`}`.as("total");

type Asked = { page: number; size: number };

/** How many there are in all, when the last page, which is not full, tells it; null when it does not. */
const totalByEnd = (found: number, { page, size }: Asked): number | null =>
  found < size && (page === 1 || found > 0) ? (page - 1) * size + found : null;

/** How many there are in all, where a page has these rows: they say it, or their number does, or they are counted. */
export const totalOf = async (found: readonly { total?: number | null }[], asked: Asked, count: () => Promise<number>): Promise<number> => {
  const beside = found[0]?.total ?? null;
  return beside === null ? (totalByEnd(found.length, asked) ?? (await count())) : Number(beside);
};

/** Rows of a query, which has its order, on a page, and how many there are in all. */
export const pageRows = async <D, T extends keyof D, O>(
  query: SelectQueryBuilder<D, T, O>,
  asked: Asked,
): Promise<{ rows: O[]; total: number }> => {
  const rows = await query
    .limit(asked.size)
    .offset((asked.page - 1) * asked.size)
    .execute();
  return { rows, total: totalByEnd(rows.length, asked) ?? (await counted(query)) };
};

/** Rows that were read by their ids, in the order of these. */
export const inOrderOf = <R extends { id: number }>(ids: readonly number[], rows: readonly R[]): R[] => {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
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
