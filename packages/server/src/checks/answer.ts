/** Checks as the API answers them. */
import type { z } from "zod";
import { ErrorInfo } from "@touchstone/core/model/report";
import { NullPolicy } from "@touchstone/core/model/check";
import { CheckState, type Check } from "@touchstone/core/routes/checks";
import { withUid } from "@touchstone/core/rules/identity";
import type { CheckRow } from "../store/checks.ts";
import type { Database } from "../store/database.ts";
import type { Person } from "../store/person-mentions.ts";
import { surroundingsOfChecks } from "../store/surroundings.ts";
import type { Tag } from "../store/tags.ts";
import { tagOf } from "../routes/tags.ts";
import { isArchived, KnownEvidence } from "./kept.ts";

type Around = { tags: Tag[]; inherited: Tag[]; people: Person[]; fields: { id: number; name: string; field_type: string }[] };

const personIn = (people: readonly Person[], id: number | null): Person | null =>
  id === null ? null : (people.find((person) => person.id === id) ?? null);

/** An error in a form that this version does not know is not told. */
const LastError = ErrorInfo.nullable().catch(null);

const standingOf = (row: CheckRow) => ({
  is_new: row.last_asserted_at === null,
  last_status: row.last_status,
  is_passing: row.last_status === null ? null : row.last_status === "passed",
  has_passed: row.last_status === null ? null : row.last_status === "passed",
  last_asserted: row.last_asserted_at?.toISOString() ?? null,
  last_error: row.last_error === null ? null : LastError.parse(row.last_error),
  weight: Number(row.weight),
  anomaly_count: Number(row.anomaly_count),
});

const checkOf = (row: CheckRow, { tags, inherited, people, fields }: Around): z.input<typeof Check> => ({
  id: row.id,
  uid: row.uid,
  rule_type: row.rule_type,
  description: row.description,
  fields: row.fields.map((name) => {
    const field = fields.find((one) => one.name === name);
    return { id: field?.id ?? null, name, field_type: field?.field_type ?? null };
  }),
  container:
    row.container_id === null ? null : { id: row.container_id, name: row.container_name ?? "", container_type: row.container_type ?? "" },
  datastore: row.datastore_id === null ? null : { id: row.datastore_id, name: row.datastore_name ?? "" },
  coverage: row.coverage,
  filter: row.filter,
  properties: row.properties,
  null_policy: NullPolicy.parse(row.null_policy),
  anomaly_message_field: row.anomaly_message_field,
  additional_metadata: withUid(row.additional_metadata, row.uid),
  status: CheckState.parse(row.status),
  archived: isArchived(row.status),
  deleted_at: row.archived_at?.toISOString() ?? null,
  inferred: row.inferred,
  evidence: row.evidence === null ? null : KnownEvidence.parse(row.evidence),
  ...standingOf(row),
  global_tags: tags.map(tagOf),
  inherited_tags: inherited.map(tagOf),
  owner_id: row.owner_id,
  owner: personIn(people, row.owner_id),
  default_anomaly_assignee_id: row.default_anomaly_assignee_id,
  default_anomaly_assignee: personIn(people, row.default_anomaly_assignee_id),
  last_editor: personIn(people, row.last_editor_id),
  version: row.version,
  is_template: row.is_template,
  template_id: row.template_id,
  template_locked: row.template_locked,
  template_checks_count: Number(row.template_checks_count),
  created: row.created_at.toISOString(),
  updated: row.updated_at.toISOString(),
});

/** Rows of checks with all that stands around them, in a fixed number of queries. */
export const checksOf = async (db: Database, rows: readonly CheckRow[]): Promise<z.input<typeof Check>[]> => {
  if (rows.length === 0) return [];
  const around = await surroundingsOfChecks(
    db,
    rows.map(({ id }) => id),
  );
  return rows.flatMap((row) => {
    const its = around.get(row.id);
    return its === undefined ? [] : [checkOf(row, its)];
  });
};
