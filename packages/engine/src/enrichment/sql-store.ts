/**
 * The write of an operation into tables of a database, the same for every engine: make or migrate the tables, remove
 * what an earlier run of the operation left, insert. The caller wraps it in one transaction.
 */
import { userError } from "@touchstone/core/errors";
import { evolve } from "./kind.ts";
import type { Column, StoredColumn, TypeNames, Wire } from "./kind.ts";
import { OPERATION_COLUMN, REMEDIATION_COLUMNS, REMEDIATION_OPERATION_COLUMN, remediationPrefix, tableName, TABLES } from "./tables.ts";
import type { TableName } from "./tables.ts";
import type { Replacement } from "./replacement.ts";
import type { EnrichmentWrite, RemediationRows, TableRows } from "./write.ts";

/** What a database must offer. Names are given in full; the store cuts those that are too long for its engine. */
export type SqlStore = {
  /** For errors; without secrets. */
  name: string;
  types: TypeNames;
  /** The quoted, qualified name of a table, and the quoted name of a column. */
  table: (name: string) => string;
  column: (name: string) => string;
  /** The name as the engine keeps it. */
  stored: (name: string) => string;
  /** Columns of a table; null when there is none of that name. A view has the type of its columns but `isTable` false. */
  describe: (table: string) => Promise<{ isTable: boolean; columns: StoredColumn[] } | null>;
  /** Names of the tables that begin so. */
  tablesBeginning: (start: string) => Promise<string[]>;
  run: (sql: string, parameters?: readonly string[]) => Promise<void>;
  insert: (table: string, columns: readonly Column[], rows: readonly (readonly Wire[])[]) => Promise<void>;
  alterType: (table: string, column: Column) => string;
  /** Most columns of one table. */
  columnsMax: number;
};

/** Rows and bytes of one insert: bounded memory, and few round trips. A single row may be larger. */
const BATCH_ROWS = 2000;
const BATCH_BYTES = 4_000_000;

