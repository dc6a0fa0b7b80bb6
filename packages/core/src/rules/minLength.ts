import { z } from "zod";
import { length, lt, num } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "minLength",
  title: "Minimum length",
  docs: "Each text has at least this many characters (code points; trailing spaces count). Empty text has length 0. NULL passes.",
  takes: "single",
  appliesTo: ["String", "Array"],
  properties: z.object({
    value: z.number().int().min(0).describe("characters at least"),
    is_element_context: z.boolean().default(false).describe("look at each element of an array instead of the value"),
  }),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  elementwise: true,
  describe: ([field], p) => `${field} has at least ${p.value} characters`,
  violates: ([x], p) => lt(length(x!), num(p.value)),
  cases: [
    { value: "no", with: { value: 3 }, violates: true },
    { value: "yes", with: { value: 3 }, violates: false },
    { value: "", with: { value: 1 }, violates: true },
    { value: "", with: { value: 0 }, violates: false },
    { value: "éàü", with: { value: 3 }, violates: false },
    { value: "🦆", with: { value: 2 }, violates: true },
    { value: null, type: "String", with: { value: 3 }, violates: false },
    { value: null, type: "String", with: { value: 3 }, null_policy: "fail", violates: true },
    { value: ["abc", "a"], type: "Array", with: { value: 2, is_element_context: true }, violates: true },
  ],
});
