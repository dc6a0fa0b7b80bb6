/** Values of an aggregate over parts of the rows, put together. Pure. */
import type { AggregateName } from "@touchstone/core/expr/expr";
import type { Cell } from "@touchstone/core/rules/rule";

/** The aggregate over all parts. NULL is the value over no rows, and changes nothing. */
export const mergeCells = (fn: AggregateName, a: Cell, b: Cell): Cell => {
  if (a === null) return b;
  if (b === null) return a;
  if (fn === "min") return compareCells(a, b) <= 0 ? a : b;
  if (fn === "max") return compareCells(a, b) >= 0 ? a : b;
  return addCells(a, b);
};

/** Order of two values of one type: text by code points, as engines compare bytes of UTF-8. */
export const compareCells = (a: Cell, b: Cell): number => {
  if (typeof a === "string" && typeof b === "string")
    return isDecimal(a) && isDecimal(b) ? compareDecimals(a, b) : Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  return Number(a) - Number(b);
};

const isNumber = (cell: Cell): cell is number | bigint => typeof cell === "number" || typeof cell === "bigint";

const DECIMAL = /^-?\d+(\.\d+)?$/;
/** Exact numbers that are too long for a double come as digits. */
const isDecimal = (cell: string): boolean => cell.length > 15 && DECIMAL.test(cell);

const compareDecimals = (a: string, b: string): number => {
  const places = Math.max(fraction(a), fraction(b));
  const [left, right] = [scaled(a, places), scaled(b, places)];
  return left < right ? -1 : left > right ? 1 : 0;
};

/**
 * Sum of two numbers as the engine gives them: whole numbers and decimals exactly (0.1 + 0.2 is 0.3, as in SQL), others as
 * doubles.
 */
export const addCells = (a: Cell, b: Cell): Cell => {
  const [left, right] = [String(a), String(b)];
  if (!DECIMAL.test(left) || !DECIMAL.test(right)) return Number(left) + Number(right);
  const places = Math.max(fraction(left), fraction(right));
  const sum = scaled(left, places) + scaled(right, places);
  const digits = unscaled(sum, places);
  const number = Number(digits);
  return places === 0 && !Number.isSafeInteger(number) ? sum : String(number) === digits ? number : digits;
};

const fraction = (text: string): number => text.split(".")[1]?.length ?? 0;
const scaled = (text: string, places: number): bigint => BigInt(text.replace(".", "") + "0".repeat(places - fraction(text)));

const unscaled = (value: bigint, places: number): string => {
  if (places === 0) return value.toString();
  const digits = (value < 0n ? -value : value).toString().padStart(places + 1, "0");
  const text = `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, "");
  return value < 0n && text !== "0" ? `-${text}` : text;
};
