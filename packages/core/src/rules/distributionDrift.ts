import { z } from "zod";
import { eq, isNull, lt, nullLiteral, num, type Expr } from "../expr/expr.ts";
import { keyOf, sumOfRows } from "./groups.ts";
import { listed } from "./listed.ts";
import { numberOf } from "./measured.ts";
import { datasetRule, fails, holds } from "./rule.ts";

/** Index of the value in the list; one past the end for every other value; NULL for NULL. */
const categoryOf = (x: Expr, values: readonly (string | number | boolean)[]): Expr => ({
  kind: "case",
  whens: [{ when: isNull(x), then: nullLiteral }, ...values.map((value, index) => ({ when: eq(x, listed(value, x)), then: num(index) }))],
  otherwise: num(values.length),
});

/** Index of the bucket; the outer buckets are open to their side. */
const bucketOf = (x: Expr, edges: readonly number[]): Expr => ({
  kind: "case",
  whens: [
    { when: isNull(x), then: nullLiteral },
    ...edges.slice(1, -1).map((edge, index) => ({ when: lt(x, num(edge)), then: num(index) })),
  ],
  otherwise: num(edges.length - 2),
});

/** Ratios below this count as this, so that an empty bucket gives a large index and not an infinite one. */
const RATIO_MIN = 1e-4;

type Ratios = readonly number[];
const STATISTICS: Readonly<Record<"psi" | "total_variation" | "ks", (expected: Ratios, found: Ratios) => number>> = {
  /** Sum of (q - p) ln(q / p): N. Siddiqi, Credit Risk Scorecards, 2006, ch. 8. */
  psi: (expected, found) =>
    expected.reduce((sum, ratio, index) => {
      const [p, q] = [Math.max(ratio, RATIO_MIN), Math.max(found[index]!, RATIO_MIN)];
      return sum + (q - p) * Math.log(q / p);
    }, 0),
  total_variation: (expected, found) => expected.reduce((sum, ratio, index) => sum + Math.abs(found[index]! - ratio), 0) / 2,
  /** Kolmogorov–Smirnov on the bucket edges. */
  ks: (expected, found) => {
    let [difference, largest] = [0, 0];
    expected.forEach((ratio, index) => {
      difference += found[index]! - ratio;
      largest = Math.max(largest, Math.abs(difference));
    });
    return largest;
  },
};

export default datasetRule({
  type: "distributionDrift",
  title: "Distribution drift",
  docs: "The values are distributed as in a saved profile, up to a threshold. The reference is a list of values with their ratios, or bucket edges of a number with the ratio of each bucket (values below the first edge and above the last count with the outer buckets). Statistics: psi, the population stability index; total_variation, half the sum of the differences; ks, the largest difference of the cumulated ratios (buckets only). NULL is not a value; without values nothing is judged.",
  takes: "single",
  properties: z
    .object({
      categories: z
        .array(z.object({ value: z.union([z.string(), z.number(), z.boolean()]), ratio: z.number().min(0).max(1) }))
        .min(1)
        .max(1000)
        .optional()
        .describe("values and their ratios; what is not listed is one category of its own"),
      edges: z.array(z.number()).min(2).max(1001).optional().describe("bucket edges, ascending"),
      ratios: z.array(z.number().min(0).max(1)).optional().describe("ratio of each bucket, one fewer than edges"),
      statistic: z.enum(["psi", "total_variation", "ks"]).default("psi").describe("how the difference is measured"),
      threshold: z.number().positive().default(0.2).describe("greatest difference; 0.2 of psi is a commonly used sign of drift"),
    })
    .refine((p) => (p.categories === undefined) !== (p.edges === undefined), {
      path: ["categories"],
      message: "either categories, or edges with ratios",
    })
    .refine(
      (p) =>
        p.edges === undefined ||
        (p.ratios?.length === p.edges.length - 1 && p.edges.every((edge, index) => index === 0 || edge > p.edges![index - 1]!)),
      { path: ["ratios"], message: "edges ascend, and there is one ratio fewer than edges" },
    )
    .refine((p) => p.statistic !== "ks" || p.edges !== undefined, { path: ["statistic"], message: "ks needs edges" }),
  weight: 3,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: ([field], p) => `${field} is distributed as before (${p.statistic} at most ${p.threshold})`,
  plan: ([x], p) => {
    const expected = p.categories
      ? [...p.categories.map(({ ratio }) => ratio), Math.max(0, 1 - p.categories.reduce((sum, { ratio }) => sum + ratio, 0))]
      : p.ratios!;
    const bucket = p.categories
      ? categoryOf(
          x!,
          p.categories.map(({ value }) => value),
        )
      : bucketOf(x!, p.edges!);
    return {
      kind: "groups",
      by: [bucket],
      dropNulls: true,
      metrics: Object.fromEntries(expected.map((_, index) => [`n_${index}`, sumOfRows(eq(keyOf(0, "Integral"), num(index)))])),
      judge: (metrics) => {
        const counts = expected.map((_, index) => numberOf(metrics[`n_${index}`]) ?? 0);
        const total = counts.reduce((a, b) => a + b, 0);
        if (total === 0) return holds();
        const measured = STATISTICS[p.statistic](
          expected,
          counts.map((count) => count / total),
        );
        return measured <= p.threshold ? holds(measured) : fails(`the ${p.statistic} is ${measured.toPrecision(4)}`, total, measured);
      },
      offending: null,
    };
  },
  cases: [
    {
      rows: [{ x: "a" }, { x: "a" }, { x: "b" }, { x: "b" }],
      with: {
        categories: [
          { value: "a", ratio: 0.5 },
          { value: "b", ratio: 0.5 },
        ],
      },
      outcome: "passed",
    },
    {
      rows: [{ x: "a" }, { x: "c" }, { x: "c" }, { x: "c" }],
      with: {
        categories: [
          { value: "a", ratio: 0.5 },
          { value: "b", ratio: 0.5 },
        ],
      },
      outcome: "failed",
    },
    {
      rows: [{ x: "a" }, { x: "a" }, { x: "a" }, { x: "b" }],
      with: {
        categories: [
          { value: "a", ratio: 0.5 },
          { value: "b", ratio: 0.5 },
        ],
        statistic: "total_variation",
        threshold: 0.25,
      },
      outcome: "passed",
    },
    {
      rows: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }],
      with: { edges: [0, 2.5, 5], ratios: [0.5, 0.5], statistic: "ks", threshold: 0.1 },
      outcome: "passed",
    },
    {
      rows: [{ x: 4 }, { x: 4 }, { x: 3 }, { x: 9 }],
      with: { edges: [0, 2.5, 5], ratios: [0.5, 0.5], statistic: "ks", threshold: 0.1 },
      outcome: "failed",
    },
    { rows: [{ x: null }], types: { x: "String" }, with: { categories: [{ value: "a", ratio: 1 }] }, outcome: "passed" },
    { rows: [{ x: "a" }], filter: "x = 'b'", with: { categories: [{ value: "b", ratio: 1 }] }, outcome: "passed" },
  ],
});
