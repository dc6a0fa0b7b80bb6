/** What the dialects have in common: operators and functions that ANSI SQL and all engines so far write alike. */
import { userError } from "@touchstone/core/errors";
import type { DataType, IntervalUnit } from "@touchstone/core/expr/expr";
import type { FunctionRenderer } from "./dialect.ts";

export const binary =
  (operator: string): FunctionRenderer =>
  ([a, b]) =>
    `(${a} ${operator} ${b})`;

export const invoke =
  (name: string): FunctionRenderer =>
  (args) =>
    `${name}(${args.join(", ")})`;

/** Every argument is a whole number (or NULL), so the result is exact. */
export const areIntegral = (types: readonly DataType[]): boolean => types.every((type) => type === "Integral" || type === "Null");

export const isTemporal = (type: DataType | undefined): type is "Date" | "Timestamp" => type === "Date" || type === "Timestamp";

/** Rendered SQL that is a whole-number constant, as a number; null for anything else. */
export const constantOf = (sql: string): number | null => (/^-?\d{1,15}$/.test(sql) ? Number(sql) : null);

/** Positions and lengths of text beyond this mean the same, and engines take 32 bits. */
export const PLACE_MAX = 1_000_000_000;

/** A whole-number constant that is a position or length of text. */
export const placeOf = (sql: string): number | null => {
  if (!/^-?\d+$/.test(sql)) return null;
  return Math.min(Math.max(Number(sql), -PLACE_MAX), PLACE_MAX);
};

/** Characters inside single quotes; quotes doubled. Lone surrogates, which UTF-8 has not, become U+FFFD as drivers do. */
export const quoted = (value: string): string => `'${value.toWellFormed().replaceAll("'", "''")}'`;

/** Operators every engine writes alike. */
export const ANSI_OPERATORS = {
  eq: binary("="),
  ne: binary("<>"),
  and: binary("AND"),
  or: binary("OR"),
  not: ([a]) => `(NOT ${a})`,
  isNull: ([a]) => `(${a} IS NULL)`,
  isNotNull: ([a]) => `(${a} IS NOT NULL)`,
  isDistinctFrom: binary("IS DISTINCT FROM"),
  replace: invoke("replace"),
  startsWith: invoke("starts_with"),
  length: invoke("length"),
  lower: invoke("lower"),
  upper: invoke("upper"),
  md5: invoke("md5"),
  coalesce: invoke("coalesce"),
  nullif: invoke("nullif"),
} as const satisfies Record<string, FunctionRenderer>;

/** The largest whole number of which every smaller one is a double, and the decimals a power of ten is exact for. */
const EXACT_DIGITS_MAX = 2 ** 53;
const EXACT_SCALE_MAX = 18;

/**
 * A fraction as plain decimal digits when an engine that reads them as a decimal and divides by a power of ten gets the
 * same double back (digits below 2^53, scale within 18); null where it must be written as a double.
 */
export const decimalDigits = (value: number): string | null => {
  const match = /^(-?\d+)(?:\.(\d+))?$/.exec(String(value));
  if (match === null) return null;
  const [, whole = "", fraction = ""] = match;
  if (Number(whole + fraction) > EXACT_DIGITS_MAX || Number(whole + fraction) < -EXACT_DIGITS_MAX) return null;
  return fraction.length > EXACT_SCALE_MAX ? null : `${whole}.${fraction || "0"}`;
};

const MICROS = { day: 86_400_000_000, hour: 3_600_000_000, minute: 60_000_000, second: 1_000_000 };

/** An interval in whole units: fractions of a day or less become microseconds. */
export const wholeInterval = (amount: number, unit: IntervalUnit): { amount: number; unit: IntervalUnit | "microsecond" } => {
  if (Number.isSafeInteger(amount)) return { amount, unit };
  const inUnit = unit === "year" ? amount * 12 : unit === "month" ? amount : Math.round(amount * MICROS[unit]);
  if (!Number.isSafeInteger(inUnit))
    throw userError("NOT_SUPPORTED", `an interval of ${amount} ${unit}`, "No engine", "it is not a whole number of months or microseconds");
  return { amount: inUnit, unit: unit === "year" ? "month" : "microsecond" };
};

/** A timestamp without the zeros of an empty fraction. */
export const shortTimestamp = (value: string): string => value.replace("T", " ").replace(/Z$/, "").replace(/\.0*$/, "");
