import { z } from "zod";
import { datasetRule, fails, holds } from "./rule.ts";

export default datasetRule({
  type: "fieldSet",
  title: "Field set",
  docs: "The names of the fields are exactly a set, contain it, or are contained in it, in any order.",
  takes: "none",
  properties: z.object({
    list: z.array(z.string().min(1)).min(1).describe("names"),
    match: z.enum(["exactly", "at least", "at most"]).default("exactly").describe("exactly these, at least these, or none but these"),
  }),
  weight: 1,
  category: "data_integrity",
  filterable: false,
  coverable: false,
  scope: "whole",
  describe: (_fields, p) => `the fields are ${p.match} ${p.list.slice(0, 12).join(", ")}${p.list.length > 12 ? ", …" : ""}`,
  plan: (_fields, p) => ({
    kind: "schema",
    abortsContainer: false,
    judge: (found) => {
      const names = new Set(found.map(({ name }) => name));
      const missing = p.match === "at most" ? [] : p.list.filter((name) => !names.has(name)).map((name) => `${name} is missing`);
      const others =
        p.match === "at least" ? [] : [...names].filter((name) => !p.list.includes(name)).map((name) => `${name} is not expected`);
      return missing.length + others.length === 0 ? holds() : fails([...missing, ...others].join("; "), missing.length + others.length);
    },
  }),
  cases: [
    { rows: [{ a: 1, b: 2 }], fields: [], with: { list: ["b", "a"] }, outcome: "passed" },
    { rows: [{ a: 1, b: 2 }], fields: [], with: { list: ["a"] }, outcome: "failed", anomalous: 1 },
    { rows: [{ a: 1, b: 2 }], fields: [], with: { list: ["a"], match: "at least" }, outcome: "passed" },
    { rows: [{ a: 1 }], fields: [], with: { list: ["a", "b"], match: "at most" }, outcome: "passed" },
    { rows: [{ c: 1 }], fields: [], with: { list: ["a", "b"], match: "at most" }, outcome: "failed" },
    { rows: [{ A: null }], types: { A: "String" }, fields: [], with: { list: ["a"] }, outcome: "failed" },
    { rows: [], types: { a: "String" }, fields: [], with: { list: ["a"] }, outcome: "passed" },
  ],
});
