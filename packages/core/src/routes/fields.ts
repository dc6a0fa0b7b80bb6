import { z } from "zod";
import { FieldType } from "../model/field.ts";
import { ID, many, pageOf, Paging, route, team } from "./contract.ts";
import { Description, Names } from "./naming.ts";
import { Tag } from "./tags.ts";

/** Missing is found by sync and profile; the others are for people to choose. */
export const FieldStatus = z.enum(["Active", "Masked", "Missing", "Excluded"]);

export const Field = z
  .object({
    id: z.number().int(),
    name: z.string(),
    container_id: z.number().int(),
    position: z.number().int(),
    field_type: FieldType,
    native_type: z.string(),
    type_declared: z.boolean(),
    nullable: z.boolean(),
    status: FieldStatus,
    description: z.string(),
    /** Computed from other fields, rather than found. */
    is_computed: z.boolean(),
    global_tags: z.array(Tag),
    created: z.string(),
  })
  .meta({ id: "Field" });

const number = z.number().nullable();
const count = z.number().int().nullable();
const shown = z.union([z.string(), z.number(), z.boolean()]).nullable();

/** Statistics of a field, under the names by which clients know them. Of a masked field, those that show values are empty. */
export const FieldStatistics = z
  .object({
    id: z.number().int(),
    field_id: z.number().int(),
    name: z.string(),
    status: FieldStatus,
    field_type: FieldType,
    native_type: z.string(),
    type_declared: z.boolean(),
    records_processed: z.number().int(),
    completeness: number,
    approximate_distinct_values: count,
    unique_count: count,
    unique_distinct_ratio: number,
    min: shown,
    max: shown,
    mean: number,
    sum: number,
    std_dev: number,
    skewness: number,
    kurtosis: number,
    q1: number,
    median: number,
    q3: number,
    entropy: number,
    min_length: count,
    max_length: count,
    /** The commonest values, or for numbers and times the lower ends of equal spans. */
    histogram_buckets: z.array(z.object({ value: shown, count: z.number().int(), ratio: z.number() })),
    field_correlations: z.array(z.object({ other: z.string(), bivariate_correlation: z.number() })),
    /** [p, value]: the quantile sketch. */
    quantiles: z.array(z.tuple([z.number(), z.number()])),
    patterns: z.array(z.object({ mask: z.string(), count: z.number().int(), ratio: z.number(), regex: z.string().nullable() })),
    /** Names (ours) of the statistics that are estimates. */
    estimated: z.array(z.string()),
  })
  .meta({ id: "FieldStatistics" });

export const ContainerProfile = z
  .object({
    id: z.number().int(),
    container_id: z.number().int(),
    operation_id: z.number().int().nullable(),
    records_count: z.number().int(),
    records_processed: z.number().int(),
    field_profiles_count: z.number().int(),
    created: z.string(),
  })
  .meta({ id: "ContainerProfile" });

const CONTAINER = team("Reporter", ["container", "params.id"]);
const FIELD = team("Editor", ["field", "params.id"]);

export const fields = {
  list: route({
    method: "GET",
    path: "/containers/{id}/fields",
    summary: "The fields of a container in their order, without those that are excluded unless a status is named",
    needs: CONTAINER,
    params: ID,
    query: z.object({ status: many(FieldStatus).optional() }),
    output: z.array(Field),
  }),
  get: route({
    method: "GET",
    path: "/fields/{id}",
    summary: "One field",
    needs: team("Reporter", ["field", "params.id"]),
    params: ID,
    output: Field,
  }),
  change: route({
    method: "PATCH",
    path: "/fields/{id}",
    summary: "Masks or excludes a field, or makes it active again; describes or tags it",
    needs: FIELD,
    params: ID,
    body: z
      .object({ status: z.enum(["Active", "Masked", "Excluded"]), description: Description, tags: Names })
      .partial()
      .meta({ id: "FieldChanges" }),
    output: Field,
    audit: "field.change",
    errors: ["OBJECT_STATE_WRONG"],
  }),
  delete: route({
    method: "DELETE",
    path: "/fields/{id}",
    summary: "Deletes a field that is missing and that nothing refers to",
    needs: FIELD,
    params: ID,
    audit: "field.delete",
    errors: ["OBJECT_STATE_WRONG", "OBJECT_IN_USE"],
  }),
  statistics: route({
    method: "GET",
    path: "/containers/{id}/field-profiles",
    summary: "The newest statistics of the fields of a container, in their order",
    needs: CONTAINER,
    params: ID,
    query: Paging,
    output: pageOf(FieldStatistics),
  }),
};

export const profiles = {
  list: route({
    method: "GET",
    path: "/containers/{id}/profiles",
    summary: "Profiles of a container, the newest first",
    needs: CONTAINER,
    params: ID,
    query: Paging,
    output: pageOf(ContainerProfile),
  }),
  get: route({
    method: "GET",
    path: "/containers/{id}/profiles/{profile_id}",
    summary: "One profile, with the statistics of its fields",
    needs: CONTAINER,
    params: ID.extend({ profile_id: z.coerce.number().int().positive() }),
    output: ContainerProfile.extend({ fields: z.array(FieldStatistics) }),
  }),
};
