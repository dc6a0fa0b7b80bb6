import { z } from "zod";
import { aggregate } from "../expr/expr.ts";
import { NUMERIC_TYPES } from "../model/field.ts";
import { bounds, boundsInOrder, lies, someBound } from "./bounds.ts";
import { judgeWithin } from "./measured.ts";
import { aggregateRule } from "./rule.ts";

export default aggregateRule({
  type: "quantileBetween",
  title: "Quantile between",
  docs: "The quantile of the field lies within bounds, ends included. NULLs are ignored; without any value the check is not evaluated.",
  takes: "single",
  appliesTo: NUMERIC_TYPES,
  properties: z
    .object({ quantile: z.number().min(0).max(1).describe("which quantile, 0 to 1, interpolated"), ...bounds })
    .refine(...someBound)
    .refine(...boundsInOrder),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: ([field], p) => `the ${p.quantile} quantile of ${field} ${lies(p.min, p.max)}`,
  metrics: ([x], p) => ({ value: aggregate("quantile", x!, null, p.quantile) }),
  judge: ({ value }, p, _ctx, _reference, rows) => judgeWithin(value, p, "the quantile", rows),
  cases: [
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], with: { quantile: 0.5, min: 3, max: 3 }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], with: { quantile: 1, max: 9 }, outcome: "failed" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], with: { quantile: 0, min: 1 }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], with: { quantile: 0.25, min: 2.5 }, outcome: "failed" },
    { rows: [{ x: null }], types: { x: "Fractional" }, with: { quantile: 0.5, min: 1 }, outcome: "unasserted" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }, { x: 10 }], filter: "x > 100", with: { quantile: 0.5, min: 9 }, outcome: "passed" },
  ],
});
