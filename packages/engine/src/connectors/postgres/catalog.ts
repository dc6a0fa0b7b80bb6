/** What a schema holds: tables, views, materialised views, partitioned and foreign tables, their columns and keys. */
import { errorInfo } from "@touchstone/core/errors";
import type { Container } from "@touchstone/core/model/container";
import { Field } from "@touchstone/core/model/field";
import { TEMPORAL_TYPES } from "@touchstone/core/model/field";
import { postgres } from "../../dialects/postgres.ts";
import type { Catalog, QueryOptions, Row, Session } from "../connector.ts";
import { guessIncrementalField } from "../files/incremental.ts";

export type Column = {
  name: string;
  /** As format_type prints it; a domain is its base type, `enum NAME` and `row NAME` mark these kinds. */
  native: string;
  nullable: boolean;
  /** Identity or serial: values the server counts up. */
  counted: boolean;
  /** First column of an index. */
  indexed: boolean;
  /** Compares text by more than its bytes (a collation that ignores case or accents). */
  folding: boolean;
};

/** `kind` is pg_class.relkind: r table, p partitioned, v view, m materialised view, f foreign table. */
export type Table = {
  name: string;
  kind: "r" | "p" | "v" | "m" | "f";
  readable: boolean;
  rowsEstimated: number;
  columns: Column[];
  keys: string[][];
  partitionKey: string | null;
};

const text = (value: string): string => postgres.literal({ kind: "literal", type: "String", value });

/** Partitions are read through their parent. */
const TABLES = (schema: string): string => `
SELECT c.oid AS id, c.relname AS name, c.relkind AS kind, greatest(c.reltuples, 0)::bigint AS rows,
  has_any_column_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') AS readable,
  CASE WHEN p.partnatts = 1 THEN (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = p.partattrs[0]) END AS partition_key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid
WHERE n.nspname = ${text(schema)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
ORDER BY c.relname COLLATE "C"`;

/** Types with what they are at bottom: a domain is a type over another one. */
const BASE = `WITH RECURSIVE base AS (
  SELECT t.oid AS id, t.oid AS type, -1 AS modifier, t.typtype AS kind, t.typbasetype AS next, t.typtypmod AS next_modifier, t.typnotnull AS required FROM pg_type t
  UNION ALL
  SELECT b.id, t.oid, b.next_modifier, t.typtype, t.typbasetype, t.typtypmod, b.required OR t.typnotnull FROM base b JOIN pg_type t ON t.oid = b.next WHERE b.kind = 'd'
)`;

/** A type as `Column.native` has it, of a type and its modifier. */
const native = (modifier: string): string =>
  `CASE b.kind WHEN 'e' THEN 'enum ' WHEN 'c' THEN 'row ' ELSE '' END
    || format_type(b.type, CASE WHEN b.id = b.type THEN ${modifier} ELSE b.modifier END)`;

const COLUMNS = (schema: string): string => `
${BASE}
SELECT c.oid AS id, a.attname AS name, a.attnotnull OR b.required AS required,
  ${native("a.atttypmod")} AS native,
  a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', FALSE) AS counted,
  EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum) AS indexed,
  coalesce(NOT l.collisdeterministic, FALSE) AS folding
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN base b ON b.id = a.atttypid AND b.kind <> 'd'
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE n.nspname = ${text(schema)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
  AND has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY c.oid, a.attnum`;

/** Unique indexes over whole tables and plain columns, the primary key first. */
const KEYS = (schema: string): string => `
SELECT i.indrelid AS id, array(SELECT a.attname::text FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k(number, at)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number ORDER BY k.at) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ${text(schema)} AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
ORDER BY i.indrelid, NOT i.indisprimary, i.indexrelid`;

/** Types of columns as the protocol tells them: the type's oid and modifier. In their order. */
export const typesOf = async (
  session: Session,
  columns: readonly { oid: number; modifier: number }[],
  options: QueryOptions,
): Promise<string[]> => {
  if (columns.length === 0) return [];
  const given = columns.map(({ oid, modifier }, i) => `(${i}, ${oid}::oid, ${modifier})`).join(", ");
  const rows = await session.query(
    `${BASE} SELECT ${native("given.modifier")} AS native FROM (VALUES ${given}) AS given (at, id, modifier)
      JOIN base b ON b.id = given.id AND b.kind <> 'd' ORDER BY given.at`,
    options,
  );
  return rows.map((row) => String(row["native"]));
};

const byTable = (rows: readonly Row[]): Map<string, Row[]> => Map.groupBy(rows, (row) => String(row["id"]));

const columnOf = (row: Row): Column => ({
  name: String(row["name"]),
  native: String(row["native"]),
  nullable: row["required"] !== true,
  counted: row["counted"] === true,
  indexed: row["indexed"] === true,
  folding: row["folding"] === true,
});

/** Everything in a schema, in the order of names. */
export const listTables = async (session: Session, schema: string, options: QueryOptions): Promise<Table[]> => {
  const tables = await session.query(TABLES(schema), options);
  const columns = byTable(await session.query(COLUMNS(schema), options));
  const keys = byTable(await session.query(KEYS(schema), options));
  return tables.map((row) => {
    const id = String(row["id"]);
    return {
      name: String(row["name"]),
      kind: String(row["kind"]) as Table["kind"],
      readable: row["readable"] === true,
      rowsEstimated: Number(row["rows"]),
      columns: (columns.get(id) ?? []).map(columnOf),
      keys: (keys.get(id) ?? []).flatMap((key) => (Array.isArray(key["columns"]) ? [key["columns"].map(String)] : [])),
      partitionKey: row["partition_key"] === null ? null : String(row["partition_key"]),
    };
  });
};

const fieldOf = ({ name, native, nullable }: Column): Field => {
  const shown = postgres.fieldType(native);
  return Field.parse({ name, native_type: native, nullable, type_declared: true, ...shown });
};

/** A required or indexed time whose name says that it grows, else any by name, else what the server counts up. */
const incrementalField = (table: Table, fields: readonly Field[]): string | null => {
  const kept = new Set(table.columns.filter((column) => !column.nullable || column.indexed).map(({ name }) => name));
  const firm = fields.filter((field) => kept.has(field.name) && TEMPORAL_TYPES.includes(field.field_type));
  return guessIncrementalField(firm) ?? table.columns.find((column) => column.counted)?.name ?? guessIncrementalField(fields);
};

export const containerOf = (table: Table): Container => {
  const fields = table.columns.map(fieldOf);
  return {
    name: table.name,
    kind: table.kind === "v" || table.kind === "m" ? "view" : "table",
    fields,
    keys: table.keys,
    partitions: [{ name: table.name, bytes: null, modified_at: null }],
    incremental_field: incrementalField(table, fields),
    partition_field: table.partitionKey,
    rejected_lines: 0,
    modified_at: null,
  };
};

/** The containers of a schema; what the user may not read is a failure of its own. */
export const catalogOf = (tables: readonly Table[], target: string): Catalog => ({
  containers: tables.filter(({ readable, columns }) => readable && columns.length > 0).map(containerOf),
  failures: tables.flatMap(({ name, readable, columns }) => {
    if (!readable) return [{ name, error: errorInfo("PERMISSION_DENIED", `${target}/${name}`, "this user has no SELECT on it") }];
    return columns.length === 0 ? [{ name, error: errorInfo("SOURCE_EMPTY", `${target}/${name}`) }] : [];
  }),
  notes: [],
});
