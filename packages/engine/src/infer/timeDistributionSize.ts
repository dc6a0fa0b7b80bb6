/**
 * The rhythm of a column of times: about as many rows in every hour, day, week or month. A rhythm is steady when nearly all intervals are alike; then one
 * that is empty in between, or holds about twice as many rows as any other, is a load that was missed or done twice.
 *
 * The first and the last interval may be cut off, so that no interval is too small unless it is empty. Where the intervals
 * differ by themselves (shops on Sundays, sales in December) nothing is said.
 */
import { TEMPORAL_TYPES } from "@touchstone/core/model/field";
import { inference, type Candidate } from "./candidate.ts";
import type { Level } from "./level.ts";
import type { Column } from "./sample.ts";
import { quantileOf } from "./statistics.ts";

const HOUR_MILLIS = 3_600_000;
const DAY_MILLIS = 24 * HOUR_MILLIS;
/** 1970 began on a Thursday, weeks begin on Monday. */
const THURSDAY = 3;

const monthOf = (millis: number) => {
  const date = new Date(millis);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

const INTERVALS: readonly { name: string; word: string; of: (millis: number) => number }[] = [
  { name: "Hourly", word: "hour", of: (t) => Math.floor(t / HOUR_MILLIS) },
  { name: "Daily", word: "day", of: (t) => Math.floor(t / DAY_MILLIS) },
  { name: "Weekly", word: "week", of: (t) => Math.floor((Math.floor(t / DAY_MILLIS) + THURSDAY) / 7) },
  { name: "Monthly", word: "month", of: monthOf },
];

/** Intervals a rhythm needs, and rows in each: fewer are no rhythm. */
const INTERVALS_MIN = 24;
const ROWS_EACH_MIN = 5;
const ROWS_EACH_STRONG = 10;
/** Largest number of rows of an interval relative to the smallest for the rhythm to be steady. */
const SPREAD_MAX = 3;
const SPREAD_STRONG = 2.2;
/** Room above what was seen. */
const ROOM = 2;
const ROOM_STRONG = 1.25;
/** Share of the intervals that may be out of the rhythm, and rows relative to the median from which one holds a load twice. */
const EXCEPTIONS_MAX = 0.03;
const TWICE_MIN = 1.75;
/** Intervals from the first to the last beyond which they are not counted one by one. */
const SPAN_MAX = 200_000;

/** Rows per interval from the first to the last, which are left out as they may be cut off; null where there are too few. */
const rhythm = (c: Column, intervalOf: (millis: number) => number): number[] | null => {
  const counts = new Map<number, number>();
  c.counts.forEach((count, code) => {
    if (count === 0 || !Number.isFinite(c.numbers[code]!)) return;
    const interval = intervalOf(c.numbers[code]!);
    counts.set(interval, (counts.get(interval) ?? 0) + count);
  });
  let [first, last] = [Infinity, -Infinity];
  for (const interval of counts.keys()) [first, last] = [Math.min(first, interval), Math.max(last, interval)];
  const span = last - first + 1;
  if (counts.size < INTERVALS_MIN || span > SPAN_MAX || span > counts.size * (1 + EXCEPTIONS_MAX) + 1) return null;
  return Array.from({ length: span - 2 }, (_, i) => counts.get(first + 1 + i) ?? 0);
};

type Rhythm = { usual: number[]; empty: number; twice: number };

/** The intervals in the rhythm, and those out of it; null when too many are. */
const divided = (sizes: readonly number[]): Rhythm | null => {
  const median = quantileOf(
    sizes.toSorted((a, b) => a - b),
    0.5,
  );
  const usual = sizes.filter((n) => n > 0 && n < median * TWICE_MIN);
  const empty = sizes.filter((n) => n === 0).length;
  const twice = sizes.length - usual.length - empty;
  return empty + twice > Math.max(1, sizes.length * EXCEPTIONS_MAX) ? null : { usual, empty, twice };
};

const candidateOf = (
  c: Column,
  { name, word }: (typeof INTERVALS)[number],
  sizes: readonly number[],
  max: number,
  level: Level,
): Candidate => {
  const { usual, empty, twice } = divided(sizes) ?? { usual: sizes, empty: 0, twice: 0 };
  const rest = [
    empty > 0 ? `${empty} in between ${empty === 1 ? "is" : "are"} empty` : "",
    twice > 0 ? `${twice} ${twice === 1 ? "has" : "have"} about twice as many` : "",
  ];
  const words = rest.filter((text) => text !== "").join(", ");
  return {
    rule_type: "timeDistributionSize",
    fields: [c.field.name],
    properties: { interval_name: name, min_size: 1, max_size: max },
    coverage: null,
    level,
    why: `each of ${usual.length} ${word}s of ${c.field.name} has ${Math.min(...usual)} to ${Math.max(...usual)} rows; ${words === "" ? "none is empty" : words}`,
    support: c.known,
    violates: () => () => false,
    exceptionsMax: 0,
  };
};

const steady = (c: Column): Candidate[] => {
  for (const interval of INTERVALS) {
    const sizes = rhythm(c, interval.of);
    if (sizes === null) continue;
    const found = divided(sizes);
    if (found !== null) {
      const [least, most] = [Math.min(...found.usual), Math.max(...found.usual)];
      if (least >= ROWS_EACH_STRONG && most <= least * SPREAD_STRONG)
        return [candidateOf(c, interval, sizes, Math.ceil(most * ROOM_STRONG), 2)];
    }
    const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
    if (least >= ROWS_EACH_MIN && most <= least * SPREAD_MAX) return [candidateOf(c, interval, sizes, most * ROOM, 3)];
  }
  return [];
};

export default inference({
  name: "timeDistributionSize",
  level: 2,
  docs:
    "Times in a steady rhythm: every hour, day, week or month has rows, and about as many. Says that none stays empty and none has about twice as many as any other; at level 2 where the " +
    "largest has about twice the rows of the smallest at most, at level 3 where it has up to three times.",
  candidates: (sample) =>
    (sample.rows === sample.records ? sample.columns : []).flatMap((c) => (TEMPORAL_TYPES.includes(c.field.field_type) ? steady(c) : [])),
});
