/** How a field is profiled, and the profile that says nothing yet. */
import type { Field, FieldType } from "@touchstone/core/model/field";
import type { FieldProfile } from "@touchstone/core/model/profile";

/** Families of types that share their statistics. `opaque`: arrays, structs, blobs, unknown types; only counted. */
export type Kind = "number" | "time" | "text" | "boolean" | "opaque";

const KINDS: Record<FieldType, Kind> = {
  Integral: "number",
  Fractional: "number",
  Date: "time",
  Timestamp: "time",
  String: "text",
  Boolean: "boolean",
  Array: "opaque",
  Struct: "opaque",
  Unknown: "opaque",
};

export const kindOf = (field: Field): Kind => KINDS[field.field_type];

/** A profile with the row counts and nothing else. */
export const blankProfile = (field: Field, records: number, nulls: number): FieldProfile => ({
  name: field.name,
  field_type: field.field_type,
  native_type: field.native_type,
  type_declared: field.type_declared,
  masked: field.masked,
  records,
  null_count: nulls,
  completeness: records === 0 ? null : (records - nulls) / records,
  distinct_count: null,
  unique_count: null,
  unique_distinct_ratio: null,
  min: null,
  max: null,
  mean: null,
  sum: null,
  std_dev: null,
  skewness: null,
  kurtosis: null,
  q1: null,
  median: null,
  q3: null,
  quantiles: [],
  entropy: null,
  zero_count: null,
  negative_count: null,
  nan_count: null,
  infinite_count: null,
  min_length: null,
  max_length: null,
  mean_length: null,
  empty_count: null,
  blank_count: null,
  holds_type: null,
  holds_type_ratio: null,
  patterns: [],
  histogram_buckets: [],
  top_values: [],
  span_seconds: null,
  granularity: null,
  gap_count: null,
  longest_gap_seconds: null,
  field_correlations: [],
  estimated: [],
});

/** What a value grouping tells of any field: how many values differ, how many occur once, how evenly they are spread. */
export const spread = (distinct: number, unique: number, entropy: number | null): Partial<FieldProfile> => ({
  distinct_count: distinct,
  unique_count: unique,
  unique_distinct_ratio: distinct === 0 ? null : unique / distinct,
  entropy,
});
