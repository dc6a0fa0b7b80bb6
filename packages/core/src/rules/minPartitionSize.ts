import { z } from "zod";
import { datasetRule, fails, holds } from "./rule.ts";

export default datasetRule({
  type: "minPartitionSize",
  title: "Minimum partition size",
  docs: "Each partition of the container (a file of a group, or a table as a whole) holds at least so many rows.",
  takes: "none",
  properties: z.object({ value: z.number().int().min(0).describe("number of rows") }),
  weight: 2,
  category: "data_integrity",
  filterable: false,
  coverable: true,
  scope: "whole",
  describe: (_fields, p) => `each partition has at least ${p.value} records`,
  plan: (_fields, p) => ({
    kind: "partitions",
    judge: (partitions) => {
      const wrong = partitions.filter(({ rows }) => !(rows >= p.value));
      if (wrong.length === 0) return holds();
      return fails(
        `${wrong
          .slice(0, 5)
          .map(({ name, rows }) => `${name} has ${rows}`)
          .join(", ")}${wrong.length > 5 ? ", …" : ""}`,
        wrong.reduce((sum, { rows }) => sum + rows, 0),
      );
    },
  }),
  cases: [
    { rows: [{ x: 1 }, { x: 2 }], fields: [], with: { value: 2 }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: 2 }], fields: [], with: { value: 3 }, outcome: "failed" },
    { rows: [{ x: null }], types: { x: "String" }, fields: [], with: { value: 1 }, outcome: "passed" },
    { rows: [{ x: 1 }], fields: [], with: { value: 0 }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: 2 }, { x: 3 }], fields: [], with: { value: 3 }, outcome: "passed" },
    { rows: [{ x: 1 }], fields: [], with: { value: 1000000 }, outcome: "failed" },
  ],
});
