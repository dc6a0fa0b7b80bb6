import { z } from "zod";
import { countRows } from "../expr/expr.ts";
import { comparison, compares, comparisonWords } from "./comparison.ts";
import { numberOf } from "./measured.ts";
import { namesContainer, referenceRows, referenceProperties, withNames } from "./reference.ts";
import { aggregateRule, fails, holds } from "./rule.ts";

export default aggregateRule({
  type: "rowCountEqualTo",
  title: "Row count equal to",
  docs: "The number of (filtered) rows compares with the number of rows of another container: equal to it unless another comparison is named, within a tolerance.",
  takes: "none",
  properties: z
    .object({
      ...referenceProperties,
      comparison: comparison.default("eq"),
      tolerance: z.number().int().min(0).default(0).describe("largest difference that still counts as equal"),
    })
    .refine(...namesContainer)
    .transform(withNames),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: (_fields, p) => `the number of records is ${comparisonWords[p.comparison]} that of ${p.ref_container_name}`,
  metrics: () => ({ value: countRows() }),
  reference: (p, ctx) => ({
    ...referenceRows(p, ctx),
    metrics: { value: countRows() },
  }),
  judge: (_metrics, p, _ctx, reference, rows) => {
    const there = numberOf(reference["value"] ?? null) ?? 0;
    return compares(rows, there, p.comparison, p.tolerance)
      ? holds(rows)
      : fails(`there are ${rows} records here and ${there} there`, Math.abs(rows - there), rows);
  },
  cases: [
    { rows: [{ x: 1 }, { x: 2 }], references: { ledger: [{ y: 1 }, { y: 2 }] }, with: { ref_container_name: "ledger" }, outcome: "passed" },
    { rows: [{ x: 1 }], references: { ledger: [{ y: 1 }, { y: 2 }] }, with: { ref_container_name: "ledger" }, outcome: "failed" },
    {
      rows: [{ x: 1 }],
      references: { ledger: [{ y: 1 }, { y: 2 }] },
      with: { ref_container_name: "ledger", tolerance: 1 },
      outcome: "passed",
    },
    {
      rows: [{ x: 1 }],
      references: { ledger: [{ y: 1 }, { y: 2 }] },
      with: { ref_container_name: "ledger", ref_filter: "y > 1" },
      outcome: "passed",
    },
    {
      rows: [{ x: 1 }],
      references: { ledger: [{ y: 1 }, { y: 2 }] },
      with: { ref_container_name: "ledger", comparison: "lt" },
      outcome: "passed",
    },
    {
      rows: [{ x: null }, { x: null }],
      types: { x: "String" },
      references: { ledger: [{ y: 1 }, { y: 2 }] },
      with: { ref_container_name: "ledger" },
      outcome: "passed",
    },
    {
      rows: [{ x: 1 }, { x: 2 }],
      filter: "x > 1",
      references: { ledger: [{ y: 1 }, { y: 2 }] },
      with: { ref_container_name: "ledger" },
      outcome: "failed",
    },
  ],
});
