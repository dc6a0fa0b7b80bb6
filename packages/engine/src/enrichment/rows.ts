/**
 * From the report of a scan to the rows of the enrichment tables. Pure: the same operation and report give the same rows
 * and the same ids, which is what makes a repeated write replace and not add.
 */
import type { CheckResult, ContainerReport, FailedCheck } from "@touchstone/core/model/report";
import { wire } from "./kind.ts";
import type { Column, Wire } from "./kind.ts";
import { anomalyUuid, checkOperationId, containerIds, slug } from "./names.ts";
import { remediationOf } from "./remediation.ts";
import { tableName, TABLES } from "./tables.ts";
import type { TableName } from "./tables.ts";
import { recordsOf } from "./write.ts";
import type { EnrichmentOperation, EnrichmentWrite, Identified, Scanned } from "./write.ts";

/** Describes the write of an operation. Containers that could not be scanned appear in scan_operations only. Throws OPTION_INVALID for its id. */
export const describeWrite = (operation: EnrichmentOperation, prefix: string, containers: readonly ContainerReport[]): EnrichmentWrite => {
  checkOperationId(operation.id);
  const ids = containerIds(containers.map(({ name }) => name));
  const [only] = containers;
  const scanned = containers.map((report) => ({
    report,
    id: operation.ids?.container ?? ids.get(report.name)!,
    anomalies: identify(operation.id, report),
  }));
  const table = (
    name: TableName,
    rowsOf: (scanned: Scanned, operation: EnrichmentOperation) => Iterable<Values>,
  ): EnrichmentWrite["tables"][number] => ({
    name,
    table: tableName(prefix, name),
    columns: TABLES[name].columns,
    rows: function* () {
      for (const container of scanned) for (const values of rowsOf(container, operation)) yield inOrder(TABLES[name].columns, values);
    },
  });
  return {
    operationId: operation.id,
    part: operation.ids === undefined || only === undefined ? null : { container: only.name, id: operation.ids.container },
    prefix,
    tables: [
      table("failed_checks", failedChecks),
      table("source_records", sourceRecords),
      table("scan_operations", scanOperations),
      table("check_metrics", checkMetrics),
    ],
    remediation:
      operation.remediation === "none" ? [] : scanned.filter(isRemediable).map((container) => remediationOf(container, operation, prefix)),
  };
};

/** Only a finished scan says what the anomalous rows are: a failed one must not empty a table that is overwritten. */
const isRemediable = ({ report }: Scanned): boolean => report.result === "success" && report.fields.length > 0;

type Values = Record<string, unknown>;

const inOrder = (columns: readonly Column[], values: Values): Wire[] => columns.map(({ name }) => wire(values[name]));

/** Two findings with one fingerprint (equal rows of a source without keys) are told apart by their order. */
const identify = (operationId: string, report: ContainerReport): Identified[] => {
  const seen = new Map<string, number>();
  return report.anomalies.map((anomaly) => {
    const nth = seen.get(anomaly.fingerprint) ?? 0;
    seen.set(anomaly.fingerprint, nth + 1);
    return { anomaly, uuid: anomalyUuid(operationId, report.name, anomaly.fingerprint, String(nth)) };
  });
};

/** `2031-02-01T10:00:00.123Z` as a timestamp in UTC. */
const timestamp = (iso: string): string => iso.replace("T", " ").replace(/Z$/, "");

const json = (value: unknown): string => JSON.stringify(value);

function* failedChecks({ report, anomalies }: Scanned, operation: EnrichmentOperation): Iterable<Values> {
  const checks = new Map(report.checks.map((check) => [check.uid, check]));
  for (const { uuid, anomaly } of anomalies) {
    for (const failed of anomaly.failed_checks) {
      yield {
        ...describeCheck(failed, checks.get(failed.uid)),
        anomaly_uuid: uuid,
        anomalous_records_count: anomaly.anomalous_records,
        operation_id: operation.id,
        detected_time: timestamp(operation.finishedAt),
        source_container: report.name,
        source_partition: anomaly.partition,
        source_datastore: operation.datastore,
        fingerprint: anomaly.fingerprint,
      };
    }
  }
}

const describeCheck = (failed: FailedCheck, check: CheckResult | undefined): Values => ({
  quality_check_id: failed.uid,
  quality_check_message: failed.message,
  quality_check_rule_type: failed.rule_type,
  quality_check_fields: json(failed.fields),
  quality_check_tags: json(check?.tags ?? []),
  quality_check_parameters: json({ coverage: check?.coverage ?? null, filter: check?.filter ?? null, properties: check?.properties ?? {} }),
  quality_check_description: check?.description ?? "",
  quality_check_metadata: json({ inferred: check?.inferred ?? false, evidence: check?.evidence ?? null }),
});

function* sourceRecords({ report, anomalies }: Scanned, operation: EnrichmentOperation): Iterable<Values> {
  for (const identified of anomalies) {
    for (const { partition, record, context } of recordsOf(identified.anomaly)) {
      yield {
        source_container: report.name,
        source_partition: partition,
        anomaly_uuid: identified.uuid,
        context,
        record: json(record),
        operation_id: operation.id,
      };
    }
  }
  for (const rejected of report.rejected_examples) {
    yield {
      source_container: report.name,
      source_partition: rejected.partition,
      context: `rejected line${rejected.line === null ? "" : ` ${rejected.line}`}: not read as a record`,
      record: json(rejected),
      operation_id: operation.id,
    };
  }
}

function* scanOperations({ report, id, anomalies }: Scanned, operation: EnrichmentOperation): Iterable<Values> {
  yield {
    operation_id: operation.id,
    datastore_id: operation.ids?.datastore ?? slug(operation.datastore),
    container_id: id,
    incremental: operation.incremental,
    records_processed: report.records_processed,
    enrichment_source_record_limit: operation.sourceRecordLimit,
    max_records_analyzed: operation.recordsAnalyzedMax,
    anomaly_count: anomalies.length,
    start_time: timestamp(operation.startedAt),
    end_time: timestamp(operation.finishedAt),
    result: report.result,
    message: report.error === null ? null : `${report.error.code}: ${report.error.what}: ${report.error.why}`,
  };
}

function* checkMetrics({ report, id }: Scanned, operation: EnrichmentOperation): Iterable<Values> {
  for (const check of report.checks) {
    yield {
      operation_id: operation.id,
      container_id: id,
      source_datastore: operation.datastore,
      source_container: report.name,
      assertion_result: check.status,
      assertion_details: json(details(check)),
      quality_check_id: check.uid,
      asserted_records_count: check.asserted_records,
      anomalous_records_count: check.anomalous_records,
    };
  }
}

const details = (check: CheckResult): Values => ({
  rule_type: check.rule_type,
  fields: check.fields,
  message: check.message,
  measured: check.measured === undefined ? null : check.measured,
  error: check.error,
});
