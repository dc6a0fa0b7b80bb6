/** A rule as data for forms: which fields it takes, and each property with the kind of control that asks for it. */
import { z } from "zod";
import { FieldType } from "../model/field.ts";
import type { Rule } from "./rule.ts";

export const PropertyControl = z.enum([
  "boolean",
  "container",
  "datastore",
  "datetime",
  "duration_comparator",
  "duration_unit",
  "enum",
  "expression",
  "field",
  "fields",
  "json",
  "list",
  "number",
  "numeric_comparator",
  "percentage",
  "string",
  "string_comparator",
]);
type PropertyControl = z.infer<typeof PropertyControl>;

export const PropertySpecification = z.object({
  /** Name of the control, and of the property it fills. */
  field: z.string(),
  map_to: z.string(),
  required: z.boolean(),
  title: z.string(),
  type: PropertyControl,
  /** What may be chosen; null where anything may be written. */
  values: z.array(z.unknown()).nullable(),
  default: z.unknown(),
  info: z.string().nullable(),
});

export const RuleSpecification = z
  .object({
    rule: z.string(),
    title: z.string(),
    rule_description: z.string(),
    /** Whether it is still read, but should not be chosen. */
    deprecated: z.boolean(),
    /** Whether people may make checks of it. */
    author: z.boolean(),
    fields: z.enum(["single", "multi", "calculated", "none"]),
    /** Types of fields it can be applied to; null for all. */
    fields_type_filter: z.array(FieldType).nullable(),
    filterable: z.boolean(),
    supports_coverage: z.boolean(),
    weight: z.number().int(),
    category: z.enum(["data_integrity", "metadata"]),
    /** What an incremental scan looks at. */
    incremental_scope: z.enum(["slice", "whole"]),
    properties: z.array(PropertySpecification),
  })
  .meta({ id: "RuleSpecification" });

const JsonProperty = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
});
type JsonProperty = z.infer<typeof JsonProperty>;
const JsonProperties = z.object({ properties: z.record(z.string(), JsonProperty).default({}), required: z.array(z.string()).default([]) });

/** Controls by the name of the property, where the schema alone does not say. */
const BY_NAME: Readonly<Record<string, PropertyControl>> = {
  ref_container_id: "container",
  ref_datastore_id: "datastore",
  field_name: "field",
  distinct_field_name: "field",
  id_field_names: "fields",
  passthrough_field_names: "fields",
  order_by: "fields",
  datetime: "datetime",
  min_time: "datetime",
  max_time: "datetime",
  expression: "expression",
  ref_expression: "expression",
  ref_filter: "expression",
  numeric_comparator: "numeric_comparator",
  duration_comparator: "duration_comparator",
  string_comparator: "string_comparator",
  unit: "duration_unit",
};

/** Other names of properties that are asked for under an id. */
const SAID_BY_ID: readonly string[] = ["ref_container_name", "ref_datastore_name"];

/** Rules that were replaced by another: checks of them run, new ones are better made with the other. */
const DEPRECATED: readonly string[] = ["isReplicaOf"];

const controlOf = (name: string, schema: JsonProperty): PropertyControl => {
  const named = BY_NAME[name];
  if (named !== undefined) return named;
  const types = [schema.type ?? []].flat();
  if (schema.enum !== undefined) return "enum";
  if (types.includes("boolean") && types.length === 1) return "boolean";
  if (types.includes("array")) return "list";
  if (types.includes("string")) return "string";
  if (types.includes("number") || types.includes("integer")) return schema.minimum === 0 && schema.maximum === 1 ? "percentage" : "number";
  return "json";
};

const titleOf = (name: string): string => {
  const words = name.replace(/^ref_/, "reference ").replace(/_id$/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const itemValues = (schema: JsonProperty): unknown[] | null => schema.enum ?? JsonProperty.safeParse(schema.items).data?.enum ?? null;

/** The specification of a rule, from its own declaration. */
export const specificationOf = (rule: Rule): z.input<typeof RuleSpecification> => {
  const { properties, required } = JsonProperties.parse(z.toJSONSchema(rule.properties, { io: "input", unrepresentable: "any" }));
  // Without its other name, the id of the container is what names it.
  const isRequired = (name: string) => required.includes(name) || name === "ref_container_id";
  return {
    rule: rule.type,
    title: rule.title,
    rule_description: rule.docs,
    deprecated: DEPRECATED.includes(rule.type),
    author: true,
    fields: rule.takes,
    fields_type_filter: rule.appliesTo === undefined ? null : [...rule.appliesTo],
    filterable: rule.filterable,
    supports_coverage: rule.coverable,
    weight: rule.weight,
    category: rule.category,
    incremental_scope: rule.scope,
    properties: Object.entries(properties)
      .filter(([name]) => !SAID_BY_ID.includes(name))
      .map(([name, schema]) => ({
        field: name,
        map_to: name,
        required: isRequired(name),
        title: titleOf(name),
        type: controlOf(name, schema),
        values: itemValues(schema),
        default: schema.default ?? null,
        info: schema.description ?? null,
      })),
  };
};
