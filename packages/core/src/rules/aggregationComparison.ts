import { z } from "zod";
import { comparison, compares, comparisonWords } from "./comparison.ts";
import { numberOf } from "./measured.ts";
import { namesContainer, referenceRows, referenceProperties, withNames } from "./reference.ts";
import { aggregateRule, fails, holds } from "./rule.ts";

export default aggregateRule({
  type: "aggregationComparison",
  title: "Aggregation comparison",
  docs: "An aggregate over this container compares with an aggregate over another. A NULL on either side fails.",
  takes: "calculated",
  properties: z
    .object({
      ...referenceProperties,
      expression: z.string().min(1).describe("aggregate over this container, such as SUM(net)"),
      comparison: comparison.default("eq"),
      ref_expression: z.string().min(1).describe("aggregate over the other container"),
    })
    .refine(...namesContainer)
    .transform(withNames),
  weight: 3,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: (_fields, p) => `${p.expression} is ${comparisonWords[p.comparison]} ${p.ref_expression} of ${p.ref_container_name}`,
  metrics: (_fields, p, ctx) => ({ value: ctx.parse(p.expression, { allowAggregates: true }) }),
  reference: (p, ctx) => ({
    ...referenceRows(p, ctx),
    metrics: { value: ctx.parseReference(p.ref_expression, p.ref_container_name, { allowAggregates: true }) },
  }),
  judge: ({ value }, p, _ctx, reference, rows) => {
    const [here, there] = [numberOf(value ?? null), numberOf(reference["value"] ?? null)];
    if (here === null || there === null) return fails(`${here === null ? p.expression : p.ref_expression} is NULL`, rows);
    return compares(here, there, p.comparison)
      ? holds(here)
      : fails(`${p.expression} is ${here} here, ${p.ref_expression} is ${there} there`, rows, here);
  },
  cases: [
    {
      rows: [{ amt: 980 }],
      references: { ledger: [{ total: 1000 }] },
      fields: [],
      with: { expression: "SUM(amt)", comparison: "eq", ref_container_name: "ledger", ref_expression: "SUM(total)" },
      outcome: "failed",
    },
    {
      rows: [{ amt: 980 }, { amt: 20 }],
      references: { ledger: [{ total: 1000 }] },
      fields: [],
      with: { expression: "SUM(amt)", comparison: "eq", ref_container_name: "ledger", ref_expression: "SUM(total)" },
      outcome: "passed",
    },
    {
      rows: [{ amt: 980 }],
      references: { ledger: [{ total: 1000 }] },
      fields: [],
      with: { expression: "SUM(amt)", comparison: "lt", ref_container_name: "ledger", ref_expression: "SUM(total)" },
      outcome: "passed",
    },
    {
      rows: [{ amt: null }],
      types: { amt: "Integral" },
      references: { ledger: [{ total: 1000 }] },
      fields: [],
      with: { expression: "SUM(amt)", comparison: "eq", ref_container_name: "ledger", ref_expression: "SUM(total)" },
      outcome: "failed",
    },
    {
      rows: [{ amt: 5 }],
      references: {
        ledger: [
          { total: 5, posted: true },
          { total: 7, posted: false },
        ],
      },
      fields: [],
      with: { expression: "MAX(amt)", comparison: "gte", ref_container_name: "ledger", ref_expression: "MAX(total)", ref_filter: "posted" },
      outcome: "passed",
    },
    {
      rows: [{ amt: 5 }, { amt: 6 }],
      references: { ledger: [{ total: 1 }, { total: 2 }] },
      fields: [],
      with: { expression: "COUNT(*)", comparison: "eq", ref_container_name: "ledger", ref_expression: "COUNT(*)" },
      outcome: "passed",
    },
  ],
});
