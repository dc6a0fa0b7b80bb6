/**
 * The files the tools look at: the bench's order lines with plain types (decimals as doubles, which every tool reads well),
 * whole or with ten of the twenty checks broken on a given share of the rows, and the suppliers they refer to.
 */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { DuckDBInstance } from "@duckdb/node-api";
import { ORDER_LINE, tableFile } from "../tables.ts";
import type { Asked } from "./asked.ts";
import { truthSql } from "./asked.ts";

/** Part of the folder's name: raise it when a file changes. */
const VERSION = 1;
/** Supplier keys of the order lines are 1 to this. */
const SUPPLIERS = 100_000;

export type PeerFiles = { orderLine: string; supplier: string };
/** Failing rows by check, counted by plain SQL; for a key also how many keys repeat. */
export type Truth = ReadonlyMap<string, { rows: number; keys: number | null }>;

const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`;

/** True on this share of the rows (or of the orders of four lines), others for each salt. */
const struck = (share: number, salt: number, of = "file_row_number"): string =>
  `hash(${of} + ${salt} * 1000000000000) % 1000000 < ${Math.round(share * 1_000_000)}`;

/** Each damaged column breaks one check on its own rows; a repeated key is two rows, so half as many orders are struck. */
const DAMAGED: { field: string; value: string; salt: number; when?: (share: number) => string }[] = [
  { field: "line_number", value: "2::INTEGER", salt: 1, when: (share) => `file_row_number % 4 = 0 AND ${struck(2 * share, 1)}` },
  { field: "supplier_key", value: `supplier_key + ${SUPPLIERS}`, salt: 2 },
  { field: "quantity", value: "quantity + 50", salt: 3 },
  { field: "extended_price", value: "-1 - extended_price", salt: 4 },
  { field: "discount", value: "discount + 0.5", salt: 5 },
  { field: "ship_mode", value: "'TRUK'", salt: 6 },
  { field: "receipt_date", value: "ship_date - 1", salt: 7 },
];
/** One column, three checks, each on rows of its own. */
const COMMENT = (share: number): string => `CASE
  WHEN ${struck(share, 8)} THEN NULL
  WHEN ${struck(share, 9)} THEN upper(comment)
  WHEN ${struck(share, 10)} THEN comment || repeat(' and so on', 5)
  ELSE comment END`;

const orderLineSql = (source: string, share: number): string => {
  const replaced = DAMAGED.map(({ field, value, salt, when }) => {
    const plain = ["quantity", "extended_price", "discount"].includes(field) ? `${field}::DOUBLE` : field;
    return `CASE WHEN ${when?.(share) ?? struck(share, salt)} THEN ${value.replace(field, plain)} ELSE ${plain} END AS ${field}`;
  });
  return `SELECT * EXCLUDE (file_row_number) REPLACE (${[...replaced, "tax::DOUBLE AS tax", `${COMMENT(share)} AS comment`].join(", ")})
    FROM read_parquet(${quoted(source)}, file_row_number = true)`;
};

const withEngine = async <T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: "2GB" });
  const connection = await instance.connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

/** Writes what is missing; a file under its own name is whole. */
const writeMissing = async (connection: DuckDBConnection, path: string, sql: string): Promise<void> => {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.unfinished`;
  await connection.run(`COPY (${sql}) TO ${quoted(unfinished)} (FORMAT parquet, COMPRESSION zstd)`);
  renameSync(unfinished, path);
};

/** The files of one scenario, written below `folder` unless they are there. */
export const peerFiles = async (folder: string, rows: number, share: number): Promise<PeerFiles> => {
  const source = await tableFile(ORDER_LINE, rows);
  const own = join(folder, `files_v${VERSION}`, `${rows}_${share * 100}pct`);
  const files = { orderLine: join(own, "order_line.parquet"), supplier: join(own, "supplier.parquet") };
  await withEngine(async (connection) => {
    await writeMissing(connection, files.orderLine, orderLineSql(source, share));
    await writeMissing(connection, files.supplier, `SELECT i + 1 AS supplier_key FROM range(${SUPPLIERS}) t(i)`);
  });
  return files;
};

export const truthOf = async (files: PeerFiles, checks: readonly Asked[]): Promise<Truth> =>
  withEngine(async (connection) => {
    await connection.run(`CREATE VIEW order_line AS FROM read_parquet(${quoted(files.orderLine)})`);
    await connection.run(`CREATE VIEW supplier AS FROM read_parquet(${quoted(files.supplier)})`);
    const truth = new Map<string, { rows: number; keys: number | null }>();
    for (const check of checks) {
      const [[rows, keys] = []] = (await connection.runAndReadAll(truthSql(check, "order_line"))).getRows();
      truth.set(check.id, { rows: Number(rows), keys: keys === null ? null : Number(keys) });
    }
    return truth;
  });
