import { z } from "zod";
import { countIf, eq } from "../expr/expr.ts";
import { keyOf, sumOfRows } from "./groups.ts";
import { listed, valueList } from "./listed.ts";
import { numberOf } from "./measured.ts";
import { datasetRule, fails, holds } from "./rule.ts";

export default datasetRule({
  type: "requiredValues",
  title: "Required values",
  docs: "Each value of a list occurs at least once among the (filtered) rows. Without any row nothing is judged.",
  takes: "single",
  properties: z.object({
    list: valueList.describe("the values that must occur"),
  }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: ([field], p) => `each of ${p.list.slice(0, 12).join(", ")}${p.list.length > 12 ? ", …" : ""} occurs in ${field}`,
  plan: ([x], p) => ({
    kind: "groups",
    by: [x!],
    dropNulls: false,
    metrics: {
      rows: sumOfRows(),
      ...Object.fromEntries(p.list.map((value, index) => [`found_${index}`, countIf(eq(keyOf(0, x!.type), listed(value, x!)))])),
    },
    judge: (metrics) => {
      if (!numberOf(metrics["rows"])) return holds();
      const missing = p.list.filter((_, index) => !numberOf(metrics[`found_${index}`]));
      return missing.length === 0
        ? holds()
        : fails(`${missing.join(", ")} ${missing.length === 1 ? "does" : "do"} not occur`, missing.length);
    },
    offending: null,
  }),
  cases: [
    { rows: [{ x: "EU" }, { x: "US" }], with: { list: ["EU", "US", "APAC"] }, outcome: "failed", anomalous: 1 },
    { rows: [{ x: "EU" }, { x: "US" }, { x: "APAC" }, { x: "MOON" }], with: { list: ["EU", "US", "APAC"] }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: null }], with: { list: [1] }, outcome: "passed" },
    { rows: [{ x: 1 }, { x: 2 }], with: { list: ["2"] }, outcome: "passed" },
    { rows: [{ x: null }], types: { x: "String" }, with: { list: ["a", "b"] }, outcome: "failed", anomalous: 2 },
    { rows: [{ x: "a" }], filter: "x = 'b'", with: { list: ["a"] }, outcome: "passed" },
    { rows: [{ x: "A" }], with: { list: ["a"] }, outcome: "failed" },
  ],
});
