/** Tables in a Postgres schema as a SqlStore. Rows travel as one text array per column. */
import type { Client } from "pg";
import { userError } from "@touchstone/core/errors";
import { postgres } from "../dialects/postgres.ts";
import { POSTGRES_TYPES } from "./kind.ts";
import type { Column, StoredColumn, Wire } from "./kind.ts";
import { fitName } from "./names.ts";
import type { SqlStore } from "./sql-store.ts";
import type { WriteOptions } from "./target.ts";

/** NAMEDATALEN - 1: https://www.postgresql.org/docs/current/limits.html */
const NAME_BYTES_MAX = 63;
const COLUMNS_MAX = 1600;

/** Text in Postgres has no NUL; the replacement character shows that one was there. */
const withoutNul = (value: Wire): Wire => (value !== null && value.includes("\0") ? value.replaceAll("\0", "\uFFFD") : value);

const DESCRIBE = `SELECT c.relkind, a.attname, format_type(a.atttypid, NULL) AS type
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY a.attnum`;

type Described = { relkind: string; attname: string | null; type: string | null };

const describe = async (client: Client, schema: string, table: string): Promise<{ isTable: boolean; columns: StoredColumn[] } | null> => {
  const { rows } = await client.query<Described>(DESCRIBE, [schema, table]);
  if (rows.length === 0) return null;
  const columns = rows.flatMap(({ attname, type }) => (attname === null || type === null ? [] : [{ name: attname, type }]));
  return { isTable: ["r", "p"].includes(rows[0]!.relkind), columns };
};

/** The tables of a schema. An abort is noticed between statements, each of which is one bounded batch. */
export const postgresStore = (client: Client, schema: string, name: string, { signal }: WriteOptions): SqlStore => {
  const stored = (full: string): string => fitName(full, NAME_BYTES_MAX);
  const column = (full: string): string => postgres.quote(stored(full));
  const table = (full: string): string => `${postgres.quote(schema)}.${column(full)}`;
  const run = async (sql: string, parameters?: readonly unknown[]): Promise<void> => {
    if (signal?.aborted) throw userError("ABORTED");
    await client.query(sql, parameters ? [...parameters] : undefined);
  };
  return {
    name,
    types: POSTGRES_TYPES,
    columnsMax: COLUMNS_MAX,
    table,
    column,
    stored,
    describe: (full) => describe(client, schema, stored(full)),
    tablesBeginning: async (start) => {
      const { rows } = await client.query<{ tablename: string }>(
        "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND starts_with(tablename, $2)",
        [schema, start],
      );
      return rows.map(({ tablename }) => tablename);
    },
    run,
    insert: (full, columns, rows) =>
      run(
        insertSql(table(full), columns, column),
        columns.map((_, i) => rows.map((row) => withoutNul(row[i] ?? null))),
      ),
    alterType: (full, { name: widened, kind }) =>
      `ALTER TABLE ${table(full)} ALTER COLUMN ${column(widened)} TYPE ${POSTGRES_TYPES.write(kind)} USING CAST(${column(widened)} AS ${POSTGRES_TYPES.write(kind)})`,
  };
};

const insertSql = (table: string, columns: readonly Column[], quoted: (name: string) => string): string => {
  const names = columns.map(({ name }) => quoted(name)).join(", ");
  const arrays = columns.map((_, i) => `$${i + 1}::text[]`).join(", ");
  const values = columns.map(({ kind }, i) => `CAST(line.v${i + 1} AS ${POSTGRES_TYPES.write(kind)})`).join(", ");
  const aliases = columns.map((_, i) => `v${i + 1}`).join(", ");
  return `INSERT INTO ${table} (${names})\nSELECT ${values}\nFROM unnest(${arrays}) AS line (${aliases})`;
};
