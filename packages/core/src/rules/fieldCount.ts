import { z } from "zod";
import { datasetRule, fails, holds } from "./rule.ts";

export default datasetRule({
  type: "fieldCount",
  title: "Field count",
  docs: "The container has exactly so many fields.",
  takes: "none",
  properties: z.object({ value: z.number().int().min(0).describe("number of fields") }),
  weight: 1,
  category: "data_integrity",
  filterable: false,
  coverable: false,
  scope: "whole",
  describe: (_fields, p) => `there are ${p.value} fields`,
  plan: (_fields, p) => ({
    kind: "schema",
    abortsContainer: false,
    judge: (found) =>
      found.length === p.value
        ? holds(found.length)
        : fails(`there are ${found.length} fields`, Math.abs(found.length - p.value), found.length),
  }),
  cases: [
    { rows: [{ a: 1, b: 2 }], fields: [], with: { value: 2 }, outcome: "passed" },
    { rows: [{ a: 1, b: 2, c: 3 }], fields: [], with: { value: 2 }, outcome: "failed", anomalous: 1 },
    { rows: [{ a: 1 }], fields: [], with: { value: 2 }, outcome: "failed" },
    { rows: [{ a: null }], types: { a: "String" }, fields: [], with: { value: 1 }, outcome: "passed" },
    { rows: [], types: { a: "String", b: "Date" }, fields: [], with: { value: 2 }, outcome: "passed" },
    { rows: [{ a: 1 }], fields: [], with: { value: 0 }, outcome: "failed" },
  ],
});
