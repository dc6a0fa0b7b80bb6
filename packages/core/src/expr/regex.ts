/**
 * The portable regular expressions: the subset that RE2, Postgres, Java and JavaScript can be made to agree on, to the
 * character. A pattern is parsed here, in full, into classes of code points; a dialect prints it in its own style
 * (expr/regex-print.ts), so that no engine's own reading of `\w`, `.` or upper case can change an answer.
 *
 * Search semantics: a pattern matches where it is found; anchor with ^ and $. `.` is anything but a newline; `$` is the
 * very end of the text; `\d \w \s \b` are ASCII. `(?i)` is expanded here into both cases of each letter. Greedy and lazy
 * quantifiers find the same texts, so laziness is accepted and forgotten.
 */
import { userError } from "../errors.ts";
import { complement, foldCase, namedClass, shorthandClass } from "./regex-classes.ts";
import type { Range, Regex, RegexNode } from "./regex-tree.ts";

export { ARE_STYLE, printRegex, RE2_STYLE, toJavaScript, type RegexStyle } from "./regex-print.ts";
export type { Range, Regex, RegexNode } from "./regex-tree.ts";

/** Longest pattern, in characters: long enough for lists of words, short enough for every engine's compiler. */
export const PATTERN_LENGTH_MAX = 4000;
/** Highest repeat count, also of nested repeats multiplied: RE2 refuses more (re2/parse.cc, kRegexpRepeatSize). */
export const REPEAT_MAX = 1000;
/** Deepest nesting of groups. */
const NESTING_MAX = 50;

const NEWLINE = 10;

/** Parses a pattern; throws PATTERN_INVALID with the 1-based position of what is not in the subset. */
export const parseRegex = (pattern: string): Regex => {
  const reader: Reader = { pattern, at: 0, depth: 0, ignoreCase: false };
  if (pattern.length > PATTERN_LENGTH_MAX) throw refusal(reader, `it is longer than ${PATTERN_LENGTH_MAX} characters`, PATTERN_LENGTH_MAX);
  if (pattern.startsWith("(?i)")) [reader.ignoreCase, reader.at] = [true, 4];
  const root = readChoice(reader);
  if (reader.at < pattern.length) throw refusal(reader, "this parenthesis closes nothing; write \\) for the character");
  if (repeatProduct(root) > REPEAT_MAX) throw refusal(reader, `its nested repeats multiply to more than ${REPEAT_MAX}`, 0);
  return Object.freeze({ source: pattern, root });
};

/** `at` counts UTF-16 units from 0; positions in errors from 1. */
type Reader = { readonly pattern: string; at: number; depth: number; ignoreCase: boolean };

const refusal = (reader: Reader, reason: string, at = reader.at) =>
  userError("PATTERN_INVALID", reader.pattern.slice(0, 200), at + 1, reason);

const readChoice = (reader: Reader): RegexNode => {
  const options = [readSequence(reader)];
  while (reader.pattern[reader.at] === "|") {
    reader.at++;
    options.push(readSequence(reader));
  }
  return options.length === 1 ? options[0]! : { kind: "choice", options };
};

const readSequence = (reader: Reader): RegexNode => {
  const items: RegexNode[] = [];
  while (reader.at < reader.pattern.length && !"|)".includes(reader.pattern[reader.at]!)) items.push(readQuantified(reader));
  return items.length === 1 ? items[0]! : { kind: "sequence", items };
};

const readQuantified = (reader: Reader): RegexNode => {
  const start = reader.at;
  const body = readAtom(reader);
  const bounds = readQuantifier(reader);
  if (bounds === null) return body;
  if (body.kind === "start" || body.kind === "end" || body.kind === "boundary")
    throw refusal(reader, "an anchor cannot be repeated", start);
  return { kind: "repeat", body, ...bounds };
};

