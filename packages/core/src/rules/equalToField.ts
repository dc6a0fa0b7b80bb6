import { z } from "zod";
import { NUMERIC_TYPES, TEMPORAL_TYPES } from "../model/field.ts";
import { comparators, orNotFinite, valuesDiffer } from "./comparators.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "equalToField",
  title: "Equal to field",
  docs: "The field equals another field of the same row, within a comparator when one is given. NULL on either side passes; NaN and infinities fail.",
  takes: "single",
  appliesTo: [...NUMERIC_TYPES, ...TEMPORAL_TYPES],
  properties: z.object({
    field_name: z.string().describe("the other field"),
    inclusive: z.boolean().optional().describe("accepted for compatibility, without effect"),
    ...comparators,
  }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} equals ${p.field_name}`,
  violates: ([x], p, ctx) => orNotFinite(valuesDiffer(x!, ctx.field(p.field_name), p), x!, ctx.field(p.field_name)),
  cases: [
    { row: { a: 10, b: 10 }, fields: ["a"], with: { field_name: "b" }, violates: false },
    { row: { a: 9.9, b: 10 }, fields: ["a"], with: { field_name: "b", numeric_comparator: { epsilon: 0.05 } }, violates: true },
    { row: { a: 9.96, b: 10 }, fields: ["a"], with: { field_name: "b", numeric_comparator: { epsilon: 0.05 } }, violates: false },
    {
      row: { a: 0, b: 1 },
      fields: ["a"],
      with: { field_name: "b", numeric_comparator: { epsilon: 0.5, as_absolute: false } },
      violates: true,
    },
    { row: { a: null, b: 10 }, types: { a: "Fractional" }, fields: ["a"], with: { field_name: "b" }, violates: false },
    {
      row: { a: "2031-01-02", b: "2031-01-03" },
      types: { a: "Date", b: "Date" },
      fields: ["a"],
      with: { field_name: "b" },
      violates: true,
    },
    {
      row: { a: "2031-01-02 10:00:00", b: "2031-01-02 10:00:01" },
      types: { a: "Timestamp", b: "Timestamp" },
      fields: ["a"],
      with: { field_name: "b", duration_comparator: { millis: 1000 } },
      violates: false,
    },
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
