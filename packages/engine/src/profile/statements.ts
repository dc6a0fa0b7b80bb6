/**
 * What the profile's SQL writes differently per engine. Operands are rendered SQL; so are the answers.
 * One entry per dialect: a dialect without one does not compile.
 */
import { userError } from "@touchstone/core/errors";
import type { Dialect } from "../dialects/dialect.ts";
import { isDialectName, type DialectName } from "../dialects/index.ts";

export type ProfileSql = {
  /** Double-precision number of a numeric operand of a native type that holds no NaN or infinity. */
  double: (operand: string) => string;
  /** The same of a floating operand; NULL for NaN, infinities and what no double can hold. */
  finiteDouble: (operand: string) => string;
  /** Text of any operand, compared and sorted by bytes. */
  text: (operand: string) => string;
  /** The operand of a native floating type is NaN; is plus or minus infinity; is neither. */
  isNaN: (operand: string) => string;
  isInfinite: (operand: string) => string;
  /** Native types that can hold NaN or infinities. */
  floating: RegExp;
  /** False for the infinities a date or timestamp may be. */
  isFiniteTime: (operand: string) => string;
  /** Days since 1970-01-01 of a finite date, as BIGINT. */
  days: (operand: string) => string;
  /** Microseconds since 1970-01-01 of a finite timestamp, as BIGINT. */
  micros: (operand: string) => string;
  /** Microseconds to whole days, rounded down. */
  daysOfMicros: (micros: string) => string;
  /** Text of at least one character, all of it white space. Written so that texts which begin otherwise cost one comparison. */
  isBlank: (text: string) => string;
  /** Aggregate: the columns of all rows as the text of a JSON array of arrays. One text crosses faster than its many values. */
  tuples: (columns: readonly string[]) => string;
  /** First characters. */
  left: (text: string, characters: number) => string;
  /** Whole part of a double that is not negative, as BIGINT. */
  floor: (operand: string) => string;
  /** About `rows` of the `records` rows, the same in every run; goes behind SELECT …. `isTable`: not a view. */
  sample: (from: string, rows: number, records: number, isTable: boolean) => string;
  /** CREATE TEMPORARY TABLE … AS; null where the engine's sessions do not stage. */
  stage: ((name: string, query: string) => string) | null;
};

/** White space by Unicode that keyboards and exports produce: ASCII, no-break, narrow no-break, ideographic, byte order mark. */
const BLANK = "^[ \\t\\n\\v\\f\\r\u00a0\u202f\u3000\ufeff]+$";

/** Seed of all sampling: a repeat looks at the same rows. */
const SEED = 1;

const STATEMENTS: Record<DialectName, ProfileSql> = {
  duckdb: {
    double: (x) => `CAST(${x} AS DOUBLE)`,
    finiteDouble: (x) => `CASE WHEN isfinite(${x}) THEN CAST(${x} AS DOUBLE) END`,
    text: (x) => `CAST(${x} AS VARCHAR)`,
    isNaN: (x) => `isnan(${x})`,
    isInfinite: (x) => `isinf(${x})`,
    floating: /^(DOUBLE|FLOAT|REAL)/i,
    isFiniteTime: (x) => `isfinite(${x})`,
    days: (x) => `CAST(${x} - DATE '1970-01-01' AS BIGINT)`,
    micros: (x) => `epoch_us(${x})`,
    // Integer division truncates toward zero; days before 1970 need the floor.
    daysOfMicros: (us) => `CAST(floor(${us} / 86400000000.0) AS BIGINT)`,
    isBlank: (x) => `CASE WHEN ${x} < '!' OR ${x} >= '\u00a0' THEN regexp_matches(${x}, '${BLANK}') ELSE false END`,
    tuples: (columns) => `CAST(to_json(list(json_array(${columns.join(", ")}))) AS VARCHAR)`,
    left: (x, n) => `left(${x}, ${n})`,
    floor: (x) => `CAST(floor(${x}) AS BIGINT)`,
    // A streaming LIMIT reads no more than it needs; the seeded samples of the engine read the whole table.
    sample: (from, rows) => `FROM ${from} LIMIT ${rows}`,
    stage: (name, query) => `CREATE OR REPLACE TEMPORARY TABLE ${name} AS ${query}`,
  },
  postgres: {
    double: (x) => `CAST(${x} AS double precision)`,
    // A numeric may be larger than any double, and NaN is larger than every number.
    finiteDouble: (x) => `CASE WHEN ${x} < 1e308 AND ${x} > -1e308 THEN CAST(${x} AS double precision) END`,
    text: (x) => `(CAST(${x} AS text) COLLATE "C")`,
    isNaN: (x) => `(${x} = 'NaN')`,
    isInfinite: (x) => `(${x} IN ('Infinity', '-Infinity'))`,
    floating: /^(double|real|float|numeric|decimal)/i,
    isFiniteTime: (x) => `isfinite(${x})`,
    days: (x) => `CAST(${x} - DATE '1970-01-01' AS bigint)`,
    micros: (x) => `CAST(extract(epoch FROM ${x}) * 1000000 AS bigint)`,
    daysOfMicros: (us) => `CAST(floor(${us} / 86400000000.0) AS bigint)`,
    // In an E string a backslash escapes, so the class is written with the characters themselves.
    isBlank: (x) => `(${x} ~ E'${BLANK}')`,
    tuples: (columns) => `CAST(json_agg(json_build_array(${columns.join(", ")})) AS text)`,
    left: (x, n) => `left(${x}, ${n})`,
    floor: (x) => `CAST(floor(${x}) AS bigint)`,
    sample: (from, rows, records, isTable) =>
      // TABLESAMPLE takes a named table, not the subquery by which odd columns are read.
      isTable && records > rows && !from.startsWith("(")
        ? `FROM ${from} TABLESAMPLE SYSTEM (${Math.min(100, (rows * 120) / records).toFixed(6)}) REPEATABLE (${SEED}) LIMIT ${rows}`
        : `FROM ${from} LIMIT ${rows}`,
    stage: null,
  },
};

/** The statements of a dialect. Throws NOT_SUPPORTED for a dialect without any. */
export const statementsOf = ({ name, title }: Dialect): ProfileSql => {
  if (isDialectName(name)) return STATEMENTS[name];
  throw userError("NOT_SUPPORTED", "a profile", title, "its profile statements are not written");
};
