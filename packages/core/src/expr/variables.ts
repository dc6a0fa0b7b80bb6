/** Check variables: constants given from outside, always typed, never text pasted into an expression. */
import { userError } from "../errors.ts";
import { bool, date, nullLiteral, num, text, timestamp, type Literal } from "./expr.ts";
import { isDateText, microsOf, timestampText } from "./temporal.ts";

const INTEGRAL_MAX = 2n ** 63n - 1n;
const INTEGRAL_MIN = -(2n ** 63n);

/** A number as written: whole ones are Integral (64 bits), others Fractional; null beyond the range. */
export const numberLiteral = (written: string): Literal | null => {
  if (/^-?\d+$/.test(written)) {
    const value = BigInt(written);
    return value > INTEGRAL_MAX || value < INTEGRAL_MIN ? null : num(value);
  }
  const value = Number(written);
  return Number.isFinite(value) ? { kind: "literal", type: "Fractional", value } : null;
};

/** DATE '…' of a text; null when it is no date. */
export const dateLiteral = (written: string): Literal | null => (isDateText(written.trim()) ? date(written.trim()) : null);

/** TIMESTAMP '…' of a text, in UTC where it names no zone; null when it is none. */
export const timestampLiteral = (written: string): Literal | null => {
  const micros = microsOf(written.trim());
  return micros === null ? null : timestamp(timestampText(micros));
};

const unquote = (quoted: string): string => quoted.slice(1, -1).replaceAll("''", "'");

const TEXT = String.raw`'(?:[^']|'')*'`;

/**
 * The value of a check variable as given on a command line or stored: `DATE '2031-02-01'`, `TIMESTAMP '…'`, a number,
 * `'text'`, `TRUE`, `FALSE` or `NULL`. Throws EXPRESSION_INVALID for anything else, so that nothing else can hide in it.
 */
export const variableLiteral = (given: string): Literal => {
  const trimmed = given.trim();
  const literal = readLiteral(trimmed);
  if (literal === null)
    throw userError(
      "EXPRESSION_INVALID",
      trimmed.slice(0, 200),
      1,
      "a variable is a constant: a number, 'text', TRUE, FALSE, NULL, DATE '2031-02-01' or TIMESTAMP '2031-02-01 12:00:00'",
    );
  return literal;
};

const readLiteral = (given: string): Literal | null => {
  if (/^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(given)) return numberLiteral(given.replace(/^\+/, ""));
  if (given.includes("\0")) return null;
  if (new RegExp(`^${TEXT}$`).test(given)) return text(unquote(given));
  const moment = new RegExp(`^(date|timestamp)\\s*(${TEXT})$`, "i").exec(given);
  if (moment !== null)
    return moment[1]!.toLowerCase() === "date" ? dateLiteral(unquote(moment[2]!)) : timestampLiteral(unquote(moment[2]!));
  switch (given.toUpperCase()) {
    case "TRUE":
      return bool(true);
    case "FALSE":
      return bool(false);
    case "NULL":
      return nullLiteral;
  }
  return null;
};
