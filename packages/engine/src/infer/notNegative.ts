import { inference, wrongValue, type Candidate } from "./candidate.ts";
import { sortedNumbers } from "./numbers.ts";
import type { Column, Sample } from "./sample.ts";
import { wilsonUpper } from "./statistics.ts";

const ROWS_MIN = 50;
/** Share of negative values up to which they are slips of a quantity that cannot be negative (upper end of the interval). */
const SLIPS_MAX = 0.006;

const counted = (c: Column): Candidate[] => {
  if (c.field.field_type !== "Integral" && c.field.field_type !== "Fractional") return [];
  const sorted = sortedNumbers(c);
  if (c.known - sorted.length > c.known * SLIPS_MAX) return [];
  const negative = sorted.findIndex((x) => x >= 0);
  if (sorted.length < ROWS_MIN || negative < 0 || (negative > 0 && wilsonUpper(negative, sorted.length) > SLIPS_MAX)) return [];
  if (negative > 0 && !isLoneSign(sorted, negative)) return [];
  return [
    {
      rule_type: "notNegative",
      fields: [c.field.name],
      properties: {},
      coverage: 1,
      why:
        negative === 0
          ? `none of ${sorted.length} values of ${c.field.name} is negative`
          : `${negative} of ${sorted.length} values of ${c.field.name} are negative, too few for a sign that means something`,
      support: sorted.length - negative,
      violates: wrongValue(c, (code) => c.numbers[code]! < 0),
      exceptionsMax: SLIPS_MAX * 2,
    },
  ];
};

/** A quantity whose bulk is well above zero does not reach below it by its spread: temperatures near freezing do. */
const isLoneSign = (sorted: Float64Array, negative: number) => {
  const first = sorted[negative]!;
  const tenth = sorted[Math.floor(sorted.length * 0.1)]!;
  return sorted[negative - 1]! < -Math.max(tenth, first) / 2;
};

export default inference({
  name: "notNegative",
  level: 1,
  docs: "Numbers that are never negative, or so seldom that the sign is a slip.",
  candidates: (sample: Sample) => sample.columns.flatMap(counted),
});
