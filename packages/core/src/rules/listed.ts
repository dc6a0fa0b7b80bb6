import { bool, cast, num, text, type Expr } from "../expr/expr.ts";

/**
 * A value of a property list as a constant that can be compared with the operand: text against text, a number against a
 * number. A value of another family is compared as text, so that a list never fails for one odd entry.
 */
export const listed = (value: string | number | boolean, operand: Expr): Expr => {
  const type = "type" in operand ? operand.type : "Unknown";
  if (typeof value === "number") return type === "String" ? text(String(value)) : num(value);
  if (typeof value === "boolean") return type === "String" ? text(String(value)) : bool(value);
  if (type === "Integral" || type === "Fractional") return numeric(value);
  if (type === "Date" || type === "Timestamp" || type === "Boolean") return cast(text(value), type);
  return text(value);
};

// Text that is no number can equal no number: NaN is never a listed value.
const numeric = (value: string): Expr => (/^[+-]?\d+$/.test(value.trim()) ? num(BigInt(value.trim())) : num(Number(value)));
