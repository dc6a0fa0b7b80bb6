import { z } from "zod";
import { matches, not } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "matchesPattern",
  title: "Matches pattern",
  docs: "Each text contains a match of a regular expression (search, not full match: anchor with ^ and $). NULL passes. The expression is in the portable subset of docs/expressions.md.",
  takes: "single",
  appliesTo: ["String", "Array"],
  properties: z.object({
    pattern: z
      .string()
      .min(1)
      .max(5000)
      .describe("portable regular expression; it is searched for, so anchor it with ^ and $ to match the whole value"),
    is_element_context: z.boolean().default(false).describe("look at each element of an array instead of the value"),
  }),
  weight: 3,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  elementwise: true,
  describe: ([field], p) => `${field} matches ${p.pattern}`,
  violates: ([x], p) => not(matches(x!, p.pattern)),
  cases: [
    { value: "INV-00012", with: { pattern: "^INV-\\d{5}$" }, violates: false },
    { value: "INV-12", with: { pattern: "^INV-\\d{5}$" }, violates: true },
    { value: "see INV-00012 there", with: { pattern: "INV-\\d{5}" }, violates: false },
    { value: "", with: { pattern: "^.+$" }, violates: true },
    { value: null, type: "String", with: { pattern: "x" }, violates: false },
    { value: "INV-00012\n", with: { pattern: "^INV-\\d{5}$" }, violates: true },
    { value: "ABC", with: { pattern: "^[a-z]+$" }, violates: true },
    { value: "ABC", with: { pattern: "(?i)^[a-z]+$" }, violates: false },
    { value: ["a1", "b"], type: "Array", with: { pattern: "^[a-z]\\d$", is_element_context: true }, violates: true },
  ],
});
