/**
 * What `check` and `scan` answer: one document for terminals, files, pipelines and the control plane.
 * Its JSON schema is generated from here (`touchstone schema report`).
 */
import { z } from "zod";
import { Evidence } from "./check.ts";
import { FieldType } from "./field.ts";
import { FieldProfile, ShownValue } from "./profile.ts";

export const ErrorInfo = z.object({ code: z.string(), what: z.string(), why: z.string(), todo: z.string() });

/** A row as evidence. Values are shown values; nested ones are JSON. Masked fields show `***MASKED***`. */
export const RecordValues = z.record(z.string(), z.unknown());

export const CheckResult = z.object({
  /** container__rule__sorted fields[__hash of the filter]: stable across runs and property changes. */
  uid: z.string(),
  rule_type: z.string(),
  container: z.string(),
  fields: z.array(z.string()),
  description: z.string(),
  filter: z.string().nullable(),
  coverage: z.number().nullable(),
  properties: z.record(z.string(), z.unknown()),
  tags: z.array(z.string()),
  inferred: z.boolean(),
  evidence: Evidence.nullable(),
  /** How much the check matters, for sorting: core/scores/weight.ts. */
  weight: z.number().int().default(0),
  status: z.enum(["passed", "failed", "unasserted"]),
  /** Rows that took part (after filter and slice), and how many of them broke the rule; null when unasserted. */
  asserted_records: z.number().int().nullable(),
  anomalous_records: z.number().int().nullable(),
  /** What was measured, for rules that measure (sum, distinctCount, metric, freshness …). */
  measured: z.unknown().nullable(),
  /** For a failed check what was found; for an unasserted one absent. */
  message: z.string().nullable(),
  error: ErrorInfo.nullable(),
});
export type CheckResult = z.infer<typeof CheckResult>;

export const FailedCheck = z.object({ uid: z.string(), rule_type: z.string(), fields: z.array(z.string()), message: z.string() });
export type FailedCheck = z.infer<typeof FailedCheck>;

export const ExampleRecord = z.object({
  /** 1-based number of the record in its partition, where the source has an order. */
  row: z.number().int().nullable(),
  partition: z.string().nullable(),
  record: RecordValues,
});
export type ExampleRecord = z.infer<typeof ExampleRecord>;

export const Anomaly = z.object({
  /** record: one row that breaks one or more checks. shape: one finding about many rows. */
  type: z.enum(["record", "shape"]),
  /** Deterministic: the same finding in a later scan has the same fingerprint. */
  fingerprint: z.string(),
  message: z.string(),
  /** All fields its failed checks name. */
  fields: z.array(z.string()),
  row: z.number().int().nullable(),
  partition: z.string().nullable(),
  failed_checks: z.array(FailedCheck),
  /** The row of a record anomaly; null for a shape anomaly. */
  record: RecordValues.nullable(),
  /** For a shape anomaly: how many rows it stands for, and some of them. For a rolled-up one likewise. */
  anomalous_records: z.number().int(),
  examples: z.array(ExampleRecord),
});
export type Anomaly = z.infer<typeof Anomaly>;

/** A field as the catalogue and the profile know it; the profile is absent when none was made (`scan`). */
export const FieldReport = z.object({ name: z.string(), field_type: FieldType, native_type: z.string(), profile: FieldProfile.nullable() });

export const ContainerReport = z.object({
  name: z.string(),
  kind: z.enum(["table", "view", "file"]),
  result: z.enum(["success", "failure", "aborted"]),
  error: ErrorInfo.nullable(),
  /** Rows of the container, and rows this run looked at (a sample or a slice has fewer). */
  records: z.number().int(),
  records_processed: z.number().int(),
  /** Lines of the source that are no rows. */
  rejected_lines: z.number().int(),
  rejected_examples: z.array(
    z.object({ partition: z.string().nullable(), line: z.number().int().nullable(), field: z.string().nullable(), reason: z.string() }),
  ),
  /** How the source was read, where that is not plain: a guessed encoding, renamed headers. Never a value of the data. */
  notes: z.array(z.string()).default([]),
  /** Passes over the data the scan made, by kind. */
  passes: z.array(z.object({ kind: z.string(), what: z.string() })),
  fields: z.array(FieldReport),
  checks: z.array(CheckResult),
  anomalies: z.array(Anomaly),
  /** Value of the incremental field up to which rows have been seen; the next incremental scan starts after it. */
  checkpoint: ShownValue,
});
export type ContainerReport = z.infer<typeof ContainerReport>;

export const Summary = z.object({
  result: z.enum(["success", "failure", "aborted"]),
  containers: z.number().int(),
  containers_failed: z.number().int(),
  records: z.number().int(),
  checks: z.number().int(),
  passed: z.number().int(),
  failed: z.number().int(),
  unasserted: z.number().int(),
  anomalies: z.number().int(),
  anomalous_records: z.number().int(),
  rejected_lines: z.number().int(),
});
export type Summary = z.infer<typeof Summary>;

export const Report = z.object({
  touchstone: z.string(),
  operation: z.object({
    id: z.string(),
    type: z.enum(["check", "scan", "profile", "dry_run"]),
    started_at: z.string(),
    finished_at: z.string(),
    incremental: z.boolean(),
  }),
  sources: z.array(z.string()),
  containers: z.array(ContainerReport),
  summary: Summary,
});
export type Report = z.infer<typeof Report>;
