import { z } from "zod";
import { castable, not } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "isType",
  title: "Is of type",
  docs: "Each text denotes a value of a type: a whole number, a number, a truth value, a date or a time (docs/expressions.md says which texts do). NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({
    field_type: z.enum(["Integral", "Fractional", "Boolean", "Date", "Timestamp", "String"]).describe("the type the text must denote"),
  }),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} holds ${p.field_type} values`,
  violates: ([x], p) => not(castable(x!, p.field_type)),
  cases: [
    { value: "12", with: { field_type: "Integral" }, violates: false },
    { value: "12a", with: { field_type: "Integral" }, violates: true },
    { value: "12.5", with: { field_type: "Integral" }, violates: true },
    { value: "-12.5e3", with: { field_type: "Fractional" }, violates: false },
    { value: "2031-02-29", with: { field_type: "Date" }, violates: true },
    { value: "2032-02-29", with: { field_type: "Date" }, violates: false },
    { value: "31/02/2031", with: { field_type: "Date" }, violates: true },
    { value: "", with: { field_type: "Integral" }, violates: true },
    { value: null, type: "String", with: { field_type: "Integral" }, violates: false },
  ],
});
