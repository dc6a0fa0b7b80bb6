import { z } from "zod";
import { aggregate } from "../expr/expr.ts";
import { NUMERIC_TYPES } from "../model/field.ts";
import { bounds, boundsInOrder, lies, someBound } from "./bounds.ts";
import { judgeWithin } from "./measured.ts";
import { aggregateRule } from "./rule.ts";

export default aggregateRule({
  type: "stddevBetween",
  title: "Standard deviation between",
  docs: "The sample standard deviation of the field lies within bounds, ends included. NULLs are ignored; without any value the check is not evaluated.",
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
  describe: ([field], p) => `the sample standard deviation of ${field} ${lies(p.min, p.max)}`,
  metrics: ([x]) => ({ value: aggregate("stddev", x!) }),
  judge: ({ value }, p, _ctx, _reference, rows) => judgeWithin(value, p, "the sample standard deviation", rows),
  cases: [
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], with: { min: 3.5, max: 3.6 }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], with: { min: 4 }, outcome: "failed" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], with: { max: 3 }, outcome: "failed" },
    { rows: [{ x: 5 }, { x: 5 }], with: { max: 0 }, outcome: "passed" },
    { rows: [{ x: 5 }], with: { min: 1 }, outcome: "unasserted" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], filter: "x > 100", with: { min: 4 }, outcome: "passed" },
  ],
});
