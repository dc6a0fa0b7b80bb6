import { inference, wrongValue, type Candidate } from "./candidate.ts";
import { sortedNumbers } from "./numbers.ts";
import type { Sample } from "./sample.ts";
import { countAbove } from "./statistics.ts";
import { TEMPORAL_TYPES } from "@touchstone/core/model/field";

const ROWS_MIN = 30;
const SLIPS_MAX = 0.005;

export default inference({
  name: "notFuture",
  level: 1,
  docs: "Dates and times that lie before the moment of looking, all but a few slips. Plans and expiry dates have many in the future and are left alone.",
  candidates: (sample: Sample): Candidate[] =>
    sample.columns.flatMap((c) => {
      if (!TEMPORAL_TYPES.includes(c.field.field_type)) return [];
      const sorted = sortedNumbers(c);
      const now = Date.parse(sample.now);
      const future = countAbove(sorted, now);
      if (sorted.length < ROWS_MIN || future > Math.min(3, sorted.length * SLIPS_MAX)) return [];
      return [
        {
          rule_type: "notFuture",
          fields: [c.field.name],
          properties: {},
          coverage: 1,
          why:
            future === 0
              ? `none of ${sorted.length} values of ${c.field.name} lies in the future`
              : `${future} of ${sorted.length} values of ${c.field.name} lie in the future`,
          support: sorted.length - future,
          violates: wrongValue(c, (code) => c.numbers[code]! > now),
          exceptionsMax: SLIPS_MAX * 2,
        },
      ];
    }),
});
