import { z } from "zod";
import { aggregate, isNotNull } from "../expr/expr.ts";
import { comparison, compares, comparisonWords } from "./comparison.ts";
import { keyOf, sumOfRows } from "./groups.ts";
import { numberOf } from "./measured.ts";
import { datasetRule, fails, holds } from "./rule.ts";

export default datasetRule({
  type: "distinctCount",
  title: "Distinct count",
  docs: "The exact number of different values compares with a value; NULL is not a value. Nothing is judged where there are no rows.",
  takes: "single",
  properties: z.object({ value: z.number().int().min(0).describe("number of different values"), comparison: comparison.default("eq") }),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: ([field], p) => `${field} has ${comparisonWords[p.comparison].replace("equal to", "exactly")} ${p.value} different values`,
  plan: ([x], p) => ({
    kind: "groups",
    by: [x!],
    dropNulls: false,
    metrics: { distinct: aggregate("countIf", isNotNull(keyOf(0, x!.type))), rows: sumOfRows() },
    judge: ({ distinct, rows }) => {
      const [measured, total] = [numberOf(distinct) ?? 0, numberOf(rows) ?? 0];
      return total === 0 || compares(measured, p.value, p.comparison)
        ? holds(measured)
        : fails(`there are ${measured} different values`, total, measured);
    },
    offending: null,
  }),
  cases: [
    { rows: [{ x: "N" }, { x: "S" }, { x: "E" }], with: { value: 4 }, outcome: "failed" },
    { rows: [{ x: "N" }, { x: "S" }, { x: "E" }, { x: "E" }], with: { value: 3 }, outcome: "passed" },
    { rows: [{ x: "N" }, { x: null }], with: { value: 1 }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: 2 }], with: { value: 2, comparison: "fewer than" }, outcome: "failed" },
    { rows: [{ x: 1 }, { x: 2 }], with: { value: 2, comparison: "at least" }, outcome: "passed" },
    { rows: [{ x: null }], types: { x: "Integral" }, with: { value: 1 }, outcome: "failed" },
    { rows: [{ x: 1 }], filter: "x > 1", with: { value: 4 }, outcome: "passed" },
  ],
});
