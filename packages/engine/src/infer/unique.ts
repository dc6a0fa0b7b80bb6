import { inference, type Candidate } from "./candidate.ts";
import { columnNamed, type Column, type Sample } from "./sample.ts";

const ROWS_MIN = 50;
/** Longer texts are descriptions, which differ by accident. */
const LENGTH_MAX = 64;
/** Share of rows that repeat a value up to which a column of register numbers is a key with slips. */
const REPEATS_MAX = 0.005;
const REPEATED_KEY_ROWS_MIN = 400;
/** Rows from which names without digits that all differ are taken for a key; fewer may differ by chance. */
const NAMES_ROWS_MIN = 200;

/** Numbers counted or texts with digits name things; amounts and prose do not. */
const namesThings = (c: Column) => {
  if (c.field.field_type === "Integral") return true;
  if (c.field.field_type !== "String") return false;
  return c.values.every((text, code) => c.counts[code] === 0 || text.length <= LENGTH_MAX);
};

const hasDigits = (c: Column) =>
  c.field.field_type === "Integral" || c.values.every((text, code) => c.counts[code] === 0 || /[0-9]/.test(text));

const keyed =
  (sample: Sample) =>
  (c: Column): Candidate[] => {
    if (c.known < ROWS_MIN || c.known < sample.rows || !namesThings(c)) return [];
    const distinct = c.counts.reduce((n, count) => n + (count > 0 ? 1 : 0), 0);
    const repeats = c.known - distinct;
    if (c.known < NAMES_ROWS_MIN && !hasDigits(c)) return [];
    if (repeats > 0 && (!hasDigits(c) || c.known < REPEATED_KEY_ROWS_MIN || repeats > c.known * REPEATS_MAX)) return [];
    if (
      !sample.whole &&
      c.profile?.distinct_count !== null &&
      c.profile !== null &&
      c.profile.records - c.profile.distinct_count > c.profile.records * REPEATS_MAX
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
        violates: (other, row) => {
          const column = columnNamed(other, c.field.name)!;
          return column.codes[row]! >= 0 && column.counts[column.codes[row]!]! > 1;
        },
        exceptionsMax: REPEATS_MAX * 4,
      },
    ];
  };

export default inference({
  name: "unique",
  level: 2,
  docs: "Complete columns of whole numbers or short texts in which no value repeats, or (register numbers, at least 400 rows) at most one row in two hundred does.",
  candidates: (sample) => sample.columns.flatMap(keyed(sample)),
});
