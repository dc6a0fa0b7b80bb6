/**
 * Expressions evaluated in memory, with SQL's three-valued logic: the oracle that engines are compared with, what runs
 * the cases of the rules without an engine, and the arithmetic around aggregates that engines have computed.
 */
import { userError } from "../errors.ts";
import type { Cell } from "../rules/rule.ts";
import { aggregateValue } from "./evaluate-aggregates.ts";
import { callValue } from "./evaluate-functions.ts";
import type { DataType, Expr, Reference } from "./expr.ts";
import { parseRegex, toJavaScript } from "./regex.ts";
import { dateText, timestampText, truncate } from "./temporal.ts";
import { resultType, typeOf } from "./types.ts";
import { cellKey, compareCells, convert, denotes, momentOf, readCell } from "./values.ts";

export { canonicalText } from "./values.ts";

export type Row = Readonly<Record<string, Cell>>;

export type Environment = {
  /** Start of the operation, ISO 8601. */
  now: string;
  /** All rows of a reference; its filter is applied here. */
  member?: ((reference: Reference) => readonly Row[]) | undefined;
  /** The row before, null on the first; absent where rows have no order. */
  previous?: Row | null | undefined;
  /** The rows that aggregates are about. */
  rows?: readonly Row[] | undefined;
  /** The element at hand, inside `anyElement`. */
  element?: Cell | undefined;
};

/**
 * The value of an expression on a row: Integral as bigint, Date and Timestamp as text. A field `of` a source is read
 * from the row as `source.name`. Throws QUERY_FAILED where an engine would (a cast that fails), NOT_SUPPORTED for an
 * engine's own SQL.
 */
export const evaluate = (expr: Expr, row: Row, env: Environment): Cell => {
  const go = (part: Expr): Cell => evaluate(part, row, env);
  switch (expr.kind) {
    case "literal":
      return expr.value;
    case "field":
      return readCell(row[expr.of === undefined ? expr.name : `${expr.of}.${expr.name}`], expr.type);
    case "element":
      return readCell(env.element, expr.type);
    case "call":
      return called(expr, go, env);
    case "case":
      return go(expr.whens.find(({ when }) => go(when) === true)?.then ?? expr.otherwise ?? NULL);
    case "in":
      return isIn(expr, go);
    case "matches":
      return onText(go(expr.operand), (text) => compiled(expr.pattern).test(text));
    case "cast":
      return castValue(go(expr.operand), typeOf(expr.operand), expr);
    case "castable":
      return onText(go(expr.operand), (text) => denotes(text, expr.to));
    case "dateTrunc":
      return truncated(go(expr.operand), expr);
    case "anyElement": {
      const array = go(expr.array);
      return Array.isArray(array) && array.some((element) => evaluate(expr.predicate, row, { ...env, element }) === true);
    }
    case "member":
      return isMember(expr, go, env);
    case "aggregate":
      if (env.rows === undefined) throw userError("INTERNAL", "an aggregate was evaluated without rows");
      return aggregateValue(expr, env.rows, (part, of) => evaluate(part, of, { ...env, rows: undefined }));
    case "previous":
      if (env.previous === undefined) throw userError("INTERNAL", "rows without an order have no row before");
      return env.previous === null ? null : evaluate(expr.operand, env.previous, { ...env, previous: undefined });
    case "native":
      throw userError("NOT_SUPPORTED", "an engine's own SQL", "The evaluator in memory", "it has no engine");
  }
};

const NULL: Expr = { kind: "literal", type: "Null", value: null };

/** Whether a condition holds on a row: true, neither false nor NULL. */
export const holdsOn = (condition: Expr | null, row: Row, env: Environment): boolean =>
  condition === null || evaluate(condition, row, env) === true;

/** The values of expressions over all rows: aggregates, and arithmetic around them. */
export const evaluateAggregates = (metrics: Readonly<Record<string, Expr>>, rows: readonly Row[], env: Environment): Record<string, Cell> =>
  Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, evaluate(metric, {}, { ...env, rows })]));

