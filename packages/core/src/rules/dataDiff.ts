import { z } from "zod";
import { comparators, StringComparator } from "./comparators.ts";
import { comparePlan } from "./compare-plan.ts";
import { namesContainer, referenceProperties, withNames } from "./reference.ts";
import { datasetRule } from "./rule.ts";

export default datasetRule({
  type: "dataDiff",
  title: "Data diff",
  docs: "The rows equal those of another container. With identifying fields, rows are matched by them, and each is unchanged, changed, added (only in the other container) or removed (only in this one); without them only the number of rows without an equal on the other side is told. NULL equals NULL. Identifiers that repeat are reported, not multiplied.",
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
  describe: (fields, p) => `${fields.join(", ")} equal those of ${p.ref_container_name}`,
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
    {
      rows: [{ id: 1, v: "a", t: 1 }],
      references: { other: [{ id: 1, v: "a", t: 2 }] },
      fields: ["id", "v", "t"],
      with: { ref_container_name: "other", id_field_names: ["id"], passthrough_field_names: ["t"] },
      outcome: "passed",
    },
    {
      rows: [{ id: 1, v: 1.0 }],
      types: { v: "Fractional" },
      references: { other: [{ id: 1, v: 1.04 }] },
      fields: ["id", "v"],
      with: { ref_container_name: "other", id_field_names: ["id"], numeric_comparator: { epsilon: 0.05 } },
      outcome: "passed",
    },
    {
      rows: [
        { id: 1, v: "a" },
        { id: 8, v: "b" },
      ],
      references: { other: [{ id: 1, v: "a" }] },
      fields: ["id", "v"],
      with: { ref_container_name: "other", id_field_names: ["id"], change_types: ["added", "changed"] },
      outcome: "passed",
    },
    {
      name: "only here is removed",
      rows: [
        { id: 1, v: "a" },
        { id: 8, v: "b" },
      ],
      references: { other: [{ id: 1, v: "a" }] },
      fields: ["id", "v"],
      with: { ref_container_name: "other", id_field_names: ["id"], change_types: ["removed"] },
      outcome: "failed",
      anomalous: 1,
    },
    {
      name: "runs of white space are one",
      rows: [{ id: 1, v: " a   b\tc" }],
      references: { other: [{ id: 1, v: "a b c " }] },
      fields: ["id", "v"],
      with: { ref_container_name: "other", id_field_names: ["id"], string_comparator: { ignore_whitespace: true } },
      outcome: "passed",
    },
    {
      name: "no rows on either side",
      rows: [],
      types: { id: "Integral", v: "String" },
      references: { other: [{ id: 9, v: "a" }] },
      fields: ["id", "v"],
      with: { ref_container_name: "other", ref_filter: "id = 1", id_field_names: ["id"] },
      outcome: "passed",
    },
    {
      name: "NULL equals NULL",
      rows: [{ id: 1, v: null }],
      types: { v: "String" },
      references: {
        other: [
          { id: 1, v: null },
          { id: 2, v: "a" },
        ],
      },
      fields: ["id", "v"],
      with: { ref_container_name: "other", ref_filter: "id = 1", id_field_names: ["id"] },
      outcome: "passed",
    },
  ],
});
