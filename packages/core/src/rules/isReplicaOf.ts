import { z } from "zod";
import { comparators, StringComparator } from "./comparators.ts";
import { comparePlan } from "./compare-plan.ts";
import { namesContainer, referenceProperties, withNames } from "./reference.ts";
import { datasetRule } from "./rule.ts";

export default datasetRule({
  type: "isReplicaOf",
  title: "Is replica of",
  docs: "The rows equal those of another container. An older form of dataDiff with the same meaning; use dataDiff for new checks.",
  takes: "multi",
  properties: z
    .object({
      ...referenceProperties,
      id_field_names: z.array(z.string().min(1)).default([]).describe("fields that identify a row on both sides"),
      passthrough_field_names: z.array(z.string().min(1)).default([]).describe("fields shown but not compared"),
      change_types: z
        .array(z.enum(["added", "removed", "changed"]))
        .min(1)
        .default(["added", "removed", "changed"])
        .describe("which differences count"),
      ...comparators,
      string_comparator: StringComparator.optional().describe("when texts are equal"),
    })
    .refine(...namesContainer)
    .transform(withNames),
  weight: 3,
  category: "data_integrity",
  filterable: true,
  coverable: false,
  scope: "whole",
  describe: (fields, p) => `${fields.join(", ")} replicate those of ${p.ref_container_name}`,
  plan: (fields, p, ctx) => comparePlan(fields, p, ctx),
  cases: [
    {
      rows: [
        { id: 1, v: "a" },
        { id: 2, v: "b" },
      ],
      references: {
        other: [
          { id: 1, v: "a" },
          { id: 2, v: "b" },
        ],
      },
      fields: ["id", "v"],
      with: { ref_container_name: "other", id_field_names: ["id"] },
      outcome: "passed",
    },
    {
      rows: [
        { id: 1, v: "a" },
        { id: 2, v: "b" },
      ],
      references: {
        other: [
          { id: 1, v: "a" },
          { id: 2, v: "c" },
        ],
      },
      fields: ["id", "v"],
      with: { ref_container_name: "other", id_field_names: ["id"] },
      outcome: "failed",
      anomalous: 1,
    },
    {
      rows: [
        { id: 1, v: "a" },
        { id: 8, v: "b" },
      ],
      references: { other: [{ id: 1, v: "a" }] },
      fields: ["id", "v"],
      with: { ref_container_name: "other", id_field_names: ["id"] },
      outcome: "failed",
      anomalous: 1,
    },
    {
      rows: [{ id: 1, v: "a" }],
      references: {
        other: [
          { id: 1, v: "a" },
          { id: 8, v: "b" },
        ],
      },
      fields: ["id", "v"],
      with: { ref_container_name: "other", id_field_names: ["id"] },
      outcome: "failed",
      anomalous: 1,
    },
    {
      rows: [{ id: 1, v: null }],
      types: { v: "String" },
      references: {
        other: [
          { id: 1, v: "a" },
          { id: 2, v: null },
        ],
      },
      filter: "id = 1",
      fields: ["id", "v"],
      with: { ref_container_name: "other", ref_filter: "id = 1", id_field_names: ["id"] },
      outcome: "failed",
      anomalous: 1,
    },
    {
      rows: [
        { id: 1, v: "a" },
        { id: 2, v: "b" },
      ],
      references: {
        other: [
          { id: 2, v: "b" },
          { id: 1, v: "a" },
        ],
      },
      fields: ["id", "v"],
      with: { ref_container_name: "other" },
      outcome: "passed",
    },
    {
      rows: [
        { id: 1, v: "a" },
        { id: 2, v: "b" },
      ],
      references: {
        other: [
          { id: 2, v: "b" },
          { id: 1, v: "x" },
        ],
      },
      fields: ["id", "v"],
      with: { ref_container_name: "other" },
      outcome: "failed",
    },
  ],
});
