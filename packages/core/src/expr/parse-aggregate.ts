/** Aggregates: one value of all rows. */
import type { AggregateName, Expr } from "./expr.ts";
import { isSymbol, isWord, needSymbol, needWord, advance, peek, skipSymbol, skipWord, type Parser } from "./parser.ts";
import type { Token } from "./tokens.ts";
import { aligned, demand, node, type Node } from "./typing.ts";

const AGGREGATES: Readonly<Record<string, AggregateName>> = {
  COUNT: "count",
  COUNT_IF: "countIf",
  SUM: "sum",
  AVG: "mean",
  MEAN: "mean",
  MIN: "min",
  MAX: "max",
  STDDEV: "stddev",
  STDDEV_SAMP: "stddev",
  STD: "stddev",
  MEDIAN: "quantile",
  PERCENTILE: "quantile",
  PERCENTILE_CONT: "quantile",
  QUANTILE: "quantile",
  QUANTILE_CONT: "quantile",
};

export const isAggregateName = (name: string): boolean => Object.hasOwn(AGGREGATES, name);

/** An aggregate, its name and parenthesis being read; with FILTER (WHERE condition) where it follows. */
export const aggregateCall = (parser: Parser, token: Token, name: string): Node => {
  if (parser.options.allowAggregates !== true) throw parser.reject(token.at, `${name} is about many rows; this expression is about one`);
  if (parser.inAggregate) throw parser.reject(token.at, "an aggregate cannot stand inside another");
  parser.inAggregate = true;
  const { fn, operand, parameter } = operandOf(parser, token, name);
  const where = filterOf(parser);
  parser.inAggregate = false;
  const expr: Expr = { kind: "aggregate", fn, operand: operand?.expr ?? null, where: where?.expr ?? null, parameter };
  return node(
    expr,
    token.at,
    [operand, where].filter((part) => part !== null),
    parser.reject,
  );
};

type Operand = { fn: AggregateName; operand: Node | null; parameter: number | null };

const operandOf = (parser: Parser, token: Token, name: string): Operand => {
  const fn = AGGREGATES[name]!;
  if (fn === "count" && skipSymbol(parser, "*")) {
    needSymbol(parser, ")");
    return { fn, operand: null, parameter: null };
  }
  const distinct = skipWord(parser, "DISTINCT");
  if (distinct && fn !== "count") throw parser.reject(token.at, `DISTINCT stands only in COUNT(DISTINCT x)`);
  const operand = checked(parser, fn, name, parser.operand(0));
  const parameter = fn === "quantile" ? quantileOf(parser, name) : null;
  if (isSymbol(peek(parser), ",")) throw parser.reject(peek(parser).at, `${name} takes one value`);
  needSymbol(parser, ")");
  if (fn === "count" && !distinct && operand.expr.kind === "literal" && operand.expr.type !== "Null")
    return { fn, operand: null, parameter };
  return { fn: distinct ? "countDistinct" : fn, operand, parameter };
};

const checked = (parser: Parser, fn: AggregateName, name: string, operand: Node): Node => {
  if (fn === "countIf") return demand(operand, "Boolean", `${name} takes`, parser.reject);
  if (fn === "min" || fn === "max") return aligned([operand], operand.at, parser.reject)[0]!;
  return fn === "count" ? operand : demand(operand, "numeric", `${name} takes`, parser.reject);
};

/** The second argument of PERCENTILE(x, p): a constant share 0..1. MEDIAN has none. */
const quantileOf = (parser: Parser, name: string): number => {
  if (name === "MEDIAN") return 0.5;
  if (!skipSymbol(parser, ",")) throw parser.reject(peek(parser).at, `${name} takes a share as its second argument, as in ${name}(x, 0.9)`);
  const token = advance(parser);
  const share = token.kind === "number" ? Number(token.text) : Number.NaN;
  if (!(share >= 0 && share <= 1)) throw parser.reject(token.at, "the share must be a constant between 0 and 1");
  return share;
};

const filterOf = (parser: Parser): Node | null => {
  if (!isWord(peek(parser), "FILTER") || !isSymbol(peek(parser, 1), "(")) return null;
  advance(parser);
  advance(parser);
  needWord(parser, "WHERE");
  const condition = demand(parser.operand(0), "Boolean", "FILTER takes", parser.reject);
  needSymbol(parser, ")");
  return condition;
};
