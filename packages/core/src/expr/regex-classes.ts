/** Sets of characters as ranges of code points, for regular expressions. Shorthands and names are ASCII, as in RE2. */
import type { Range } from "./regex-tree.ts";

const CODE_POINT_MAX = 0x10ffff;

const from = (text: string): readonly Range[] => {
  const ranges: Range[] = [];
  for (let i = 0; i < text.length; i += 2) ranges.push([text.charCodeAt(i), text.charCodeAt(i + 1)]);
  return ranges;
};

const DIGIT = from("09");
const WORD = from("09AZ__az");
const SPACE = from("\t\r  "); // \t \n \v \f \r and the blank

/** `\d \w \s` and their capital negations; null for any other letter. */
export const shorthandClass = (letter: string): { negated: boolean; ranges: readonly Range[] } | null => {
  const ranges = { d: DIGIT, w: WORD, s: SPACE }[letter.toLowerCase()];
  return ranges === undefined ? null : { negated: letter !== letter.toLowerCase(), ranges };
};

const NAMED: Readonly<Record<string, readonly Range[]>> = {
  alnum: from("09AZaz"),
  alpha: from("AZaz"),
  ascii: [[1, 127]],
  blank: from("\t\t  "),
  cntrl: [
    [1, 31],
    [127, 127],
  ],
  digit: DIGIT,
  graph: from("!~"),
  lower: from("az"),
  print: from(" ~"),
  punct: from("!/:@[`{~"),
  space: SPACE,
  upper: from("AZ"),
  word: WORD,
  xdigit: from("09AFaf"),
};

/** The ranges of `[:name:]`; null when there is no such class. */
export const namedClass = (name: string): readonly Range[] | null => (Object.hasOwn(NAMED, name) ? NAMED[name]! : null);

/** Sorted ranges without overlap. */
export const merge = (ranges: readonly Range[]): readonly Range[] => {
  const merged: [number, number][] = [];
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
};

/** Every code point that is in none of the ranges. */
export const complement = (ranges: readonly Range[]): readonly Range[] => {
  const gaps: Range[] = [];
  let next = 0;
  for (const [low, high] of merge(ranges)) {
    if (low > next) gaps.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= CODE_POINT_MAX) gaps.push([next, CODE_POINT_MAX]);
  return gaps;
};

/** Code points above this have no letter with two cases. */
const CASED_MAX = 0x1ffff;

const otherCase = (code: number): number | null => {
  const char = String.fromCodePoint(code);
  for (const other of [char.toLowerCase(), char.toUpperCase()]) {
    const folded = other.codePointAt(0)!;
    // A mapping to several characters (ß to SS), or one that does not come back (İ), is not a pair of cases.
    if (other !== char && String.fromCodePoint(folded) === other && isPair(char, other)) return folded;
  }
  return null;
};

const isPair = (a: string, b: string): boolean => b.toLowerCase() === a || b.toUpperCase() === a;

/** The ranges with the other case of each letter added. */
export const foldCase = (ranges: readonly Range[]): readonly Range[] => {
  const added: Range[] = [];
  for (const [low, high] of ranges) {
    for (let code = low; code <= Math.min(high, CASED_MAX); code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const other = otherCase(code);
      if (other !== null) added.push([other, other]);
    }
  }
  return added.length === 0 ? ranges : merge([...ranges, ...added]);
};
