import { z } from "zod";
import { aggregate, bool, countIf, countRows, gt, lt, num, or } from "../expr/expr.ts";
import { TEMPORAL_TYPES } from "../model/field.ts";
import { between } from "./bounds.ts";
import { keyOf, rowsOf } from "./groups.ts";
import { numberOf } from "./measured.ts";
import { datasetRule, fails, holds } from "./rule.ts";

const INTERVALS = {
  Yearly: { unit: "year", word: "year" },
  Quarterly: { unit: "quarter", word: "quarter" },
  Monthly: { unit: "month", word: "month" },
  Weekly: { unit: "week", word: "week" },
  Daily: { unit: "day", word: "day" },
  Hourly: { unit: "hour", word: "hour" },
} as const;

const MONTHS = { Yearly: 12, Quarterly: 3, Monthly: 1 } as const;
const MILLIS = { Weekly: 604_800_000, Daily: 86_400_000, Hourly: 3_600_000 } as const;

/** Intervals from the start of the first to the start of the last, both counted. */
const intervalsBetween = (first: string, last: string, name: keyof typeof INTERVALS): number => {
  const [from, to] = [first, last].map((text) => new Date(`${text.slice(0, 10)}T${text.slice(11, 19) || "00:00:00"}Z`));
  if (name === "Weekly" || name === "Daily" || name === "Hourly") return Math.round((to!.getTime() - from!.getTime()) / MILLIS[name]) + 1;
  const months = (to!.getUTCFullYear() - from!.getUTCFullYear()) * 12 + to!.getUTCMonth() - from!.getUTCMonth();
  return Math.round(months / MONTHS[name]) + 1;
};

export default datasetRule({
  type: "timeDistributionSize",
  title: "Time distribution size",
  docs: "The number of rows in each interval of time lies within bounds. Intervals without any row between the first and the last count with zero rows; rows without a time fall in no interval.",
  takes: "single",
  appliesTo: TEMPORAL_TYPES,
  properties: z.object({
    interval_name: z
      .enum(["Yearly", "Quarterly", "Monthly", "Weekly", "Daily", "Hourly"])
      .default("Daily")
      .describe("length of an interval; weeks begin on Monday"),
    min_size: z.number().int().min(0).default(0).describe("least number of rows"),
    max_size: z.number().int().min(0).nullish().describe("greatest number of rows"),
  }),
  weight: 3,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: ([field], p) => `each ${INTERVALS[p.interval_name].word} of ${field} has ${between(p.min_size, p.max_size)} records`,
  plan: ([x], p) => {
    const tooMany = p.max_size == null ? bool(false) : gt(rowsOf, num(p.max_size));
    const wrong = or(lt(rowsOf, num(p.min_size)), tooMany);
    return {
      kind: "groups",
      by: [{ kind: "dateTrunc", unit: INTERVALS[p.interval_name].unit, operand: x! }],
      dropNulls: true,
      metrics: {
        segments: countRows(),
        wrong: countIf(wrong),
        first: aggregate("min", keyOf(0, "Timestamp")),
        last: aggregate("max", keyOf(0, "Timestamp")),
      },
      judge: ({ segments, wrong: outside, first, last }) => {
        const found = numberOf(segments) ?? 0;
        if (found === 0) return holds();
        const expected = intervalsBetween(String(first), String(last), p.interval_name);
        const bad = (numberOf(outside) ?? 0) + (p.min_size > 0 ? expected - found : 0);
        return bad === 0 ? holds(expected) : fails(`${bad} of ${expected} intervals have another number of records`, bad, expected);
      },
      offending: wrong,
    };
  },
  cases: [
    {
      rows: [{ x: "2031-07-01" }, { x: "2031-07-01" }, { x: "2031-07-02" }, { x: "2031-07-02" }],
      types: { x: "Date" },
      with: { interval_name: "Daily", min_size: 2, max_size: 2 },
      outcome: "passed",
    },
    {
      rows: [{ x: "2031-07-01" }, { x: "2031-07-02" }, { x: "2031-07-02" }],
      types: { x: "Date" },
      with: { interval_name: "Daily", min_size: 2 },
      outcome: "failed",
    },
    {
      rows: [{ x: "2031-07-01" }, { x: "2031-07-03" }],
      types: { x: "Date" },
      with: { interval_name: "Daily", min_size: 1 },
      outcome: "failed",
    },
    {
      rows: [{ x: "2031-07-01" }, { x: "2031-07-03" }],
      types: { x: "Date" },
      with: { interval_name: "Daily", max_size: 1 },
      outcome: "passed",
    },
    {
      rows: [{ x: "2031-01-31 23:00:00" }, { x: "2031-02-01 01:00:00" }],
      types: { x: "Timestamp" },
      with: { interval_name: "Monthly", min_size: 1, max_size: 1 },
      outcome: "passed",
    },
    {
      rows: [{ x: "2030-12-30" }, { x: "2031-01-05" }],
      types: { x: "Date" },
      with: { interval_name: "Weekly", min_size: 2 },
      outcome: "passed",
    },
    {
      rows: [{ x: "2031-01-01 00:10:00" }, { x: "2031-01-01 02:10:00" }],
      types: { x: "Timestamp" },
      with: { interval_name: "Hourly", min_size: 1 },
      outcome: "failed",
    },
    { rows: [{ x: null }], types: { x: "Date" }, with: { min_size: 5 }, outcome: "passed" },
    { rows: [], types: { x: "Timestamp" }, with: { min_size: 5 }, outcome: "passed" },
  ],
});
