/**
 * Bit masks of the predicates a row breaks, in words of 60 bits: bit i of word w is predicate 60 w + i.
 *
 * Regular expressions are by far the dearest predicates (one costs as much as thirty comparisons), and those on one text can
 * be looked for together: a row in which no alternative of the joined pattern is found breaks none of them, and only
 * the others are asked each one. Exact whatever the data; on clean rows ten patterns cost as much as one.
 */
import type { Expr } from "@touchstone/core/expr/expr";
import { parseRegex, type Regex } from "@touchstone/core/expr/regex";
import { absenceOf, anyOf } from "@touchstone/core/expr/regex-absence";
import type { Row } from "../connectors/connector.ts";
import { isGap, type Dialect } from "../dialects/dialect.ts";
import { plainPattern } from "../dialects/pattern.ts";
import { toId } from "./context.ts";
import { exprKey } from "./expression.ts";

/** Bits of a mask word: below 63 so that a word is a positive BIGINT on every engine. */
export const WORD_BITS = 60;

/** A predicate as a mask holds it. */
export type Bit = { sql: string; search: Search | null };
/** A predicate that is true exactly where a pattern is found in a text. `key` is equal for equal texts. */
export type Search = { key: string; operand: Expr; regex: Regex; isPlain: boolean };

/** The predicate as a search in a text, where it is one. */
export const searchOf = (violates: Expr): Search | null => {
  const negated = violates.kind === "call" && violates.fn === "not";
  const test = negated ? violates.args[0]! : violates;
  if (test.kind !== "matches") return null;
  const regex = parseRegex(test.pattern);
  const found = negated ? absenceOf(regex) : regex;
  return found && { key: exprKey(test.operand), operand: test.operand, regex: found, isPlain: plainPattern(regex) !== null };
};

/** What joined searches are written with; null: nothing is joined. */
type SearchWriter = { dialect: Dialect; write: (operand: Expr) => string } | null;

/** SQL of the mask words of some predicates. */
export const maskWords = (bits: readonly Bit[], writer: SearchWriter): string[] => {
  const words: string[] = [];
  for (let start = 0; start < bits.length; start += WORD_BITS) words.push(wordOf(bits.slice(start, start + WORD_BITS), writer));
  return words;
};

/** Mask words of predicates known as SQL alone. */
export const plainMaskWords = (predicates: readonly string[]): string[] =>
  maskWords(
    predicates.map((sql) => ({ sql, search: null })),
    null,
  );

const wordOf = (bits: readonly Bit[], writer: SearchWriter): string => {
  const flagged = bits.map(({ sql, search }, i) => ({ search, sql: `CASE WHEN ${sql} THEN ${1n << BigInt(i)} ELSE 0 END` }));
  const byText = Map.groupBy(flagged, ({ search }) => (writer === null ? null : (search?.key ?? null)));
  return [...byText.values()].flatMap((own) => joined(own, writer)).join("\n  | ");
};

/** Patterns that must stand together before looking for all of them first pays: one that is found costs twice. */
const JOINED_MIN = 2;
/** Characters of joined patterns; automata of longer ones may outgrow the memory that engines give them. */
const JOINED_CHARACTERS_MAX = 2_000;

const joined = (own: readonly { search: Search | null; sql: string }[], writer: SearchWriter): string[] => {
  const all = own.map(({ sql }) => sql);
  const searches = own.flatMap(({ search }) => search ?? []);
  const isWorth = writer !== null && searches.length === own.length && searches.filter(({ isPlain }) => !isPlain).length >= JOINED_MIN;
  if (!isWorth || searches.reduce((sum, { regex }) => sum + regex.source.length, 0) > JOINED_CHARACTERS_MAX) return all;
  const gate = writer.dialect.matches(writer.write(searches[0]!.operand), anyOf(searches.map(({ regex }) => regex)));
  return isGap(gate) ? all : [`CASE WHEN ${gate} THEN ${all.join("\n    | ")} ELSE 0 END`];
};

/** Indexes of the predicates whose bits are set. */
export const setBits = (row: Row, words: number): number[] => {
  const set: number[] = [];
  for (let word = 0; word < words; word++) {
    let mask = toId(row[`mask_${word}`]) ?? 0n;
    for (let bit = 0; mask !== 0n; bit++, mask >>= 1n) if (mask & 1n) set.push(word * WORD_BITS + bit);
  }
  return set;
};
