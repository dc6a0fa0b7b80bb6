/**
 * Tables to measure with, as Parquet files made by the engine from row numbers, so that every run has the same rows:
 * an order line (16 columns: keys, prices, codes, dates, a comment), a taxi trip (19 columns: times, amounts, codes, NULLs),
 * two lists of one key, and tables as wide or as tall as one likes.
 */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

/** A table yet to be made: a SELECT list over the row number `i`. */
export type TableDefinition = { name: string; columns: readonly string[] };

export const BENCH_FOLDER = process.env["TOUCHSTONE_BENCH"] ?? join(homedir(), ".cache", "touchstone-bench");
/** Part of the file's name: raise it when a table changes, so that no old file is measured. */
const VERSION = 1;

/** Cells of one row group: what a writer of wide tables can hold in memory. */
const ROW_GROUP_CELLS_MAX = 12_000_000;
/** Rows of one row group, as DuckDB writes them by default; and the fewest it takes. */
const ROW_GROUP_ROWS = { most: 122_880, least: 2048 };

/** The table as a Parquet file (zstd), written unless it is there; half a minute for ten million order lines. */
export const tableFile = async ({ name, columns }: TableDefinition, rows: number): Promise<string> => {
  mkdirSync(BENCH_FOLDER, { recursive: true });
  const path = join(BENCH_FOLDER, `${name}_${rows}_v${VERSION}.parquet`);
  if (existsSync(path)) return path;
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: "4GB" });
  const connection = await instance.connect();
  const unfinished = `${path}.unfinished`;
  const groupRows = Math.max(ROW_GROUP_ROWS.least, Math.min(ROW_GROUP_ROWS.most, Math.floor(ROW_GROUP_CELLS_MAX / columns.length)));
  await connection.run(
    `COPY (SELECT ${columns.join(",\n")} FROM range(${rows}) t(i)) TO '${unfinished.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${groupRows})`,
  );
  connection.closeSync();
  instance.closeSync();
  // A file under its own name is whole.
  renameSync(unfinished, path);
  return path;
};

/** Even fraction 0..1 of a row number and a column's salt. */
const even = (salt: number): string => `((hash(i + ${salt} * 1000000000000) >> 11)::DOUBLE / 9007199254740992.0)`;
/** Whole number from `low` to `high`. */
const whole = (salt: number, low: number, high: number): string => `(${low} + floor(${even(salt)} * ${high - low + 1}))`;
const oneOf = (salt: number, ...words: string[]): string => `['${words.join("','")}'][${whole(salt, 1, words.length)}::INT]`;

const WORDS =
  "['carefully','final','deposits','slyly','ironic','requests','blithely','even','packages','furiously','regular','accounts','quickly','bold','theodolites','pending','foxes','express','pinto','beans']";
const word = (salt: number): string => `${WORDS}[${whole(salt, 1, 20)}::INT]`;

export const ORDER_LINE: TableDefinition = {
  name: "order_line",
  columns: [
    "(i // 4 * 8 + i // 4 % 7)::BIGINT AS order_key",
    `${whole(1, 1, 2_000_000)}::BIGINT AS part_key`,
    `${whole(2, 1, 100_000)}::BIGINT AS supplier_key`,
    "(i % 4 + 1)::INTEGER AS line_number",
    `${whole(3, 1, 50)}::DECIMAL(15,2) AS quantity`,
    `(${whole(3, 1, 50)} * (900 + ${whole(1, 1, 2_000_000)} % 100000 / 50.0))::DECIMAL(15,2) AS extended_price`,
    `(${whole(4, 0, 10)} / 100)::DECIMAL(15,2) AS discount`,
    `(${whole(5, 0, 8)} / 100)::DECIMAL(15,2) AS tax`,
    `${oneOf(6, "A", "N", "R")} AS return_flag`,
    `${oneOf(7, "F", "O")} AS line_status`,
    `DATE '1992-01-02' + ${whole(8, 0, 2525)}::INT AS ship_date`,
    `DATE '1992-01-31' + ${whole(9, 0, 2465)}::INT AS commit_date`,
    `DATE '1992-01-04' + ${whole(8, 0, 2525)}::INT + ${whole(10, 1, 30)}::INT AS receipt_date`,
    `${oneOf(11, "DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN")} AS ship_instruct`,
    `${oneOf(12, "REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB")} AS ship_mode`,
    `left(${word(13)} || ' ' || ${word(14)} || ' ' || ${word(15)} || ' ' || ${word(16)} || ' ' || ${word(17)}, ${whole(18, 10, 43)}::INT) AS comment`,
  ],
};

/** The order line with the instant at which each row came, growing. */
export const ORDER_LINE_IN_TIME: TableDefinition = {
  name: "order_line_in_time",
  columns: [...ORDER_LINE.columns, "TIMESTAMP '2024-01-01' + to_microseconds((i * 1000000)::BIGINT) AS recorded_at"],
};

const orMissing = (value: string): string => `CASE WHEN ${even(4)} >= 0.025 THEN ${value} END`;