/** Rows in batches that are bounded by count and by size. */
export function* batches(rows: Iterable<readonly Wire[]>): Iterable<(readonly Wire[])[]> {
  let batch: (readonly Wire[])[] = [];
  let bytes = 0;
  for (const row of rows) {
    batch.push(row);
    for (const value of row) bytes += value?.length ?? 0;
    if (batch.length >= BATCH_ROWS || bytes >= BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

const hasText = (store: SqlStore, columns: readonly StoredColumn[], name: string): boolean =>
  columns.some((column) => column.name === name && store.types.read(column.type)?.kind === "text");

const foreign = (store: SqlStore, table: string): never => {
  throw userError("TARGET_TABLE_FOREIGN", table, store.name);
};

/** The table's columns when it exists and is ours, null when it does not exist. Throws TARGET_TABLE_FOREIGN. */
const describeOwn = async (store: SqlStore, table: string, identity: readonly string[]): Promise<StoredColumn[] | null> => {
  const found = await store.describe(table);
  if (found === null) return null;
  return found.isTable && identity.every((name) => hasText(store, found.columns, name)) ? found.columns : foreign(store, table);
};

const REMEDIATION_IDENTITY = REMEDIATION_COLUMNS.map(({ name }) => name);

/** Throws TARGET_TABLE_FOREIGN when a table of ours has the name of a table that is not ours. Changes nothing. */
export const checkTables = async (store: SqlStore, prefix: string): Promise<void> => {
  for (const name of Object.keys(TABLES) as TableName[]) await describeOwn(store, tableName(prefix, name), TABLES[name].identity);
};

/** Makes the table, or adds and widens columns until the rows fit. */
const ensureTable = async (
  store: SqlStore,
  { table, columns }: Pick<TableRows, "table" | "columns">,
  identity: readonly string[],
): Promise<void> => {
  if (columns.length > store.columnsMax)
    throw userError("LIMIT_EXCEEDED", `The number of columns of ${table}`, `${store.columnsMax} columns in a table of ${store.name}`);
  const stored = await describeOwn(store, table, identity);
  const definition = ({ name, kind }: Column): string => `${store.column(name)} ${store.types.write(kind)}`;
  if (stored === null) return store.run(`CREATE TABLE ${store.table(table)} (\n  ${columns.map(definition).join(",\n  ")}\n)`);
  const wanted = columns.map(({ name, kind }) => ({ name: store.stored(name), kind }));
  const { added, widened } = evolve(stored, wanted, store.types);
  if (stored.length + added.length > store.columnsMax)
    throw userError("LIMIT_EXCEEDED", `The number of columns of ${table}`, `${store.columnsMax} columns in a table of ${store.name}`);
  for (const column of added) await store.run(`ALTER TABLE ${store.table(table)} ADD COLUMN ${definition(column)}`);
  for (const column of widened) await store.run(store.alterType(table, column));
};

/** Which rows of a table a write replaces: those of its operation, or of the container of it that it is about. */
const replaced = (
  store: SqlStore,
  { operationId, part }: EnrichmentWrite,
  columns: readonly Column[],
): { where: string; values: string[] } => {
  const ofOperation = `${store.column(OPERATION_COLUMN)} = $1`;
  if (part === null) return { where: ofOperation, values: [operationId] };
  const isNamed = columns.some(({ name }) => name === "source_container");
  const own = isNamed ? ["source_container", part.container] : ["container_id", part.id];
  return { where: `${ofOperation} AND ${store.column(own[0]!)} = $2`, values: [operationId, own[1]!] };
};

const removeOperation = async (store: SqlStore, write: EnrichmentWrite): Promise<void> => {
  for (const { table, columns } of write.tables) {
    const { where, values } = replaced(store, write, columns);
    await store.run(`DELETE FROM ${store.table(table)} WHERE ${where}`, values);
  }
  const tables = await store.tablesBeginning(remediationPrefix(write.prefix));
  // Also those of containers or strategies that this run does not have any more.
  for (const table of tables.filter((name) => isReplaced(write, name, store))) {
    const found = await store.describe(table);
    if (!found?.isTable || !REMEDIATION_IDENTITY.every((name) => hasText(store, found.columns, name))) continue;
    await store.run(`DELETE FROM ${store.table(table)} WHERE ${store.column(REMEDIATION_OPERATION_COLUMN)} = $1`, [write.operationId]);
  }
};

const isReplaced = ({ part, prefix }: EnrichmentWrite, table: string, store: SqlStore): boolean =>
  part === null || table === store.stored(`${remediationPrefix(prefix)}${part.id}`);

/** Those that have rows, or stand there from an earlier operation and are overwritten. */
const remediationTables = async (store: SqlStore, write: EnrichmentWrite): Promise<RemediationRows[]> => {
  const wanted: RemediationRows[] = [];
  for (const table of write.remediation) {
    if (!table.isEmpty || (table.strategy === "overwrite" && (await store.describe(table.table)) !== null)) wanted.push(table);
  }
  return wanted;
};

/** Writes the operation; to be called within a transaction. Throws TARGET_TABLE_FOREIGN, LIMIT_EXCEEDED, and what the store throws. */
export const writeTables = async (store: SqlStore, write: EnrichmentWrite): Promise<void> => {
  for (const table of write.tables) await ensureTable(store, table, TABLES[table.name].identity);
  const remediation = await remediationTables(store, write);
  for (const table of remediation) await ensureTable(store, table, REMEDIATION_IDENTITY);
  await removeOperation(store, write);
  for (const { table, strategy } of remediation) if (strategy === "overwrite") await store.run(`DELETE FROM ${store.table(table)}`);
  for (const { table, columns, rows } of [...write.tables, ...remediation]) {
    for (const batch of batches(rows())) await store.insert(table, columns, batch);
  }
};

/** Fills a table anew; to be called within a transaction. Throws TARGET_TABLE_FOREIGN, LIMIT_EXCEEDED, and what the store and the rows throw. */
export const replaceTable = async (store: SqlStore, { table, columns, identity, rows }: Replacement): Promise<void> => {
  await ensureTable(store, { table, columns }, identity);
  await store.run(`DELETE FROM ${store.table(table)}`);
  for await (const batch of rows()) if (batch.length > 0) await store.insert(table, columns, batch);
};
