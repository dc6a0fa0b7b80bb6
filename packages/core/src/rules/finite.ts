import { call, not, type Expr } from "../expr/expr.ts";

const typeOf = (operand: Expr) => ("type" in operand ? operand.type : "Unknown");

/**
 * True for NaN and the infinities, which no range or sign rule accepts (product decision: they violate, and are counted
 * apart in profiles). Whole numbers have none, so for them the test costs nothing.
 */
export const notFinite = (operand: Expr): Expr =>
  typeOf(operand) === "Integral" ? { kind: "literal", type: "Boolean", value: false } : not(call("isFinite", operand));
