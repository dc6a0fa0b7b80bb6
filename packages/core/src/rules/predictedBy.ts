import { z } from "zod";
import { abs, call, gt, num } from "../expr/expr.ts";
import { NUMERIC_TYPES, TEMPORAL_TYPES } from "../model/field.ts";
import { furtherThan, isTemporal } from "./comparators.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "predictedBy",
  title: "Predicted by",
  docs: "The field equals the value of an expression over the row, within a tolerance. For dates and times the tolerance is in milliseconds. NULL on either side passes.",
  takes: "single",
  appliesTo: [...NUMERIC_TYPES, ...TEMPORAL_TYPES],
  properties: z.object({
    expression: z.string().min(1).describe("numeric expression over the row"),
    tolerance: z.number().min(0).default(0).describe("largest difference allowed"),
  }),
  weight: 3,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} equals ${p.expression}${p.tolerance > 0 ? ` within ${p.tolerance}` : ""}`,
  violates: ([x], p, ctx) => {
    const expected = ctx.parse(p.expression);
    return isTemporal(x!) ? gt(abs(call("millisBetween", expected, x!)), num(p.tolerance)) : furtherThan(x!, expected, p.tolerance);
  },
  cases: [
    { row: { qty: 5, actual: 17 }, fields: ["actual"], with: { expression: "qty * 3", tolerance: 1 }, violates: true },
    { row: { qty: 5, actual: 16 }, fields: ["actual"], with: { expression: "qty * 3", tolerance: 1 }, violates: false },
    { row: { qty: 5, actual: 15 }, fields: ["actual"], with: { expression: "qty * 3" }, violates: false },
    { name: "fractions", row: { qty: 3, actual: 0.3 }, fields: ["actual"], with: { expression: "qty * 0.1" }, violates: false },
    {
      name: "a difference of the tolerance",
      row: { qty: 5, actual: 10.05 },
      fields: ["actual"],
      with: { expression: "qty * 2", tolerance: 0.05 },
      violates: false,
    },
    { row: { qty: null, actual: 15 }, types: { qty: "Integral" }, fields: ["actual"], with: { expression: "qty * 3" }, violates: false },
    { row: { qty: 5, actual: null }, types: { actual: "Integral" }, fields: ["actual"], with: { expression: "qty * 3" }, violates: false },
    {
      row: { due: "2031-01-03", sold: "2031-01-01" },
      types: { due: "Date", sold: "Date" },
      fields: ["due"],
      with: { expression: "sold + INTERVAL 2 DAYS" },
      violates: false,
    },
  ],
});
