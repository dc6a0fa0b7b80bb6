/**
 * Two tables to measure with: an order line (16 columns: keys, prices, codes, dates, a comment) and a taxi trip
 * (19 columns: times, amounts, codes, NULLs). Made by the engine from row numbers, so that every run has the same rows.
 */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

export type BenchTable = { name: string; path: string; rows: number; columns: number };

export const ROWS_DEFAULT = 10_000_000;
const FOLDER_DEFAULT = process.env["TOUCHSTONE_BENCH"] ?? join(homedir(), ".cache", "touchstone-bench");
/** Part of the file's name: raise it when a table changes, so that no old file is measured. */
const VERSION = 1;

/** Even fraction 0..1 of a row number and a column's salt. */
const even = (salt: number): string => `((hash(i + ${salt} * 1000000000000) >> 11)::DOUBLE / 9007199254740992.0)`;
/** Whole number from `low` to `high`. */
const whole = (salt: number, low: number, high: number): string => `(${low} + floor(${even(salt)} * ${high - low + 1}))`;
const oneOf = (salt: number, ...words: string[]): string => `['${words.join("','")}'][${whole(salt, 1, words.length)}::INT]`;

const WORDS =
  "['carefully','final','deposits','slyly','ironic','requests','blithely','even','packages','furiously','regular','accounts','quickly','bold','theodolites','pending','foxes','express','pinto','beans']";
const word = (salt: number): string => `${WORDS}[${whole(salt, 1, 20)}::INT]`;

const ORDER_LINE = `SELECT
  (i // 4 * 8 + i // 4 % 7)::BIGINT AS order_key,
  ${whole(1, 1, 2_000_000)}::BIGINT AS part_key,
  ${whole(2, 1, 100_000)}::BIGINT AS supplier_key,
  (i % 4 + 1)::INTEGER AS line_number,
  ${whole(3, 1, 50)}::DECIMAL(15,2) AS quantity,
  (${whole(3, 1, 50)} * (900 + ${whole(1, 1, 2_000_000)} % 100000 / 50.0))::DECIMAL(15,2) AS extended_price,
  (${whole(4, 0, 10)} / 100)::DECIMAL(15,2) AS discount,
  (${whole(5, 0, 8)} / 100)::DECIMAL(15,2) AS tax,
  ${oneOf(6, "A", "N", "R")} AS return_flag,
  ${oneOf(7, "F", "O")} AS line_status,
  DATE '1992-01-02' + ${whole(8, 0, 2525)}::INT AS ship_date,
  DATE '1992-01-31' + ${whole(9, 0, 2465)}::INT AS commit_date,
  DATE '1992-01-04' + ${whole(8, 0, 2525)}::INT + ${whole(10, 1, 30)}::INT AS receipt_date,
  ${oneOf(11, "DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN")} AS ship_instruct,
  ${oneOf(12, "REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB")} AS ship_mode,
  left(${word(13)} || ' ' || ${word(14)} || ' ' || ${word(15)} || ' ' || ${word(16)} || ' ' || ${word(17)}, ${whole(18, 10, 43)}::INT) AS comment`;

const TAXI_TRIP = `SELECT
  ${whole(1, 1, 2)}::INTEGER AS vendor_id,
  TIMESTAMP '2023-01-01' + to_seconds(${whole(2, 0, 31 * 86_400 - 1)}) AS pickup_at,
  TIMESTAMP '2023-01-01' + to_seconds(${whole(2, 0, 31 * 86_400 - 1)} + 60 + floor(-700 * ln(1 - ${even(3)}))) AS dropoff_at,
  CASE WHEN ${even(4)} < 0.025 THEN NULL ELSE ${whole(5, 0, 6)}::BIGINT END AS passenger_count,
  round(-2.6 * ln(1 - ${even(6)}), 2) AS trip_distance,
  CASE WHEN ${even(4)} < 0.025 THEN NULL ELSE (1 + floor(5 * power(${even(7)}, 6)))::BIGINT END AS rate_code_id,
  CASE WHEN ${even(4)} < 0.025 THEN NULL WHEN ${even(8)} < 0.01 THEN 'Y' ELSE 'N' END AS store_and_forward,
  (1 + floor(265 * power(${even(9)}, 1.3)))::BIGINT AS pickup_location,
  (1 + floor(265 * power(${even(10)}, 1.2)))::BIGINT AS dropoff_location,
  (1 + floor(4 * power(${even(11)}, 3)))::BIGINT AS payment_type,
  round((CASE WHEN ${even(12)} < 0.006 THEN -1 ELSE 1 END) * (3 + floor(-60 * ln(1 - ${even(6)})) * 0.7 / 4), 2) AS fare_amount,
  [0.0, 0.5, 1.0, 2.5, 5.0][${whole(13, 1, 5)}::INT] AS extra,
  (CASE WHEN ${even(12)} < 0.006 THEN -0.5 ELSE 0.5 END) AS mta_tax,
  CASE WHEN ${even(14)} < 0.25 THEN 0 ELSE round(-3.4 * ln(1 - ${even(15)}), 2) END AS tip_amount,
  CASE WHEN ${even(16)} < 0.92 THEN 0 ELSE 6.55 END AS tolls_amount,
  [0.3, 1.0][${whole(17, 1, 2)}::INT] AS improvement_surcharge,
  round(3 + floor(-60 * ln(1 - ${even(6)})) * 0.7 / 4 + (CASE WHEN ${even(14)} < 0.25 THEN 0 ELSE -3.4 * ln(1 - ${even(15)}) END) + 1.5, 2) AS total_amount,
  CASE WHEN ${even(4)} < 0.025 THEN NULL ELSE [0.0, 2.5][${whole(18, 1, 2)}::INT] END AS congestion_surcharge,
  CASE WHEN ${even(4)} < 0.025 THEN NULL WHEN ${even(19)} < 0.08 THEN 1.25 ELSE 0.0 END AS airport_fee`;

const DEFINITIONS = [
  { name: "order_line", columns: 16, query: ORDER_LINE },
  { name: "taxi_trip", columns: 19, query: TAXI_TRIP },
];

/** Writes the tables as Parquet (zstd) unless they are there; half a minute for ten million rows each. */
export const benchTables = async (rows = ROWS_DEFAULT, folder = FOLDER_DEFAULT): Promise<BenchTable[]> => {
  mkdirSync(folder, { recursive: true });
  const tables = DEFINITIONS.map(({ name, columns, query }) => ({
    name,
    columns,
    rows,
    query,
    path: join(folder, `${name}_${rows}_v${VERSION}.parquet`),
  }));
  const missing = tables.filter(({ path }) => !existsSync(path));
  if (missing.length > 0) {
    const instance = await DuckDBInstance.create(":memory:", { memory_limit: "2GB" });
    const connection = await instance.connect();
    for (const { path, query } of missing) {
      const unfinished = `${path}.unfinished`;
      await connection.run(
        `COPY (${query} FROM range(${rows}) t(i)) TO '${unfinished.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`,
      );
      // A file under its own name is whole.
      renameSync(unfinished, path);
    }
    connection.closeSync();
    instance.closeSync();
  }
  return tables.map(({ name, path, columns }) => ({ name, path, rows, columns }));
};

if (import.meta.main)
  for (const table of await benchTables(Number(process.argv[2] ?? ROWS_DEFAULT))) process.stdout.write(`${table.path}\n`);
