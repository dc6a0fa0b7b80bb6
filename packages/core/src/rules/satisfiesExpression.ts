import { z } from "zod";
import { not } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "satisfiesExpression",
  title: "Satisfies expression",
  docs: "A boolean expression of the portable language is true for each row. A row for which it is NULL passes.",
  takes: "calculated",
  properties: z.object({ expression: z.string().min(1).describe("boolean expression over the row") }),
  weight: 3,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: (_fields, p) => `${p.expression} holds`,
  violates: (_fields, p, ctx) => not(ctx.parse(p.expression, { expect: "Boolean" })),
  cases: [
    { row: { net: 80, tax: 20, gross: 100 }, fields: [], with: { expression: "net + tax = gross" }, violates: false },
    { row: { net: 80, tax: 10, gross: 100 }, fields: [], with: { expression: "net + tax = gross" }, violates: true },
    {
      row: { net: null, tax: 10, gross: 100 },
      types: { net: "Integral" },
      fields: [],
      with: { expression: "net + tax = gross" },
      violates: false,
    },
    { row: { s: "web", p: 3 }, fields: [], with: { expression: "CASE WHEN s = 'web' THEN p <= 2 ELSE TRUE END" }, violates: true },
    { row: { s: "it's" }, fields: [], with: { expression: "s IN ('it''s', 'x')" }, violates: false },
    { row: { a: 1, b: 0 }, fields: [], with: { expression: "a / b > 1" }, violates: false },
  ],
});
