/**
 * What an operation may be asked, as it is stored with it and as the dataplane reads it. One object for all types: each takes what
 * concerns it, and an option that is absent has its default.
 */
import { z } from "zod";

/** How much inference may claim, in words; the number is the level (0 nothing, 5 everything). */
export const AI_EFFORTS = ["off", "low", "medium", "high", "xhigh", "max"] as const;
export type AiEffort = (typeof AI_EFFORTS)[number];
export const AI_EFFORT_DEFAULT: AiEffort = "medium";

/** Rows looked at per partition: -1 is all. */
const RowsMax = z.number().int().min(-1).max(1_000_000_000);
const Names = z.array(z.string().max(1000)).max(10_000);

/** Kinds of checks a scan may leave out: those about volume and freshness, and all others. */
export const CheckCategory = z.enum(["metadata", "data_integrity"]);

export const OperationOptions = z.object({
  // Which containers; all when none of these is given.
  container_names: Names.nullish(),
  container_tags: Names.nullish(),
  container_ids: z.array(z.number().int()).max(10_000).nullish(),
  // sync
  include: z.array(z.enum(["table", "view", "file"])).nullish(),
  /** Take away what is no longer there. */
  prune: z.boolean().nullish(),
  /** Bring back what was taken away and is there again. */
  recreate: z.boolean().nullish(),
  // profile
  ai_effort: z.enum(AI_EFFORTS).nullish(),
  infer_as_draft: z.boolean().nullish(),
  /** False alarms a month that the inferred checks of a container may be expected to raise; the noisiest beyond stay drafts. */
  alert_budget: z.number().min(0).max(1_000_000).nullish(),
  // profile and scan
  max_records_analyzed_per_partition: RowsMax.nullish(),
  // scan
  incremental: z.boolean().nullish(),
  /** Where an incremental scan begins, instead of at the checkpoint. */
  greater_than_time: z.string().max(100).nullish(),
  greater_than_batch: z.number().nullish(),
  check_categories: z.array(CheckCategory).nullish(),
  check_variables: z.record(z.string().max(200), z.string().max(10_000)).nullish(),
  /** Record anomalies per check, before the rest become one. */
  high_count_rollup_threshold: z.number().int().min(1).max(1000).nullish(),
  enrichment_source_record_limit: z.number().int().min(1).max(1_000_000_000).nullish(),
  archive_duplicate_anomalies: z.boolean().nullish(),
  reactivate_recurring_anomalies: z.boolean().nullish(),
  auto_resolve_passed_anomalies: z.boolean().nullish(),
  // external scan: what the rows that came with it are called, and how they are written
  upload_name: z.string().max(200).nullish(),
  upload_format: z.enum(["json", "csv", "xlsx"]).nullish(),
  upload_sheet: z.string().max(200).nullish(),
  // materialize and export
  max_records_per_partition: RowsMax.nullish(),
  /** Whether a snapshot holds the values of masked fields. */
  include_masked: z.boolean().nullish(),
  asset_type: z.enum(["anomalies", "checks", "profiles", "check_templates"]).nullish(),
  /** Also what was archived, and what belongs to containers that are gone. */
  include_deleted: z.boolean().nullish(),
  /** Only these templates; all when absent. */
  template_ids: z.array(z.number().int()).max(10_000).nullish(),
});
export type OperationOptions = z.infer<typeof OperationOptions>;
