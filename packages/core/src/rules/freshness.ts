import { z } from "zod";
import { aggregate, type Expr } from "../expr/expr.ts";
import { TEMPORAL_TYPES } from "../model/field.ts";
import { aggregateRule, fails, holds, unasserted, type RuleContext } from "./rule.ts";

const UNIT_MS = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;

/** Engines give times without a zone, in UTC. */
const utc = (time: string): string =>
  /(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time.replace(" ", "T")}${time.includes(":") ? "Z" : ""}`;

const temporalIncremental = (ctx: RuleContext): string | null => {
  const found = ctx.containerFields.find(({ name }) => name === ctx.incrementalField);
  return found && TEMPORAL_TYPES.includes(found.field_type) ? found.name : null;
};

export default aggregateRule({
  type: "freshness",
  title: "Freshness",
  docs: "The newest row, or the last change of the source where no field tells when a row came, is not older than a limit. Without either the check is not evaluated.",
  takes: "none",
  properties: z.object({
    max_age: z.number().positive().describe("greatest age"),
    unit: z.enum(["minutes", "hours", "days"]).default("hours").describe("unit of max_age"),
  }),
  weight: 2,
  category: "metadata",
  filterable: false,
  coverable: false,
  scope: "whole",
  describe: (_fields, p) => `the data is not older than ${p.max_age} ${p.unit}`,
  metrics: (_fields, _p, ctx): Record<string, Expr> => {
    const temporal = temporalIncremental(ctx);
    return temporal === null ? {} : { newest: aggregate("max", ctx.field(temporal)) };
  },
  judge: ({ newest }, p, ctx, _reference, rows) => {
    const last = typeof newest === "string" ? newest : ctx.modifiedAt;
    if (last === null) return unasserted("neither a field nor the source tells when the data last changed");
    const ageMs = Date.parse(ctx.now) - Date.parse(utc(last));
    const ageText = `${(ageMs / UNIT_MS[p.unit]).toFixed(1)} ${p.unit}`;
    return ageMs <= p.max_age * UNIT_MS[p.unit] ? holds(last) : fails(`the newest data is ${ageText} old`, rows, last);
  },
  cases: [
    { rows: [{ x: 1 }], with: { max_age: 24 }, modifiedAt: "2031-02-01T00:00:00Z", outcome: "passed" },
    { rows: [{ x: 1 }], with: { max_age: 24 }, modifiedAt: "2031-01-30T06:00:00Z", outcome: "failed" },
    { rows: [{ x: 1 }], with: { max_age: 3, unit: "days" }, modifiedAt: "2031-01-30T06:00:00Z", outcome: "passed" },
    { rows: [{ x: 1 }], with: { max_age: 30, unit: "minutes" }, modifiedAt: "2031-02-01T11:00:00Z", outcome: "failed" },
    { rows: [{ x: 1 }], with: { max_age: 24 }, outcome: "unasserted" },
    { rows: [{ x: null }], types: { x: "String" }, with: { max_age: 24 }, modifiedAt: "2031-02-01T11:59:00Z", outcome: "passed" },
  ],
});
