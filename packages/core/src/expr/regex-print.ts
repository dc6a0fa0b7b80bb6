/** Printing a portable regular expression for an engine. Classes are spelled out, so engines differ only in escapes. */
import type { Range, Regex, RegexNode } from "./regex-tree.ts";

/** How an engine writes what the subset holds. */
export type RegexStyle = {
  /** A character that cannot stand as itself, outside and inside a class. */
  escape: (code: number) => string;
  /** ASCII word boundary, and its absence. */
  boundary: string;
  notBoundary: string;
  start: string;
  end: string;
  /** Highest repeat count the engine takes; higher ones are written as several repeats in a row. */
  repeatMax: number;
  /** Lowest code point the engine's text can hold. */
  codeMin: 0 | 1;
};

const hex = (code: number, digits: number) => code.toString(16).toUpperCase().padStart(digits, "0");
const isPunctuation = (code: number) => /[!-/:-@[-`{-~]/.test(String.fromCodePoint(code));

/** ECMAScript with the flag u (ECMA-262 §22.2.1). */
const JAVASCRIPT: RegexStyle = {
  escape: (code) => (isPunctuation(code) ? `\\${String.fromCodePoint(code)}` : `\\u{${hex(code, 1)}}`),
  boundary: "\\b",
  notBoundary: "\\B",
  start: "^",
  end: "$",
  repeatMax: Infinity,
  codeMin: 0,
};

/** RE2, as in DuckDB and BigQuery: https://github.com/google/re2/wiki/Syntax */
export const RE2_STYLE: RegexStyle = {
  ...JAVASCRIPT,
  escape: (code) => (isPunctuation(code) ? `\\${String.fromCodePoint(code)}` : `\\x{${hex(code, 1)}}`),
  repeatMax: 1000,
};

const WORD = "[0-9A-Za-z_]";

/**
 * Postgres advanced regular expressions: https://www.postgresql.org/docs/current/functions-matching.html#POSIX-SYNTAX-DETAILS
 * `\y` follows the locale there, so the ASCII boundary is written with look-around, which AREs have as constraints.
 * Repeat counts end at 255 (DUPMAX). `\A` and `\Z` hold at the ends of the text whatever the flags.
 */
export const ARE_STYLE: RegexStyle = {
  escape: (code) => (code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`),
  boundary: `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`,
  notBoundary: `(?:(?<=${WORD})(?=${WORD})|(?<!${WORD})(?!${WORD}))`,
  start: "\\A",
  end: "\\Z",
  repeatMax: 255,
  codeMin: 1,
};

/** The pattern as an engine reads it. No flags are needed: neither case nor newlines depend on one. */
export const printRegex = (regex: Regex, style: RegexStyle): string => print(regex.root, style);

/** The pattern for JavaScript: `test` on it answers as the engines do. */
export const toJavaScript = (regex: Regex): RegExp => new RegExp(print(regex.root, JAVASCRIPT), "u");

const print = (node: RegexNode, style: RegexStyle): string => {
  switch (node.kind) {
    case "char":
      return printCode(node.code, style, "^$\\.*+?()[]{}|");
    case "class":
      return `[${node.negated ? "^" : ""}${printRanges(node.ranges, style)}]`;
    case "start":
      return style.start;
    case "end":
      return style.end;
    case "boundary":
      return node.negated ? style.notBoundary : style.boundary;
    case "sequence":
      return node.items.map((item) => (item.kind === "choice" ? `(?:${print(item, style)})` : print(item, style))).join("");
    case "choice":
      return node.options.map((option) => print(option, style)).join("|");
    case "repeat":
      return printRepeat(node, style);
  }
};

const printRanges = (ranges: readonly Range[], style: RegexStyle): string =>
  ranges
    .filter(([, high]) => high >= style.codeMin)
    .map(([low, high]) => {
      const first = printCode(Math.max(low, style.codeMin), style, "^-[]\\");
      const last = printCode(high, style, "^-[]\\");
      return low === high ? first : high === low + 1 ? first + last : `${first}-${last}`;
    })
    .join("");

/** Letters, digits and printable characters stand as themselves; syntax, control and invisible characters are escaped. */
const printCode = (code: number, style: RegexStyle, syntax: string): string => {
  const char = String.fromCodePoint(code);
  if (syntax.includes(char)) return style.escape(code);
  return /[\p{C}\p{Z}\p{M}]/u.test(char) && char !== " " ? style.escape(code) : char;
};

const printRepeat = ({ body, min, max }: Extract<RegexNode, { kind: "repeat" }>, style: RegexStyle): string => {
  const atom = body.kind === "char" || body.kind === "class" ? print(body, style) : `(?:${print(body, style)})`;
  let printed = "";
  let [least, most] = [min, max];
  while (least > style.repeatMax || (most ?? 0) > style.repeatMax) {
    const [low, high] = [Math.min(least, style.repeatMax), Math.min(most ?? least, style.repeatMax)];
    printed += atom + quantifier(low, high);
    least -= low;
    most = most === null ? null : most - high;
  }
  return least === 0 && most === 0 && printed !== "" ? printed : printed + atom + quantifier(least, most);
};

const quantifier = (min: number, max: number | null): string => {
  if (max === null) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  if (min === 0 && max === 1) return "?";
  return min === max ? `{${min}}` : `{${min},${max}}`;
};
