/** Faults of types in a built expression: for what rules put together from fields and properties, which no parser saw. */
import type { DataType, Expr } from "./expr.ts";
import type { FunctionName } from "./functions.ts";
import { comparable, familyOf, typeOf } from "./types.ts";
import { partsOf } from "./walk.ts";

const COMPARISONS: readonly FunctionName[] = ["eq", "ne", "lt", "le", "gt", "ge", "isDistinctFrom"];
const NUMERIC: readonly FunctionName[] = ["mul", "div", "mod", "neg", "abs"];

/** The first fault of types in an expression, in words; null when there is none. Unknown types go with everything. */
export const typeFault = (expr: Expr): string | null => {
  const own = expr.kind === "call" ? callFault(expr.fn, expr.args.map(typeOf)) : null;
  if (own !== null) return own;
  for (const part of partsOf(expr)) {
    const fault = typeFault(part);
    if (fault !== null) return fault;
  }
  return null;
};

const callFault = (fn: FunctionName, types: readonly DataType[]): string | null => {
  const [a = "Unknown", b = "Unknown"] = types;
  if (COMPARISONS.includes(fn) && !comparable(a, b)) return `${a} and ${b} do not compare`;
  const sum = fn === "add" || fn === "sub";
  if (!sum && !NUMERIC.includes(fn)) return null;
  if (sum && familyOf(b) === "interval") return ["temporal", "unknown"].includes(familyOf(a)) ? null : `an interval does not move ${a}`;
  const wrong = types.find((type) => !["numeric", "unknown"].includes(familyOf(type)));
  return wrong === undefined ? null : `${wrong} is no number`;
};
