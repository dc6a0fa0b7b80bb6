import { z } from "zod";
import { aggregate, bool, div, gt, lt, mul, num, or, sub, type Expr } from "../expr/expr.ts";
import { NUMERIC_TYPES } from "../model/field.ts";
import { notFinite } from "./finite.ts";
import { lies } from "./bounds.ts";
import { rowRule } from "./rule.ts";

/** The quantity that is bounded; null where there is nothing to compare with. */
const changeOf = (x: Expr, comparison: "Absolute Value" | "Absolute Change" | "Percentage Change", last: number | null): Expr | null => {
  if (comparison === "Absolute Value") return x;
  if (last === null || (last === 0 && comparison === "Percentage Change")) return null;
  const change = sub(x, num(last));
  return comparison === "Absolute Change" ? change : mul(div(change, num(Math.abs(last))), num(100));
};

export default rowRule({
  type: "metric",
  title: "Metric",
  docs: "Keeps the mean of a field from scan to scan and bounds its values. Absolute Value: each value lies within the bounds. Absolute Change and Percentage Change: the difference of each value to the last measurement (in percent of it) lies within them; without an earlier measurement nothing fails. NULL passes.",
  takes: "single",
  appliesTo: NUMERIC_TYPES,
  properties: z
    .object({
      comparison: z.enum(["Absolute Value", "Absolute Change", "Percentage Change"]).default("Absolute Value").describe("what is bounded"),
      min: z.number().nullish().describe("lower bound, itself allowed"),
      max: z.number().nullish().describe("upper bound, itself allowed"),
      last_value: z.number().nullish().describe("the measurement to compare with, instead of the last scan's"),
    })
    .refine((p) => p.min != null || p.max != null, { path: ["min"], message: "at least one of min and max is needed" })
    .refine((p) => p.min == null || p.max == null || p.min <= p.max, { path: ["min"], message: "min must not exceed max" }),
  weight: 3,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  measure: ([x]) => aggregate("mean", x!),
  describe: ([field], p) =>
    `${p.comparison === "Absolute Value" ? "" : p.comparison === "Absolute Change" ? "the change of " : "the percentage change of "}${field} ${lies(p.min, p.max)}`,
  violates: ([x], p, ctx) => {
    const bounded = changeOf(x!, p.comparison, p.last_value ?? ctx.history.at(-1)?.value ?? null);
    if (bounded === null) return bool(false);
    return or(p.min == null ? bool(false) : lt(bounded, num(p.min)), p.max == null ? bool(false) : gt(bounded, num(p.max)), notFinite(x!));
  },
  cases: [
    { value: 5, with: { min: 1, max: 9 }, violates: false },
    { value: 10, with: { min: 1, max: 9 }, violates: true },
    { value: 9, with: { max: 9 }, violates: false },
    { value: 610, with: { comparison: "Percentage Change", min: -10, max: 10, last_value: 500 }, violates: true },
    { value: 550, with: { comparison: "Percentage Change", min: -10, max: 10, last_value: 500 }, violates: false },
    { value: 610, with: { comparison: "Percentage Change", min: -10, max: 10 }, violates: false },
    { value: 130, with: { comparison: "Absolute Change", min: -20, max: 20, last_value: 100 }, violates: true },
    { value: null, type: "Fractional", with: { min: 1 }, violates: false },
    { value: NaN, with: { min: 1 }, violates: true },
  ],
});
