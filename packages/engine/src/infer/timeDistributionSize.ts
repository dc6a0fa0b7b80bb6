import { TEMPORAL_TYPES } from "@touchstone/core/model/field";
import { inference, type Candidate } from "./candidate.ts";
import type { Column } from "./sample.ts";

const HOUR_MILLIS = 3_600_000;
const INTERVALS = [
  { name: "Hourly", word: "hour", millis: HOUR_MILLIS },
  { name: "Daily", word: "day", millis: 24 * HOUR_MILLIS },
] as const;
const MONTHS = { name: "Monthly", word: "month" } as const;

/** Intervals a rhythm needs, and rows in each: fewer are no rhythm. */
const INTERVALS_MIN = 24;
const ROWS_EACH_MIN = 5;
/** Largest number of rows of an interval relative to the smallest for the rhythm to be steady. */
const SPREAD_MAX = 3;
/** Room below and above what was seen. */
const ROOM = 2;

const monthOf = (millis: number) => {
  const date = new Date(millis);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/** Rows per interval, the first and the last left out (they may be cut off); null where one in between is empty. */
const rhythm = (c: Column, intervalOf: (millis: number) => number): number[] | null => {
  const counts = new Map<number, number>();
  c.counts.forEach((count, code) => {
    if (count > 0 && Number.isFinite(c.numbers[code]!))
      counts.set(intervalOf(c.numbers[code]!), (counts.get(intervalOf(c.numbers[code]!)) ?? 0) + count);
  });
  const intervals = [...counts.keys()].toSorted((a, b) => a - b);
  if (intervals.length < INTERVALS_MIN || intervals.at(-1)! - intervals[0]! + 1 !== intervals.length) return null;
  return intervals.slice(1, -1).map((interval) => counts.get(interval)!);
};

const steady = (c: Column): Candidate[] => {
  const choices = [...INTERVALS.map((i) => ({ ...i, of: (t: number) => Math.floor(t / i.millis) })), { ...MONTHS, of: monthOf }];
  for (const { name, word, of } of choices) {
    const sizes = rhythm(c, of);
    if (sizes === null) continue;
    const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
    if (least < ROWS_EACH_MIN || most > least * SPREAD_MAX) continue;
    return [
      {
        rule_type: "timeDistributionSize",
        fields: [c.field.name],
        properties: { interval_name: name, min_size: 1, max_size: most * ROOM },
        coverage: null,
        why: `each of ${sizes.length} ${word}s of ${c.field.name} has ${least} to ${most} rows; none is empty`,
        support: c.known,
        violates: () => false,
        exceptionsMax: 0,
      },
    ];
  }
  return [];
};

export default inference({
  name: "timeDistributionSize",
  level: 3,
  docs: "Times in a steady rhythm: every hour, day or month has rows, and about as many. Says that none stays empty and none has twice as many as any before.",
  candidates: (sample) =>
    (sample.rows === sample.records ? sample.columns : []).flatMap((c) => (TEMPORAL_TYPES.includes(c.field.field_type) ? steady(c) : [])),
});
