/** A DuckDB database file: attached read-only, all schemas, tables and views. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { toErrorInfo, userError } from "@touchstone/core/errors";
import { nearestName } from "@touchstone/core/expr/nearest";
import type { Container } from "@touchstone/core/model/container";
import type { Field } from "@touchstone/core/model/field";
import { duckdb } from "../../dialects/duckdb.ts";
import { openSlot } from "../../slot/slot.ts";
import type { Slot } from "../../slot/slot.ts";
import type { Catalog, ConnectOptions, Connector, Datastore, OpenOptions, QueryOptions, Relation, Session } from "../connector.ts";
import { extensionFolder, makeTempFolder } from "../defaults.ts";
import { unreadable } from "../files/bytes.ts";
import { guessIncrementalField } from "../files/incremental.ts";
import { sampled } from "../files/sample.ts";
import { VIEW_SCHEMA, createView } from "../files/view.ts";
import { exposed, fieldOf, uniquelyNamed } from "./expose.ts";
import { viewOfQuery } from "./query-view.ts";

export type DuckdbConfig = { path: string };

const RESERVED = ["memory", "temp", "system", VIEW_SCHEMA];

/** Name under which a file is attached: the one it has when it is opened by itself, since its views may use it. */
const databaseName = ({ path }: DuckdbConfig): string => {
  const stem = basename(path).replace(ENDINGS, "");
  return stem === "" || RESERVED.includes(stem.toLowerCase()) ? "attached" : stem;
};
const ENDINGS = /\.(duckdb|ddb|db)$/i;

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A table or view as the catalogue of the file names it. */
type Entry = {
  schema: string;
  table: string;
  kind: "table" | "view";
  columns: { name: string; type: string; nullable: boolean }[];
  keys: string[][];
};

const entryName = (entry: Pick<Entry, "schema" | "table">): string =>
  entry.schema === "main" ? entry.table : `${entry.schema}.${entry.table}`;
const entrySql = (database: string, entry: Entry): string => [database, entry.schema, entry.table].map(duckdb.quote).join(".");

const listTables = (session: Session, database: string, options: QueryOptions): Promise<Record<string, unknown>[]> =>
  session.query(
    `SELECT schema_name AS schema, table_name AS name, 'table' AS kind FROM duckdb_tables() WHERE database_name = ${text(database)} AND NOT internal
     UNION ALL SELECT schema_name, view_name, 'view' FROM duckdb_views() WHERE database_name = ${text(database)} AND NOT internal ORDER BY ALL`,
    options,
  );

const listColumns = (session: Session, database: string, options: QueryOptions): Promise<Record<string, unknown>[]> =>
  session.query(
    `SELECT schema_name AS schema, table_name AS name, column_name AS "column", data_type AS type, is_nullable AS nullable
     FROM duckdb_columns() WHERE database_name = ${text(database)} AND NOT internal ORDER BY schema_name, table_name, column_index`,
    options,
  );

const listKeys = (session: Session, database: string, options: QueryOptions): Promise<Record<string, unknown>[]> =>
  session.query(
    `SELECT schema_name AS schema, table_name AS name, constraint_column_names AS columns FROM duckdb_constraints()
     WHERE database_name = ${text(database)} AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')
     ORDER BY constraint_type <> 'PRIMARY KEY', constraint_index`,
    options,
  );

const listEntries = async (session: Session, database: string, options: QueryOptions): Promise<Entry[]> => {
  const keyOf = (row: Record<string, unknown>): string => JSON.stringify([row["schema"], row["name"]]);
  const entries = new Map<string, Entry>();
  for (const row of await listTables(session, database, options)) {
    const kind = row["kind"] === "view" ? "view" : "table";
    entries.set(keyOf(row), { schema: String(row["schema"]), table: String(row["name"]), kind, columns: [], keys: [] });
  }
  for (const row of await listColumns(session, database, options))
    entries.get(keyOf(row))?.columns.push({ name: String(row["column"]), type: String(row["type"]), nullable: row["nullable"] === true });
  for (const row of await listKeys(session, database, options))
    if (Array.isArray(row["columns"])) entries.get(keyOf(row))?.keys.push(row["columns"].map(String));
  return [...entries.values()];
};

const incrementalField = (fields: readonly Field[], keys: readonly string[][]): string | null => {
  const byName = guessIncrementalField(fields);
  const [primary] = keys;
  if (byName !== null || primary?.length !== 1) return byName;
  return fields.find((field) => field.name === primary[0] && field.field_type === "Integral")?.name ?? null;
};

type Prepared = { container: Container; relation: Relation; entry: Entry };

/** A table made readable through a view that shows its columns as fields. */
const prepare = async (session: Session, entry: Entry, config: DuckdbConfig, zone: string, options: QueryOptions): Promise<Prepared> => {
  const name = entryName(entry);
  const columns = uniquelyNamed(entry.columns.flatMap((column) => exposed(column.name, column.type, duckdb.quote(column.name), zone)));
  const nullable = new Map(entry.columns.map((column) => [column.name, column.nullable]));
  const fields = columns.map((column) => fieldOf(column, nullable.get(column.name) ?? true));
  const hidden = entry.columns.some((column) => column.name.toLowerCase() === "rowid");
  const relation = await createView(session, {
    container: name,
    columns,
    from: entrySql(databaseName(config), entry),
    rowId: entry.kind === "table" && !hidden ? "rowid" : null,
    rowNumber: null,
    partition: null,
    records: null,
  });
  // A view whose own tables are gone fails here, and not in the middle of a scan.
  const [counted] = await session.query(
    entry.kind === "table" ? `SELECT count(*) AS rows FROM ${relation.from}` : `SELECT NULL AS rows FROM ${relation.from} LIMIT 0`,
    options,
  );
  const modifiedAt = statSync(config.path, { throwIfNoEntry: false })?.mtime.toISOString() ?? null;
  const container: Container = {
    name,
    kind: entry.kind,
    fields,
    keys: entry.keys,
    partitions: [{ name, bytes: null, modified_at: modifiedAt }],
    incremental_field: incrementalField(fields, entry.keys),
    partition_field: null,
    rejected_lines: 0,
    modified_at: modifiedAt,
  };
  return { container, relation: { ...relation, records: counted === undefined ? null : Number(counted["rows"]) }, entry };
};

