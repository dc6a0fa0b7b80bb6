/** Kept checks in the form in which they travel: to files, to other installations, to a scan. */
import { NullPolicy, type QualityCheck } from "@touchstone/core/model/check";
import { exportForm } from "@touchstone/core/rules/export-form";
import { withUid } from "@touchstone/core/rules/identity";
import type { CheckRow } from "../store/checks.ts";
import type { Database } from "../store/database.ts";
import { tagsOf } from "../store/tags.ts";
import { isArchived, KnownEvidence } from "./kept.ts";
import { namedProperties } from "./references.ts";

type Row = Pick<
  CheckRow,
  | "id"
  | "uid"
  | "rule_type"
  | "container_name"
  | "datastore_id"
  | "fields"
  | "description"
  | "coverage"
  | "filter"
  | "properties"
  | "null_policy"
  | "anomaly_message_field"
  | "additional_metadata"
  | "status"
  | "inferred"
  | "evidence"
>;

/** Checks with names instead of ids, in the order of the rows. */
export const portableChecks = async (db: Database, rows: readonly Row[]): Promise<QualityCheck[]> => {
  const tags = await tagsOf(
    db,
    "check",
    rows.map(({ id }) => id),
  );
  const properties = await namedProperties(
    db,
    rows.map((row) => ({ properties: row.properties, datastoreId: row.datastore_id })),
  );
  return rows.map((row, i) => ({
    rule_type: row.rule_type,
    container: row.container_name ?? "",
    fields: row.fields,
    description: row.description,
    coverage: row.coverage,
    filter: row.filter,
    properties: properties[i] ?? {},
    tags: (tags.get(row.id) ?? []).map(({ name }) => name),
    status: isArchived(row.status) ? "Archived" : row.status === "Draft" ? "Draft" : "Active",
    null_policy: NullPolicy.parse(row.null_policy),
    anomaly_message_field: row.anomaly_message_field,
    additional_metadata: row.additional_metadata,
    inferred: row.inferred,
    evidence: row.evidence === null ? null : KnownEvidence.parse(row.evidence),
  }));
};

/** Checks as they are written into files. */
export const exported = async (db: Database, rows: readonly Row[]): Promise<Record<string, unknown>[]> =>
  (await portableChecks(db, rows)).map((check, i) =>
    exportForm({ ...check, additional_metadata: withUid(check.additional_metadata, rows[i]!.uid) }),
  );
