/** Anomalies as the API answers them, with the checks as they were when they failed. */
import { sql } from "kysely";
import type { z } from "zod";
import { AnomalyStatus, isOpen } from "@touchstone/core/model/anomaly-status";
import { NullPolicy } from "@touchstone/core/model/check";
import { AnomalyType, type Anomaly, type FailedCheck } from "@touchstone/core/routes/anomalies";
import { Kept } from "../checks/kept.ts";
import { tagOf } from "../routes/tags.ts";
import type { AnomalyRow } from "../store/anomalies.ts";
import type { Database } from "../store/database.ts";
import type { Person } from "../store/person-mentions.ts";
import { surroundingsOfAnomalies, type FailedRow } from "../store/surroundings.ts";
import type { Tag } from "../store/tags.ts";

/** Checks as they were, by id and version; those that failed as they are now are not among them. */
const snapshots = async (db: Database, failed: readonly FailedRow[]): Promise<Map<string, Kept>> => {
  const earlier = failed.filter(({ version, current_version }) => version !== current_version);
  const wanted = [...new Map(earlier.map((row) => [`${row.check_id} ${row.version}`, row])).values()];
  if (wanted.length === 0) return new Map();
  const rows = await db
    .selectFrom("check_version")
    .where(sql<boolean>`(check_id, version) IN (${sql.join(wanted.map(({ check_id, version }) => sql`(${check_id}, ${version})`))})`)
    .select(["check_id", "version", "snapshot"])
    .execute();
  return new Map(rows.map((row) => [`${row.check_id} ${row.version}`, Kept.parse(row.snapshot)]));
};

const failedCheckOf = (row: FailedRow, earlier: Kept | undefined): z.input<typeof FailedCheck> => {
  const { rule_type, description, fields, coverage, filter, properties } = earlier ?? row;
  return {
    quality_check: {
      id: row.check_id,
      uid: row.uid,
      rule_type,
      description,
      fields,
      coverage,
      filter,
      properties,
      null_policy: NullPolicy.parse((earlier ?? row).null_policy),
      version: row.version,
      changed_since: row.version !== row.current_version,
    },
    message: row.message,
  };
};

type Around = { failed: z.input<typeof FailedCheck>[]; tags: Tag[]; inherited: Tag[]; assignees: Person[] };

const anomalyOf = (row: AnomalyRow, { failed, tags, inherited, assignees }: Around): z.input<typeof Anomaly> => ({
  id: row.id,
  uuid: row.uuid,
  type: AnomalyType.parse(row.type),
  status: AnomalyStatus.parse(row.status),
  archived: !isOpen(row.status),
  is_new: row.is_new,
  source_enriched: row.source_enriched,
  datastore: { id: row.datastore_id, name: row.datastore_name },
  container: { id: row.container_id, name: row.container_name, container_type: row.container_type },
  partition: row.partition,
  row: row.row,
  fields: row.fields,
  weight: row.weight,
  fingerprint: row.fingerprint,
  description: row.description ?? row.message,
  message: row.message,
  anomalous_records_count: row.anomalous_records,
  failed_checks: failed,
  global_tags: tags.map(tagOf),
  inherited_tags: inherited.map(tagOf),
  assignees,
  comments_count: Number(row.comments_count),
  operation_id: row.operation_id,
  created: row.created_at.toISOString(),
  updated: row.updated_at.toISOString(),
});

/** Rows of anomalies with all that stands around them, in a fixed number of queries. */
export const anomaliesOf = async (db: Database, rows: readonly AnomalyRow[]): Promise<z.input<typeof Anomaly>[]> => {
  if (rows.length === 0) return [];
  const around = await surroundingsOfAnomalies(
    db,
    rows.map(({ id }) => id),
  );
  const earlier = await snapshots(
    db,
    [...around.values()].flatMap(({ failed }) => failed),
  );
  return rows.flatMap((row) => {
    const its = around.get(row.id);
    if (its === undefined) return [];
    const failed = its.failed.map((one) => failedCheckOf(one, earlier.get(`${one.check_id} ${one.version}`)));
    return [anomalyOf(row, { ...its, failed })];
  });
};
