/** How SQL names the rows of a table: as it is, or through a subquery that reads odd columns as their field types. */
import { postgres } from "../../dialects/postgres.ts";
import type { Relation, Session } from "../connector.ts";
import type { Column, Table } from "./catalog.ts";

/** Seed of all samples: a repeat looks at the same rows. */
const SEED = 1;

const text = (value: string): string => postgres.literal({ kind: "literal", type: "String", value });

/** SQL of a column as its field; null where the column can be named as it is. `zone` is the one naive timestamps are meant in. */
const readColumn = ({ name, native, folding }: Column, zone: string): string | null => {
  const column = postgres.quote(name);
  if (/^timestamp.* without time zone$/.test(native) && zone !== "UTC") return `(${column} AT TIME ZONE ${text(zone)} AT TIME ZONE 'UTC')`;
  return postgres.normalised(column, native) ?? (folding ? `${column} COLLATE "C"` : null);
};

/**
 * A subquery that may stand after FROM with or without an alias: before version 16 Postgres wants one for a plain
 * subquery, but not for a join in parentheses; this one joins a single row without columns.
 */
export const inParentheses = (query: string): string => `((${query}) AS "rows" CROSS JOIN (SELECT) AS "one row")`;

/** Whether TABLESAMPLE takes it. https://www.postgresql.org/docs/current/sql-select.html */
const canTableSample = ({ kind }: Pick<Table, "kind">): boolean => kind === "r" || kind === "p" || kind === "m";

/** Rows of views and foreign tables are chosen by a hash of all their values, so that each statement chooses the same ones. */
const sampleClause = (table: Pick<Table, "kind">, share: number): string =>
  canTableSample(table)
    ? ` TABLESAMPLE BERNOULLI (${(share * 100).toFixed(6)}) REPEATABLE (${SEED})`
    : ` AS "r" WHERE hashtextextended(CAST("r" AS text), ${SEED}) & 1048575 < ${Math.ceil(share * 1_048_576)}`;

/** What is read: a table by its name, or a query in parentheses. */
export type Source = { sql: string; isQuery: boolean };

export const sourceOf = (schema: string, table: Pick<Table, "name">): Source => ({
  sql: `${postgres.quote(schema)}.${postgres.quote(table.name)}`,
  isQuery: false,
});

/** `share` of the rows is looked at, all of them when null. */
export const relationOf = (source: Source, table: Pick<Table, "kind" | "columns">, zone: string, share: number | null): Relation => {
  const odd = table.columns.some((column) => readColumn(column, zone) !== null);
  const columns = table.columns.map((column) => {
    const sql = readColumn(column, zone);
    return sql === null ? postgres.quote(column.name) : `${sql} AS ${postgres.quote(column.name)}`;
  });
  const from =
    odd || share !== null || source.isQuery
      ? inParentheses(`SELECT ${columns.join(", ")} FROM ${source.sql}${share === null ? ` AS "r"` : sampleClause(table, share)}`)
      : source.sql;
  return { from, rowId: null, rowsIn: null, rowNumber: null, partition: null, records: null };
};

/** Rows of a table, counted. */
export const countRows = async (session: Session, from: string, signal: AbortSignal | undefined): Promise<number> => {
  const [row] = await session.query(`/* sample: rows */ SELECT count(*) AS rows FROM ${from}`, { signal });
  return Number(row?.["rows"] ?? 0);
};
