/** Operators that stand behind their first operand. */
import type { Expr } from "./expr.ts";
import type { FunctionName } from "./functions.ts";
import { matchesNode, truth } from "./named-functions.ts";
import {
  advance,
  BINDING,
  buildAt,
  isSymbol,
  isWord,
  needSymbol,
  needWord,
  parseList,
  peek,
  skipSymbol,
  skipWord,
  unexpected,
  type Parser,
} from "./parser.ts";
import { aligned, callNode, demand, node, type Node } from "./typing.ts";
import { typeName } from "./type-names.ts";
import type { Token } from "./tokens.ts";

const COMPARISONS: Readonly<Record<string, FunctionName>> = {
  "=": "eq",
  "==": "eq",
  "<>": "ne",
  "!=": "ne",
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
};
const ARITHMETIC: Readonly<Record<string, FunctionName>> = { "+": "add", "-": "sub", "*": "mul", "/": "div", "%": "mod" };
const TESTS = ["IS", "BETWEEN", "IN", "LIKE", "ILIKE", "RLIKE", "REGEXP", "NOT"];

const strength = (token: Token): number | null => {
  if (isWord(token, "OR")) return BINDING.or;
  if (isWord(token, "AND")) return BINDING.and;
  if (isWord(token, ...TESTS) || isSymbol(token, "<=>") || (token.kind === "symbol" && Object.hasOwn(COMPARISONS, token.text)))
    return BINDING.compare;
  if (isSymbol(token, "||")) return BINDING.concat;
  if (isSymbol(token, "+", "-")) return BINDING.sum;
  if (isSymbol(token, "*", "/", "%")) return BINDING.product;
  return isSymbol(token, "::") ? BINDING.cast : null;
};

/** Whether the next token is an operator that binds at least as strongly as `least`. */
export const isInfix = (parser: Parser, least: number): boolean => {
  const token = peek(parser);
  if (isWord(token, "SIMILAR", "GLOB", "OVER", "COLLATE", "AT", "DIV", "XOR", "ISNULL", "NOTNULL"))
    throw parser.reject(token.at, `${token.text.toUpperCase()} is not part of the expression language`);
  const binds = strength(token);
  return binds !== null && binds >= least;
};

/** Reads the operator at hand and what follows it. */
export const infix = (parser: Parser, left: Node): Node => {
  const token = advance(parser);
  if (isWord(token, "OR", "AND")) return connective(parser, left, token);
  if (isWord(token, ...TESTS)) return tested(parser, left, token);
  if (isSymbol(token, "||")) return joined(parser, left, token);
  if (isSymbol(token, "::"))
    return node({ kind: "cast", operand: left.expr, to: typeName(parser), safe: false }, token.at, [left], parser.reject);
  const right = parser.operand(strength(token)! + 1);
  if (isSymbol(token, "<=>")) return negated(parser, callNode("isDistinctFrom", token.text, [left, right], token.at, parser.reject));
  return callNode((COMPARISONS[token.text] ?? ARITHMETIC[token.text])!, token.text, [left, right], token.at, parser.reject);
};

const negated = (parser: Parser, part: Node): Node => callNode("not", "NOT", [part], part.at, parser.reject);

/** A chain of AND or OR is built as a balanced tree, so that a long one is not a deep one. */
const connective = (parser: Parser, first: Node, token: Token): Node => {
  const word = token.text.toUpperCase() === "AND" ? "AND" : "OR";
  const terms = [first];
  do terms.push(parser.operand((word === "AND" ? BINDING.and : BINDING.or) + 1));
  while (skipWord(parser, word));
  for (const term of terms) demand(term, "Boolean", `${word} joins`, parser.reject);
  return balanced(parser, word === "AND" ? "and" : "or", word, terms, token.at);
};

const balanced = (parser: Parser, fn: "and" | "or", word: string, terms: readonly Node[], at: number): Node => {
  if (terms.length === 1) return terms[0]!;
  const half = Math.ceil(terms.length / 2);
  return callNode(
    fn,
    word,
    [balanced(parser, fn, word, terms.slice(0, half), at), balanced(parser, fn, word, terms.slice(half), at)],
    at,
    parser.reject,
  );
};

