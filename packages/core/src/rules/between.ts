import { z } from "zod";
import { ge, gt, le, lt, num, or } from "../expr/expr.ts";
import { NUMERIC_TYPES } from "../model/field.ts";
import { notFinite } from "./finite.ts";
import { rowRule } from "./rule.ts";

export default rowRule({
  type: "between",
  title: "Between",
  docs: "Each value lies within two bounds, each end inclusive or not. NULL passes: pair with notNull to forbid it. NaN and infinities fail.",
  takes: "single",
  appliesTo: NUMERIC_TYPES,
  properties: z
    .object({
      min: z.number().describe("lower bound"),
      max: z.number().describe("upper bound"),
      inclusive_min: z.boolean().default(true).describe("the lower bound itself is allowed"),
      inclusive_max: z.boolean().default(true).describe("the upper bound itself is allowed"),
    })
    .refine((p) => p.min <= p.max, { path: ["min"], message: "min must not exceed max" }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} lies between ${p.min} and ${p.max}`,
  violates: ([x], p) => or((p.inclusive_min ? lt : le)(x!, num(p.min)), (p.inclusive_max ? gt : ge)(x!, num(p.max)), notFinite(x!)),
  cases: [
    { value: 1, with: { min: 1, max: 9 }, violates: false },
    { value: 9, with: { min: 1, max: 9 }, violates: false },
    { value: 1, with: { min: 1, max: 9, inclusive_min: false }, violates: true },
    { value: 9, with: { min: 1, max: 9, inclusive_max: false }, violates: true },
    { value: 10, with: { min: 1, max: 9 }, violates: true },
    { value: -0.001, with: { min: 0, max: 0.5 }, violates: true },
    { value: null, type: "Integral", with: { min: 1, max: 9 }, violates: false },
    { value: null, type: "Integral", with: { min: 1, max: 9 }, null_policy: "fail", violates: true },
    { value: NaN, with: { min: 1, max: 9 }, violates: true },
    { value: -Infinity, with: { min: 1, max: 9 }, violates: true },
    { value: 9007199254740993n, with: { min: 0, max: 9007199254740992 }, violates: true },
  ],
});
