import { z } from "zod";
import { FieldType } from "./field.ts";

/** A value as it is shown: text, number, boolean or NULL. Whole numbers beyond 2^53 and dates are text. */
export const ShownValue = z.union([z.null(), z.boolean(), z.number(), z.string()]);
export type ShownValue = z.infer<typeof ShownValue>;

export const ValueCount = z.object({ value: ShownValue, count: z.number().int(), ratio: z.number() });
export type ValueCount = z.infer<typeof ValueCount>;

/** Numbers: rows with low <= value < high (the last bucket includes high). */
export const HistogramBucket = z.object({ low: z.number(), high: z.number(), count: z.number().int(), ratio: z.number() });

/** Generalised shape of text: `9` a digit, `A` and `a` letters, others as they are; runs longer than the mask shows carry `+`. */
export const Pattern = z.object({ mask: z.string(), count: z.number().int(), ratio: z.number(), regex: z.string().nullable() });

/** Statistics of one field. A statistic that has no meaning for the type, or could not be had, is null. */
export const FieldProfile = z.object({
  name: z.string(),
  field_type: FieldType,
  native_type: z.string(),
  type_declared: z.boolean(),
  masked: z.boolean(),
  /** Rows looked at, and how many of them were NULL. */
  records: z.number().int(),
  null_count: z.number().int(),
  /** Share of non-NULL, 0..1; null when there are no rows. */
  completeness: z.number().nullable(),
  /** Values that differ, NULL not counted. */
  distinct_count: z.number().int().nullable(),
  /** Values that occur exactly once. */
  unique_count: z.number().int().nullable(),
  /** unique_count / distinct_count. */
  unique_distinct_ratio: z.number().nullable(),
  min: ShownValue,
  max: ShownValue,
  mean: z.number().nullable(),
  sum: z.number().nullable(),
  std_dev: z.number().nullable(),
  skewness: z.number().nullable(),
  kurtosis: z.number().nullable(),
  q1: z.number().nullable(),
  median: z.number().nullable(),
  q3: z.number().nullable(),
  /** [p, value] at p = 0, 0.01, 0.05, 0.1 … 0.9, 0.95, 0.99, 1: the quantile sketch. */
  quantiles: z.array(z.tuple([z.number(), z.number()])),
  /** Shannon entropy of the values in bits. */
  entropy: z.number().nullable(),
  zero_count: z.number().int().nullable(),
  negative_count: z.number().int().nullable(),
  nan_count: z.number().int().nullable(),
  infinite_count: z.number().int().nullable(),
  min_length: z.number().int().nullable(),
  max_length: z.number().int().nullable(),
  mean_length: z.number().nullable(),
  empty_count: z.number().int().nullable(),
  /** Only white space, at least one character. */
  blank_count: z.number().int().nullable(),
  /** For text: the type its values denote, and the share of non-NULL values that do. */
  holds_type: FieldType.nullable(),
  holds_type_ratio: z.number().nullable(),
  patterns: z.array(Pattern),
  histogram_buckets: z.array(HistogramBucket),
  top_values: z.array(ValueCount),
  /** For dates and times: seconds from the earliest to the latest. */
  span_seconds: z.number().nullable(),
  /** The finest unit on which all values lie: year, month, day, hour, minute, second, subsecond. */
  granularity: z.enum(["year", "month", "day", "hour", "minute", "second", "subsecond"]).nullable(),
  /** Periods (of the granularity, at least a day) between earliest and latest that hold no row. */
  gap_count: z.number().int().nullable(),
  longest_gap_seconds: z.number().nullable(),
  field_correlations: z.array(z.object({ other: z.string(), bivariate_correlation: z.number() })),
  /** Names of the statistics above that are estimates; all others are exact for the records looked at. */
  estimated: z.array(z.string()),
});
export type FieldProfile = z.infer<typeof FieldProfile>;

/** Statistics of one container at one time. */
export const Profile = z.object({
  container: z.string(),
  /** Rows the container holds, and how many were looked at. */
  records: z.number().int(),
  records_processed: z.number().int(),
  profiled_at: z.string(),
  fields: z.array(FieldProfile),
});
export type Profile = z.infer<typeof Profile>;