export const TAXI_TRIP: TableDefinition = {
  name: "taxi_trip",
  columns: [
    `${whole(1, 1, 2)}::INTEGER AS vendor_id`,
    `TIMESTAMP '2023-01-01' + to_seconds(${whole(2, 0, 31 * 86_400 - 1)}) AS pickup_at`,
    `TIMESTAMP '2023-01-01' + to_seconds(${whole(2, 0, 31 * 86_400 - 1)} + 60 + floor(-700 * ln(1 - ${even(3)}))) AS dropoff_at`,
    `${orMissing(`${whole(5, 0, 6)}::BIGINT`)} AS passenger_count`,
    `round(-2.6 * ln(1 - ${even(6)}), 2) AS trip_distance`,
    `${orMissing(`(1 + floor(5 * power(${even(7)}, 6)))::BIGINT`)} AS rate_code_id`,
    `${orMissing(`CASE WHEN ${even(8)} < 0.01 THEN 'Y' ELSE 'N' END`)} AS store_and_forward`,
    `(1 + floor(265 * power(${even(9)}, 1.3)))::BIGINT AS pickup_location`,
    `(1 + floor(265 * power(${even(10)}, 1.2)))::BIGINT AS dropoff_location`,
    `(1 + floor(4 * power(${even(11)}, 3)))::BIGINT AS payment_type`,
    `round((CASE WHEN ${even(12)} < 0.006 THEN -1 ELSE 1 END) * (3 + floor(-60 * ln(1 - ${even(6)})) * 0.7 / 4), 2) AS fare_amount`,
    `[0.0, 0.5, 1.0, 2.5, 5.0][${whole(13, 1, 5)}::INT] AS extra`,
    `(CASE WHEN ${even(12)} < 0.006 THEN -0.5 ELSE 0.5 END) AS mta_tax`,
    `CASE WHEN ${even(14)} < 0.25 THEN 0 ELSE round(-3.4 * ln(1 - ${even(15)}), 2) END AS tip_amount`,
    `CASE WHEN ${even(16)} < 0.92 THEN 0 ELSE 6.55 END AS tolls_amount`,
    `[0.3, 1.0][${whole(17, 1, 2)}::INT] AS improvement_surcharge`,
    `round(3 + floor(-60 * ln(1 - ${even(6)})) * 0.7 / 4 + (CASE WHEN ${even(14)} < 0.25 THEN 0 ELSE -3.4 * ln(1 - ${even(15)}) END) + 1.5, 2) AS total_amount`,
    `${orMissing(`[0.0, 2.5][${whole(18, 1, 2)}::INT]`)} AS congestion_surcharge`,
    `${orMissing(`CASE WHEN ${even(19)} < 0.08 THEN 1.25 ELSE 0.0 END`)} AS airport_fee`,
  ],
};

/** Bijection of 0..2^32-1 (an odd factor), so that keys are unique and come in no order. */
const shuffled = (salt: number): string => `((i * 2654435761 + ${salt}) % 4294967296)`;

/** A key of numbers and one of texts, each unique; and the same keys again in the same shuffled order. */
export const keyList = (name: "customer" | "visit"): TableDefinition => ({
  name,
  columns: [
    `${shuffled(0)}::BIGINT AS customer_id`,
    `'C-' || lpad(${shuffled(0)}::VARCHAR, 10, '0') AS customer_code`,
    `${whole(20, 0, 999_999)}::INTEGER AS points`,
  ],
});

/** Columns of a wide table, kinds in turn; the number makes the name and the salt. */
const WIDE: ((c: number) => string)[] = [
  (c) => `(i + ${c})::BIGINT AS id_${c}`,
  (c) => `${whole(c, 1, 1000)}::INTEGER AS count_${c}`,
  (c) => `(${whole(c, 0, 9_999_999)} / 100)::DECIMAL(12,2) AS amount_${c}`,
  (c) => `round(100 + 15 * sqrt(-2 * ln(1 - ${even(c)})) * cos(6.2831853 * ${even(c + 5000)}), 3) AS measure_${c}`,
  (c) => `${oneOf(c, "open", "paid", "shipped", "returned", "lost")} AS status_${c}`,
  (c) => `DATE '2020-01-01' + ${whole(c, 0, 1500)}::INT AS day_${c}`,
  (c) =>
    `CASE WHEN ${even(c + 6000)} < 0.9 THEN ${word(c)} || ' ' || ${word(c + 7000)} || ' ' || ${whole(c, 1, 9999)}::INT END AS note_${c}`,
  (c) => `${even(c)} < 0.3 AS flag_${c}`,
  (c) => `'DE' || lpad(${whole(c, 0, 99_999)}::INT::VARCHAR, 5, '0') AS code_${c}`,
  (c) => `TIMESTAMP '2024-01-01' + to_seconds(${whole(c, 0, 31_535_999)}) AS at_${c}`,
];

export const wideTable = (columns: number): TableDefinition => ({
  name: `wide_${columns}`,
  columns: Array.from({ length: columns }, (_, c) => WIDE[c % WIDE.length]!(c)),
});

/** Every column a key: each value differs. */
export const keysOnlyTable = (columns: number): TableDefinition => ({
  name: `keys_only_${columns}`,
  columns: Array.from({ length: columns }, (_, c) =>
    c % 2 === 0 ? `((i * 2654435761 + ${c}) % 4294967296)::BIGINT AS id_${c}` : `'K' || (i * 7919 + ${c}) AS key_${c}`,
  ),
});

/** Ten columns that compress well, for very many rows. */
export const TALL: TableDefinition = {
  name: "tall",
  columns: [
    "i::BIGINT AS event_id",
    "(i // 50)::INTEGER AS session_id",
    "(i % 977)::SMALLINT AS page",
    "TIMESTAMP '2020-01-01' + to_seconds(i) AS happened_at",
    "['view','click','buy','back'][(hash(i // 8) % 4 + 1)::INT] AS action",
    "['de','fr','us','jp','br'][(hash(i // 100) % 5 + 1)::INT] AS country",
    "(hash(i // 16) % 1000 / 100.0)::DECIMAL(8,2) AS amount",
    "(hash(i // 64) % 5)::TINYINT AS rating",
    "hash(i // 32) % 3 = 0 AS mobile",
    "CASE WHEN hash(i // 20) % 10 < 9 THEN 'campaign ' || hash(i // 20) % 300 END AS campaign",
  ],
};
