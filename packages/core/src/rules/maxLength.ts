import { z } from "zod";
import { gt, length, num } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "maxLength",
  title: "Maximum length",
  docs: "Each text has at most this many characters (code points; trailing spaces count). NULL passes.",
  takes: "single",
  appliesTo: ["String", "Array"],
  properties: z.object({
    value: z.number().int().min(0).describe("characters at most"),
    is_element_context: z.boolean().default(false).describe("look at each element of an array instead of the value"),
  }),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  elementwise: true,
  describe: ([field], p) => `${field} has at most ${p.value} characters`,
  violates: ([x], p) => gt(length(x!), num(p.value)),
  cases: [
    { value: "ninechars", with: { value: 8 }, violates: true },
    { value: "eight888", with: { value: 8 }, violates: false },
    { value: "", with: { value: 0 }, violates: false },
    { value: "a ", with: { value: 1 }, violates: true },
    { value: "日本語", with: { value: 3 }, violates: false },
    { value: null, type: "String", with: { value: 1 }, violates: false },
    { value: ["abc", "abcd"], type: "Array", with: { value: 3, is_element_context: true }, violates: true },
  ],
});
