import { z } from "zod";
import { FieldType } from "../model/field.ts";
import { datasetRule, fails, holds } from "./rule.ts";

export default datasetRule({
  type: "expectedSchema",
  title: "Expected schema",
  docs: "The container has the named fields, with their types where they are given; other fields are an error unless allowed. It is judged first: when it fails, the other checks of the container are not evaluated.",
  takes: "none",
  properties: z.object({
    list: z
      .array(z.union([z.string().min(1), z.object({ name: z.string().min(1), type: FieldType.optional() })]))
      .min(1)
      .describe("names, or names with types"),
    allow_other_fields: z.boolean().default(false).describe("fields that are not listed are no error"),
  }),
  weight: 3,
  category: "data_integrity",
  filterable: false,
  coverable: false,
  scope: "whole",
  describe: (_fields, p) =>
    `the fields ${p.list
      .map((item) => (typeof item === "string" ? item : item.name))
      .slice(0, 12)
      .join(", ")}${p.list.length > 12 ? ", …" : ""} are there${p.allow_other_fields ? "" : ", and no others"}`,
  plan: (_fields, p) => ({
    kind: "schema",
    abortsContainer: true,
    judge: (found) => {
      const wanted = p.list.map((item) => (typeof item === "string" ? { name: item, type: undefined } : item));
      const byName = new Map(found.map((field) => [field.name, field]));
      const missing = wanted.filter(({ name }) => !byName.has(name)).map(({ name }) => `${name} is missing`);
      const retyped = wanted.flatMap(({ name, type }) =>
        type && byName.has(name) && byName.get(name)!.field_type !== type
          ? [`${name} is ${byName.get(name)!.field_type}, not ${type}`]
          : [],
      );
      const names = new Set(wanted.map(({ name }) => name));
      const others = p.allow_other_fields ? [] : found.filter(({ name }) => !names.has(name)).map(({ name }) => `${name} is not expected`);
      const wrong = [...missing, ...retyped, ...others];
      return wrong.length === 0 ? holds() : fails(wrong.join("; "), wrong.length);
    },
  }),
  cases: [
    { rows: [{ id: 1, name: "a" }], fields: [], with: { list: ["id", "name"] }, outcome: "passed" },
    { rows: [{ id: 1, name: "a" }], fields: [], with: { list: ["name", "id"] }, outcome: "passed" },
    { rows: [{ id: 1 }], fields: [], with: { list: ["id", "name"] }, outcome: "failed", anomalous: 1 },
    { rows: [{ id: 1, name: "a", extra: 2 }], fields: [], with: { list: ["id", "name"] }, outcome: "failed", anomalous: 1 },
    { rows: [{ id: 1, name: "a", extra: 2 }], fields: [], with: { list: ["id", "name"], allow_other_fields: true }, outcome: "passed" },
    { rows: [{ id: 1 }], fields: [], with: { list: [{ name: "id", type: "Integral" }] }, outcome: "passed" },
    { rows: [{ id: null }], types: { id: "String" }, fields: [], with: { list: [{ name: "id", type: "Integral" }] }, outcome: "failed" },
    { rows: [], types: { id: "String" }, fields: [], with: { list: ["id"] }, outcome: "passed" },
  ],
});
