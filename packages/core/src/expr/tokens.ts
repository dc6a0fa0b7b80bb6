/** The words of the expression language. */
import { userError, type UserError } from "../errors.ts";

export type Token = {
  /** name: bare word; quoted: "name" or `name`; variable: {{ name }}. */
  kind: "name" | "quoted" | "number" | "text" | "symbol" | "variable" | "end";
  /** Bare words as written; quoted names, texts and variables without their marks. */
  text: string;
  /** Where it begins, counted from 0 in UTF-16 units. */
  at: number;
};

/** Longest expression, in characters. */
export const EXPRESSION_LENGTH_MAX = 20_000;
/** How much of a long expression an error shows, around its position. */
const EXCERPT_MAX = 200;

/** The error of an expression; its position counts from 1. */
export const expressionError = (expression: string, at: number, reason: string): UserError => {
  const start = expression.length <= EXCERPT_MAX ? 0 : Math.max(0, Math.min(at - EXCERPT_MAX / 2, expression.length - EXCERPT_MAX));
  const excerpt = expression.slice(start, start + EXCERPT_MAX);
  const shown = `${start > 0 ? "…" : ""}${excerpt}${start + EXCERPT_MAX < expression.length ? "…" : ""}`;
  return userError("EXPRESSION_INVALID", shown, at + 1, reason);
};

const SPACE = /\s*/y;
const NAME = /[\p{L}_][\p{L}\p{N}\p{M}_$]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const SYMBOL = /<=>|<>|<=|>=|==|!=|\|\||::|[-+*/%=<>(),.]/y;
const VARIABLE = /\{\{\s*([^{}]*?)\s*\}\}/y;

/** What cannot be part of an expression, and what to say about it. */
const REFUSED: readonly [start: string, reason: string][] = [
  ["--", "comments are not part of an expression (between two minus signs put a blank)"],
  ["/*", "comments are not part of an expression"],
  [";", "one expression is expected, not statements: leave out ;"],
  ["!~", "the operators ~ mean different things on different engines; write RLIKE"],
  ["~", "the operators ~ mean different things on different engines; write RLIKE"],
  ["[", "elements of arrays cannot be taken in an expression"],
  ["#", "comments are not part of an expression"],
  ["?", "parameters are written {{ name }}"],
  ["$", "parameters are written {{ name }}"],
  ["{", "check variables are written {{ name }}"],
  ["!", "negation is written NOT"],
  ["^", "powers are written POWER(x, y)"],
];

/** Splits an expression into tokens, the last of kind `end`. Throws EXPRESSION_INVALID at the first that is none. */
export const tokenize = (expression: string): Token[] => {
  if (expression.length > EXPRESSION_LENGTH_MAX)
    throw expressionError(expression, EXPRESSION_LENGTH_MAX, `it is longer than ${EXPRESSION_LENGTH_MAX} characters`);
  const tokens: Token[] = [];
  let at = skip(expression, 0);
  while (at < expression.length) {
    const [token, next] = readToken(expression, at);
    tokens.push(token);
    at = skip(expression, next);
  }
  tokens.push({ kind: "end", text: "", at: expression.length });
  return tokens;
};

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

const skip = (expression: string, at: number): number => at + matchAt(SPACE, expression, at)![0].length;

const readToken = (expression: string, at: number): [Token, number] => {
  const char = expression[at]!;
  if (char === "'") return readQuoted(expression, at, "text", "text");
  if (char === '"' || char === "`") return readQuoted(expression, at, "quoted", "name");
  const number = /[\d.]/.test(char) ? matchAt(NUMBER, expression, at) : null;
  if (number !== null) return readNumber(expression, at, number[0]);
  const name = matchAt(NAME, expression, at);
  if (name !== null) return [{ kind: "name", text: name[0], at }, at + name[0].length];
  const variable = matchAt(VARIABLE, expression, at);
  if (variable !== null) return [{ kind: "variable", text: variable[1]!, at }, at + variable[0].length];
  const refused = REFUSED.find(([start]) => expression.startsWith(start, at) && !expression.startsWith("!=", at));
  if (refused !== undefined) throw expressionError(expression, at, refused[1]);
  const symbol = matchAt(SYMBOL, expression, at);
  if (symbol === null)
    throw expressionError(
      expression,
      at,
      `the character ${JSON.stringify(String.fromCodePoint(expression.codePointAt(at)!))} has no meaning here`,
    );
  return [{ kind: "symbol", text: symbol[0], at }, at + symbol[0].length];
};

const readNumber = (expression: string, at: number, number: string): [Token, number] => {
  const end = at + number.length;
  if (matchAt(NAME, expression, end) !== null) throw expressionError(expression, end, "a letter follows the number directly");
  return [{ kind: "number", text: number, at }, end];
};

/** Text and quoted names: the quote mark itself is doubled; a backslash is a backslash. */
const readQuoted = (expression: string, at: number, kind: "text" | "quoted", word: string): [Token, number] => {
  const mark = expression[at]!;
  let end = at + 1;
  while (expression[end] !== mark || expression[end + 1] === mark) {
    if (end >= expression.length) throw expressionError(expression, at, `this ${word} is never closed: a ${mark} is missing`);
    end += expression[end] === mark ? 2 : 1;
  }
  const inner = expression.slice(at + 1, end).replaceAll(mark + mark, mark);
  if (inner.includes("\0")) throw expressionError(expression, at, "no text holds the character NUL");
  if (kind === "quoted" && inner === "") throw expressionError(expression, at, "an empty name");
  return [{ kind, text: inner, at }, end + 1];
};
