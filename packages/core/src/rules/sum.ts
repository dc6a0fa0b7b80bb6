import { z } from "zod";
import { aggregate } from "../expr/expr.ts";
import { NUMERIC_TYPES } from "../model/field.ts";
import { NumericComparator } from "./comparators.ts";
import { compares } from "./comparison.ts";
import { numberOf } from "./measured.ts";
import { aggregateRule, fails, holds, unasserted } from "./rule.ts";

export default aggregateRule({
  type: "sum",
  title: "Sum",
  docs: "The total of the field equals a value, within a comparator when one is given. NULLs are ignored; the sum of nothing is not evaluated.",
  takes: "single",
  appliesTo: NUMERIC_TYPES,
  properties: z.object({
    value: z.number().describe("the total"),
    numeric_comparator: NumericComparator.optional().describe("how far off the value may be"),
  }),
  weight: 1,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: ([field], p) => `the sum of ${field} is ${p.value}`,
  metrics: ([x]) => ({ value: aggregate("sum", x!) }),
  judge: ({ value }, p, _ctx, _reference, rows) => {
    const measured = numberOf(value);
    if (measured === null) return unasserted("there is no value to sum up");
    const epsilon = p.numeric_comparator?.epsilon ?? 0;
    const slack = p.numeric_comparator?.as_absolute === false ? epsilon * Math.abs(measured) : epsilon;
    return compares(measured, p.value, "eq", slack) ? holds(measured) : fails(`the sum is ${measured}, not ${p.value}`, rows, measured);
  },
  cases: [
    { rows: [{ x: 40 }, { x: 55 }], with: { value: 100 }, outcome: "failed" },
    { rows: [{ x: 40 }, { x: 60 }], with: { value: 100 }, outcome: "passed" },
    { name: "fractions add up", rows: [{ x: 0.1 }, { x: 0.2 }], with: { value: 0.3 }, outcome: "passed" },
    { rows: [{ x: 40 }, { x: 60 }, { x: null }], with: { value: 100 }, outcome: "passed" },
    { rows: [{ x: 40.4 }, { x: 59.5 }], with: { value: 100, numeric_comparator: { epsilon: 0.2 } }, outcome: "passed" },
    { rows: [{ x: 95 }], with: { value: 100, numeric_comparator: { epsilon: 0.01, as_absolute: false } }, outcome: "failed" },
    { rows: [{ x: null }], types: { x: "Integral" }, with: { value: 0 }, outcome: "unasserted" },
    { rows: [{ x: 1 }], filter: "x > 5", with: { value: 100 }, outcome: "unasserted" },
  ],
});
