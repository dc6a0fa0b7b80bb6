/** Tables in a DuckDB database as a SqlStore, reached through an engine process. Rows travel as one JSON parameter per batch. */
import type { Cell } from "@touchstone/core/rules/rule";
import { duckdb } from "../dialects/duckdb.ts";
import type { Slot } from "../slot/slot.ts";
import { DUCKDB_TYPES } from "./kind.ts";
import type { Column, Wire } from "./kind.ts";
import type { SqlStore } from "./sql-store.ts";
import type { WriteOptions } from "./target.ts";

export const duckdbText = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** One transaction is kept in memory by the engine; columns beyond this are a mistake of the source. */
const COLUMNS_MAX = 100_000;

/** Inserts a batch: the parameter is a JSON list of rows, each a list of texts, cast to the columns' types in the engine. */
export const insertBatch = async (
  slot: Slot,
  table: string,
  columns: readonly Column[],
  rows: readonly (readonly Wire[])[],
  options: WriteOptions,
): Promise<void> => {
  const names = columns.map(({ name }) => duckdb.quote(name)).join(", ");
  const values = columns.map(({ kind }, i) => `CAST(line[${i + 1}] AS ${DUCKDB_TYPES.write(kind)})`).join(", ");
  const sql = `INSERT INTO ${table} (${names})\nSELECT ${values}\nFROM (SELECT unnest(from_json($1, '[["VARCHAR"]]')) AS line)`;
  await slot.runWith(sql, [JSON.stringify(rows)], options);
};

const text = (cell: Cell | undefined): string => (typeof cell === "string" ? cell : String(cell ?? ""));

/** The tables of the attached database `catalog`. */
export const duckdbStore = (slot: Slot, catalog: string, name: string, options: WriteOptions): SqlStore => {
  const inCatalog = `database_name = ${duckdbText(catalog)} AND schema_name = 'main'`;
  const table = (full: string): string => `${duckdb.quote(catalog)}.main.${duckdb.quote(full)}`;
  const store: SqlStore = {
    name,
    types: DUCKDB_TYPES,
    columnsMax: COLUMNS_MAX,
    table,
    column: (column) => duckdb.quote(column),
    stored: (column) => column,
    describe: async (full) => {
      const sameName = `${inCatalog} AND lower(%) = ${duckdbText(full.toLowerCase())}`;
      const rows = await slot.session.query(
        `SELECT column_name, data_type FROM duckdb_columns() WHERE ${sameName.replace("%", "table_name")} ORDER BY column_index`,
        options,
      );
      if (rows.length === 0) return null;
      const tables = await slot.session.query(`SELECT 1 FROM duckdb_tables() WHERE ${sameName.replace("%", "table_name")}`, options);
      return {
        isTable: tables.length === 1,
        columns: rows.map((row) => ({ name: text(row["column_name"]), type: text(row["data_type"]) })),
      };
    },
    tablesBeginning: async (start) => {
      const rows = await slot.session.query(
        `SELECT table_name FROM duckdb_tables() WHERE ${inCatalog} AND starts_with(table_name, ${duckdbText(start)})`,
        options,
      );
      return rows.map((row) => text(row["table_name"]));
    },
    run: (sql, parameters) => (parameters ? slot.runWith(sql, parameters, options) : slot.session.run(sql, options)),
    insert: (full, columns, rows) => insertBatch(slot, table(full), columns, rows, options),
    alterType: (full, { name: column, kind }) =>
      `ALTER TABLE ${table(full)} ALTER COLUMN ${duckdb.quote(column)} SET DATA TYPE ${DUCKDB_TYPES.write(kind)}`,
  };
  return store;
};
