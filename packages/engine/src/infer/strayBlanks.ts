import { inference, wrongValue } from "./candidate.ts";
import { byFrequency, type Column } from "./sample.ts";

const ROWS_MIN = 40;
/** Share of the rows with a stray blank up to which it is a slip; above, fields of fixed width are padded. */
const SHARE_MAX = 0.06;
/** Rows of one such value: one that is always written so is meant, or at least not a slip; and how many times as many it may have without the blank. */
const REPEATS_MAX = 3;
const WITHOUT_MIN = 5;
const PATTERN = "^ | $";

/** Whether a value is always written so, and not a slip of one that is far more frequent. */
const isMeant = (c: Column, codes: ReadonlySet<number>): boolean => {
  const repeated = [...codes].filter((code) => c.counts[code]! > REPEATS_MAX);
  if (repeated.length === 0) return false;
  const rows = new Map(c.values.map((text, code) => [text, c.counts[code]!]));
  return repeated.some((code) => (rows.get(c.values[code]!.trim()) ?? 0) < c.counts[code]! * WITHOUT_MIN);
};

export default inference({
  name: "strayBlanks",
  level: 2,
  docs: "Texts that begin or end with a space, on a few rows of a column that has none otherwise.",
  candidates: (sample) =>
    sample.columns.flatMap((c) => {
      if (c.field.field_type !== "String" || c.known < ROWS_MIN) return [];
      const codes = new Set(byFrequency(c).filter((code) => c.values[code]!.trim() !== "" && /^ | $/.test(c.values[code]!)));
      const rows = [...codes].reduce((n, code) => n + c.counts[code]!, 0);
      if (rows === 0 || rows > c.known * SHARE_MAX || isMeant(c, codes)) return [];
      return [
        {
          rule_type: "notMatchesPattern",
          fields: [c.field.name],
          properties: { pattern: PATTERN },
          coverage: 1,
          why: `${rows} of ${c.known} values of ${c.field.name} begin or end with a space, the others never do`,
          support: c.known - rows,
          violates: wrongValue(c, (code) => codes.has(code)),
          exceptionsMax: SHARE_MAX * 2,
        },
      ];
    }),
});
