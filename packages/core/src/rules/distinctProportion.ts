import { z } from "zod";
import { countRows } from "../expr/expr.ts";
import { bounds, boundsInOrder, isWithin, lies, someBound } from "./bounds.ts";
import { sumOfRows } from "./groups.ts";
import { numberOf } from "./measured.ts";
import { datasetRule, fails, holds } from "./rule.ts";

export default datasetRule({
  type: "distinctProportion",
  title: "Distinct proportion",
  docs: "The number of different values over the number of values lies within bounds 0..1; 1 means that no value repeats. NULL is not a value; without values nothing is judged.",
  takes: "single",
  properties: z
    .object({ ...bounds })
    .refine(...someBound)
    .refine(...boundsInOrder),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: ([field], p) => `the proportion of different values of ${field} ${lies(p.min, p.max)}`,
  plan: ([x], p) => ({
    kind: "groups",
    by: [x!],
    dropNulls: true,
    metrics: { distinct: countRows(), rows: sumOfRows() },
    judge: ({ distinct, rows }) => {
      const total = numberOf(rows) ?? 0;
      const measured = total === 0 ? null : (numberOf(distinct) ?? 0) / total;
      return measured === null || isWithin(measured, p) ? holds(measured) : fails(`the proportion is ${measured}`, total, measured);
    },
    offending: null,
  }),
  cases: [
    { rows: [{ x: 1 }, { x: 2 }, { x: 2 }, { x: 2 }], with: { min: 0.5 }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 2 }, { x: 2 }], with: { min: 0.6 }, outcome: "failed" },
    { rows: [{ x: 1 }, { x: 2 }], with: { max: 0.9 }, outcome: "failed" },
    { rows: [{ x: 1 }, { x: null }, { x: null }], with: { min: 1 }, outcome: "passed" },
    { rows: [{ x: null }], types: { x: "String" }, with: { min: 1 }, outcome: "passed" },
    { rows: [], types: { x: "String" }, with: { min: 1 }, outcome: "passed" },
  ],
});
