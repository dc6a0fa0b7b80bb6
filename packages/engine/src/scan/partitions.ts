/** Rows per physical partition: a file of a group, or the whole of a table. */
import { toCount } from "./context.ts";
import type { ScanContext } from "./context.ts";

export const measurePartitions = async (
  { relation, container, query, write }: ScanContext,
  records: number,
): Promise<{ name: string; rows: number }[]> => {
  if (relation.partition === null) return [{ name: container.partitions[0]?.name ?? container.name, rows: records }];
  const rows = await query(
    "rows per partition",
    `SELECT ${relation.partition} AS ${write.name("name")}, COUNT(*) AS ${write.name("rows")}\nFROM ${relation.from}\nGROUP BY 1\nORDER BY 1`,
  );
  const counted = new Map(rows.map((row) => [String(row["name"]), toCount(row["rows"])]));
  // A file without rows is a partition too, and the grouping does not see it.
  for (const { name } of container.partitions) if (!counted.has(name)) counted.set(name, 0);
  return [...counted].map(([name, rows]) => ({ name, rows }));
};