/** The values of an expression on each row in an order, in which `previous` looks one row back. NULLs come last; null keeps the order given. */
export const evaluateOrdered = (
  expr: Expr,
  rows: readonly Row[],
  orderBy: readonly Expr[] | null,
  env: Environment,
): { row: Row; value: Cell }[] => {
  const keyed = rows.map((row) => ({ row, keys: (orderBy ?? []).map((key) => evaluate(key, row, env)) }));
  const types = (orderBy ?? []).map(typeOf);
  const sorted = keyed.sort((a, b) => a.keys.map((key, i) => orderOf(key, b.keys[i]!, types[i]!)).find((order) => order !== 0) ?? 0);
  return sorted.map(({ row }, i) => ({ row, value: evaluate(expr, row, { ...env, previous: sorted[i - 1]?.row ?? null }) }));
};

const orderOf = (a: Cell, b: Cell, type: DataType): number => {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return compareCells(a, b, [type]);
};

const called = (expr: Extract<Expr, { kind: "call" }>, go: (part: Expr) => Cell, env: Environment): Cell => {
  const types = expr.args.map(typeOf);
  return callValue(expr.fn, expr.args.map(go), { types, result: resultType(expr.fn, types), now: env.now });
};

const onText = (value: Cell, test: (text: string) => boolean): Cell => (value === null ? null : test(String(value)));

/** SQL's IN: NULL where nothing equals and something is NULL. */
const isIn = (expr: Extract<Expr, { kind: "in" }>, go: (part: Expr) => Cell): Cell => {
  const operand = go(expr.operand);
  if (operand === null) return null;
  const values = expr.list.map((part) => ({ value: go(part), types: [typeOf(expr.operand), typeOf(part)] }));
  if (values.some(({ value, types }) => value !== null && compareCells(operand, value, types) === 0)) return true;
  return values.some(({ value }) => value === null) ? null : false;
};

const castValue = (value: Cell, from: DataType, { to, safe }: Extract<Expr, { kind: "cast" }>): Cell => {
  const converted = convert(value, from, to);
  if (converted === null && value !== null && !safe) throw userError("QUERY_FAILED", "rows in memory", `a value does not convert to ${to}`);
  return converted;
};

const truncated = (value: Cell, expr: Extract<Expr, { kind: "dateTrunc" }>): Cell => {
  if (value === null) return null;
  const start = truncate(momentOf(value), expr.unit);
  return typeOf(expr.operand) === "Date" ? dateText(start) : timestampText(start);
};

const isMember = (expr: Extract<Expr, { kind: "member" }>, go: (part: Expr) => Cell, env: Environment): Cell => {
  const wanted = expr.operands.map((operand) => ({ value: go(operand), type: typeOf(operand) }));
  if (wanted.some(({ value }) => value === null)) return null;
  if (env.member === undefined) throw userError("CONTAINER_UNKNOWN", expr.of.container, null);
  const keyOf = (cells: readonly (Cell | undefined)[]) => wanted.map(({ type }, i) => cellKey(readCell(cells[i], type), type)).join("\0");
  const key = keyOf(wanted.map(({ value }) => value));
  return env.member(expr.of).some((row) => {
    if (!holdsOn(expr.of.filter, row, env)) return false;
    const cells = expr.of.fields.map((name) => row[name]);
    return cells.every((cell) => cell !== null && cell !== undefined) && keyOf(cells) === key;
  });
};

/** Patterns compiled before; forgotten when there are many, since programs make them. */
const PATTERNS_MAX = 1000;
const PATTERNS = new Map<string, RegExp>();

const compiled = (pattern: string): RegExp => {
  const known = PATTERNS.get(pattern);
  if (known !== undefined) return known;
  if (PATTERNS.size >= PATTERNS_MAX) PATTERNS.clear();
  const regex = toJavaScript(parseRegex(pattern));
  PATTERNS.set(pattern, regex);
  return regex;
};
