import { z } from "zod";
import { FieldType } from "./field.ts";

/** A value as it is shown: text, number, boolean or NULL. Whole numbers beyond 2^53 and dates are text. */
export const ShownValue = z.union([z.null(), z.boolean(), z.number(), z.string()]);
export type ShownValue = z.infer<typeof ShownValue>;

/** `ratio` here and below: share of the non-NULL rows (of patterns, of the non-empty texts). */
export const ValueCount = z.object({ value: ShownValue, count: z.number().int(), ratio: z.number() });
export type ValueCount = z.infer<typeof ValueCount>;

/** Rows with low <= value < high (the last bucket includes high). Times are seconds since 1970-01-01 UTC. NaN and infinities lie in none. */
export const HistogramBucket = z.object({ low: z.number(), high: z.number(), count: z.number().int(), ratio: z.number() });

/**
 * Generalised shape of text: `9` a digit, `A` and `a` letters, others as they are. `a+` is a run of any length: a field
 * has either exact masks (when a few describe it) or masks with folded runs. `regex` matches every text of the mask;
 * null where letters beyond ASCII, control characters or great length make that impossible to write portably.
 */
export const Pattern = z.object({ mask: z.string(), count: z.number().int(), ratio: z.number(), regex: z.string().nullable() });
export type Pattern = z.infer<typeof Pattern>;

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
  /** Extremes of the finite values; text by bytes, at most its first 1,000 characters. Null, like all that shows values, for masked fields. */
  min: ShownValue,
  max: ShownValue,
  mean: z.number().nullable(),
  sum: z.number().nullable(),
  /** Of a sample: divided by n - 1; skewness and (excess) kurtosis adjusted likewise (G1, G2 of Joanes and Gill 1998). */
  std_dev: z.number().nullable(),
  skewness: z.number().nullable(),
  kurtosis: z.number().nullable(),
  q1: z.number().nullable(),
  median: z.number().nullable(),
  q3: z.number().nullable(),
  /** [p, value] at p = 0, 0.01, 0.05, 0.1 … 0.9, 0.95, 0.99, 1: the quantile sketch. Times are seconds since 1970-01-01 UTC. */
  quantiles: z.array(z.tuple([z.number(), z.number()])),
  /** Shannon entropy of the values in bits. */
  entropy: z.number().nullable(),
  zero_count: z.number().int().nullable(),
  negative_count: z.number().int().nullable(),
  nan_count: z.number().int().nullable(),
  /** Infinite numbers, dates or times. */
  infinite_count: z.number().int().nullable(),
  min_length: z.number().int().nullable(),
  max_length: z.number().int().nullable(),
  mean_length: z.number().nullable(),
  empty_count: z.number().int().nullable(),
  /** Only white space, at least one character. */
  blank_count: z.number().int().nullable(),
  /** For text: the type most of its values denote, and the share of non-empty values that do; `String` when none is denoted by half of them. */
  holds_type: FieldType.nullable(),
  holds_type_ratio: z.number().nullable(),
  patterns: z.array(Pattern),
  histogram_buckets: z.array(HistogramBucket),
  /** The 20 commonest, ties in order of value; empty when no value repeats. */
  top_values: z.array(ValueCount),
  /** For dates and times: seconds from the earliest to the latest. */
  span_seconds: z.number().nullable(),
  /** The finest unit on which all values lie: year, month, day, hour, minute, second, subsecond. */
  granularity: z.enum(["year", "month", "day", "hour", "minute", "second", "subsecond"]).nullable(),
  /** Periods (of the granularity, at least a day) between earliest and latest that hold no row. */
  gap_count: z.number().int().nullable(),
  longest_gap_seconds: z.number().nullable(),
  /** Pearson, with at most ten other numeric fields, strongest first; rows where either is NULL or not finite are left out. */
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