type Store = {
  slot: Slot;
  session: Session;
  config: DuckdbConfig;
  zone: string;
  prepared: Map<string, Prepared> | null;
  samples: Map<string, string>;
};

/** Another engine in the place of a dead one, whose views and samples are gone: the catalogue is read again. */
const revived = async (store: Store): Promise<void> => {
  if (!(await store.slot.revive())) return;
  store.prepared = null;
  store.samples.clear();
};

const sync = async (store: Store, options: QueryOptions): Promise<Catalog> => {
  await revived(store);
  const catalog: Catalog = { containers: [], failures: [], notes: [] };
  const prepared = new Map<string, Prepared>();
  for (const entry of await listEntries(store.session, databaseName(store.config), options)) {
    try {
      const one = await prepare(store.session, entry, store.config, store.zone, options);
      prepared.set(one.container.name, one);
      catalog.containers.push(one.container);
    } catch (thrown) {
      const error = toErrorInfo(thrown);
      if (error.code === "ABORTED" || error.code === "ENGINE_DIED") throw thrown;
      catalog.failures.push({ name: entryName(entry), error });
    }
  }
  store.prepared = prepared;
  return catalog;
};

const open = async (store: Store, container: Container, options: OpenOptions): ReturnType<Datastore["open"]> => {
  await revived(store);
  if (store.prepared === null) await sync(store, options);
  const known = store.prepared?.get(container.name);
  if (known === undefined)
    throw userError("CONTAINER_UNKNOWN", container.name, nearestName(container.name, [...(store.prepared?.keys() ?? [])]));
  const rejected = { count: 0, examples: [] };
  if (options.sampleRows === undefined) return { relation: known.relation, rejected };
  const table = `memory.main.${duckdb.quote(`sample of ${container.name}`)}`;
  store.samples.set(container.name, table);
  return { relation: await sampled(store.session, known.relation, known.container.fields, table, options.sampleRows, options), rejected };
};

const release = async (store: Store, container: Container): Promise<void> => {
  const table = store.samples.get(container.name);
  if (table !== undefined) await store.session.run(`DROP TABLE IF EXISTS ${table}`);
  store.samples.delete(container.name);
};

const MAGIC_BYTES = 16;

const headOf = (path: string): string => {
  try {
    const bytes = Buffer.alloc(MAGIC_BYTES);
    const handle = openSync(path, "r");
    try {
      readSync(handle, bytes, 0, MAGIC_BYTES, 0);
    } finally {
      closeSync(handle);
    }
    return bytes.toString("latin1");
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
};

/** Refuses what is no DuckDB file before an engine is started for it. Its magic bytes stand behind a checksum of 8 bytes. */
const examine = (path: string): void => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw userError("SOURCE_NOT_FOUND", path);
  if (found.isFile() && found.size === 0) throw userError("SOURCE_EMPTY", path);
  const head = headOf(path);
  if (head.startsWith("SQLite format 3")) throw userError("SOURCE_UNREADABLE", path, "it is an SQLite database, not a DuckDB one");
  if (head.slice(8, 12) !== "DUCK") throw userError("SOURCE_UNREADABLE", path, "it is not a DuckDB database");
};

const connect = async (config: DuckdbConfig, options: ConnectOptions): Promise<Datastore> => {
  examine(config.path);
  const slot = await openSlot(
    {
      memory: options.memory,
      threads: options.threads,
      tempFolder: makeTempFolder(options.tempFolder),
      tempBytesMax: options.tempBytesMax,
      target: config.path,
      setup: [`ATTACH ${text(config.path)} AS ${duckdb.quote(databaseName(config))} (READ_ONLY)`, `CREATE SCHEMA ${VIEW_SCHEMA}`],
      allowedPaths: [config.path],
      allowedDirectories: [],
      extensionFolder: extensionFolder(),
    },
    duckdb,
  );
  const store: Store = { slot, session: slot.session, config, zone: options.timeZone, prepared: null, samples: new Map() };
  return {
    type: "duckdb",
    name: basename(config.path),
    session: slot.session,
    canStage: true,
    sync: (during = {}) => sync(store, during),
    open: (container, during = {}) => open(store, container, during),
    view: (name, query, during = {}) => viewOfQuery(slot.session, name, query, during),
    release: (container) => release(store, container),
    close: () => slot.close(),
  };
};

export const duckdbConnector: Connector<DuckdbConfig> = {
  type: "duckdb",
  title: "DuckDB database",
  docs: "A database file (.duckdb, .ddb, .db, or duckdb:PATH), opened read-only. Tables and views of all schemas; those of main without the schema's name.",
  parse: (source) => {
    const prefixed = /^duckdb:(?:\/\/)?(.+)$/.exec(source)?.[1];
    if (prefixed !== undefined) return { path: resolve(prefixed) };
    return ENDINGS.test(source) && !source.includes("://") ? { path: resolve(source) } : null;
  },
  connect,
};
