import { z } from "zod";
import { gt, lt, or } from "../expr/expr.ts";
import { TEMPORAL_TYPES } from "../model/field.ts";
import { instant, moment } from "./moment.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "betweenTimes",
  title: "Between times",
  docs: "Each date or time lies within a window, ends included. NULL passes.",
  takes: "single",
  appliesTo: TEMPORAL_TYPES,
  properties: z
    .object({
      min_time: moment.describe("start of the window, ISO 8601"),
      max_time: moment.describe("end of the window, ISO 8601, included"),
    })
    .refine((p) => instant(p.min_time).value <= instant(p.max_time).value, {
      path: ["min_time"],
      message: "min_time must not be after max_time",
    }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} lies between ${p.min_time} and ${p.max_time}`,
  violates: ([x], p) => or(lt(x!, instant(p.min_time)), gt(x!, instant(p.max_time))),
  cases: [
    { value: "2031-07-02", type: "Date", with: { min_time: "2031-06-01", max_time: "2031-06-30" }, violates: true },
    { value: "2031-06-30", type: "Date", with: { min_time: "2031-06-01", max_time: "2031-06-30" }, violates: false },
    { value: "2031-06-01", type: "Date", with: { min_time: "2031-06-01", max_time: "2031-06-30" }, violates: false },
    {
      value: "2031-05-31 23:59:59",
      type: "Timestamp",
      with: { min_time: "2031-06-01T00:00:00Z", max_time: "2031-06-30T23:59:59Z" },
      violates: true,
    },
    {
      value: "2031-06-30 23:59:59.5",
      type: "Timestamp",
      with: { min_time: "2031-06-01T00:00:00Z", max_time: "2031-06-30T23:59:59Z" },
      violates: true,
    },
    { value: null, type: "Timestamp", with: { min_time: "2031-06-01", max_time: "2031-06-30" }, violates: false },
  ],
});
