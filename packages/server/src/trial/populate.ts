/** Rows for every table of a store, whatever its tables are, made from the catalogue: for tests of what happens to a store that is in use. */
import { sql } from "kysely";
import type { Database } from "../store/database.ts";

export type Column = { table: string; name: string; type: string; references: string | null };

/** Tables of the migrator and those that triggers write. */
const NOT_OURS = ["kysely_migration", "kysely_migration_lock"];

/** The columns of all tables, in their order. */
export const columnsOf = async (db: Database): Promise<Column[]> => {
  const { rows } = await sql<Column>`
    SELECT c.table_name AS "table", c.column_name AS name, c.data_type AS type, (
      SELECT f.confrelid::regclass::text FROM pg_constraint f JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
      WHERE f.contype = 'f' AND f.conrelid = format('%I', c.table_name)::regclass AND a.attname = c.column_name) AS references
    FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY c.table_name, c.ordinal_position`.execute(db);
  return rows.filter(({ table }) => !NOT_OURS.includes(table));
};

/** Numbers from which on ids are given, so that they meet none that the schema brings. */
const FIRST_ID = 1000;
const ROWS_PER_TABLE = 2;

const valueOf = ({ table, name, type, references }: Column, n: number): unknown => {
  if (name === "id" && type === "bigint") return n;
  if (references !== null) return n;
  switch (type) {
    case "bigint":
    case "integer":
    case "smallint":
      return n % 7;
    case "double precision":
      return n / 2;
    case "boolean":
      return false;
    case "json":
    case "jsonb":
      return JSON.stringify({ of: `${table}.${name}`, n });
    case "uuid":
      return `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
    case "timestamp with time zone":
      return new Date(Date.UTC(2031, 0, 1) + n * 1000).toISOString();
    case "text":
      return `${name} ${n}`;
    default:
      throw new Error(`${table}.${name} is of the type ${type}, of which nobody has said what stands in it`);
  }
};

/**
 * Some rows in every table, every column filled; to be called in a transaction, since rows refer to rows that come later. Each generation
 * is other rows; `columns` are those that the writer knows.
 */
export const populate = async (at: Database, columns: readonly Column[], generation: number): Promise<void> => {
  await sql`SET CONSTRAINTS ALL DEFERRED`.execute(at);
  for (const [table, own] of Map.groupBy(columns, (column) => column.table))
    for (let row = 0; row < ROWS_PER_TABLE; row++) {
      const n = FIRST_ID * generation + row;
      const names = sql.join(own.map(({ name }) => sql.ref(name)));
      const values = sql.join(own.map((column) => sql`${valueOf(column, n)}::${sql.raw(column.type)}`));
      await sql`INSERT INTO ${sql.table(table)} (${names}) OVERRIDING SYSTEM VALUE VALUES (${values})`.execute(at);
    }
  await sql`SET CONSTRAINTS ALL IMMEDIATE`.execute(at);
};

/** Every row of these columns as text, by table, in an order of its own. */
export const contentOf = async (db: Database, columns: readonly Column[]): Promise<Map<string, string[]>> => {
  const content = new Map<string, string[]>();
  for (const [table, own] of Map.groupBy(columns, (column) => column.table)) {
    const names = sql.join(own.map(({ name }) => sql.ref(name)));
    const { rows } = await sql<{ row: string }>`SELECT ROW(${names})::text AS row FROM ${sql.table(table)} ORDER BY 1`.execute(db);
    content.set(
      table,
      rows.map(({ row }) => row),
    );
  }
  return content;
};
