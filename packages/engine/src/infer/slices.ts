/**
 * Earlier loads, as far as one table can tell: its rows in the order in which they are stored, cut into equal slices. What a check
 * would have done on them is what may be expected of it on the next ones.
 */
import { TEMPORAL_TYPES } from "@touchstone/core/model/field";
import { sortedNumbers } from "./numbers.ts";
import type { Column, Sample } from "./sample.ts";
import { quantileOf } from "./statistics.ts";

/** Enough to tell one alert in ten loads from none; more would be slices of a few rows. */
const SLICES_MOST = 10;
/** Held-out rows a slice needs to say anything. */
const HELD_OUT_ROWS_MIN = 6;

const DAY_MILLIS = 86_400_000;
const MONTH_DAYS = 365.25 / 12;
/** Loads a month where no field tells when rows came: one a day. */
const LOADS_A_MONTH = 30;
/** Share of neighbouring rows that must be in order for a field to tell when rows came, of rows that have it, and days it must span. */
const ORDERED_MIN = 0.98;
const KNOWN_MIN = 0.9;
const SPAN_DAYS_MIN = 10;
/** Ends of the span: a few default dates (1900, 9999) must not stretch it. */
const ENDS = [0.01, 0.99] as const;

export type Slices = {
  count: number;
  /** Rows of the sample in each. */
  rows: number;
  /** Slices that come in a month. */
  perMonth: number;
  /** What that rests on, in words. */
  pace: string;
};

/** Share of neighbouring values that do not fall (or do not rise, in a table that shows the newest first). */
const orderedShare = (c: Column): number => {
  let [rising, falling, pairs] = [0, 0, 0];
  let before = NaN;
  for (const code of c.codes) {
    const now = code < 0 ? NaN : c.numbers[code]!;
    if (Number.isNaN(now)) continue;
    if (!Number.isNaN(before)) {
      pairs++;
      if (now >= before) rising++;
      if (now <= before) falling++;
    }
    before = now;
  }
  return pairs === 0 ? 0 : Math.max(rising, falling) / pairs;
};

const spanDays = (c: Column): number => {
  const sorted = sortedNumbers(c);
  const [first, last] = ENDS.map((end) => quantileOf(sorted, end)) as [number, number];
  return (last - first) / (ENDS[1] - ENDS[0]) / DAY_MILLIS;
};

/** The field that tells when rows came, and the days it spans. */
const clock = (sample: Sample): { name: string; days: number } | null => {
  for (const c of sample.columns) {
    if (!TEMPORAL_TYPES.includes(c.field.field_type) || c.known < sample.rows * KNOWN_MIN) continue;
    const days = spanDays(c);
    if (days >= SPAN_DAYS_MIN && orderedShare(c) >= ORDERED_MIN) return { name: c.field.name, days };
  }
  return null;
};

/** Slices of a sample of which `heldOut` rows were held out; null where they would be too small to tell anything. */
export const slicesOf = (sample: Sample, heldOut: number): Slices | null => {
  const count = Math.min(SLICES_MOST, Math.floor(heldOut / HELD_OUT_ROWS_MIN));
  if (count < 2) return null;
  const rows = Math.round(sample.rows / count);
  const known = clock(sample);
  if (known === null) return { count, rows, perMonth: LOADS_A_MONTH, pace: "at one such load a day" };
  return { count, rows, perMonth: (count * MONTH_DAYS) / known.days, pace: `at the pace of ${known.name}` };
};
