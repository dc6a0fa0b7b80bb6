/** Writing checks: what they were is kept, whoever changes them. */
import { sql } from "kysely";
import { userError } from "@touchstone/core/errors";
import { OpenStatus } from "@touchstone/core/model/anomaly-status";
import { NullPolicy } from "@touchstone/core/model/check";
import { distinctUid } from "@touchstone/core/rules/bind";
import { checkRows, type CheckRow } from "../store/checks.ts";
import type { Database } from "../store/database.ts";
import { isDuplicate } from "../store/paging.ts";
import { setTags, tagsOf } from "../store/tags.ts";
import { changesOf, isArchived, type Changes, type Kept } from "./kept.ts";

type KeptRow = Pick<CheckRow, Exclude<keyof Kept, "tags">>;
type VersionedRow = KeptRow & Pick<CheckRow, "id" | "version" | "last_editor_id" | "updated_at">;

/** A check as it is kept, from its row. */
export const keptOf = (row: KeptRow, tags: readonly { name: string }[]): Kept => ({
  rule_type: row.rule_type,
  fields: row.fields,
  coverage: row.coverage,
  filter: row.filter,
  properties: row.properties,
  null_policy: NullPolicy.parse(row.null_policy),
  anomaly_message_field: row.anomaly_message_field,
  description: row.description,
  additional_metadata: row.additional_metadata,
  status: row.status,
  inferred: row.inferred,
  owner_id: row.owner_id,
  default_anomaly_assignee_id: row.default_anomaly_assignee_id,
  tags: tags.map(({ name }) => name).sort(),
});

export type Current = { row: CheckRow; kept: Kept };

/** The check as it is now; nobody else changes it until the transaction ends. Throws OBJECT_UNKNOWN. */
export const lockCheck = async (db: Database, id: number, noun: "check" | "template" = "check"): Promise<Current> => {
  await sql`SELECT 1 FROM "check" WHERE id = ${id} FOR UPDATE`.execute(db);
  return currentCheck(db, id, noun);
};

export const currentCheck = async (db: Database, id: number, noun: "check" | "template" = "check"): Promise<Current> => {
  const row = await checkRows(db).where("check.id", "=", id).executeTakeFirst();
  if (row === undefined || (noun === "template" && !row.is_template)) throw userError("OBJECT_UNKNOWN", noun, String(id));
  return { row, kept: keptOf(row, (await tagsOf(db, "check", [id])).get(id) ?? []) };
};

const columns = (kept: Kept) => ({
  fields: JSON.stringify(kept.fields),
  coverage: kept.coverage,
  filter: kept.filter,
  properties: JSON.stringify(kept.properties),
  null_policy: kept.null_policy,
  anomaly_message_field: kept.anomaly_message_field,
  description: kept.description,
  additional_metadata: JSON.stringify(kept.additional_metadata),
  status: kept.status,
  inferred: kept.inferred,
  owner_id: kept.owner_id,
  default_anomaly_assignee_id: kept.default_anomaly_assignee_id,
});

/** Where a check is made, and from what. */
export type Birth = {
  containerId: number | null;
  templateId: number | null;
  locked: boolean;
  uid: string;
  evidence: Record<string, unknown> | null;
};

/** Makes a check, and answers its id. */
export const insertCheck = async (db: Database, kept: Kept, birth: Birth, editorId: number): Promise<number> => {
  try {
    const { id } = await db
      .insertInto("check")
      .values({
        ...columns(kept),
        rule_type: kept.rule_type,
        uid: birth.uid,
        container_id: birth.containerId,
        template_id: birth.templateId,
        is_template: birth.containerId === null,
        template_locked: birth.locked,
        evidence: birth.evidence === null ? null : JSON.stringify(birth.evidence),
        last_editor_id: editorId,
        archived_at: isArchived(kept.status) ? new Date() : null,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    await setTags(db, "check", id, kept.tags);
    return id;
  } catch (thrown) {
    throw isDuplicate(thrown, "check_uid") ? userError("OBJECT_EXISTS", "check", birth.uid) : thrown;
  }
};

/** Keeps a check as it is, by whom and when it was made so, under the version it has. */
export const keepVersion = async (db: Database, row: VersionedRow, kept: Kept): Promise<void> => {
  const { id: check_id, version, last_editor_id: editor_id, updated_at: created_at } = row;
  await db
    .insertInto("check_version")
    .values({ check_id, version, snapshot: JSON.stringify(kept), editor_id, created_at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};

/** Keeps what a check was, and writes what it is now. Nothing is written when nothing changed. */
export const saveCheck = async (db: Database, { row, kept: before }: Current, after: Kept, editorId: number): Promise<Changes> => {
  const changes = changesOf(before, after);
  if (Object.keys(changes).length === 0) return changes;
  await keepVersion(db, row, before);
  const archivedAt = isArchived(after.status) ? (row.archived_at ?? new Date()) : null;
  await db
    .updateTable("check")
    .set({
      ...columns(after),
      // What was seen when it was inferred says nothing about what somebody else wrote.
      ...(before.inferred && !after.inferred ? { evidence: null } : {}),
      version: row.version + 1,
      last_editor_id: editorId,
      archived_at: archivedAt,
      updated_at: new Date(),
    })
    .where("id", "=", row.id)
    .execute();
  if ("tags" in changes) await setTags(db, "check", row.id, after.tags);
  return changes;
};

/** Identities that checks of a datastore have. */
export const uidsOf = async (db: Database, datastoreId: number): Promise<Set<string>> => {
  const rows = await db
    .selectFrom("check")
    .innerJoin("container", "container.id", "check.container_id")
    .where("container.datastore_id", "=", datastoreId)
    .select("check.uid")
    .execute();
  return new Set(rows.map(({ uid }) => uid));
};

/** An identity that no other check of the datastore has. */
export const freeUid = async (db: Database, datastoreId: number, wanted: string, kept: Kept): Promise<string> =>
  distinctUid(wanted, kept, await uidsOf(db, datastoreId));

const open = sql.join(OpenStatus.options.map((status) => sql.lit(status)));

/** Anomalies that this check alone raised. */
const raisedBy = (checkId: number) => sql`a.id IN (SELECT f.anomaly_id FROM failed_check f WHERE f.check_id = ${checkId})
  AND NOT EXISTS (SELECT 1 FROM failed_check f WHERE f.anomaly_id = a.id AND f.check_id <> ${checkId})`;

/** Archives the open anomalies that only this check raised: what it found is no finding any more. */
export const archiveItsAnomalies = async (db: Database, checkId: number, status: string, userId: number): Promise<void> => {
  await sql`WITH old AS (SELECT a.id, a.status FROM anomaly a WHERE a.status IN (${open}) AND ${raisedBy(checkId)} FOR UPDATE),
    changed AS (UPDATE anomaly SET status = ${status}, updated_at = now() FROM old WHERE anomaly.id = old.id RETURNING anomaly.id, old.status AS was)
    INSERT INTO anomaly_event (anomaly_id, kind, detail, user_id)
    SELECT id, 'status', jsonb_build_object('from', was, 'to', ${status}::text, 'check_id', ${checkId}::bigint), ${userId}::bigint FROM changed`.execute(
    db,
  );
};

/** Deletes a check; its anomalies with it, or left behind without it. */
export const deleteCheck = async (db: Database, checkId: number, withAnomalies: boolean): Promise<void> => {
  if (withAnomalies) await sql`DELETE FROM anomaly a WHERE ${raisedBy(checkId)}`.execute(db);
  await db.deleteFrom("check").where("id", "=", checkId).execute();
};
