import { z } from "zod";
import { lt, num, or } from "../expr/expr.ts";
import { NUMERIC_TYPES } from "../model/field.ts";
import { notFinite } from "./finite.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "minValue",
  title: "Minimum value",
  docs: "Each value is at least a bound; equality passes. NULL passes, NaN and infinities fail.",
  takes: "single",
  appliesTo: NUMERIC_TYPES,
  properties: z.object({ value: z.number().describe("the bound, itself allowed") }),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} is at least ${p.value}`,
  violates: ([x], p) => or(lt(x!, num(p.value)), notFinite(x!)),
  cases: [
    { value: 17, with: { value: 18 }, violates: true },
    { value: 18, with: { value: 18 }, violates: false },
    { value: 18.5, with: { value: 18 }, violates: false },
    { value: -0.5, with: { value: 0 }, violates: true },
    { value: null, type: "Integral", with: { value: 18 }, violates: false },
    { value: null, type: "Fractional", with: { value: 18 }, null_policy: "fail", violates: true },
    { value: NaN, with: { value: 0 }, violates: true },
    { value: Infinity, with: { value: 0 }, violates: true },
  ],
});
