import { z } from "zod";
import { NUMERIC_TYPES, TEMPORAL_TYPES } from "../model/field.ts";
import { below, comparators, orNotFinite } from "./comparators.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "greaterThanField",
  title: "Greater than field",
  docs: "The field is greater than another field of the same row: strictly, unless inclusive. Both are numbers or both are dates and times; a comparator adds slack. NULL on either side passes; NaN and infinities fail.",
  takes: "single",
  appliesTo: [...NUMERIC_TYPES, ...TEMPORAL_TYPES],
  properties: z.object({
    field_name: z.string().describe("the other field"),
    inclusive: z.boolean().default(false).describe("equality is allowed"),
    ...comparators,
  }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} is greater than ${p.inclusive ? "or equal to " : ""}${p.field_name}`,
  violates: ([x], p, ctx) => orNotFinite(below(x!, ctx.field(p.field_name), p.inclusive, p), x!, ctx.field(p.field_name)),
  cases: [
    { row: { a: 2, b: 1 }, fields: ["a"], with: { field_name: "b" }, violates: false },
    { row: { a: 1, b: 1 }, fields: ["a"], with: { field_name: "b" }, violates: true },
    { row: { a: 1, b: 1 }, fields: ["a"], with: { field_name: "b", inclusive: true }, violates: false },
    { row: { a: 1, b: 2 }, fields: ["a"], with: { field_name: "b" }, violates: true },
    { row: { a: null, b: 2 }, types: { a: "Integral" }, fields: ["a"], with: { field_name: "b" }, violates: false },
    { row: { a: 1, b: null }, types: { b: "Integral" }, fields: ["a"], with: { field_name: "b" }, violates: false },
    {
      row: { a: "2031-01-02", b: "2031-01-03" },
      types: { a: "Date", b: "Date" },
      fields: ["a"],
      with: { field_name: "b" },
      violates: true,
    },
    {
      row: { a: "2031-01-02 00:00:30", b: "2031-01-02 00:01:00" },
      types: { a: "Timestamp", b: "Timestamp" },
      fields: ["a"],
      with: { field_name: "b", duration_comparator: { millis: 60000 } },
      violates: false,
    },
    {
      row: { a: "2031-01-02 00:00:30", b: "2031-01-02 00:02:00" },
      types: { a: "Timestamp", b: "Timestamp" },
      fields: ["a"],
      with: { field_name: "b", duration_comparator: { millis: 60000 } },
      violates: true,
    },
    { row: { a: 9.9, b: 10 }, fields: ["a"], with: { field_name: "b", numeric_comparator: { epsilon: 0.5 } }, violates: false },
    { name: "NaN is no number to compare", row: { a: NaN, b: 10.5 }, fields: ["a"], with: { field_name: "b" }, violates: true },
    {
      name: "NaN beside NULL",
      row: { a: NaN, b: null },
      types: { b: "Fractional" },
      fields: ["a"],
      with: { field_name: "b" },
      violates: false,
    },
  ],
});
