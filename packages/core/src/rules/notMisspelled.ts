import { z } from "zod";
import { oneOf, text } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

/** Spellings one check may list: beyond this the column has another problem than slips of the pen. */
const CORRECTIONS_MAX = 5000;

export default rowRule({
  type: "notMisspelled",
  title: "Not Misspelled",
  docs: "No value is one of the listed misspellings; corrections says for each what was meant. Compared exactly. NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({
    corrections: z
      .record(z.string(), z.string())
      .refine((c) => Object.keys(c).length > 0, "lists no misspelling")
      .refine((c) => Object.keys(c).length <= CORRECTIONS_MAX, `lists more than ${CORRECTIONS_MAX} misspellings`)
      .describe("misspellings, and for each what was meant"),
  }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} is none of ${Object.keys(p.corrections).length} known misspellings`,
  violates: ([x], p) => oneOf(x!, Object.keys(p.corrections).map(text)),
  cases: [
    { value: "Pairs", with: { corrections: { Pairs: "Paris" } }, violates: true },
    { value: "Paris", with: { corrections: { Pairs: "Paris" } }, violates: false },
    { name: "exactly", value: "pairs", with: { corrections: { Pairs: "Paris" } }, violates: false },
    { name: "empty text", value: "", with: { corrections: { "": "Paris" } }, violates: true },
    { name: "quotes and backslashes", value: "O'\\Neil", with: { corrections: { "O'\\Neil": "O'Neil" } }, violates: true },
    { value: null, type: "String", with: { corrections: { Pairs: "Paris" } }, violates: false },
  ],
});
