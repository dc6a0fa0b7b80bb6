import { DATE_FORMATS, ISO_DATE, ISO_TIME, isDate, looksLikeDate, type DateFormat } from "./calendar.ts";
import { inference, outOf, wrongValue, type Candidate } from "./candidate.ts";
import { byFrequency, type Column, type Sample } from "./sample.ts";

const ROWS_MIN = 20;
/** Days that differ, before a format is one: a single one is a label. */
const DAYS_MIN = 5;
/** Share of the rows in the one format; where a second has more than the rest, both are in use and neither is wrong. */
const SHARE_MIN = 0.9;
/** Rows of one word from which it is a habit ("open", "present") and no slip. */
const WORD_SHARE_MAX = 0.02;
const WORD_ROWS_MIN = 2;

/** Cells read by spreadsheet and standard alike: `2024-02-30` has the format, and is no day. */
const ruleOf = (format: DateFormat): Pick<Candidate, "rule_type" | "properties"> => {
  if (format === ISO_DATE) return { rule_type: "isIsoDate", properties: {} };
  if (format === ISO_TIME) return { rule_type: "isIsoDate", properties: { with_time: true } };
  return { rule_type: "matchesPattern", properties: { pattern: format.pattern } };
};

/** A format, the codes that are days written in it, and their rows. */
type Dated = { format: DateFormat; good: ReadonlySet<number>; rows: number };

/** Values looked at before a column is taken for something else. */
const LOOKED_AT = 40;

/** The format with the most rows; of formats that read the same texts the first. */
const dominant = (c: Column, codes: readonly number[]): Dated | null => {
  if (!codes.slice(0, LOOKED_AT).some((code) => looksLikeDate(c.values[code]!))) return null;
  let best: Dated | null = null;
  for (const format of DATE_FORMATS) {
    const good = new Set(codes.filter((code) => isDate(format, c.values[code]!)));
    const rows = [...good].reduce((n, code) => n + c.counts[code]!, 0);
    if (rows > (best?.rows ?? 0)) best = { format, good, rows };
  }
  return best;
};

const known = new WeakMap<Column, Dated | null>();

/** The format of nearly all values of a column of text; null when they are no dates, or written in several ways. */
export const datedText = (c: Column): Dated | null => {
  const before = known.get(c);
  if (before !== undefined) return before;
  const found = c.field.field_type === "String" && c.known >= ROWS_MIN ? dominant(c, byFrequency(c)) : null;
  const answer = found !== null && found.good.size >= DAYS_MIN && found.rows >= c.known * SHARE_MIN ? found : null;
  known.set(c, answer);
  return answer;
};

const formatted = (c: Column): Candidate[] => {
  const found = datedText(c);
  if (found === null) return [];
  const { format, good, rows } = found;
  const codes = byFrequency(c);
  const isHabit = codes.some(
    (code) => !good.has(code) && !/[0-9]/.test(c.values[code]!) && c.counts[code]! > Math.max(WORD_ROWS_MIN, c.known * WORD_SHARE_MAX),
  );
  if (isHabit) return [];
  const { pattern } = format;
  const isWrong =
    ruleOf(format).rule_type === "isIsoDate" ? (text: string) => !isDate(format, text) : (text: string) => !new RegExp(pattern).test(text);
  return [
    {
      ...ruleOf(format),
      fields: [c.field.name],
      coverage: 1,
      why: `${outOf(rows, c.known)} values of ${c.field.name} are days written ${format.name}${rows === c.known ? "" : `; the other ${c.known - rows} are written otherwise, or no days of the calendar`}`,
      support: rows,
      violates: wrongValue(c, (code) => isWrong(c.values[code]!)),
      exceptionsMax: (1 - SHARE_MIN) * 1.5,
    },
  ];
};

export default inference({
  name: "dateFormat",
  level: 2,
  docs:
    "Text that is a date in one format on nine rows of ten: those in another format are read as another day or as none, and 30 February is none in any. A second format on more than a " +
    "tenth of the rows is in use, and a word on several rows (open, present) is an answer.",
  candidates: (sample: Sample) => sample.columns.flatMap(formatted),
});
