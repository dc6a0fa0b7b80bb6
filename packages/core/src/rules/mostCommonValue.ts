import { z } from "zod";
import { aggregate, eq } from "../expr/expr.ts";
import { between, isWithin } from "./bounds.ts";
import { keyOf, rowsOf, sumOfRows } from "./groups.ts";
import { listed } from "./listed.ts";
import { numberOf } from "./measured.ts";
import { datasetRule, fails, holds } from "./rule.ts";

export default datasetRule({
  type: "mostCommonValue",
  title: "Most common value",
  docs: "The most common value is the expected one, and its share of the values lies within bounds. NULL is not a value; a tie with the expected value holds.",
  takes: "single",
  properties: z
    .object({
      value: z.union([z.string(), z.number(), z.boolean()]).optional().describe("the value expected to be the most common"),
      min_share: z.number().min(0).max(1).optional().describe("least share of the most common value"),
      max_share: z.number().min(0).max(1).optional().describe("greatest share of the most common value"),
    })
    .refine((p) => p.value !== undefined || p.min_share !== undefined || p.max_share !== undefined, {
      path: ["value"],
      message: "at least one of value, min_share and max_share is needed",
    }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: ([field], p) =>
    `the most common value of ${field}${p.value === undefined ? "" : ` is ${p.value}`}${p.min_share === undefined && p.max_share === undefined ? "" : ` has a share ${between(p.min_share, p.max_share)}`}`,
  plan: ([x], p) => ({
    kind: "groups",
    by: [x!],
    dropNulls: true,
    metrics: {
      top: aggregate("max", rowsOf),
      rows: sumOfRows(),
      ...(p.value === undefined ? {} : { expected: sumOfRows(eq(keyOf(0, x!.type), listed(p.value, x!))) }),
    },
    judge: ({ top, rows, expected }) => {
      const [most, total] = [numberOf(top) ?? 0, numberOf(rows) ?? 0];
      if (total === 0) return holds();
      const share = most / total;
      if (p.value !== undefined && (numberOf(expected) ?? 0) < most) return fails("another value is more common", total, share);
      return isWithin(share, { min: p.min_share, max: p.max_share }) ? holds(share) : fails(`its share is ${share}`, total, share);
    },
    offending: null,
  }),
  cases: [
    { rows: [{ x: "a" }, { x: "a" }, { x: "b" }], with: { value: "a" }, outcome: "passed" },
    { rows: [{ x: "a" }, { x: "b" }, { x: "b" }], with: { value: "a" }, outcome: "failed" },
    { rows: [{ x: "a" }, { x: "b" }], with: { value: "a" }, outcome: "passed" },
    { rows: [{ x: "a" }, { x: "a" }, { x: "b" }, { x: null }], with: { value: "a", max_share: 0.6 }, outcome: "failed" },
    { rows: [{ x: 1 }, { x: 1 }], with: { min_share: 1 }, outcome: "passed" },
    { rows: [{ x: null }], types: { x: "String" }, with: { value: "a" }, outcome: "passed" },
    { rows: [{ x: "a" }], filter: "x = 'b'", with: { value: "b" }, outcome: "passed" },
  ],
});
