/** What happened to an anomaly, and what people said about it. A comment is an event that its author can change. */
import { sql } from "kysely";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { AnomalyComment, AnomalyEvent } from "@touchstone/core/routes/anomalies";
import type { Principal } from "../auth/principal.ts";
import type { Database } from "../store/database.ts";
import { paged, pageRows, type Page } from "../store/paging.ts";
import { peopleOf, type Person } from "../store/person-mentions.ts";

/** What a comment holds; one that was taken back holds only that. */
const Comment = z.object({
  message: z.string().default(""),
  edited_at: z.string().nullable().default(null),
  deleted: z.boolean().optional(),
});

const eventRows = (db: Database, anomalyId: number) =>
  db
    .selectFrom("anomaly_event")
    .where("anomaly_id", "=", anomalyId)
    .select(["id", "kind", "detail", "user_id", "operation_id", "created_at"]);
type EventRow = Awaited<ReturnType<ReturnType<typeof eventRows>["execute"]>>[number];

const authorsOf = (db: Database, rows: readonly EventRow[]) =>
  peopleOf(
    db,
    rows.map(({ user_id }) => user_id),
  );
const author = (people: ReadonlyMap<number, Person>, id: number | null): Person | null => (id === null ? null : (people.get(id) ?? null));

type Asked = { page: number; size: number };

export const historyOf = async (db: Database, anomalyId: number, asked: Asked): Promise<Page<z.input<typeof AnomalyEvent>>> => {
  const { rows, total } = await pageRows(eventRows(db, anomalyId).orderBy("id", "desc"), asked);
  const people = await authorsOf(db, rows);
  const items = rows.map(({ id, kind, detail, user_id, operation_id, created_at }) => ({
    id,
    kind,
    detail,
    user: author(people, user_id),
    operation_id,
    created: created_at.toISOString(),
  }));
  return paged(items, total, asked);
};

const commentOf = (row: EventRow, people: ReadonlyMap<number, Person>): z.input<typeof AnomalyComment> => {
  const { message, edited_at } = Comment.parse(row.detail);
  return { id: row.id, message, user: author(people, row.user_id), created: row.created_at.toISOString(), edited: edited_at };
};

const isComment = sql<boolean>`kind = 'comment' AND NOT detail ? 'deleted'`;

export const commentsOf = async (db: Database, anomalyId: number, asked: Asked): Promise<Page<z.input<typeof AnomalyComment>>> => {
  const { rows, total } = await pageRows(eventRows(db, anomalyId).where(isComment).orderBy("id"), asked);
  const people = await authorsOf(db, rows);
  return paged(
    rows.map((row) => commentOf(row, people)),
    total,
    asked,
  );
};

/** One comment. Throws OBJECT_UNKNOWN. */
export const findComment = async (db: Database, anomalyId: number, id: number): Promise<z.input<typeof AnomalyComment>> => {
  const row = await eventRows(db, anomalyId).where("id", "=", id).where(isComment).executeTakeFirst();
  if (row === undefined) throw userError("OBJECT_UNKNOWN", "comment", String(id));
  return commentOf(row, await authorsOf(db, [row]));
};

/** Puts something else in the place of one's own comment. Throws NOT_ALLOWED for that of somebody else. */
export const rewriteComment = async (
  db: Database,
  principal: Principal,
  anomalyId: number,
  id: number,
  detail: z.input<typeof Comment>,
): Promise<void> => {
  const { user } = await findComment(db, anomalyId, id);
  if (user?.id !== principal.userId) throw userError("NOT_ALLOWED", "to be its author");
  await db
    .updateTable("anomaly_event")
    .set({ detail: JSON.stringify(detail) })
    .where("id", "=", id)
    .execute();
};
