import { inference, missingValue, type Candidate } from "./candidate.ts";
import type { Column, Sample } from "./sample.ts";

const ROWS_MIN = 50;
/** Rows on which both would be missing if they were missing independently: below this their never coinciding says nothing. */
const EXPECTED_MIN = 8;
/** Columns compared pair by pair. */
const COLUMNS_MAX = 60;

const alternates = (sample: Sample, a: Column, b: Column): Candidate[] => {
  const [missingA, missingB] = [sample.rows - a.known, sample.rows - b.known];
  if ((missingA * missingB) / sample.rows < EXPECTED_MIN) return [];
  for (let row = 0; row < sample.rows; row++) if (a.codes[row]! < 0 && b.codes[row]! < 0) return [];
  return [
    {
      rule_type: "anyNotNull",
      fields: [a.field.name, b.field.name],
      properties: {},
      coverage: 1,
      why: `${a.field.name} is missing on ${missingA} and ${b.field.name} on ${missingB} of ${sample.rows} rows, never both`,
      support: sample.rows,
      violates: (other) => {
        const [lacksA, lacksB] = [missingValue(a)(other), missingValue(b)(other)];
        return (row) => lacksA(row) && lacksB(row);
      },
      exceptionsMax: 0,
    },
  ];
};

export default inference({
  name: "anyNotNull",
  level: 1,
  docs: "Two fields that are each missing often, and never together, though chance would have made them so on several rows.",
  candidates: (sample) => {
    if (sample.rows < ROWS_MIN) return [];
    const gappy = sample.columns.filter((c) => c.known < sample.rows && c.known > 0).slice(0, COLUMNS_MAX);
    return gappy.flatMap((a, i) => gappy.slice(i + 1).flatMap((b) => alternates(sample, a, b)));
  },
});
