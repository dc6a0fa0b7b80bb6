import { z } from "zod";
import { aggregate, gt, num } from "../expr/expr.ts";
import { rowsOf, sumOfRows } from "./groups.ts";
import { numberOf } from "./measured.ts";
import { datasetRule, fails, holds } from "./rule.ts";

export default datasetRule({
  type: "unique",
  title: "Unique",
  docs: "The combination of the selected fields occurs once. A key with a NULL in any field is not tested. Every row of a repeated key counts as anomalous, and some of them are attached.",
  takes: "multi",
  properties: z.object({}),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: (fields) => `${fields.join(", ")} ${fields.length > 1 ? "together are" : "is"} unique`,
  plan: (fields) => ({
    kind: "groups",
    by: fields,
    dropNulls: true,
    metrics: { repeated: sumOfRows(gt(rowsOf, num(1))), keys: aggregate("countIf", gt(rowsOf, num(1))) },
    judge: ({ repeated, keys }) => {
      const rows = numberOf(repeated) ?? 0;
      return rows === 0
        ? holds()
        : fails(`${numberOf(keys)} ${numberOf(keys) === 1 ? "key occurs" : "keys occur"} more than once, in ${rows} records`, rows);
    },
    offending: gt(rowsOf, num(1)),
  }),
  cases: [
    { rows: [{ x: 11 }, { x: 12 }, { x: 12 }], outcome: "failed", anomalous: 2 },
    { rows: [{ x: 11 }, { x: 12 }], outcome: "passed" },
    { rows: [{ x: null }, { x: null }, { x: 1 }], types: { x: "Integral" }, outcome: "passed" },
    {
      rows: [
        { a: 1, b: 1 },
        { a: 1, b: 2 },
      ],
      fields: ["a", "b"],
      outcome: "passed",
    },
    {
      rows: [
        { a: 1, b: 1 },
        { a: 1, b: 1 },
        { a: 1, b: 1 },
      ],
      fields: ["a", "b"],
      outcome: "failed",
      anomalous: 3,
    },
    {
      rows: [
        { a: 1, b: null },
        { a: 1, b: null },
      ],
      types: { b: "String" },
      fields: ["a", "b"],
      outcome: "passed",
    },
    { rows: [{ x: "a" }, { x: "A" }, { x: "a " }], outcome: "passed" },
    { rows: [{ x: 1 }, { x: 1 }], filter: "x > 1", outcome: "passed" },
    { rows: [], types: { x: "Integral" }, outcome: "passed" },
  ],
});
