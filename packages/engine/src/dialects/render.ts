/** Walks an expression and writes it in a dialect. Pure; throws NOT_SUPPORTED on what the engine cannot do. */
import { userError } from "@touchstone/core/errors";
import type { Call, DataType, Expr, FieldRef, Literal, Reference } from "@touchstone/core/expr/expr";
import { date, timestamp } from "@touchstone/core/expr/expr";
import { parseRegex } from "@touchstone/core/expr/regex";
import { typeOf } from "@touchstone/core/expr/types";
import { isGap, type Dialect, type Gap } from "./dialect.ts";

export type Scope = {
  dialect: Dialect;
  /** Start of the operation, ISO 8601 UTC: what now() and today() are. */
  now: string;
  /** Name of the source in FROM that fields without `of` belong to. */
  alias?: string | undefined;
  /** How a member test is answered; the planner knows where the reference was put. */
  member?: ((reference: Reference, operands: readonly string[]) => string) | undefined;
};

/** SQL of an expression. */
export const renderExpr = (expr: Expr, scope: Scope): string => write(expr, scope, null);

/** `element` is the SQL of the element variable inside anyElement. */
const write = (expr: Expr, scope: Scope, element: string | null): string => {
  const { dialect } = scope;
  const go = (part: Expr): string => write(part, scope, element);
  switch (expr.kind) {
    case "literal":
      return dialect.literal(expr);
    case "field":
      return fieldName(expr, scope);
    case "element":
      return element ?? refuse(dialect, "an element outside an array", { gap: "never", reason: "no array is at hand" });
    case "call":
      return writeCall(expr, scope, go);
    case "case":
      return writeCase(expr, go);
    case "in":
      return writeIn(expr, go);
    case "matches":
      return must(dialect, `the regular expression ${expr.pattern}`, dialect.matches(go(expr.operand), parseRegex(expr.pattern)));
    case "cast": {
      const convert = expr.safe ? dialect.tryCast : dialect.cast;
      const from = typeOf(expr.operand);
      return must(dialect, `a cast of ${from} to ${expr.to}`, convert(go(expr.operand), from, expr.to));
    }
    case "castable":
      return must(dialect, `a test for ${expr.to}`, dialect.castable(asText(go(expr.operand), typeOf(expr.operand), dialect), expr.to));
    case "dateTrunc":
      return must(dialect, `truncation to ${expr.unit}`, dialect.dateTrunc(expr.unit, go(expr.operand), typeOf(expr.operand)));
    case "anyElement":
      return must(
        dialect,
        "a test of elements",
        dialect.anyElement(go(expr.array), (inner) => write(expr.predicate, scope, inner)),
      );
    case "member":
      return (
        scope.member?.(expr.of, expr.operands.map(go)) ??
        refuse(dialect, `a look-up in ${expr.of.container}`, { gap: "notimpl", reason: "it cannot stand here" })
      );
    case "aggregate":
      return writeAggregate(expr, dialect, go);
    case "previous":
      return `lag(${go(expr.operand)}) OVER (ORDER BY ${expr.orderBy.map((key) => `${dialect.sortKey(go(key), typeOf(key))} NULLS LAST`).join(", ")})`;
    case "native":
      return `(${expr.sql})`;
  }
};

const refuse = (dialect: Dialect, feature: string, { reason }: Gap): never => {
  throw userError("NOT_SUPPORTED", feature, dialect.title, reason);
};

const must = (dialect: Dialect, feature: string, sql: string | Gap): string => (isGap(sql) ? refuse(dialect, feature, sql) : sql);

const fieldName = (field: FieldRef, { dialect, alias }: Scope): string => {
  const source = field.of ?? alias;
  return source === undefined ? dialect.quote(field.name) : `${dialect.quote(source)}.${dialect.quote(field.name)}`;
};

/** Text stays as it is; other values take their canonical text. */
const asText = (sql: string, type: DataType, dialect: Dialect): string => (type === "String" ? sql : dialect.canonicalText(sql, type));

/** `2024-01-31T10:00:00.000Z` as the timestamp literal of the expression tree. */
const nowLiteral = (now: string): Literal => timestamp(new Date(now).toISOString().replace("T", " ").replace("Z", "000"));

const writeCall = (expr: Call, scope: Scope, go: (part: Expr) => string): string => {
  const { dialect, now } = scope;
  if (expr.fn === "now") return dialect.literal(nowLiteral(now));
  if (expr.fn === "today") return dialect.literal(date(new Date(now).toISOString().slice(0, 10)));
  if (expr.fn === "and" || expr.fn === "or")
    return `(${spine(expr, expr.fn)
      .map(go)
      .join(expr.fn === "and" ? " AND " : " OR ")})`;
  const renderer = dialect.functions[expr.fn];
  const sql = isGap(renderer) ? renderer : renderer(expr.args.map(go), expr.args.map(typeOf));
  return must(dialect, `the function ${expr.fn}`, sql);
};

/** The terms of a chain of AND or OR, flat: thousands of terms nested would exhaust the engine's parser. */
const spine = (expr: Call, fn: "and" | "or"): Expr[] => {
  const terms: Expr[] = [];
  let at: Expr = expr;
  while (at.kind === "call" && at.fn === fn) {
    terms.push(at.args[1]!);
    at = at.args[0]!;
  }
  return [at, ...terms.reverse()];
};

const writeCase = ({ whens, otherwise }: Extract<Expr, { kind: "case" }>, go: (part: Expr) => string): string => {
  const branches = whens.map(({ when, then }) => `WHEN ${go(when)} THEN ${go(then)}`).join(" ");
  return `CASE ${branches}${otherwise === null ? "" : ` ELSE ${go(otherwise)}`} END`;
};

/** In no list is nothing, and NULL stays unknown. */
const writeIn = ({ operand, list }: Extract<Expr, { kind: "in" }>, go: (part: Expr) => string): string =>
  list.length === 0 ? `CASE WHEN ${go(operand)} IS NOT NULL THEN FALSE END` : `(${go(operand)} IN (${list.map(go).join(", ")}))`;

const writeAggregate = (expr: Extract<Expr, { kind: "aggregate" }>, dialect: Dialect, go: (part: Expr) => string): string => {
  const renderer = dialect.aggregates[expr.fn];
  if (isGap(renderer)) return refuse(dialect, `the aggregate ${expr.fn}`, renderer);
  const operand = expr.operand === null ? null : go(expr.operand);
  if (expr.where === null) return renderer(operand, expr.parameter, expr.operand ? typeOf(expr.operand) : "Null");
  const kept = `CASE WHEN ${go(expr.where)} THEN ${operand ?? "1"} END`;
  return renderer(kept, expr.parameter, expr.operand ? typeOf(expr.operand) : "Integral");
};
