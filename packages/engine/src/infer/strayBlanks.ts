import { inference } from "./candidate.ts";
import { byFrequency, columnNamed } from "./sample.ts";

const ROWS_MIN = 40;
/** Share of the rows with a stray blank up to which it is a slip; above, fields of fixed width are padded. */
const SHARE_MAX = 0.03;
/** Rows of one such value: one that is always written so is meant, or at least not a slip. */
const REPEATS_MAX = 3;
const PATTERN = "^ | $";

export default inference({
  name: "strayBlanks",
  level: 2,
  docs: "Texts that begin or end with a space, on a few rows of a column that has none otherwise.",
  candidates: (sample) =>
    sample.columns.flatMap((c) => {
      if (c.field.field_type !== "String" || c.known < ROWS_MIN) return [];
      const codes = new Set(byFrequency(c).filter((code) => c.values[code]!.trim() !== "" && /^ | $/.test(c.values[code]!)));
      const rows = [...codes].reduce((n, code) => n + c.counts[code]!, 0);
      if ([...codes].some((code) => c.counts[code]! > REPEATS_MAX)) return [];
      if (rows === 0 || rows > c.known * SHARE_MAX) return [];
      return [
        {
          rule_type: "notMatchesPattern",
          fields: [c.field.name],
          properties: { pattern: PATTERN },
          coverage: 1,
          why: `${rows} of ${c.known} values of ${c.field.name} begin or end with a space, the others never do`,
          support: c.known - rows,
          violates: (other, row) => codes.has(columnNamed(other, c.field.name)!.codes[row]!),
          exceptionsMax: SHARE_MAX * 2,
        },
      ];
    }),
});
