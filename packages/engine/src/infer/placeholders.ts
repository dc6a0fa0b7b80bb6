import { inference, wrongValue, type Candidate } from "./candidate.ts";
import { byFrequency, type Column, type Sample } from "./sample.ts";
import { semanticOf } from "./semanticType.ts";
import { escapeText } from "./shape.ts";

const ROWS_MIN = 15;
/** Share of rows with a placeholder up to which it is a lapse; above, it is how this source writes "missing". */
const WORDS_SHARE_MAX = 0.02;
/** The same where a lapse shows itself: the other values have a form that the word has not, and the source leaves cells empty elsewhere. */
const FOREIGN_SHARE_MAX = 0.07;
const SIGNS_SHARE_MAX = 0.08;
const RUN_MIN = 3;

/** Texts that stand for a missing value and for nothing else (Qahtan et al. 2018, FAHES); "none" and "unknown" may be answers. */
const PLACEHOLDERS = /^(n\/a|n\.a\.|#n\/a|#ref!|#value!|#div\/0!|#name\?|null|nil|nan|tbd|undefined|missing|\(blank\)|\?+|-+|\.+|_+)$/i;

/** Texts that stand for a missing value where they are no answer: among numbers, dates and codes, never among words. */
const WORDS =
  /^(n\/?a|none|empty|blank|unknown|not (available|known|set|specified|applicable)|no (data|value)|tbc|x{2,}|error|undefined|missing)$/i;
/** Whether a text stands for a missing value, at least where it is no answer. */
export const isPlaceholder = (text: string): boolean => PLACEHOLDERS.test(text.trim()) || WORDS.test(text.trim());

/** Columns in which one and the same text stands before it is how this source writes "missing". */
const CONVENTION_COLUMNS_MIN = 3;

/** Letters of the longest such word. */
const WORD_LENGTH_MAX = 16;

/** Quickly: most values are longer than any such word, and begin with a letter or a digit. */
const mayBePlaceholder = (text: string): boolean => text.length <= WORD_LENGTH_MAX || !/^[\p{L}0-9]/u.test(text);

/** The sign of which a text has three in a row; empty where it has none. */
const runIn = (text: string): string => {
  for (let at = 2; at < text.length; at++)
    if (text[at] === text[at - 1] && text[at] === text[at - 2] && /[^\p{L}\p{N}\s]/u.test(text[at]!)) return text[at]!;
  return "";
};

const share = (c: Column, codes: readonly number[]) => codes.reduce((n, code) => n + c.counts[code]!, 0) / c.known;

const candidateOf = (c: Column, pattern: string, codes: readonly number[], what: string): Candidate => {
  const found = new Set(codes);
  return {
    rule_type: "notMatchesPattern",
    fields: [c.field.name],
    properties: { pattern },
    coverage: 1,
    why: `${what} on ${Math.round(share(c, codes) * c.known)} of ${c.known} rows of ${c.field.name}, and a value on all others`,
    support: c.known,
    violates: wrongValue(c, (code) => found.has(code)),
    exceptionsMax: SIGNS_SHARE_MAX * 2,
  };
};

/** A run of one sign that occurs in no other value of the column: crossed out, cut off, or typed in place of a value. */
const runs = (c: Column, codes: readonly number[]): Candidate[] => {
  const withRun = Map.groupBy(codes, (code) => runIn(c.values[code]!));
  return [...withRun].flatMap(([sign, found]) => {
    if (sign === "" || share(c, found) > SIGNS_SHARE_MAX) return [];
    if (codes.some((code) => c.values[code]!.includes(sign) && !found.includes(code))) return [];
    return [candidateOf(c, escapeText(sign.repeat(RUN_MIN)), found, `A run of the sign ${sign}, which no other value has, stands`)];
  });
};

/** Whether a text is how the source writes "missing": it stands in several columns, and no cell of the table is empty. */
const isConvention = (sample: Sample, text: string): boolean =>
  sample.columns.every((c) => c.known === sample.rows) &&
  sample.columns.filter((c) => c.values.some((value, code) => value === text && c.counts[code]! > 0)).length >= CONVENTION_COLUMNS_MIN;

/** Share of the other values that must have the form which the word has not. */
const FORM_MIN = 0.98;

/** Whether a word is foreign to a column: of numbers, dates, addresses or codes, or a word in small letters among names in capitals. */
const isForeign = (c: Column, codes: readonly number[], found: ReadonlySet<number>): boolean => {
  if (semanticOf(c) !== null) return true;
  const others = codes.filter((code) => !found.has(code)).map((code) => c.values[code]!);
  if (others.every((text) => /[0-9]/.test(text))) return true;
  return (
    [...found].every((code) => /^[^\p{Lu}]*$/u.test(c.values[code]!)) &&
    others.filter((text) => /^[\p{Lu}0-9]/u.test(text)).length >= others.length * FORM_MIN
  );
};

const words = (sample: Sample, c: Column, codes: readonly number[]): Candidate[] => {
  const possible = codes.filter((code) => mayBePlaceholder(c.values[code]!));
  const strict = possible.filter((code) => PLACEHOLDERS.test(c.values[code]!.trim()));
  const all = new Set([...strict, ...possible.filter((code) => WORDS.test(c.values[code]!.trim()))]);
  if (all.size === 0) return [];
  const foreign = isForeign(c, codes, all);
  const found = foreign ? [...all] : strict;
  const most = foreign && !found.some((code) => isConvention(sample, c.values[code]!)) ? FOREIGN_SHARE_MAX : WORDS_SHARE_MAX;
  if (found.length === 0 || share(c, found) > most) return [];
  const pattern = `^(${found.map((code) => escapeText(c.values[code]!)).join("|")})$`;
  return [candidateOf(c, pattern, found, "A placeholder for a missing value stands")];
};

export default inference({
  name: "placeholders",
  level: 2,
  docs: "Texts that stand for a missing value (N/A, #REF!, a row of signs) on a few rows of a column that is filled otherwise. Used regularly, a placeholder is the way a source writes NULL; among numbers, dates and codes it is not, unless it stands in several columns of a table without empty cells.",
  candidates: (sample) =>
    sample.columns.flatMap((c) => {
      if (c.field.field_type !== "String" || c.known < ROWS_MIN) return [];
      const codes = byFrequency(c);
      const byRun = runs(c, codes);
      return byRun.length > 0 ? byRun : words(sample, c, codes);
    }),
});