const joined = (parser: Parser, first: Node, token: Token): Node => {
  const parts = [first];
  do parts.push(parser.operand(BINDING.concat + 1));
  while (skipSymbol(parser, "||"));
  return callNode("concat", "||", parts, token.at, parser.reject);
};

/** IS …, and the tests that may follow NOT. */
const tested = (parser: Parser, left: Node, token: Token): Node => {
  if (isWord(token, "IS")) return isTest(parser, left, token);
  const negate = isWord(token, "NOT");
  const word = negate ? advance(parser) : token;
  const result = positiveTest(parser, left, word);
  return negate ? negated(parser, result) : result;
};

const positiveTest = (parser: Parser, left: Node, word: Token): Node => {
  switch (word.kind === "name" ? word.text.toUpperCase() : "") {
    case "BETWEEN":
      return between(parser, left, word);
    case "IN":
      return inList(parser, left, word);
    case "LIKE":
      return callNode("like", "LIKE", [left, pattern(parser)], word.at, parser.reject);
    case "ILIKE": {
      const lower = (part: Node) => callNode("lower", "ILIKE", [part], part.at, parser.reject);
      return callNode("like", "ILIKE", [lower(left), lower(pattern(parser))], word.at, parser.reject);
    }
    case "RLIKE":
    case "REGEXP":
      return matchesNode(left, pattern(parser), buildAt(parser, word.text, word.at));
  }
  throw parser.reject(word.at, unexpected(word, "BETWEEN, IN, LIKE, ILIKE or RLIKE"));
};

const pattern = (parser: Parser): Node => {
  const right = parser.operand(BINDING.compare + 1);
  if (isWord(peek(parser), "ESCAPE"))
    throw parser.reject(peek(parser).at, "LIKE has no escape character here; use RLIKE, or POSITION for a plain part");
  return right;
};

const between = (parser: Parser, left: Node, token: Token): Node => {
  const low = parser.operand(BINDING.compare + 1);
  needWord(parser, "AND");
  const high = parser.operand(BINDING.compare + 1);
  const bound = (fn: "ge" | "le", limit: Node) => callNode(fn, "BETWEEN", [left, limit], token.at, parser.reject);
  return callNode("and", "BETWEEN", [bound("ge", low), bound("le", high)], token.at, parser.reject);
};

const inList = (parser: Parser, left: Node, token: Token): Node => {
  needSymbol(parser, "(");
  if (isWord(peek(parser), "SELECT"))
    throw parser.reject(peek(parser).at, "subqueries are not part of an expression; existsIn compares with another container");
  const list = parseList(parser);
  if (list.length === 0) throw parser.reject(token.at, "the list after IN is empty");
  const [operand, ...values] = aligned([left, ...list], token.at, parser.reject);
  const expr: Expr = { kind: "in", operand: operand!.expr, list: values.map((value) => value.expr) };
  return node(expr, token.at, [operand!, ...values], parser.reject);
};

const isTest = (parser: Parser, left: Node, token: Token): Node => {
  const negate = skipWord(parser, "NOT");
  const word = advance(parser);
  const b = buildAt(parser, "IS", token.at);
  const result = (positive: Node) => (negate ? negated(parser, positive) : positive);
  switch (word.kind === "name" ? word.text.toUpperCase() : "") {
    case "NULL":
      return b.call(negate ? "isNotNull" : "isNull", left);
    case "TRUE":
      return result(truth(demand(left, "Boolean", "IS TRUE takes", parser.reject), b));
    case "FALSE":
      return result(truth(b.call("not", left), b));
    case "DISTINCT": {
      needWord(parser, "FROM");
      const right = parser.operand(BINDING.compare + 1);
      return result(b.call("isDistinctFrom", left, right));
    }
    case "UNKNOWN":
      return b.call(negate ? "isNotNull" : "isNull", demand(left, "Boolean", "IS UNKNOWN takes", parser.reject));
  }
  throw parser.reject(word.at, unexpected(word, "NULL, TRUE, FALSE or DISTINCT FROM"));
};
