/**
 * The expression tree: what a check asks of data, before any engine is chosen.
 *
 * Rules, filters and computed fields all become this tree; a dialect renders it (engine/dialects/render.ts) and an
 * in-memory evaluator runs it (expr/evaluate.ts). Every union here is closed: add a kind and the compiler lists each
 * place that must learn it.
 */
import type { FieldType } from "../model/field.ts";
import type { FunctionName } from "./functions.ts";

/** A field type, or one of the two that only expressions have. */
export type DataType = FieldType | "Interval" | "Null";

export type IntervalUnit = "year" | "month" | "day" | "hour" | "minute" | "second";
export type TruncUnit = "year" | "quarter" | "month" | "week" | "day" | "hour" | "minute";

/** A typed constant. Integral values are bigint; Date is `YYYY-MM-DD`; Timestamp is `YYYY-MM-DD HH:MM:SS.ffffff` in UTC. */
export type Literal =
  | { kind: "literal"; type: "Null"; value: null }
  | { kind: "literal"; type: "Boolean"; value: boolean }
  | { kind: "literal"; type: "Integral"; value: bigint }
  | { kind: "literal"; type: "Fractional"; value: number }
  | { kind: "literal"; type: "String"; value: string }
  | { kind: "literal"; type: "Date"; value: string }
  | { kind: "literal"; type: "Timestamp"; value: string }
  | { kind: "literal"; type: "Interval"; value: { amount: number; unit: IntervalUnit } };

/** A field of the row at hand, or (with `of`) of a named source of the query. */
export type FieldRef = { kind: "field"; name: string; type: DataType; of?: string };

/** Element variable bound by an enclosing `anyElement`. */
export type ElementRef = { kind: "element"; type: DataType };

export type Call = { kind: "call"; fn: FunctionName; args: Expr[] };

export type AggregateName =
  | "count" // rows, or non-null values of the operand
  | "countIf"
  | "countDistinct"
  | "sum"
  | "mean"
  | "min"
  | "max"
  | "stddev" // sample
  | "quantile"; // continuous, `parameter` in 0..1

export type Expr =
  | Literal
  | FieldRef
  | ElementRef
  | Call
  | { kind: "case"; whens: { when: Expr; then: Expr }[]; otherwise: Expr | null }
  | { kind: "in"; operand: Expr; list: Expr[] }
  | { kind: "matches"; operand: Expr; pattern: string } // searches; portable regular expressions, expr/regex.ts
  | { kind: "cast"; operand: Expr; to: FieldType; safe: boolean } // safe: NULL where the value does not convert
  | { kind: "castable"; operand: Expr; to: FieldType } // text that denotes a value of the type; NULL for NULL
  | { kind: "dateTrunc"; unit: TruncUnit; operand: Expr }
  | { kind: "anyElement"; array: Expr; predicate: Expr } // some element satisfies; false for NULL and empty arrays
  | { kind: "member"; operands: Expr[]; of: Reference } // operands equal some row of the reference; NULL if an operand is NULL
  | { kind: "aggregate"; fn: AggregateName; operand: Expr | null; where: Expr | null; parameter: number | null }
  | { kind: "previous"; operand: Expr; orderBy: Expr[] } // the operand on the row before, in that order; NULL on the first
  | { kind: "native"; sql: string }; // an engine's own SQL: the marked escape hatch

/** Rows of another container, of this datastore or of another. */
export type Reference = {
  datastore: string | null; // null: the datastore at hand
  container: string;
  fields: string[];
  filter: Expr | null;
};

// ── Builders ────────────────────────────────────────────────────────────────────────────────────────────────────

export const nullLiteral: Literal = { kind: "literal", type: "Null", value: null };
export const bool = (value: boolean): Literal => ({ kind: "literal", type: "Boolean", value });
export const text = (value: string): Literal => ({ kind: "literal", type: "String", value });
export const date = (value: string): Literal => ({ kind: "literal", type: "Date", value });
export const timestamp = (value: string): Literal => ({ kind: "literal", type: "Timestamp", value });
export const interval = (amount: number, unit: IntervalUnit): Literal => ({ kind: "literal", type: "Interval", value: { amount, unit } });

/** A number literal: whole and safely representable numbers become Integral, all others Fractional. */
export const num = (value: number | bigint): Literal =>
  typeof value === "bigint" || Number.isSafeInteger(value)
    ? { kind: "literal", type: "Integral", value: BigInt(value) }
    : { kind: "literal", type: "Fractional", value };

export const field = (name: string, type: DataType = "Unknown", of?: string): FieldRef =>
  of === undefined ? { kind: "field", name, type } : { kind: "field", name, type, of };

export const call = (fn: FunctionName, ...args: Expr[]): Call => ({ kind: "call", fn, args });

export const eq = (a: Expr, b: Expr): Expr => call("eq", a, b);
export const ne = (a: Expr, b: Expr): Expr => call("ne", a, b);
export const lt = (a: Expr, b: Expr): Expr => call("lt", a, b);
export const le = (a: Expr, b: Expr): Expr => call("le", a, b);
export const gt = (a: Expr, b: Expr): Expr => call("gt", a, b);
export const ge = (a: Expr, b: Expr): Expr => call("ge", a, b);
export const not = (a: Expr): Expr => call("not", a);
export const isNull = (a: Expr): Expr => call("isNull", a);
export const isNotNull = (a: Expr): Expr => call("isNotNull", a);
export const add = (a: Expr, b: Expr): Expr => call("add", a, b);
export const sub = (a: Expr, b: Expr): Expr => call("sub", a, b);
export const mul = (a: Expr, b: Expr): Expr => call("mul", a, b);
export const div = (a: Expr, b: Expr): Expr => call("div", a, b);
export const abs = (a: Expr): Expr => call("abs", a);
export const length = (a: Expr): Expr => call("length", a);

/** Conjunction; of nothing it is true. */
export const and = (...terms: Expr[]): Expr => (terms.length === 0 ? bool(true) : terms.reduce((a, b) => call("and", a, b)));

/** Disjunction; of nothing it is false. */
export const or = (...terms: Expr[]): Expr => (terms.length === 0 ? bool(false) : terms.reduce((a, b) => call("or", a, b)));

export const oneOf = (operand: Expr, list: Expr[]): Expr => ({ kind: "in", operand, list });
export const matches = (operand: Expr, pattern: string): Expr => ({ kind: "matches", operand, pattern });
export const cast = (operand: Expr, to: FieldType): Expr => ({ kind: "cast", operand, to, safe: false });
export const tryCast = (operand: Expr, to: FieldType): Expr => ({ kind: "cast", operand, to, safe: true });
export const castable = (operand: Expr, to: FieldType): Expr => ({ kind: "castable", operand, to });
export const when = (condition: Expr, then: Expr, otherwise: Expr | null = null): Expr => ({
  kind: "case",
  whens: [{ when: condition, then }],
  otherwise,
});

/** True where the condition is true; false where it is false or NULL. */
export const isTrue = (condition: Expr): Expr => call("coalesce", condition, bool(false));

export const aggregate = (
  fn: AggregateName,
  operand: Expr | null = null,
  where: Expr | null = null,
  parameter: number | null = null,
): Expr => ({
  kind: "aggregate",
  fn,
  operand,
  where,
  parameter,
});
export const countRows = (): Expr => aggregate("count");
export const countIf = (condition: Expr): Expr => aggregate("countIf", condition);
