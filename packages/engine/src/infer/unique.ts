import { inference, type Candidate } from "./candidate.ts";
import { datedText } from "./dateFormat.ts";
import { columnNamed, type Column, type Sample } from "./sample.ts";
import { serialOf } from "./serial.ts";

const ROWS_MIN = 50;
/** Longer texts are descriptions, which differ by accident. */
const LENGTH_MAX = 64;
/** Share of rows that repeat a value up to which a column of register numbers is a key with slips. */
const REPEATS_MAX = 0.005;
/** Share of held-out rows among running numbers that may: both of a pair are named. */
const SERIAL_REPEATS_MAX = 0.16;
const REPEATED_KEY_ROWS_MIN = 400;
/** Rows from which names without digits that all differ are taken for a key; fewer may differ by chance. */
const NAMES_ROWS_MIN = 200;

/** Numbers counted or texts with digits name things; amounts and prose do not. */
const namesThings = (c: Column) => {
  if (c.field.field_type === "Integral") return true;
  if (c.field.field_type !== "String" || datedText(c) !== null) return false;
  return c.values.every((text, code) => c.counts[code] === 0 || text.length <= LENGTH_MAX);
};

/** Digits from which whole numbers all of one length are codes and no quantities. */
const CODE_DIGITS_MIN = 5;

/** Names that are given, not measured: of two towns one may have as many people as the other. */
const isCode = (c: Column) => {
  const texts = c.values.filter((_, code) => c.counts[code]! > 0);
  if (!texts.every((text) => /[0-9]/.test(text) && !/\s/.test(text))) return false;
  return c.field.field_type === "String" || texts.every((text) => text.length === texts[0]!.length && text.length >= CODE_DIGITS_MIN);
};

const mayRepeat = (c: Column, repeats: number) =>
  serialOf(c) !== null || (isCode(c) && c.known >= REPEATED_KEY_ROWS_MIN && repeats <= c.known * REPEATS_MAX);

const hasDigits = (c: Column) =>
  c.field.field_type === "Integral" || c.values.every((text, code) => c.counts[code] === 0 || /[0-9]/.test(text));

const keyed =
  (sample: Sample) =>
  (c: Column): Candidate[] => {
    if (c.known < ROWS_MIN || c.known < sample.rows || !namesThings(c)) return [];
    const distinct = c.counts.reduce((n, count) => n + (count > 0 ? 1 : 0), 0);
    const repeats = c.known - distinct;
    if (c.known < NAMES_ROWS_MIN && !hasDigits(c)) return [];
    if (repeats > 0 && !mayRepeat(c, repeats)) return [];
    if (
      !sample.whole &&
      c.profile?.distinct_count !== null &&
      c.profile !== null &&
      c.profile.records - c.profile.distinct_count > c.profile.records * (serialOf(c) === null ? REPEATS_MAX : SERIAL_REPEATS_MAX)
    )
      return [];
    return [
      {
        rule_type: "unique",
        fields: [c.field.name],
        properties: {},
        coverage: null,
        why:
          repeats === 0
            ? `all ${c.known} values of ${c.field.name} differ`
            : `${distinct} of ${c.known} values of ${c.field.name} differ; ${repeats} repeat another`,
        support: distinct,
        violates: (other) => {
          const { codes, counts } = columnNamed(other, c.field.name)!;
          return (row) => codes[row]! >= 0 && counts[codes[row]!]! > 1;
        },
        exceptionsMax: repeats === 0 ? REPEATS_MAX * 4 : SERIAL_REPEATS_MAX,
      },
    ];
  };

export default inference({
  name: "unique",
  level: 2,
  docs: "Complete columns of whole numbers or short texts in which no value repeats, or (register numbers, at least 400 rows) at most one row in two hundred does, or running numbers in which a few do and are no ties of a ranking.",
  candidates: (sample) => sample.columns.flatMap(keyed(sample)),
});
