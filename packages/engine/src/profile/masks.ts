/**
 * Masks: the generalised shape of text. Digits become 9, upper-case letters A, other letters a, everything else stays.
 * A field's masks are written exactly (`AA-9999`) when a few exact ones describe it, else with runs of letters and of
 * digits folded (`a+@a+.a+`). Each mask carries a portable regular expression that its texts match.
 */
import type { Pattern } from "@touchstone/core/model/profile";

/** Patterns kept per field. */
export const PATTERNS_MAX = 10;
/** Share of the texts that the kept exact masks must describe; below it the folded masks are the better summary. */
const EXACT_COVERAGE_MIN = 0.9;
/** Tokens shown of a mask; what is longer ends in an ellipsis and has no regular expression. */
const TOKENS_MAX = 60;

type Kind = "9" | "A" | "a" | "other";
type Token = { kind: Kind; text: string; length: number };

const CLASSES: Record<Exclude<Kind, "other">, string> = { "9": "[0-9]", A: "[A-Z]", a: "[a-z]" };
const ASCII = /^\p{ASCII}*$/u;

const kindOf = (character: string): Kind => {
  if (character >= "0" && character <= "9") return "9";
  if (/\p{Lu}/u.test(character)) return "A";
  return /\p{L}/u.test(character) ? "a" : "other";
};

const tokensOf = (text: string): Token[] => {
  const tokens: Token[] = [];
  for (const character of text) {
    const kind = kindOf(character);
    const last = tokens.at(-1);
    if (last !== undefined && last.kind === kind && (kind !== "other" || last.text === character)) {
      last.length++;
      if (kind !== "other") last.text += character;
    } else tokens.push({ kind, text: character, length: 1 });
    if (tokens.length > TOKENS_MAX) break;
  }
  return tokens;
};

const escape = (character: string): string => (/[\\^$.|?*+()[\]{}]/.test(character) ? `\\${character}` : character);
/** A plus, a backslash and the three mask signs never stand for themselves unmarked, so that two shapes never share a mask. */
const literal = (character: string): string => (character === "+" || character === "\\" ? `\\${character}` : character);
const times = (count: number): string => (count === 1 ? "" : `{${count}}`);
/** Longest exact run written out; a regular expression may repeat at most 1000 times in RE2. */
const RUN_MAX = 40;

type Shape = { mask: string; regex: string | null };

const tokenShape = ({ kind, text, length }: Token, folded: boolean): Shape => {
  if (kind === "other")
    return { mask: literal(text).repeat(Math.min(length, RUN_MAX)), regex: length > RUN_MAX ? null : `${escape(text)}${times(length)}` };
  const isLong = folded || length > RUN_MAX;
  const regex = ASCII.test(text) ? CLASSES[kind] : null;
  if (isLong) return { mask: `${kind}+`, regex: regex && `${regex}+` };
  return { mask: kind.repeat(length), regex: regex && regex + times(length) };
};

/** The mask of one text, with a regular expression that matches every ASCII text of the mask; null where letters beyond ASCII or control characters stand in it. */
export const maskOf = (text: string, folded: boolean): Shape => {
  const tokens = tokensOf(text);
  const isCut = tokens.length > TOKENS_MAX;
  const shapes = tokens.slice(0, TOKENS_MAX).map((token) => tokenShape(token, folded));
  const parts = shapes.map(({ regex }) => regex);
  const isWhole = !isCut && parts.every((part) => part !== null) && !/\p{C}/u.test(text);
  return { mask: shapes.map(({ mask }) => mask).join("") + (isCut ? "…" : ""), regex: isWhole ? `^${parts.join("")}$` : null };
};

type Tally = Map<string, { count: number; regex: string | null }>;

const tally = (values: readonly { value: string; count: number }[], folded: boolean): Tally => {
  const masks: Tally = new Map();
  for (const { value, count } of values) {
    const { mask, regex } = maskOf(value, folded);
    const known = masks.get(mask);
    // One text beyond the regular expression takes it from the mask: a pattern never claims more than it saw hold.
    if (known === undefined) masks.set(mask, { count, regex });
    else masks.set(mask, { count: known.count + count, regex: regex === null ? null : known.regex });
  }
  return masks;
};

const topOf = (masks: Tally, total: number): Pattern[] =>
  [...masks]
    .map(([mask, { count, regex }]) => ({ mask, count, ratio: count / total, regex }))
    .sort((a, b) => b.count - a.count || (a.mask < b.mask ? -1 : 1))
    .slice(0, PATTERNS_MAX);

/** The most frequent patterns of texts, empty texts left out, most frequent first. */
export const patternsOf = (values: readonly { value: string; count: number }[]): Pattern[] => {
  const texts = values.filter(({ value }) => value !== "");
  const total = texts.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return [];
  const exact = topOf(tally(texts, false), total);
  const covered = exact.reduce((sum, { ratio }) => sum + ratio, 0);
  return covered >= EXACT_COVERAGE_MIN ? exact : topOf(tally(texts, true), total);
};
