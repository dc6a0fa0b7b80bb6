import { z } from "zod";
import { datasetRule, fails, holds } from "./rule.ts";

export default datasetRule({
  type: "fieldOrder",
  title: "Field order",
  docs: "The named fields stand in this order; with `exactly` they are all there is.",
  takes: "none",
  properties: z.object({
    list: z.array(z.string().min(1)).min(1).describe("names in order"),
    exactly: z.boolean().default(true).describe("no other field may stand before, between or after"),
  }),
  weight: 1,
  category: "data_integrity",
  filterable: false,
  coverable: false,
  scope: "whole",
  describe: (_fields, p) => `the fields stand in the order ${p.list.slice(0, 12).join(", ")}${p.list.length > 12 ? ", …" : ""}`,
  plan: (_fields, p) => ({
    kind: "schema",
    abortsContainer: false,
    judge: (found) => {
      const names = found.map(({ name }) => name).filter((name) => p.exactly || p.list.includes(name));
      const wrong = Math.max(names.length, p.list.length) - p.list.filter((name, index) => names[index] === name).length;
      return wrong === 0 ? holds() : fails(`the order is ${names.slice(0, 20).join(", ")}`, wrong);
    },
  }),
  cases: [
    { rows: [{ a: 1, b: 2 }], fields: [], with: { list: ["a", "b"] }, outcome: "passed" },
    { rows: [{ a: 1, b: 2 }], fields: [], with: { list: ["b", "a"] }, outcome: "failed" },
    { rows: [{ a: 1, x: 0, b: 2 }], fields: [], with: { list: ["a", "b"] }, outcome: "failed" },
    { rows: [{ a: 1, x: 0, b: 2 }], fields: [], with: { list: ["a", "b"], exactly: false }, outcome: "passed" },
    { rows: [{ a: null }], types: { a: "String" }, fields: [], with: { list: ["a", "b"] }, outcome: "failed", anomalous: 1 },
    { rows: [], types: { a: "String", b: "Date" }, fields: [], with: { list: ["a", "b"] }, outcome: "passed" },
  ],
});
