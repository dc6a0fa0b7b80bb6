import { z } from "zod";
import { aggregate } from "../expr/expr.ts";
import { NUMERIC_TYPES } from "../model/field.ts";
import { bounds, boundsInOrder, lies, someBound } from "./bounds.ts";
import { judgeWithin } from "./measured.ts";
import { aggregateRule } from "./rule.ts";

export default aggregateRule({
  type: "maxBetween",
  title: "Maximum between",
  docs: "The largest value of the field lies within bounds, ends included. NULLs are ignored; without any value the check is not evaluated.",
  takes: "single",
  appliesTo: NUMERIC_TYPES,
  properties: z
    .object({ ...bounds })
    .refine(...someBound)
    .refine(...boundsInOrder),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: ([field], p) => `the largest value of ${field} ${lies(p.min, p.max)}`,
  metrics: ([x]) => ({ value: aggregate("max", x!) }),
  judge: ({ value }, p, _ctx, _reference, rows) => judgeWithin(value, p, "the largest value", rows),
  cases: [
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], with: { min: 10, max: 10 }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], with: { min: 11 }, outcome: "failed" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], with: { max: 9 }, outcome: "failed" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }, { x: null }], with: { min: 10, max: 10 }, outcome: "passed" },
    { rows: [{ x: null }], types: { x: "Integral" }, with: { min: 10 }, outcome: "unasserted" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], filter: "x > 100", with: { min: 11 }, outcome: "passed" },
  ],
});
