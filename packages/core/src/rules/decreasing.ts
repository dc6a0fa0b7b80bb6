import { z } from "zod";
import { ge, gt, type Expr } from "../expr/expr.ts";
import { NUMERIC_TYPES, TEMPORAL_TYPES } from "../model/field.ts";
import { datasetRule } from "./rule.ts";

export default datasetRule({
  type: "decreasing",
  title: "Decreasing",
  docs: "The field decreases from row to row, in the order of the source or of the fields named; equal neighbours pass unless strictly. A row is compared with the one before it; where either is NULL nothing is judged.",
  takes: "single",
  appliesTo: [...NUMERIC_TYPES, ...TEMPORAL_TYPES],
  properties: z.object({
    order_by: z.array(z.string().min(1)).min(1).optional().describe("fields that give the order; the order of the source when absent"),
    strictly: z.boolean().default(false).describe("equal neighbours fail too"),
  }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: ([field], p) =>
    `${field} decreases${p.strictly ? " strictly" : ""}${p.order_by ? ` in the order of ${p.order_by.join(", ")}` : ""}`,
  plan: ([x], p, ctx) => {
    const orderBy = p.order_by?.map((name) => ctx.field(name)) ?? null;
    const before: Expr = { kind: "previous", operand: x!, orderBy: orderBy ?? [] };
    return { kind: "ordered", orderBy, violates: (p.strictly ? ge : gt)(x!, before) };
  },
  cases: [
    {
      rows: [
        { t: 1, x: 3 },
        { t: 2, x: 2 },
        { t: 3, x: 1 },
      ],
      fields: ["x"],
      with: { order_by: ["t"] },
      outcome: "passed",
    },
    {
      rows: [
        { t: 1, x: 3 },
        { t: 2, x: 1 },
        { t: 3, x: 2 },
      ],
      fields: ["x"],
      with: { order_by: ["t"] },
      outcome: "failed",
      anomalous: 1,
    },
    {
      rows: [
        { t: 1, x: 1 },
        { t: 2, x: 1 },
      ],
      fields: ["x"],
      with: { order_by: ["t"] },
      outcome: "passed",
    },
    {
      rows: [
        { t: 1, x: 1 },
        { t: 2, x: 1 },
      ],
      fields: ["x"],
      with: { order_by: ["t"], strictly: true },
      outcome: "failed",
      anomalous: 1,
    },
    {
      rows: [
        { t: 1, x: 1 },
        { t: 2, x: null },
        { t: 3, x: 2 },
      ],
      fields: ["x"],
      with: { order_by: ["t"] },
      outcome: "passed",
    },
    { rows: [], types: { t: "Integral", x: "Integral" }, fields: ["x"], with: { order_by: ["t"] }, outcome: "passed" },
  ],
});
