import { z } from "zod";
import { matches } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "notMatchesPattern",
  title: "Does not match pattern",
  docs: "No text contains a match of a regular expression: the way to hunt for what must not be there. NULL passes.",
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
  describe: ([field], p) => `${field} does not match ${p.pattern}`,
  violates: ([x], p) => matches(x!, p.pattern),
  cases: [
    { value: "N/A", with: { pattern: "^(N/A|-|\\?)$" }, violates: true },
    { value: "Nadia", with: { pattern: "^(N/A|-|\\?)$" }, violates: false },
    { value: "a  b", with: { pattern: "  " }, violates: true },
    { value: "", with: { pattern: "^$" }, violates: true },
    { value: null, type: "String", with: { pattern: "." }, violates: false },
    { value: "line\nline", with: { pattern: "e.l" }, violates: false },
    { value: ["ok", "??"], type: "Array", with: { pattern: "\\?", is_element_context: true }, violates: true },
  ],
});
