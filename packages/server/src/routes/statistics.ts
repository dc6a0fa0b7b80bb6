/** Our statistics of a field under the names that clients know. */
import type { z } from "zod";
import { FieldType } from "@touchstone/core/model/field";
import { FieldProfile } from "@touchstone/core/model/profile";
import { FieldStatus, type FieldStatistics } from "@touchstone/core/routes/fields";
import { VALUES_HIDDEN } from "../store/fields.ts";
import type { StatisticsRow } from "../store/profiles.ts";

/** A profile may be older than the statistics we know today. */
const Kept = FieldProfile.partial();

type Buckets = z.input<typeof FieldStatistics>["histogram_buckets"];

const bucketsOf = ({ top_values = [], histogram_buckets = [] }: z.output<typeof Kept>): Buckets =>
  histogram_buckets.length > 0 ? histogram_buckets.map(({ low, count, ratio }) => ({ value: low, count, ratio })) : top_values;

export const statisticsOf = ({ profile, ...row }: StatisticsRow): z.input<typeof FieldStatistics> => {
  const kept = Kept.parse(row.status === "Masked" ? { ...profile, ...VALUES_HIDDEN } : profile);
  return {
    ...row,
    status: FieldStatus.parse(row.status),
    field_type: FieldType.parse(row.field_type),
    records_processed: kept.records ?? 0,
    completeness: kept.completeness ?? null,
    approximate_distinct_values: kept.distinct_count ?? null,
    unique_count: kept.unique_count ?? null,
    unique_distinct_ratio: kept.unique_distinct_ratio ?? null,
    min: kept.min ?? null,
    max: kept.max ?? null,
    mean: kept.mean ?? null,
    sum: kept.sum ?? null,
    std_dev: kept.std_dev ?? null,
    skewness: kept.skewness ?? null,
    kurtosis: kept.kurtosis ?? null,
    q1: kept.q1 ?? null,
    median: kept.median ?? null,
    q3: kept.q3 ?? null,
    entropy: kept.entropy ?? null,
    min_length: kept.min_length ?? null,
    max_length: kept.max_length ?? null,
    histogram_buckets: bucketsOf(kept),
    field_correlations: kept.field_correlations ?? [],
    quantiles: kept.quantiles ?? [],
    patterns: kept.patterns ?? [],
    estimated: kept.estimated ?? [],
  };
};
