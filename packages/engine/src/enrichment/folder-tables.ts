/** Tables as folders of Parquet files, one file per operation, read and written by an engine process. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { userError } from "@touchstone/core/errors";
import { duckdb } from "../dialects/duckdb.ts";
import type { Slot } from "../slot/slot.ts";
import { duckdbText, insertBatch } from "./duckdb-store.ts";
import { DUCKDB_TYPES, evolve } from "./kind.ts";
import type { Column, StoredColumn } from "./kind.ts";
import { batches } from "./sql-store.ts";
import type { WriteOptions } from "./target.ts";
import type { Replacement } from "./replacement.ts";
import type { TableRows } from "./write.ts";

const FILE = /^[\w-][\w.-]*\.parquet$/;

/** Names of a table's files; none when the table does not exist. Throws TARGET_TABLE_FOREIGN when other files lie there. */
export const filesOf = async (folder: string, table: string, target: string): Promise<string[]> => {
  const path = join(folder, table);
  const found = await stat(path).catch((thrown: unknown) => {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return null;
    throw thrown;
  });
  if (!found) return [];
  if (!found.isDirectory()) throw userError("TARGET_TABLE_FOREIGN", table, target);
  const entries = (await readdir(path)).filter((entry) => !entry.startsWith("."));
  if (entries.some((entry) => !FILE.test(entry))) throw userError("TARGET_TABLE_FOREIGN", table, target);
  return entries.sort();
};

/** The engine takes a path with *, ? or [ as it is when a file has that name. */
const source = (paths: readonly string[]): string =>
  `read_parquet([${paths.map(duckdbText).join(", ")}], union_by_name = true, hive_partitioning = false)`;

/** Columns of some files of a table, by name. Throws TARGET_TABLE_FOREIGN when they lack what a table of ours has. */
export const describeFiles = async (
  slot: Slot,
  table: string,
  paths: readonly string[],
  identity: readonly string[],
  target: string,
): Promise<StoredColumn[]> => {
  const rows = await slot.session.query(`DESCRIBE SELECT * FROM ${source(paths)}`);
  const columns = rows.map((row) => ({ name: String(row["column_name"]), type: String(row["column_type"]) }));
  const isOurs = identity.every((name) =>
    columns.some((column) => column.name === name && column.type === DUCKDB_TYPES.write({ kind: "text" })),
  );
  if (!isOurs) throw userError("TARGET_TABLE_FOREIGN", table, target);
  return columns;
};

const BATCH_TABLE = "enrichment_rows";

/** Makes one new file of what is put into a table of these columns. */
const newFile = async (
  slot: Slot,
  path: string,
  columns: readonly Column[],
  options: WriteOptions,
  fill: () => Promise<void>,
): Promise<void> => {
  const definition = columns.map(({ name, kind }) => `${duckdb.quote(name)} ${DUCKDB_TYPES.write(kind)}`).join(", ");
  await slot.session.run(`CREATE OR REPLACE TEMPORARY TABLE ${BATCH_TABLE} (${definition})`, options);
  await fill();
  await slot.session.run(`COPY ${BATCH_TABLE} TO ${duckdbText(path)} (FORMAT parquet, COMPRESSION zstd)`, options);
  await slot.session.run(`DROP TABLE ${BATCH_TABLE}`, options);
};

/** Writes rows into one new file. Columns that the rows lack are NULL. */
export const writeFile = (slot: Slot, path: string, columns: readonly Column[], rows: TableRows, options: WriteOptions): Promise<void> =>
  newFile(slot, path, columns, options, async () => {
    for (const batch of batches(rows.rows())) await insertBatch(slot, BATCH_TABLE, rows.columns, batch, options);
  });

/** Writes a table that comes in batches into one new file. */
export const writeReplacement = (slot: Slot, path: string, { columns, rows }: Replacement, options: WriteOptions): Promise<void> =>
  newFile(slot, path, columns, options, async () => {
    for await (const batch of rows()) if (batch.length > 0) await insertBatch(slot, BATCH_TABLE, columns, batch, options);
  });

/** Copies a file with some of its columns in a wider type; false when it has none of them. */
export const rewriteFile = async (
  slot: Slot,
  from: string,
  to: string,
  widened: readonly Column[],
  options: WriteOptions,
): Promise<boolean> => {
  const rows = await slot.session.query(`DESCRIBE SELECT * FROM ${source([from])}`, options);
  const names = rows.map((row) => String(row["column_name"]));
  const replaced = widened
    .filter(({ name }) => names.includes(name))
    .map(({ name, kind }) => `CAST(${duckdb.quote(name)} AS ${DUCKDB_TYPES.write(kind)}) AS ${duckdb.quote(name)}`);
  if (replaced.length === 0) return false;
  await slot.session.run(
    `COPY (SELECT * REPLACE (${replaced.join(", ")}) FROM ${source([from])}) TO ${duckdbText(to)} (FORMAT parquet, COMPRESSION zstd)`,
    options,
  );
  return true;
};

/** Columns of the next file of a table whose other files have `stored`: those first, widened, then the new ones. */
export const nextColumns = (stored: readonly StoredColumn[], wanted: readonly Column[]): { columns: Column[]; widened: Column[] } => {
  const { added, widened } = evolve(stored, wanted, DUCKDB_TYPES);
  const kept = stored.map(
    ({ name, type }) =>
      widened.find((column) => column.name === name) ?? { name, kind: DUCKDB_TYPES.read(type) ?? { kind: "text" as const } },
  );
  return { columns: [...kept, ...added], widened };
};
