/** The value of a metric from the values of its aggregates: passes compute aggregates, the arithmetic around them is done here. */
import { nullLiteral, num, text } from "@touchstone/core/expr/expr";
import type { Expr } from "@touchstone/core/expr/expr";
import { evaluate } from "@touchstone/core/expr/evaluate";
import type { ErrorInfo } from "@touchstone/core/errors";
import type { Cell } from "@touchstone/core/rules/rule";
import { computedForm } from "../plan.ts";
import { rewrite } from "./expression.ts";
import type { AggregateExpr } from "./expression.ts";
import { attemptOf } from "./isolate.ts";
import type { Attempt } from "./isolate.ts";

/** Value of a metric over the filtered rows; `valueOf` knows the aggregates in their computed form. */
export const metricValue = (metric: Expr, filter: Expr | null, valueOf: (aggregate: AggregateExpr) => Attempt<Cell>): Attempt<Cell> => {
  const computed = computedForm(metric, filter);
  if (computed.kind === "aggregate") return valueOf(computed);
  let error: ErrorInfo | null = null;
  const values = rewrite(computed, (part) => {
    if (part.kind !== "aggregate") return part;
    const value = valueOf(part);
    if (value.ok) return constant(value.value);
    error ??= value.error;
    return nullLiteral;
  });
  return error === null ? attemptOf(() => evaluate(values, {}, { now: "" })) : { ok: false, error };
};

/** Exact decimals come as digits; in arithmetic they are numbers. */
const constant = (value: Cell): Expr => {
  if (value === null || typeof value === "object") return nullLiteral;
  if (typeof value === "boolean") return { kind: "literal", type: "Boolean", value };
  if (typeof value === "string") return /^-?\d+\.\d+$/.test(value) ? num(Number(value)) : text(value);
  return num(value);
};
