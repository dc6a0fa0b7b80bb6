import { z } from "zod";
import { num, or } from "../expr/expr.ts";
import { NUMERIC_TYPES } from "../model/field.ts";
import { NumericComparator, numbersDiffer } from "./comparators.ts";
import { notFinite } from "./finite.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "equalTo",
  title: "Equal to",
  docs: "Each selected field equals a value, within a comparator when one is given. NULL passes, NaN and infinities fail.",
  takes: "multi",
  appliesTo: NUMERIC_TYPES,
  properties: z.object({
    value: z.number().describe("the value"),
    numeric_comparator: NumericComparator.optional().describe("how far off the value may be"),
  }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: (fields, p) => `${fields.join(", ")} equal${fields.length > 1 ? "" : "s"} ${p.value}`,
  violates: (fields, p) => or(...fields.map((x) => or(numbersDiffer(x, num(p.value), p.numeric_comparator), notFinite(x)))),
  cases: [
    { value: 100, with: { value: 100 }, violates: false },
    { value: 100.7, with: { value: 100, numeric_comparator: { epsilon: 0.5 } }, violates: true },
    { value: 100.5, with: { value: 100, numeric_comparator: { epsilon: 0.5 } }, violates: false },
    { value: 99, with: { value: 100, numeric_comparator: { epsilon: 0.02, as_absolute: false } }, violates: false },
    { value: 90, with: { value: 100, numeric_comparator: { epsilon: 0.02, as_absolute: false } }, violates: true },
    { name: "a difference of epsilon", value: 10.05, with: { value: 10, numeric_comparator: { epsilon: 0.05 } }, violates: false },
    { row: { a: 1, b: 2 }, with: { value: 1 }, violates: true },
    { row: { a: 1, b: null }, types: { b: "Integral" }, with: { value: 1 }, violates: false },
    { value: null, type: "Integral", with: { value: 1 }, violates: false },
    { value: NaN, with: { value: 1 }, violates: true },
  ],
});
