/** Values in memory: reading cells, their order, equality and conversion, as every engine is made to have them. */
import { userError } from "../errors.ts";
import type { Cell } from "../rules/rule.ts";
import type { FieldType } from "../model/field.ts";
import { DENOTES, DENOTES_TRUE, type DenotedType } from "./denotes.ts";
import type { DataType } from "./expr.ts";
import { parseRegex, toJavaScript } from "./regex.ts";
import { dateText, microsOf, timestampText } from "./temporal.ts";
import { familyOf } from "./types.ts";

/** A cell in the form of its type: Integral as bigint, Fractional as number (exact decimals arrive as digits). */
export const readCell = (cell: Cell | undefined, type: DataType): Cell => {
  if (cell === undefined || cell === null) return null;
  if (type === "Integral" && ((typeof cell === "number" && Number.isInteger(cell)) || typeof cell === "string")) return BigInt(cell);
  if (type === "Fractional" && (typeof cell === "string" || typeof cell === "bigint")) return Number(cell);
  return cell;
};

/** Microseconds of a date or timestamp as it stands in a cell. */
export const momentOf = (cell: Cell): bigint => {
  const micros = typeof cell === "string" ? microsOf(cell) : null;
  if (micros === null) throw userError("QUERY_FAILED", "rows in memory", "a value is not a date or timestamp");
  return micros;
};

/** Text by code points, which is the order of UTF-8 bytes; JavaScript itself compares UTF-16 units. */
export const compareTexts = (a: string, b: string): number => {
  let i = 0;
  while (i < a.length && i < b.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  // Behind a shared first half of a surrogate pair the two characters begin one unit earlier.
  if (i > 0 && a.charCodeAt(i - 1) >= 0xd800 && a.charCodeAt(i - 1) <= 0xdbff) i--;
  return (a.codePointAt(i) ?? -1) - (b.codePointAt(i) ?? -1);
};

/** Numbers, whole or not, compared exactly; NaN equals NaN and is above all others, as in Postgres and DuckDB. */
const compareNumbers = (a: number | bigint, b: number | bigint): number => {
  const [aIsNaN, bIsNaN] = [Number.isNaN(a), Number.isNaN(b)];
  if (aIsNaN || bIsNaN) return Number(aIsNaN) - Number(bIsNaN);
  return a < b ? -1 : a > b ? 1 : 0;
};

const isNumber = (cell: Cell): cell is number | bigint => typeof cell === "number" || typeof cell === "bigint";

/** Order of two non-NULL values of one family: negative, zero or positive. */
export const compareCells = (a: Cell, b: Cell, types: readonly DataType[]): number => {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (typeof a === "string" && typeof b === "string") {
    if (!types.some((type) => familyOf(type) === "temporal")) return compareTexts(a, b);
    return compareNumbers(momentOf(a), momentOf(b));
  }
  return compareTexts(canonicalText(a, "Unknown") ?? "", canonicalText(b, "Unknown") ?? "");
};

/** A key that is equal for equal values: for distinct counts and membership. */
export const cellKey = (cell: Cell, type: DataType): string => {
  if (isNumber(cell)) return typeof cell === "number" && !Number.isInteger(cell) ? `n${cell}` : `n${BigInt(cell)}`;
  if (typeof cell === "string" && familyOf(type) === "temporal") return `t${momentOf(cell)}`;
  return `${typeof cell}${canonicalText(cell, type)}`;
};

/** Whole fractions up to this are written as digits, larger ones with an exponent. */
const DIGITS_BELOW = 1e18;

/** As engines print doubles: the shortest digits that read back, below 0.0001 and from 10^18 with an exponent of two digits or more. */
const fractionText = (value: number): string => {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < DIGITS_BELOW) return String(BigInt(value));
  if (Math.abs(value) >= 1e-4 && Math.abs(value) < DIGITS_BELOW) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, (_, sign: string, digit: string) => `e${sign}0${digit}`);
};

/**
 * The canonical text of a value: what fingerprints, comparisons across engines and casts to text use. Whole numbers as
 * digits, fractions in the shortest form that reads back, dates and timestamps as in expr.ts, nested values as JSON.
 */
export const canonicalText = (value: Cell, type: DataType): string | null => {
  if (value === null) return null;
  if (typeof value === "number") return fractionText(value);
  if (typeof value === "object") return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? Number(part) : part));
  if (typeof value !== "string" || familyOf(type) !== "temporal") return String(value);
  return type === "Date" ? dateText(momentOf(value)) : timestampText(momentOf(value));
};

const DENOTED = Object.fromEntries(Object.entries(DENOTES).map(([type, pattern]) => [type, toJavaScript(parseRegex(pattern))])) as Record<
  DenotedType,
  RegExp
>;
const DENOTED_TRUE = toJavaScript(parseRegex(DENOTES_TRUE));

/** Whether a text denotes a value of the type (expr/denotes.ts). Every text denotes a String; none a nested value. */
export const denotes = (text: string, type: FieldType): boolean => {
  if (type === "String") return true;
  return type in DENOTED ? DENOTED[type as DenotedType].test(text) : false;
};

/** A whole number from a fraction, half away from zero; null beyond 64 bits and for NaN. */
const roundedWhole = (value: number): bigint | null => {
  const rounded = Math.sign(value) * Math.round(Math.abs(value));
  return Number.isFinite(rounded) && Math.abs(rounded) < 2 ** 63 ? BigInt(rounded) : null;
};

const fromText = (text: string, to: FieldType): Cell => {
  if (to === "String") return text;
  if (!denotes(text, to)) return null;
  const trimmed = text.replace(/^ +| +$/g, "");
  switch (to) {
    case "Integral":
      return BigInt(trimmed.replace(/^\+/, ""));
    case "Fractional":
      return Number(trimmed);
    case "Boolean":
      return DENOTED_TRUE.test(text);
    case "Date":
      return dateText(momentOf(trimmed));
    case "Timestamp":
      return timestampText(momentOf(trimmed));
    default:
      return null;
  }
};

const fromNumber = (value: number | bigint, to: FieldType): Cell => {
  if (to === "Integral") return typeof value === "bigint" ? value : roundedWhole(value);
  if (to === "Fractional") return Number(value);
  return to === "Boolean" ? Number(value) !== 0 : null;
};

/** A value converted to another type; null where it does not convert. */
export const convert = (value: Cell, from: DataType, to: FieldType): Cell => {
  if (value === null || to === "Unknown") return value;
  if (familyOf(from) === "temporal" && typeof value === "string") {
    if (to === "Date") return dateText(momentOf(value));
    return to === "Timestamp" ? timestampText(momentOf(value)) : to === "String" ? canonicalText(value, from) : null;
  }
  if (to === "String") return canonicalText(value, from);
  if (typeof value === "string") return fromText(value, to);
  if (isNumber(value)) return fromNumber(value, to);
  if (typeof value === "boolean") return to === "Boolean" ? value : fromNumber(value ? 1n : 0n, to);
  return (to === "Array") === Array.isArray(value) ? value : null;
};
