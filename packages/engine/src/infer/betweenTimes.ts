import { TEMPORAL_TYPES } from "@touchstone/core/model/field";
import { sortedNumbers } from "./numbers.ts";
import { inference, outOf, wrongValue, type Candidate } from "./candidate.ts";
import { fenceOf } from "./fence.ts";
import type { Column } from "./sample.ts";
import { countAbove, countBelow, differ } from "./statistics.ts";

const ROWS_MIN = 30;
const DISTINCT_MIN = 10;
const OUTSIDE_MAX = 0.07;

/** `YYYY-MM-DD` of milliseconds since 1970. */
const dayOf = (millis: number) => new Date(millis).toISOString().slice(0, 10);
const DAY_MILLIS = 86_400_000;
const FIRST = Date.parse("0001-01-01T00:00:00Z");
const LAST = Date.parse("9999-12-31T00:00:00Z");

const dated = (c: Column): Candidate[] => {
  if (!TEMPORAL_TYPES.includes(c.field.field_type)) return [];
  const sorted = sortedNumbers(c);
  if (sorted.length < ROWS_MIN || !differ(sorted, DISTINCT_MIN)) return [];
  const fence = fenceOf(sorted.map((t) => t - sorted[0]! + 1));
  if (fence === null || fence.below + fence.above > sorted.length * OUTSIDE_MAX) return [];
  const shift = sorted[0]! - 1;
  const low = Math.max(FIRST, Math.floor((fence.low + shift) / DAY_MILLIS) * DAY_MILLIS);
  const high = Math.min(LAST, Math.ceil((fence.high + shift) / DAY_MILLIS) * DAY_MILLIS);
  const outside = countBelow(sorted, low) + countAbove(sorted, high);
  return [
    {
      rule_type: "betweenTimes",
      fields: [c.field.name],
      properties: { min_time: dayOf(low), max_time: dayOf(high) },
      coverage: 1,
      why:
        `${outOf(sorted.length - outside, sorted.length)} values of ${c.field.name} lie between ${dayOf(fence.min + shift)} and ${dayOf(fence.max + shift)}` +
        (outside === 0
          ? "; the bounds leave room of half that distance from the median"
          : `; the other ${outside} stand apart from them by a wide gap`),
      support: sorted.length - outside,
      violates: wrongValue(c, (code) => c.numbers[code]! < low || c.numbers[code]! > high),
      exceptionsMax: OUTSIDE_MAX * 2,
    },
  ];
};

export default inference({
  name: "betweenTimes",
  level: 2,
  docs: "Dates and times lie within fences around their bulk; those outside are far away and separated from it by empty time, as default dates (1900, 9999) and slips of the year are.",
  candidates: (sample) => sample.columns.flatMap(dated),
});
