import { z } from "zod";
import { num, or } from "../expr/expr.ts";
import { NUMERIC_TYPES } from "../model/field.ts";
import { above, NumericComparator } from "./comparators.ts";
import { notFinite } from "./finite.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "lessThan",
  title: "Less than",
  docs: "Each value is less than a bound: strictly, unless inclusive. A numeric comparator adds slack. NULL passes, NaN and infinities fail.",
  takes: "single",
  appliesTo: NUMERIC_TYPES,
  properties: z.object({
    value: z.number().describe("the bound"),
    inclusive: z.boolean().default(false).describe("the bound itself is allowed"),
    numeric_comparator: NumericComparator.optional().describe("how far off the value may be"),
  }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} is less than ${p.inclusive ? "or equal to " : ""}${p.value}`,
  violates: ([x], p) => or(above(x!, num(p.value), p.inclusive, p), notFinite(x!)),
  cases: [
    { value: 0.5, with: { value: 0.5 }, violates: true },
    { value: 0.5, with: { value: 0.5, inclusive: true }, violates: false },
    { value: 0.49, with: { value: 0.5 }, violates: false },
    { value: 11, with: { value: 10, numeric_comparator: { epsilon: 2 } }, violates: false },
    { value: 12, with: { value: 10, numeric_comparator: { epsilon: 2 } }, violates: true },
    { value: null, type: "Integral", with: { value: 1 }, violates: false },
    { value: -Infinity, with: { value: 1 }, violates: true },
  ],
});
