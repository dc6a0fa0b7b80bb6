import { z } from "zod";
import { gt, num, or } from "../expr/expr.ts";
import { NUMERIC_TYPES } from "../model/field.ts";
import { notFinite } from "./finite.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "maxValue",
  title: "Maximum value",
  docs: "Each value is at most a bound; equality passes. NULL passes, NaN and infinities fail.",
  takes: "single",
  appliesTo: NUMERIC_TYPES,
  properties: z.object({ value: z.number().describe("the bound, itself allowed") }),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} is at most ${p.value}`,
  violates: ([x], p) => or(gt(x!, num(p.value)), notFinite(x!)),
  cases: [
    { value: 101, with: { value: 100 }, violates: true },
    { value: 100, with: { value: 100 }, violates: false },
    { value: 99.999, with: { value: 100 }, violates: false },
    { value: 100.001, with: { value: 100 }, violates: true },
    { value: null, type: "Integral", with: { value: 1 }, violates: false },
    { value: NaN, with: { value: 0 }, violates: true },
    { value: -Infinity, with: { value: 0 }, violates: true },
  ],
});
