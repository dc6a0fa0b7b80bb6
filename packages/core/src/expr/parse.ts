/**
 * The parser of the portable SQL expression language (docs/expressions.md): one expression over the fields of one
 * container, type-checked while it is built. A Pratt parser (Pratt 1973, "Top down operator precedence"): each operator
 * binds with a strength, and an operand reads on as long as operators bind more strongly than what waits for it.
 */
import type { Expr } from "./expr.ts";
import { namedFunction } from "./named-functions.ts";
import { infix, isInfix } from "./parse-infix.ts";
import { prefix } from "./parse-prefix.ts";
import { isWord, peek, unexpected, type ParseOptions, type Parser } from "./parser.ts";
import { expressionError, tokenize } from "./tokens.ts";
import { demand, DEPTH_MAX, type Node, type Reject } from "./typing.ts";

export type { ParseOptions } from "./parser.ts";

/** Parses an expression. Throws EXPRESSION_INVALID with the position of the fault, VARIABLE_UNKNOWN or PATTERN_INVALID. */
export const parseExpression = (text: string, options: ParseOptions): Expr => {
  const reject: Reject = (at, reason) => expressionError(text, at, reason);
  const parser: Parser = {
    tokens: tokenize(text),
    index: 0,
    depth: 0,
    options,
    reject,
    inAggregate: false,
    bareField: null,
    operand: (least) => readOperand(parser, least),
  };
  refuseStatement(parser);
  const root = parser.operand(0);
  const rest = peek(parser);
  if (rest.kind !== "end") throw reject(rest.at, unexpected(rest, "an operator or the end"));
  if (options.allowAggregates === true && parser.bareField !== null)
    throw reject(
      parser.bareField.at,
      `${parser.bareField.name} stands outside of an aggregate: one value for all rows is wanted, as in SUM(${parser.bareField.name})`,
    );
  if (options.expect === "Boolean" || options.expect === "numeric") demand(root, options.expect, "it should be", reject);
  return root.expr;
};

/** Reads an operand and all operators behind it that bind at least as strongly as `least`. */
const readOperand = (parser: Parser, least: number): Node => {
  if (++parser.depth > DEPTH_MAX) throw parser.reject(peek(parser).at, `it is nested deeper than ${DEPTH_MAX}`);
  let left = prefix(parser);
  while (isInfix(parser, least)) left = infix(parser, left);
  parser.depth--;
  return left;
};

const STATEMENTS = [
  "ALTER",
  "CALL",
  "COPY",
  "CREATE",
  "DELETE",
  "DROP",
  "EXECUTE",
  "FROM",
  "GRANT",
  "INSERT",
  "MERGE",
  "TRUNCATE",
  "UPDATE",
  "WITH",
];

const refuseStatement = (parser: Parser): void => {
  const [first, second] = [peek(parser), peek(parser, 1)];
  if (first.kind === "end") throw parser.reject(0, "it is empty");
  if (isWord(first, "WHERE")) throw parser.reject(first.at, "leave out WHERE: only the condition is written");
  const named = second.kind === "name" && !isWord(second, "AND", "OR", "IS", "IN", "NOT", "LIKE", "ILIKE", "BETWEEN", "RLIKE", "REGEXP");
  if (isWord(first, ...STATEMENTS) && named && namedFunction(first.text) === null)
    throw parser.reject(first.at, "a statement is not an expression");
};
