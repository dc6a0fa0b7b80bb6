import { z } from "zod";
import { and, gt, isNull, not, num, or } from "../expr/expr.ts";
import { keyOf, rowsOf, sumOfRows } from "./groups.ts";
import { numberOf } from "./measured.ts";
import { datasetRule, fails, holds } from "./rule.ts";

export default datasetRule({
  type: "primaryKey",
  title: "Primary key",
  docs: "The combination of the selected fields occurs once and none of them is NULL: what a primary key demands.",
  takes: "multi",
  properties: z.object({}),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: (fields) => `${fields.join(", ")} ${fields.length > 1 ? "together identify" : "identifies"} each record`,
  plan: (fields) => {
    const missing = or(...fields.map((field, index) => isNull(keyOf(index, field.type))));
    const repeated = and(not(missing), gt(rowsOf, num(1)));
    return {
      kind: "groups",
      by: fields,
      dropNulls: false,
      metrics: { missing: sumOfRows(missing), repeated: sumOfRows(repeated) },
      judge: ({ missing: withoutKey, repeated: again }) => {
        const [nulls, rows] = [numberOf(withoutKey) ?? 0, numberOf(again) ?? 0];
        return nulls + rows === 0 ? holds() : fails(`${rows} records repeat a key, ${nulls} have a NULL in it`, nulls + rows);
      },
      offending: or(missing, repeated),
    };
  },
  cases: [
    { rows: [{ x: 1 }, { x: 2 }], outcome: "passed" },
    { rows: [{ x: 1 }, { x: 1 }], outcome: "failed", anomalous: 2 },
    { rows: [{ x: 1 }, { x: null }], outcome: "failed", anomalous: 1 },
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
        { a: 1, b: null },
        { a: 2, b: 2 },
      ],
      fields: ["a", "b"],
      outcome: "failed",
      anomalous: 1,
    },
    { rows: [], types: { x: "Integral" }, outcome: "passed" },
    { rows: [{ x: null }], types: { x: "String" }, filter: "x = 'a'", outcome: "passed" },
  ],
});
