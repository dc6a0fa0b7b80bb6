import { z } from "zod";
import { bool, date, isNotNull, nullLiteral, num, oneOf, text, timestamp, when, type Expr } from "../expr/expr.ts";
import { dateText, microsOf, microsOfDay, timestampText } from "../expr/temporal.ts";
import { familyOf, typeOf } from "../expr/types.ts";

type Value = string | number | boolean;

/** Values as a file of checks writes them. NULL is no value: it is left out. */
export const valueList = z
  .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .transform((list) => list.filter((value) => value !== null))
  .refine((list) => list.length > 0, "it lists no value");

/** A value of a property list as a constant of the operand's type; NULL where no value of that type can equal it. */
export const listed = (value: Value, operand: Expr): Expr => {
  const type = typeOf(operand);
  if (type === "String") return text(String(value));
  if (familyOf(type) === "numeric") return numeric(value);
  if (type === "Boolean") return truth(value);
  if (familyOf(type) === "temporal") return moment(String(value), type === "Date");
  return typeof value === "number" ? num(value) : typeof value === "boolean" ? bool(value) : text(value);
};

/** True where the operand is one of the values, NULL for NULL. */
export const isListed = (operand: Expr, values: readonly Value[]): Expr => {
  const constants = values.map((value) => listed(value, operand)).filter((constant) => constant !== nullLiteral);
  return constants.length > 0 ? oneOf(operand, constants) : when(isNotNull(operand), bool(false));
};

const numeric = (value: Value): Expr => {
  const written = String(value).trim();
  if (typeof value === "string" && /^[+-]?\d+$/.test(written)) return num(BigInt(written));
  return typeof value === "boolean" || written === "" || !Number.isFinite(Number(written)) ? nullLiteral : num(Number(written));
};

const truth = (value: Value): Expr => {
  const word = String(value).trim().toLowerCase();
  return word === "true" || word === "false" ? bool(word === "true") : nullLiteral;
};

/** Of a moment with a time of day no date is the equal. */
const moment = (value: string, ofDates: boolean): Expr => {
  const micros = microsOf(value.trim());
  if (micros === null) return nullLiteral;
  return ofDates && microsOfDay(micros) === 0n ? date(dateText(micros)) : timestamp(timestampText(micros));
};
