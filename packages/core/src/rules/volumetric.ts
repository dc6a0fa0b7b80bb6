import { z } from "zod";
import { countRows } from "../expr/expr.ts";
import { bounds, boundsInOrder, isWithin, lies, someBound } from "./bounds.ts";
import { aggregateRule, fails, holds, type RuleContext } from "./rule.ts";

const DAY_MS = 86_400_000;

/** The newest measurement that is at least some days old. */
const earlier = (ctx: RuleContext, days: number): number | null =>
  ctx.history.findLast(({ at }) => Date.parse(ctx.now) - Date.parse(at) >= days * DAY_MS)?.value ?? null;

export default aggregateRule({
  type: "volumetric",
  title: "Volumetric",
  docs: "The number of rows, or its change since the last scan, lies within bounds. The first scan never fails a change.",
  takes: "none",
  properties: z
    .object({
      comparison: z.enum(["Absolute Value", "Absolute Change", "Percentage Change"]).default("Absolute Value").describe("what is bounded"),
      ...bounds,
      period_days: z.number().int().min(1).optional().describe("the measurement compared with is the newest at least this many days old"),
    })
    .refine(...someBound)
    .refine(...boundsInOrder),
  weight: 2,
  category: "metadata",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: (_fields, p) =>
    `${p.comparison === "Absolute Value" ? "the number of records" : p.comparison === "Absolute Change" ? "the change of the number of records" : "the percentage change of the number of records"} ${lies(p.min, p.max)}`,
  metrics: () => ({ value: countRows() }),
  judge: (_metrics, p, ctx, _reference, rows) => {
    const last = earlier(ctx, p.period_days ?? 0);
    const measured =
      p.comparison === "Absolute Value"
        ? rows
        : last === null
          ? null
          : p.comparison === "Absolute Change"
            ? rows - last
            : last === 0
              ? null
              : ((rows - last) / last) * 100;
    return measured === null || isWithin(measured, p)
      ? holds(rows)
      : fails(
          `${p.comparison === "Absolute Value" ? `there are ${rows} records` : `the number of records went from ${last} to ${rows}`}`,
          rows,
          rows,
        );
  },
  cases: [
    { rows: [{ x: 1 }, { x: 2 }], with: { min: 1, max: 5 }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: 2 }], with: { min: 3 }, outcome: "failed" },
    { rows: [{ x: 1 }, { x: 2 }], with: { comparison: "Percentage Change", min: -10, max: 10 }, outcome: "passed" },
    {
      rows: [{ x: 1 }, { x: 2 }],
      with: { comparison: "Percentage Change", min: -10, max: 10 },
      history: [{ at: "2031-01-01T00:00:00Z", value: 4 }],
      outcome: "failed",
    },
    {
      rows: [{ x: 1 }, { x: 2 }],
      with: { comparison: "Absolute Change", min: -1, max: 1 },
      history: [
        { at: "2031-01-01T00:00:00Z", value: 9 },
        { at: "2031-01-02T00:00:00Z", value: 3 },
      ],
      outcome: "passed",
    },
    {
      rows: [{ x: null }, { x: 2 }],
      with: { comparison: "Absolute Change", max: -5 },
      history: [{ at: "2031-01-02T00:00:00Z", value: 2 }],
      outcome: "failed",
    },
  ],
});
