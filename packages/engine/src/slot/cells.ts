/**
 * Engine values to cells. Integral values are numbers while they are safe integers, bigint beyond; DECIMAL is a number
 * when the number prints as the same digits, exact text otherwise; DATE and TIMESTAMP are text in UTC; BLOB is lower-case
 * hexadecimal text; everything without a JavaScript equal (UUID, TIME, INTERVAL, BIT) is the engine's text.
 */
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
} from "@duckdb/node-api";
import type { DuckDBDataChunk, DuckDBValue } from "@duckdb/node-api";
import type { Cell } from "@touchstone/core/rules/rule";

const integral = (value: bigint): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

/** Decimals below this have fifteen digits at most: their double prints as the same digits, if it prints without an exponent. */
const FIFTEEN_DIGITS = 10n ** 15n;
const WITHOUT_EXPONENT_MIN = 1e-6;
/** Powers of ten that are doubles without error, so that a quotient is the nearest double to the decimal. */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** A number when it prints the same digits (trailing zeros of the fraction aside), else the exact text. */
const decimal = (exact: DuckDBDecimalValue): number | string => {
  const { value, scale } = exact;
  const power = POWERS_OF_TEN[scale];
  if (power !== undefined && value < FIFTEEN_DIGITS && value > -FIFTEEN_DIGITS) {
    const quotient = Number(value) / power;
    if (quotient === 0 || Math.abs(quotient) >= WITHOUT_EXPONENT_MIN) return quotient;
  }
  const text = exact.toString();
  const number = Number(text);
  const plain = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return String(number) === (plain === "-0" ? "0" : plain) ? number : text;
};

const MICROS_PER_SECOND = 1_000_000n;
/** 0001-01-01 and 10000-01-01 in microseconds since 1970: within, Date.toISOString has four-digit years. */
const FIRST_MICROS = -62_135_596_800_000_000n;
const LAST_MICROS = 253_402_300_800_000_000n;

/** `YYYY-MM-DD HH:MM:SS[.ffffff]` of microseconds since 1970 in UTC; years beyond four digits and infinities as the engine prints them. */
const timestamp = (micros: bigint): string => {
  if (micros < FIRST_MICROS || micros >= LAST_MICROS) return new DuckDBTimestampValue(micros).toString();
  const fraction = ((micros % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const text = new Date(Number((micros - fraction) / 1000n)).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)}${fraction === 0n ? "" : `.${String(fraction).padStart(6, "0")}`}`;
};

/** Dates repeat, and writing one takes longer than looking it up: a lifetime of days is remembered. */
const DATES_REMEMBERED = 30_000;
const writtenDates = new Map<number, string>();

const date = (value: DuckDBDateValue): string => {
  const known = writtenDates.get(value.days);
  if (known !== undefined) return known;
  if (writtenDates.size >= DATES_REMEMBERED) writtenDates.clear();
  const written = value.toString();
  writtenDates.set(value.days, written);
  return written;
};

const record = (entries: readonly (readonly [string, DuckDBValue])[]): Cell =>
  Object.fromEntries(entries.map(([name, value]) => [name, cell(value)]));

const mapKey = (key: DuckDBValue): string => (typeof key === "string" ? key : String(key));

/** One engine value as a cell. */
export const cell = (value: DuckDBValue): Cell => {
  if (value === null || typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return integral(value);
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return timestamp(value.micros);
  if (value instanceof DuckDBDateValue) return date(value);
  if (value instanceof DuckDBDecimalValue) return decimal(value);
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(cell);
  if (value instanceof DuckDBStructValue) return record(Object.entries(value.entries));
  if (value instanceof DuckDBMapValue) return record(value.entries.map((entry) => [mapKey(entry.key), entry.value]));
  if (value instanceof DuckDBUnionValue) return cell(value.value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("hex");
  if (value instanceof DuckDBTimestampSecondsValue) return timestamp(value.seconds * MICROS_PER_SECOND);
  if (value instanceof DuckDBTimestampMillisecondsValue) return timestamp(value.millis * 1000n);
  if (value instanceof DuckDBTimestampNanosecondsValue) return timestamp(value.nanos / 1000n);
  return value.toString();
};

/** All rows of a chunk as cells. Read column by column, for then each loop meets one kind of vector. */
export const chunkRows = (chunk: DuckDBDataChunk): Cell[][] => {
  const columns = Array.from({ length: chunk.columnCount }, (_, column) => {
    const vector = chunk.getColumnVector(column);
    return Array.from({ length: chunk.rowCount }, (__, row) => cell(vector.getItem(row)));
  });
  return Array.from({ length: chunk.rowCount }, (_, row) => columns.map((cells) => cells[row]!));
};
