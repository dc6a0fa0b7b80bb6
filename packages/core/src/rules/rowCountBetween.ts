import { z } from "zod";
import { countRows } from "../expr/expr.ts";
import { bounds, boundsInOrder, isWithin, lies, someBound } from "./bounds.ts";
import { aggregateRule, fails, holds } from "./rule.ts";

export default aggregateRule({
  type: "rowCountBetween",
  title: "Row count between",
  docs: "The number of (filtered) rows lies within bounds, ends included.",
  takes: "none",
  properties: z
    .object({ ...bounds })
    .refine(...someBound)
    .refine(...boundsInOrder),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: (_fields, p) => `the number of records ${lies(p.min, p.max)}`,
  metrics: () => ({ value: countRows() }),
  judge: (_metrics, p, _ctx, _reference, rows) => (isWithin(rows, p) ? holds(rows) : fails(`there are ${rows} records`, rows, rows)),
  cases: [
    { rows: [{ x: 1 }, { x: 2 }], with: { min: 1, max: 2 }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: 2 }], with: { min: 3 }, outcome: "failed" },
    { rows: [{ x: 1 }, { x: 2 }], with: { max: 1 }, outcome: "failed" },
    { rows: [{ x: 1 }, { x: null }], with: { min: 2 }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: 2 }], filter: "x > 1", with: { max: 1 }, outcome: "passed" },
    { rows: [{ x: 1 }], filter: "x > 1", with: { max: 0 }, outcome: "passed" },
  ],
});
