import { z } from "zod";
import { clusterNames } from "./entity-names.ts";
import { datasetRule } from "./rule.ts";

export default datasetRule({
  type: "entityResolution",
  title: "Entity resolution",
  docs: "Names that mean the same thing agree on a distinguishing field. Names are alike when one contains the other word by word (pair_substrings), when they sound alike (pair_homophones), or when they are spelt alike to a threshold; likeness is passed on. Rows of a cluster whose distinguishing values differ are anomalous. NULL takes no part.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({
    distinct_field_name: z.string().min(1).describe("the field that must agree within a cluster"),
    pair_substrings: z.boolean().default(false).describe("a name within another is the same"),
    pair_homophones: z.boolean().default(false).describe("names that sound alike are the same"),
    spelling_similarity_threshold: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe("Jaro-Winkler similarity from which two spellings are the same"),
  }),
  weight: 3,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: ([field], p) => `like values of ${field} share ${p.distinct_field_name}`,
  plan: ([x], p, ctx) => ({
    kind: "clusters",
    value: x!,
    distinct: ctx.field(p.distinct_field_name),
    cluster: (names) => clusterNames(names, p),
  }),
  cases: [
    {
      rows: [
        { x: "Nordwind GmbH", id: 4 },
        { x: "Nordwind", id: 9 },
      ],
      fields: ["x"],
      with: { distinct_field_name: "id", pair_substrings: true },
      outcome: "failed",
      anomalous: 2,
    },
    {
      rows: [
        { x: "Nordwind GmbH", id: 4 },
        { x: "Nordwind", id: 4 },
      ],
      fields: ["x"],
      with: { distinct_field_name: "id", pair_substrings: true },
      outcome: "passed",
    },
    {
      rows: [
        { x: "Nordwind GmbH", id: 4 },
        { x: "Suedwind", id: 9 },
      ],
      fields: ["x"],
      with: { distinct_field_name: "id", pair_substrings: true },
      outcome: "passed",
    },
    {
      rows: [
        { x: "Smith", id: 1 },
        { x: "Smyth", id: 2 },
      ],
      fields: ["x"],
      with: { distinct_field_name: "id", pair_homophones: true },
      outcome: "failed",
      anomalous: 2,
    },
    {
      rows: [
        { x: "Martinsson", id: 1 },
        { x: "Martinson", id: 2 },
      ],
      fields: ["x"],
      with: { distinct_field_name: "id", spelling_similarity_threshold: 0.95 },
      outcome: "failed",
      anomalous: 2,
    },
    {
      rows: [
        { x: "Acme", id: 1 },
        { x: "ACME ", id: 2 },
      ],
      fields: ["x"],
      with: { distinct_field_name: "id" },
      outcome: "failed",
      anomalous: 2,
    },
    {
      rows: [
        { x: null, id: 1 },
        { x: null, id: 2 },
      ],
      types: { x: "String" },
      fields: ["x"],
      with: { distinct_field_name: "id" },
      outcome: "passed",
    },
  ],
});