const readQuantifier = (reader: Reader): { min: number; max: number | null } | null => {
  const bounds = readBounds(reader);
  if (bounds === null) return null;
  if (reader.pattern[reader.at] === "?") reader.at++;
  else if (reader.pattern[reader.at] === "+") throw refusal(reader, "possessive quantifiers are not portable");
  if (/^[*+?{]/.test(reader.pattern.slice(reader.at, reader.at + 1))) throw refusal(reader, "a quantifier follows a quantifier");
  return bounds;
};

const readBounds = (reader: Reader): { min: number; max: number | null } | null => {
  const simple = { "*": { min: 0, max: null }, "+": { min: 1, max: null }, "?": { min: 0, max: 1 } }[reader.pattern[reader.at] ?? ""];
  if (simple !== undefined) {
    reader.at++;
    return simple;
  }
  if (reader.pattern[reader.at] !== "{") return null;
  const found = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(reader.pattern.slice(reader.at, reader.at + 24));
  if (found === null) throw refusal(reader, "not a repeat count like {2} or {2,5}; write \\{ for the character");
  const min = Number(found[1]);
  const max = found[2] === undefined ? min : found[3] === "" ? null : Number(found[3]);
  if (Math.max(min, max ?? 0) > REPEAT_MAX) throw refusal(reader, `a repeat count may be at most ${REPEAT_MAX}`);
  if (max !== null && max < min) throw refusal(reader, "the repeat counts are in the wrong order");
  reader.at += found[0].length;
  return { min, max };
};

const readAtom = (reader: Reader): RegexNode => {
  const char = reader.pattern[reader.at]!;
  switch (char) {
    case "(":
      return readGroup(reader);
    case "[":
      return readClass(reader);
    case "\\":
      return readEscape(reader);
    case "^":
      reader.at++;
      return { kind: "start" };
    case "$":
      reader.at++;
      return { kind: "end" };
    case ".":
      reader.at++;
      return { kind: "class", negated: true, ranges: [[NEWLINE, NEWLINE]] };
    case "*":
    case "+":
    case "?":
      throw refusal(reader, "there is nothing before it to repeat");
    case "{":
      throw refusal(reader, "there is nothing before it to repeat; write \\{ for the character");
  }
  return charNode(reader, readCodePoint(reader));
};

const charNode = (reader: Reader, code: number): RegexNode => {
  if (!reader.ignoreCase) return { kind: "char", code };
  const ranges = foldCase([[code, code]]);
  return ranges.length === 1 && ranges[0]![0] === ranges[0]![1] ? { kind: "char", code } : { kind: "class", negated: false, ranges };
};

const readCodePoint = (reader: Reader): number => {
  const code = reader.pattern.codePointAt(reader.at)!;
  checkCodePoint(reader, code, reader.at);
  reader.at += code > 0xffff ? 2 : 1;
  return code;
};

const checkCodePoint = (reader: Reader, code: number, at: number): void => {
  if (code === 0) throw refusal(reader, "no text holds the character NUL", at);
  if (code >= 0xd800 && code <= 0xdfff) throw refusal(reader, "half of a surrogate pair is not a character; write \\x{…}", at);
  if (code > 0x10ffff) throw refusal(reader, "Unicode ends at 10FFFF", at);
};

const readGroup = (reader: Reader): RegexNode => {
  const start = reader.at;
  if (++reader.depth > NESTING_MAX) throw refusal(reader, `groups are nested deeper than ${NESTING_MAX}`);
  reader.at++;
  if (reader.pattern[reader.at] === "?") skipGroupKind(reader);
  const body = readChoice(reader);
  if (reader.pattern[reader.at] !== ")") throw refusal(reader, "this parenthesis is never closed", start);
  reader.at++;
  reader.depth--;
  return body;
};

const skipGroupKind = (reader: Reader): void => {
  const rest = reader.pattern.slice(reader.at, reader.at + 4);
  if (rest.startsWith("?:")) reader.at += 2;
  else if (/^\?<?[=!]/.test(rest)) throw refusal(reader, "look-around is not portable");
  else if (rest.startsWith("?>")) throw refusal(reader, "atomic groups are not portable");
  else if (/^\?(P?<|')/.test(rest)) throw refusal(reader, "named groups are not portable; a plain ( ) finds the same");
  else throw refusal(reader, "of the flags only (?i) is portable, and only at the very start");
};

/** Escapes that stand for one character. */
const CONTROL: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, v: 11 };

const readEscape = (reader: Reader): RegexNode => {
  const letter = reader.pattern[reader.at + 1];
  const simple: Record<string, RegexNode> = {
    b: { kind: "boundary", negated: false },
    B: { kind: "boundary", negated: true },
    A: { kind: "start" },
    z: { kind: "end" },
  };
  const shorthand = shorthandClass(letter ?? "");
  if (letter !== undefined && Object.hasOwn(simple, letter)) {
    reader.at += 2;
    return simple[letter]!;
  }
  if (shorthand === null) return charNode(reader, readEscapedCode(reader));
  reader.at += 2;
  return { kind: "class", ...shorthand };
};

/** The code point of an escape that denotes one character: control letters, \xHH, \x{H…}, \uHHHH and escaped punctuation. */
const readEscapedCode = (reader: Reader): number => {
  const start = reader.at;
  const rest = reader.pattern.slice(start + 1, start + 12);
  const hex = /^(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|x\{([0-9A-Fa-f]{1,6})\})/.exec(rest);
  if (hex !== null) {
    const code = Number.parseInt(hex[1] ?? hex[2] ?? hex[3]!, 16);
    checkCodePoint(reader, code, start);
    reader.at += 1 + hex[0].length;
    return code;
  }
  const letter = rest[0];
  if (letter === undefined) throw refusal(reader, "a backslash ends the pattern; write \\\\ for the character");
  if (Object.hasOwn(CONTROL, letter)) {
    reader.at += 2;
    return CONTROL[letter]!;
  }
  if (/[!-/:-@[-`{-~ ]/.test(letter)) {
    reader.at += 2;
    return letter.charCodeAt(0);
  }
  throw refusal(reader, escapeRefusal(letter));
};

const escapeRefusal = (letter: string): string => {
  if (/[1-9]/.test(letter)) return "back-references are not portable";
  if (/[pP]/.test(letter)) return "Unicode properties are not portable; list the ranges, as in [A-Za-zÀ-ÿ]";
  if (letter === "Z") return "\\Z is not portable; write $ for the very end";
  if (letter === "k") return "back-references are not portable";
  return `\\${letter} is not an escape of the portable subset`;
};

const readClass = (reader: Reader): RegexNode => {
  const start = reader.at++;
  const negated = reader.pattern[reader.at] === "^";
  if (negated) reader.at++;
  const ranges: Range[] = [];
  if (reader.pattern[reader.at] === "]") throw refusal(reader, "an empty class; write \\] for the character");
  while (reader.pattern[reader.at] !== "]") {
    if (reader.at >= reader.pattern.length) throw refusal(reader, "this class is never closed", start);
    ranges.push(...readClassItem(reader));
  }
  reader.at++;
  return { kind: "class", negated, ranges: reader.ignoreCase ? foldCase(ranges) : ranges };
};

const readClassItem = (reader: Reader): readonly Range[] => {
  const start = reader.at;
  const set = readClassSet(reader);
  if (set !== null) {
    if (isRangeDash(reader)) throw refusal(reader, "a range cannot begin with a class", start);
    return set;
  }
  const from = readClassCode(reader);
  if (!isRangeDash(reader)) return [[from, from]];
  reader.at++;
  if (readClassSet(reader) !== null) throw refusal(reader, "a range cannot end with a class", start);
  const to = readClassCode(reader);
  if (to < from) throw refusal(reader, "the range is in the wrong order", start);
  return [[from, to]];
};

/** A dash that makes a range: not the last character of the class. */
const isRangeDash = ({ pattern, at }: Reader): boolean => pattern[at] === "-" && at + 1 < pattern.length && pattern[at + 1] !== "]";

/** `\d`, `[:alpha:]` and their like as ranges; null when the next item is a single character. */
const readClassSet = (reader: Reader): readonly Range[] | null => {
  const { pattern, at } = reader;
  const shorthand = pattern[at] === "\\" ? shorthandClass(pattern[at + 1] ?? "") : null;
  if (shorthand !== null) {
    reader.at += 2;
    return shorthand.negated ? complement(shorthand.ranges) : shorthand.ranges;
  }
  const posix = /^\[:(\^?)([a-z]+):\]/.exec(pattern.slice(at, at + 16));
  if (posix === null) return null;
  const ranges = namedClass(posix[2]!);
  if (ranges === null) throw refusal(reader, `there is no class [:${posix[2]}:]`);
  reader.at += posix[0].length;
  return posix[1] === "^" ? complement(ranges) : ranges;
};

const readClassCode = (reader: Reader): number => {
  const { pattern, at } = reader;
  if (pattern[at] === "\\" && pattern[at + 1] === "b") throw refusal(reader, "\\b has no portable meaning inside a class");
  if (pattern[at] === "\\") return readEscapedCode(reader);
  if (pattern[at] === "[") throw refusal(reader, "a bare [ inside a class is not portable; write \\[");
  if (pattern.startsWith("&&", at)) throw refusal(reader, "&& inside a class is not portable; write \\&");
  if (at >= pattern.length) throw refusal(reader, "this class is never closed");
  return readCodePoint(reader);
};

/** Most times the innermost part of a pattern is copied by nested counted repeats. */
const repeatProduct = (node: RegexNode): number => {
  switch (node.kind) {
    case "sequence":
      return Math.max(1, ...node.items.map(repeatProduct));
    case "choice":
      return Math.max(1, ...node.options.map(repeatProduct));
    case "repeat":
      return Math.max(1, node.min, node.max ?? 1) * repeatProduct(node.body);
    default:
      return 1;
  }
};
