/** A scan's report as the tests of the targets write it: findings of every kind, made from a few numbers. */
import type { Anomaly, CheckResult, ContainerReport } from "@touchstone/core/model/report";
import type { FieldType } from "@touchstone/core/model/field";
import type { EnrichmentOperation } from "./write.ts";

export const sampleOperation = (given: Partial<EnrichmentOperation> = {}): EnrichmentOperation => ({
  id: "run-1",
  datastore: "Sales EU",
  incremental: false,
  startedAt: "2031-02-01T10:00:00.000Z",
  finishedAt: "2031-02-01T10:00:07.250Z",
  sourceRecordLimit: 10,
  recordsAnalyzedMax: null,
  remediation: "append",
  ...given,
});

export const sampleCheck = (uid: string, given: Partial<CheckResult> = {}): CheckResult => ({
  uid,
  rule_type: "between",
  container: "orders",
  fields: ["amount"],
  description: "amount stays within its range",
  filter: null,
  coverage: 1,
  properties: { min: 0, max: 9 },
  tags: ["money"],
  inferred: true,
  evidence: null,
  weight: 1,
  status: "failed",
  asserted_records: 100,
  anomalous_records: 1,
  measured: null,
  message: "amount must lie between 0 and 9",
  error: null,
  ...given,
});

const failedCheck = (uid: string): Anomaly["failed_checks"][number] => ({
  uid,
  rule_type: "between",
  fields: ["amount"],
  message: `${uid} does not hold`,
});

/** One row that breaks the checks. */
export const recordAnomaly = (
  fingerprint: string,
  record: Record<string, unknown>,
  uids: readonly string[] = ["orders__between__amount"],
): Anomaly => ({
  type: "record",
  fingerprint,
  message: "amount must lie between 0 and 9",
  fields: ["amount"],
  row: 17,
  partition: "orders.csv",
  failed_checks: uids.map(failedCheck),
  record,
  anomalous_records: 1,
  examples: [],
});

/** One finding about many rows, some of which are given. */
export const shapeAnomaly = (fingerprint: string, anomalous: number, records: readonly Record<string, unknown>[]): Anomaly => ({
  type: "shape",
  fingerprint,
  message: `${anomalous} records are not unique`,
  fields: ["id"],
  row: null,
  partition: null,
  failed_checks: [{ uid: "orders__unique__id", rule_type: "unique", fields: ["id"], message: "not unique" }],
  record: null,
  anomalous_records: anomalous,
  examples: records.map((record, i) => ({ row: i + 1, partition: null, record })),
});

/** `[name, field type, native type]`; the native type may be left out. */
export type SampleField = readonly [name: string, type: FieldType, native?: string];

export const sampleContainer = (
  name: string,
  fields: readonly SampleField[],
  anomalies: readonly Anomaly[],
  given: Partial<ContainerReport> = {},
): ContainerReport => ({
  name,
  kind: "table",
  result: "success",
  error: null,
  records: 100,
  records_processed: 100,
  rejected_lines: 0,
  rejected_examples: [],
  notes: [],
  passes: [],
  fields: fields.map(([field, field_type, native_type = ""]) => ({ name: field, field_type, native_type, profile: null })),
  checks: [
    sampleCheck("orders__between__amount"),
    sampleCheck("orders__unique__id", { rule_type: "unique", fields: ["id"], status: "passed", anomalous_records: 0 }),
  ],
  anomalies: [...anomalies],
  checkpoint: null,
  ...given,
});
