import { z } from "zod";
import { datasetRule } from "./rule.ts";

const inWords = (determinants: readonly (readonly string[])[]) =>
  determinants.map((names) => names.join(" and ")).join(", or with the same ");

/** An approximate functional dependency, judged per group by plurality (Lee, Bohannon et al., "holistic" repair by votes). */
export default datasetRule({
  type: "dependsOn",
  title: "Depends On",
  docs:
    "Rows that agree on a determinant (a field, or several together) agree on the value: a zip code knows its city. Each entry of determined_by is one determinant. " +
    "Its groups of at least rows_min known values, of which one holds at least share_min, expect that value; a row is anomalous where more determinants expect another value than its own. " +
    "NULL passes unless missing is true. Rows with an unknown determinant take no part in its groups.",
  takes: "single",
  properties: z.object({
    determined_by: z
      .array(z.array(z.string()).min(1))
      .min(1)
      .describe("determinants: lists of the fields that together determine the value"),
    rows_min: z.number().int().min(2).default(3).describe("known values a group needs to have an opinion"),
    share_min: z.number().min(0).max(1).default(0.6).describe("share of its values one value must hold to be the opinion"),
    missing: z.boolean().default(false).describe("NULL fails where a value is expected"),
  }),
  weight: 2,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: ([name], p) => `${name} is what most rows with the same ${inWords(p.determined_by)} hold`,
  plan: ([value], p, ctx) => ({
    kind: "consensus",
    value: value!,
    determinants: p.determined_by.map((names) => names.map((name) => ctx.field(name))),
    rowsMin: p.rows_min,
    shareMin: p.share_min,
    missingFails: p.missing,
  }),
  cases: [
    {
      name: "one row of a group differs",
      rows: [
        { zip: "1", x: "a" },
        { zip: "1", x: "a" },
        { zip: "1", x: "a" },
        { zip: "1", x: "b" },
        { zip: "2", x: "b" },
      ],
      fields: ["x"],
      with: { determined_by: [["zip"]] },
      outcome: "failed",
      anomalous: 1,
    },
    {
      name: "a group without a clear majority has no opinion",
      rows: [
        { zip: "1", x: "a" },
        { zip: "1", x: "a" },
        { zip: "1", x: "b" },
        { zip: "1", x: "b" },
      ],
      fields: ["x"],
      with: { determined_by: [["zip"]] },
      outcome: "passed",
    },
    {
      name: "a wrong determinant is outvoted",
      rows: [
        { zip: "1", phone: "p", x: "a" },
        { zip: "1", phone: "p", x: "a" },
        { zip: "1", phone: "p", x: "a" },
        { zip: "1", phone: "q", x: "b" },
        { zip: "2", phone: "q", x: "b" },
        { zip: "2", phone: "q", x: "b" },
        { zip: "2", phone: "q", x: "b" },
      ],
      fields: ["x"],
      with: { determined_by: [["zip"], ["phone"]] },
      outcome: "passed",
    },
    {
      name: "NULL passes",
      rows: [
        { k: 1, x: "a" },
        { k: 1, x: "a" },
        { k: 1, x: "a" },
        { k: 1, x: null },
      ],
      fields: ["x"],
      with: { determined_by: [["k"]] },
      outcome: "passed",
    },
    {
      name: "NULL fails where missing values are wrong",
      rows: [
        { k: 1, x: "a" },
        { k: 1, x: "a" },
        { k: 1, x: "a" },
        { k: 1, x: null },
      ],
      fields: ["x"],
      with: { determined_by: [["k"]], missing: true },
      outcome: "failed",
      anomalous: 1,
    },
    {
      name: "an unknown determinant is no group",
      rows: [
        { k: null, x: "a" },
        { k: null, x: "a" },
        { k: null, x: "a" },
        { k: null, x: "b" },
      ],
      fields: ["x"],
      types: { k: "Integral" },
      with: { determined_by: [["k"]] },
      outcome: "passed",
    },
    {
      name: "no rows",
      rows: [],
      fields: ["x"],
      types: { k: "Integral", x: "String" },
      with: { determined_by: [["k"]] },
      outcome: "passed",
    },
  ],
});
