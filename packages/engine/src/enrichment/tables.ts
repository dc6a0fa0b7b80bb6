/**
 * The enrichment tables: a contract with whoever reads them. Columns are only ever added, at the end of a list, never
 * renamed or removed; a table made by an older version gets the ones it lacks at the next write. So this list is also
 * the list of migrations.
 */
import { BIGINT, BOOLEAN, DOUBLE, TEXT, TIMESTAMP } from "./kind.ts";
import type { Column, ColumnKind } from "./kind.ts";

export type TableName = "failed_checks" | "source_records" | "scan_operations" | "check_metrics";

const column = (name: string, kind: ColumnKind = TEXT): Column => ({ name, kind });

/** `identity`: text columns that a table of this name must have, else it is not ours and stays untouched. */
export const TABLES: Record<TableName, { columns: readonly Column[]; identity: readonly string[] }> = {
  failed_checks: {
    identity: ["anomaly_uuid", "quality_check_id", "operation_id"],
    columns: [
      column("quality_check_id"),
      column("anomaly_uuid"),
      column("quality_check_message"),
      column("suggested_remediation_field"),
      column("suggested_remediation_value"),
      column("suggested_remediation_score", DOUBLE),
      column("quality_check_rule_type"),
      column("quality_check_tags"),
      column("quality_check_parameters"),
      column("quality_check_description"),
      column("quality_check_metadata"),
      column("quality_check_fields"),
      column("anomalous_records_count", BIGINT),
      column("operation_id"),
      column("detected_time", TIMESTAMP),
      column("source_container"),
      column("source_partition"),
      column("source_datastore"),
      column("fingerprint"),
    ],
  },
  source_records: {
    identity: ["anomaly_uuid", "record", "context"],
    columns: [
      column("source_container"),
      column("source_partition"),
      column("anomaly_uuid"),
      column("context"),
      column("record"),
      column("operation_id"),
    ],
  },
  scan_operations: {
    identity: ["operation_id", "container_id", "result"],
    columns: [
      column("operation_id"),
      column("datastore_id"),
      column("container_id"),
      column("partition_name"),
      column("incremental", BOOLEAN),
      column("records_processed", BIGINT),
      column("enrichment_source_record_limit", BIGINT),
      column("max_records_analyzed", BIGINT),
      column("anomaly_count", BIGINT),
      column("start_time", TIMESTAMP),
      column("end_time", TIMESTAMP),
      column("result"),
      column("message"),
    ],
  },
  check_metrics: {
    identity: ["operation_id", "quality_check_id", "assertion_result"],
    columns: [
      column("operation_id"),
      column("container_id"),
      column("source_datastore"),
      column("source_container"),
      column("source_partition"),
      column("assertion_result"),
      column("assertion_details"),
      column("quality_check_id"),
      column("asserted_records_count", BIGINT),
      column("anomalous_records_count", BIGINT),
    ],
  },
};

/** Column by which a write removes what an earlier run of the same operation left. */
export const OPERATION_COLUMN = "operation_id";

/** Columns that a remediation table has besides the source's own. */
export const REMEDIATION_OPERATION_COLUMN = "enrichment_operation_id";
export const REMEDIATION_COLUMNS: readonly Column[] = [
  { name: "source_partition", kind: TEXT },
  { name: "anomaly_uuid", kind: TEXT },
  { name: REMEDIATION_OPERATION_COLUMN, kind: TEXT },
];

export const tableName = (prefix: string, table: TableName): string => `${prefix}_${table}`;
export const remediationPrefix = (prefix: string): string => `${prefix}_remediation_`;

/** The last column of a snapshot, by which a table is known to be one. */
export const SNAPSHOT_OPERATION_COLUMN = "materialize_operation_id";
/** Longest name of a snapshot's table that tells the container by its name: Postgres cuts names at 63 bytes. */
const SNAPSHOT_NAME_MAX = 60;

/** `<prefix>_mat_<container>` where that is a name in every store, else `<prefix>_materialize_<container's id>`. */
export const snapshotTable = (prefix: string, { id, name }: { id: number; name: string }): string => {
  const full = `${prefix}_mat_${name}`;
  return /^[a-z0-9_]+$/.test(name) && full.length <= SNAPSHOT_NAME_MAX ? full : `${prefix}_materialize_${id}`;
};
