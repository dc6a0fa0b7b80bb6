/** Changing anomalies: what is asked, held against the state machine and what the caller may; each change is an event of the history. */
import { sql } from "kysely";
import type { z } from "zod";
import { errorInfo, userError } from "@touchstone/core/errors";
import { AnomalyStatus, isOpen, transition } from "@touchstone/core/model/anomaly-status";
import type { AnomalyChanges } from "@touchstone/core/routes/anomalies";
import { requireCapable, requirePermission } from "../http/allowed.ts";
import { Unusable } from "../http/problem.ts";
import type { Context } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { anomalyRows, type AnomalyRow } from "../store/anomalies.ts";
import type { Database } from "../store/database.ts";
import type { Mapping } from "../store/tables.ts";
import { setTags, tagsOf } from "../store/tags.ts";

type Asked = z.output<typeof AnomalyChanges>;
export type EventKind = "created" | "status" | "comment" | "assignment" | "tags" | "text";

/** Throws OBJECT_UNKNOWN. */
export const findAnomaly = async (db: Database, id: number): Promise<AnomalyRow> => {
  const row = await anomalyRows(db).where("anomaly.id", "=", id).executeTakeFirst();
  if (row === undefined) throw userError("OBJECT_UNKNOWN", "anomaly", String(id));
  return row;
};

/** The anomaly as it is now; nobody else changes it until the transaction ends. */
export const lockAnomaly = async (db: Database, id: number): Promise<AnomalyRow> => {
  await sql`SELECT 1 FROM anomaly WHERE id = ${id} FOR UPDATE`.execute(db);
  return findAnomaly(db, id);
};

export const tell = async (db: Database, anomalyId: number, kind: EventKind, detail: Mapping, userId: number): Promise<number> => {
  const { id } = await db
    .insertInto("anomaly_event")
    .values({ anomaly_id: anomalyId, kind, detail: JSON.stringify(detail), user_id: userId, operation_id: null })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
};

const touch = (db: Database, id: number, set: { status?: string; description?: string | null }) =>
  db
    .updateTable("anomaly")
    .set({ ...set, updated_at: new Date() })
    .where("id", "=", id)
    .execute();

/** Brings an anomaly into a status, if it is not; whether it changed. Throws OBJECT_STATE_WRONG. */
export const moveAnomaly = async (context: Context<Services>, row: AnomalyRow, to: AnomalyStatus): Promise<boolean> => {
  const from = AnomalyStatus.parse(row.status);
  switch (transition(from, to)) {
    case "stays":
      return false;
    case "refused":
      throw userError("OBJECT_STATE_WRONG", "anomaly", String(row.id), `it is archived as ${from}; restore it first`);
    case "changes":
      await requirePermission(context, "Author", row.datastore_id);
      await touch(context.db, row.id, { status: to });
      await tell(context.db, row.id, "status", { from, to }, context.principal.userId);
      return true;
  }
};

const fold = (names: readonly string[]): string[] => [...new Set(names.map((name) => name.toLowerCase()))].sort();

const retag = async ({ db, principal }: Context<Services>, row: AnomalyRow, names: readonly string[]): Promise<boolean> => {
  const before = ((await tagsOf(db, "anomaly", [row.id])).get(row.id) ?? []).map(({ name }) => name);
  if (JSON.stringify(fold(before)) === JSON.stringify(fold(names))) return false;
  await setTags(db, "anomaly", row.id, names);
  await touch(db, row.id, {});
  await tell(db, row.id, "tags", { from: before, to: [...names].sort() }, principal.userId);
  return true;
};

const assign = async (context: Context<Services>, row: AnomalyRow, userIds: readonly number[]): Promise<boolean> => {
  const { db, principal } = context;
  const assigned = await db.selectFrom("anomaly_assignee").where("anomaly_id", "=", row.id).orderBy("user_id").select("user_id").execute();
  const before = assigned.map(({ user_id }) => user_id);
  const wanted = [...new Set(userIds)].sort((a, b) => a - b);
  if (JSON.stringify(before) === JSON.stringify(wanted)) return false;
  await requirePermission(context, "Author", row.datastore_id);
  const added = wanted.filter((id) => !before.includes(id));
  await requireCapable(db, added, "Viewer", row.datastore_id, ["body", "assignee_ids"]);
  await db.deleteFrom("anomaly_assignee").where("anomaly_id", "=", row.id).execute();
  if (wanted.length > 0)
    await db
      .insertInto("anomaly_assignee")
      .values(wanted.map((user_id) => ({ anomaly_id: row.id, user_id })))
      .execute();
  await touch(db, row.id, {});
  await tell(db, row.id, "assignment", { from: before, to: wanted }, principal.userId);
  return true;
};

/** The words themselves are on the anomaly; the history only tells that somebody changed them. */
const describe = async (context: Context<Services>, row: AnomalyRow, given: string | null): Promise<boolean> => {
  const text = given?.trim() || null;
  const wanted = text === row.message ? null : text;
  if (wanted === row.description) return false;
  await requirePermission(context, "Editor", row.datastore_id);
  await touch(context.db, row.id, { description: wanted });
  await tell(context.db, row.id, "text", {}, context.principal.userId);
  return true;
};

const refuseEnding = (row: AnomalyRow, asked: AnomalyStatus): void => {
  if (isOpen(asked) || asked === row.status) return;
  const info = errorInfo("REQUEST_INVALID", "status", `${asked} is how an anomaly ends: archive it with that status`);
  throw new Unusable([{ loc: ["body", "status"], msg: info.why, type: info.code }], info);
};

/** Changes an anomaly as somebody asks, if they may; whether anything changed. */
export const editAnomaly = async (context: Context<Services>, row: AnomalyRow, asked: Asked): Promise<boolean> => {
  if (asked.status !== undefined) refuseEnding(row, asked.status);
  const changed = [
    asked.status === undefined ? false : await moveAnomaly(context, row, asked.status),
    asked.tags ? await retag(context, row, asked.tags) : false,
    asked.assignee_ids ? await assign(context, row, asked.assignee_ids) : false,
    asked.description === undefined ? false : await describe(context, row, asked.description),
  ];
  return changed.includes(true);
};

/** Archives or deletes an anomaly. */
export const removeAnomaly = async (
  context: Context<Services>,
  { id, archive, status }: { id: number; archive: boolean; status: AnomalyStatus },
): Promise<void> => {
  const row = await lockAnomaly(context.db, id);
  if (archive) {
    await moveAnomaly(context, row, status);
    return;
  }
  await requirePermission(context, "Editor", row.datastore_id);
  await context.db.deleteFrom("anomaly").where("id", "=", id).execute();
};
