import { z } from "zod";
import { FieldType } from "../model/field.ts";
import { ID, route, team } from "./contract.ts";
import { Name, Names } from "./naming.ts";

/** What a field may be cast to. */
export const CastType = z.enum(["Integral", "Fractional", "Boolean", "String", "Date", "Timestamp"]);

const TERMS_MAX = 1000;
const terms = z.array(z.string().min(1).max(200)).max(TERMS_MAX).default([]);

/** One source field, by name. */
const oneSource = { source_fields: Names.refine((names) => names.length === 1, "one field is transformed") };

const cast = {
  transformation: z.literal("cast"),
  ...oneSource,
  properties: z.object({ target_type: CastType, format: z.string().min(1).max(200).nullish() }),
};
/** Names of organisations without what differs between spellings: legal forms, articles, punctuation. */
const cleanedEntityName = {
  transformation: z.literal("cleanedEntityName"),
  ...oneSource,
  properties: z
    .object({
      drop_from_prefix: z.boolean().default(false),
      drop_from_suffix: z.boolean().default(true),
      drop_from_interior: z.boolean().default(false),
      terms_to_drop: terms,
      terms_to_ignore: terms,
    })
    .nullish(),
};
/** Numbers as people write them: with currency signs, separators, brackets for negative ones. */
const convertFormattedNumeric = {
  transformation: z.literal("convertFormattedNumeric"),
  ...oneSource,
  properties: z.looseObject({}).nullish(),
};
const customExpression = {
  transformation: z.literal("customExpression"),
  /** Those that the expression names, whatever is sent. */
  source_fields: Names.nullish(),
  properties: z.object({ column_expression: z.string().min(1).max(10_000) }),
};

const TRANSFORMATIONS = [cast, cleanedEntityName, convertFormattedNumeric, customExpression] as const;

export const Transformation = z.enum(["cast", "cleanedEntityName", "convertFormattedNumeric", "customExpression"]);

const union = <T extends z.ZodRawShape>(more: T) => {
  const [first, second, third, fourth] = TRANSFORMATIONS;
  return z.discriminatedUnion("transformation", [
    z.object({ ...first, ...more }),
    z.object({ ...second, ...more }),
    z.object({ ...third, ...more }),
    z.object({ ...fourth, ...more }),
  ]);
};

export const ComputedFieldInput = union({ name: Name, container_id: z.number().int().positive() }).meta({ id: "ComputedFieldInput" });
/** A computed field as it shall be; it cannot move to another container. */
export const ComputedFieldChange = union({ name: Name }).meta({ id: "ComputedFieldChange" });

export const ComputedField = z
  .object({
    id: z.number().int(),
    name: z.string(),
    container_id: z.number().int(),
    transformation: Transformation,
    source_fields: z.array(z.string()),
    properties: z.record(z.string(), z.unknown()),
    field_type: FieldType,
  })
  .meta({ id: "ComputedField" });

const ERRORS = ["OBJECT_EXISTS", "FIELD_UNKNOWN", "FIELD_TYPE_WRONG", "EXPRESSION_INVALID"] as const;

export const computedFields = {
  create: route({
    method: "POST",
    path: "/computed-fields",
    summary: "A new field, computed from others of its container; it has values from the next profile on",
    needs: team("Editor", ["container", "body.container_id"]),
    body: ComputedFieldInput,
    output: ComputedField,
    status: 201,
    audit: "computed_field.create",
    errors: ERRORS,
  }),
  update: route({
    method: "PUT",
    path: "/computed-fields/{id}",
    summary: "Changes how a computed field is computed",
    needs: team("Editor", ["field", "params.id"]),
    params: ID,
    body: ComputedFieldChange,
    output: ComputedField,
    audit: "computed_field.update",
    errors: ERRORS,
  }),
  delete: route({
    method: "DELETE",
    path: "/computed-fields/{id}",
    summary: "Deletes a computed field that no check uses",
    needs: team("Editor", ["field", "params.id"]),
    params: ID,
    audit: "computed_field.delete",
    errors: ["OBJECT_IN_USE"],
  }),
};
