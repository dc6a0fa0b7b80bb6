/** The state of a parse, and reading its tokens: what all parts of the parser share. */
import type { Field } from "../model/field.ts";
import type { Literal } from "./expr.ts";
import { builder, type Build } from "./named-functions.ts";
import type { Token } from "./tokens.ts";
import type { Node, Reject } from "./typing.ts";

export type ParseOptions = {
  /** Fields of the container; null when they are not known (any name is then a field of unknown type). */
  fields: readonly Field[] | null;
  /** Name of the container, for errors. */
  container: string;
  variables?: Readonly<Record<string, Literal>> | undefined;
  /** Aggregates over all rows; fields may then stand only inside of them. */
  allowAggregates?: boolean | undefined;
  expect?: "Boolean" | "numeric" | "any" | undefined;
};

/** The state of one parse. */
export type Parser = {
  readonly tokens: readonly Token[];
  index: number;
  depth: number;
  readonly options: ParseOptions;
  readonly reject: Reject;
  /** Inside the operand of an aggregate. */
  inAggregate: boolean;
  /** First field that stands outside of every aggregate. */
  bareField: { name: string; at: number } | null;
  /** Reads an operand and all operators behind it that bind at least as strongly as `least`. */
  readonly operand: (least: number) => Node;
};

/** How strongly operators bind, weakest first. */
export const BINDING = { or: 1, and: 2, not: 3, compare: 4, concat: 5, sum: 6, product: 7, sign: 8, cast: 9 } as const;

export const peek = (parser: Parser, ahead = 0): Token => parser.tokens[Math.min(parser.index + ahead, parser.tokens.length - 1)]!;

export const advance = (parser: Parser): Token => {
  const token = peek(parser);
  if (token.kind !== "end") parser.index++;
  return token;
};

export const isWord = (token: Token, ...words: string[]): boolean => token.kind === "name" && words.includes(token.text.toUpperCase());
export const isSymbol = (token: Token, ...symbols: string[]): boolean => token.kind === "symbol" && symbols.includes(token.text);

/** Reads on over a word when it is next. */
export const skipWord = (parser: Parser, ...words: string[]): boolean => {
  const found = isWord(peek(parser), ...words);
  if (found) parser.index++;
  return found;
};

export const skipSymbol = (parser: Parser, symbol: string): boolean => {
  const found = isSymbol(peek(parser), symbol);
  if (found) parser.index++;
  return found;
};

export const needWord = (parser: Parser, word: string): void => {
  if (!skipWord(parser, word)) throw parser.reject(peek(parser).at, unexpected(peek(parser), word));
};

export const needSymbol = (parser: Parser, symbol: string): void => {
  if (!skipSymbol(parser, symbol)) throw parser.reject(peek(parser).at, unexpected(peek(parser), symbol));
};

/** `found X where Y is expected`, in words. */
export const unexpected = (token: Token, wanted: string): string => {
  if (token.kind === "end") return `it ends where ${wanted} is expected`;
  const found = {
    name: token.text,
    symbol: token.text,
    number: token.text,
    text: "a text",
    quoted: "a quoted name",
    variable: "a variable",
  }[token.kind];
  return `${found} stands where ${wanted} is expected`;
};

export const buildAt = (parser: Parser, name: string, at: number): Build => builder(name, at, parser.reject);

/** Comma-separated operands up to the closing parenthesis, the opening one being read already. */
export const parseList = (parser: Parser): Node[] => {
  const list: Node[] = [];
  if (skipSymbol(parser, ")")) return list;
  do list.push(parser.operand(0));
  while (skipSymbol(parser, ","));
  needSymbol(parser, ")");
  return list;
};
