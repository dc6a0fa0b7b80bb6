import { inference, wrongValue, type Candidate } from "./candidate.ts";
import { sortedNumbers } from "./numbers.ts";
import type { Column } from "./sample.ts";
import { differ, quantileOf } from "./statistics.ts";

const ROWS_MIN = 100;
const DISTINCT_MIN = 20;

const bounded = (c: Column): Candidate[] => {
  if (c.field.field_type !== "Integral" && c.field.field_type !== "Fractional") return [];
  const sorted = sortedNumbers(c);
  if (sorted.length < ROWS_MIN || !differ(sorted, DISTINCT_MIN)) return [];
  const [min, max, median] = [sorted[0]!, sorted.at(-1)!, quantileOf(sorted, 0.5)];
  const limit = [1, 100].find(
    (bound) => min >= 0 && max <= bound && max >= bound * 0.8 && (bound > 1 || c.field.field_type === "Fractional"),
  );
  const upper: Candidate[] =
    limit === undefined
      ? []
      : [
          {
            rule_type: "lessThan",
            fields: [c.field.name],
            properties: { value: limit, inclusive: true },
            coverage: 1,
            why: `${c.field.name} reaches ${max} and never more than ${limit}, as a share does`,
            support: sorted.length,
            violates: wrongValue(c, (code) => c.numbers[code]! > limit),
            exceptionsMax: 0,
          },
        ];
  if (min <= 0 || min > median / 10) return upper;
  return [
    ...upper,
    {
      rule_type: "greaterThan",
      fields: [c.field.name],
      properties: { value: 0, inclusive: false },
      coverage: 1,
      why: `${c.field.name} comes as near to zero as ${min} and never reaches it, on ${sorted.length} rows`,
      support: sorted.length,
      violates: wrongValue(c, (code) => c.numbers[code]! <= 0),
      exceptionsMax: 0,
    },
  ];
};

export default inference({
  name: "naturalBounds",
  level: 3,
  docs: "greaterThan and lessThan: numbers that come near to zero, one or a hundred and never pass it.",
  candidates: (sample) => sample.columns.flatMap(bounded),
});
