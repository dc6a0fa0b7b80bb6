import { z } from "zod";
import { length, ne, num } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "lengthEquals",
  title: "Length equals",
  docs: "Each text has exactly this many characters (code points). NULL passes.",
  takes: "single",
  appliesTo: ["String", "Array"],
  properties: z.object({
    value: z.number().int().min(0).describe("characters exactly"),
    is_element_context: z.boolean().default(false).describe("look at each element of an array instead of the value"),
  }),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  elementwise: true,
  describe: ([field], p) => `${field} has exactly ${p.value} characters`,
  violates: ([x], p) => ne(length(x!), num(p.value)),
  cases: [
    { value: "DE", with: { value: 2 }, violates: false },
    { value: "DEU", with: { value: 2 }, violates: true },
    { value: "D", with: { value: 2 }, violates: true },
    { value: "", with: { value: 0 }, violates: false },
    { value: "🦆🦆", with: { value: 2 }, violates: false },
    { value: null, type: "String", with: { value: 2 }, violates: false },
    { value: ["DE", "FRA"], type: "Array", with: { value: 2, is_element_context: true }, violates: true },
  ],
});
