/**
 * Ranges that quantities have by nature, for columns whose name says that they hold one and whose values agree: a latitude of
 * 95 degrees or a 13th month lies near to the others and is impossible all the same.
 */
import type { Column } from "./sample.ts";
import { quantileOf } from "./statistics.ts";

export type NamedRange = {
  what: string;
  low: number;
  high: number;
};

type Known = NamedRange & {
  name: RegExp;
  /** Whether only whole numbers are such values. */
  whole: boolean;
  /** Share of the range that the middle nine tenths of the values must span: names are short, and `hour` may count hours. */
  spanMin: number;
};

const word = (words: string) => new RegExp(`(^|[^a-z])(${words})($|[^a-z])`, "i");

const KNOWN: readonly Known[] = [
  { what: "a latitude", low: -90, high: 90, name: word("lat|latitude"), whole: false, spanMin: 0 },
  { what: "a longitude", low: -180, high: 180, name: word("lon|lng|longitude"), whole: false, spanMin: 0 },
  { what: "a month", low: 1, high: 12, name: word("month|mon|month_no|month_of_year"), whole: true, spanMin: 0.7 },
  { what: "an hour", low: 0, high: 23, name: word("hour|hour_of_day|hr"), whole: true, spanMin: 0.5 },
  { what: "a minute", low: 0, high: 59, name: word("minute"), whole: true, spanMin: 0.8 },
  { what: "a day of the month", low: 1, high: 31, name: word("day|day_of_month|mday"), whole: true, spanMin: 0.8 },
  { what: "an age", low: 0, high: 120, name: word("age"), whole: false, spanMin: 0.15 },
  { what: "a percentage", low: 0, high: 100, name: word("pct|percent|percentage"), whole: false, spanMin: 0.2 },
];

/** Share of the values outside up to which they are slips. */
const OUTSIDE_MAX = 0.03;
/** Room for rounding where values are no whole numbers: shares may add up to 100.1. */
const SLACK = 0.005;

const fits = (known: Known, sorted: Float64Array): boolean => {
  const outside = sorted.filter((x) => x < known.low || x > known.high);
  if (outside.length > sorted.length * OUTSIDE_MAX) return false;
  if (known.whole && !sorted.every((x) => Number.isInteger(x) || x < known.low || x > known.high)) return false;
  const span = quantileOf(sorted, 0.95) - quantileOf(sorted, 0.05);
  return span >= (known.high - known.low) * known.spanMin && span > 0;
};

/** The range that the name and the values of a column agree on; null when they say nothing. */
export const namedRange = (c: Column, sorted: Float64Array): NamedRange | null => {
  const known = KNOWN.find((each) => each.name.test(c.field.name.replaceAll(/([a-z])([A-Z])/g, "$1_$2")) && fits(each, sorted));
  if (known === undefined) return null;
  const slack = known.whole ? 0 : (known.high - known.low) * SLACK;
  return { what: known.what, low: known.low === 0 ? 0 : known.low - slack, high: known.high + slack };
};
