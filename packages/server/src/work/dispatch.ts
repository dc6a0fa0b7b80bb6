/** Work asked for by routes: operations are queued with the transaction that asks for them, questions are asked and waited for. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { Reach } from "@touchstone/core/model/dataplane";
import { QUESTIONS, readAnswered } from "@touchstone/core/model/work";
import { seal, unseal, type KeyRing } from "../auth/seal.ts";
import type { Database } from "../store/database.ts";
import { answerKey } from "./answers.ts";
import type { Bell } from "./bell.ts";
import { endOperation } from "./end.ts";
import { HEARTBEAT_SECONDS, type Queue } from "./queue.ts";
import type { Uploads } from "./uploads.ts";
import type { NewOperation, Work } from "./work.ts";

/** Seconds somebody waits for an answer unless told otherwise. */
const ANSWER_SECONDS = 30;
/** An answer that nobody has read is gone after a minute. */
const UNREAD_SECONDS = 60;
/** Between two looks for an answer that came in through another process. */
const LOOK_MS = 500;
/** A dataplane is heard of at each poll and heartbeat; one that was silent for so long is not there. */
export const SILENT_SECONDS = 3 * HEARTBEAT_SECONDS;

/** Group of the jobs that only this dataplane may take. */
export const groupOf = (dataplaneId: number): string => `dataplane ${dataplaneId}`;

type Pinned = { name: string; dataplaneId: number | null };

/** The dataplane a datastore is pinned to. Throws OBJECT_UNKNOWN, DATAPLANE_ABSENT. */
const pinOf = async (db: Database, datastoreId: number): Promise<Pinned> => {
  const datastore = await db.selectFrom("datastore").where("id", "=", datastoreId).select(["name", "dataplane"]).executeTakeFirst();
  if (datastore === undefined) throw userError("OBJECT_UNKNOWN", "datastore", String(datastoreId));
  if (datastore.dataplane === null) return { name: datastore.name, dataplaneId: null };
  const pinned = await db.selectFrom("dataplane").where("name", "=", datastore.dataplane).select("id").executeTakeFirst();
  if (pinned === undefined)
    throw userError("DATAPLANE_ABSENT", datastore.name, `it is pinned to the dataplane ${datastore.dataplane}, and none of that name`);
  return { name: datastore.name, dataplaneId: pinned.id };
};

const requirePresence = async (db: Database, { name, dataplaneId }: Pinned): Promise<void> => {
  let present = db
    .selectFrom("dataplane")
    .where("revoked_at", "is", null)
    .where("last_seen_at", ">", new Date(Date.now() - SILENT_SECONDS * 1000))
    .select("id");
  if (dataplaneId !== null) present = present.where("id", "=", dataplaneId);
  if ((await present.limit(1).executeTakeFirst()) === undefined)
    throw userError("DATAPLANE_ABSENT", name, dataplaneId === null ? "no dataplane" : "the dataplane it is pinned to is not");
};

const ownerOf = (questionId: string): string => `question ${questionId}`;

/** Settings and secrets that came with a question; null when those of the datastore are meant. */
export const openInstead = (
  ring: KeyRing,
  question: { id: string; instead_key_id: string | null; instead_sealed: string | null },
): z.infer<typeof Reach> | null => {
  const { id, instead_key_id, instead_sealed } = question;
  if (instead_key_id === null || instead_sealed === null) return null;
  return Reach.parse(JSON.parse(unseal(ring, { keyId: instead_key_id, sealed: instead_sealed }, ownerOf(id))));
};

type Dispatching = { db: Database; queue: Queue; ring: KeyRing; news: Bell; uploads: Uploads };

/** Writes an operation down and queues it, in one transaction. */
export const startOperation = async (queue: Queue, db: Database, { type, datastoreId, request, userId, scheduleId }: NewOperation) => {
  const { dataplaneId } = await pinOf(db, datastoreId);
  const { id } = await db
    .insertInto("operation")
    .values({ type, datastore_id: datastoreId, request: JSON.stringify(request), user_id: userId, schedule_id: scheduleId })
    .returning("id")
    .executeTakeFirstOrThrow();
  await enqueueOperation(queue, db, { id, datastoreId, dataplaneId });
  return id;
};

const enqueueOperation = async (
  queue: Queue,
  db: Database,
  { id, datastoreId, dataplaneId }: { id: number; datastoreId: number; dataplaneId: number | null },
): Promise<void> => {
  const jobId = await queue.send(db, { operation: id }, { datastoreId, group: dataplaneId === null ? null : groupOf(dataplaneId) });
  await db.updateTable("operation").set({ job_id: jobId }).where("id", "=", id).execute();
};

/** Queues an operation that has ended once more: containers that succeeded are not done again. */
export const resumeOperation = async (queue: Queue, db: Database, operation: { id: number; datastore_id: number }): Promise<void> => {
  const { dataplaneId } = await pinOf(db, operation.datastore_id);
  await db.deleteFrom("operation_container").where("operation_id", "=", operation.id).where("result", "<>", "success").execute();
  await db
    .updateTable("operation")
    .set({ result: "queued", message: null, finished_at: null, abort_requested_at: null })
    .where("id", "=", operation.id)
    .execute();
  await enqueueOperation(queue, db, { id: operation.id, datastoreId: operation.datastore_id, dataplaneId });
};

/** An operation that is still queued ends at once; a running one when its dataplane hears of it, or is found to be gone. */
const abort = async ({ queue, news }: Dispatching, db: Database, operationId: number): Promise<void> => {
  const operation = await db
    .updateTable("operation")
    .set({ abort_requested_at: new Date() })
    .where("id", "=", operationId)
    .where("finished_at", "is", null)
    .returning(["result", "job_id"])
    .executeTakeFirst();
  if (operation?.result === "queued" && operation.job_id !== null) {
    await queue.cancel(db, operation.job_id);
    await endOperation(db, operationId, { aborted: true });
  }
  news.ring();
};

const ask = async (dispatching: Dispatching, ...[datastoreId, kind, question, options = {}]: Parameters<Work["ask"]>): Promise<unknown> => {
  const { db, queue, ring, news } = dispatching;
  const pinned = datastoreId === null ? { name: "a datastore", dataplaneId: null } : await pinOf(db, datastoreId);
  await requirePresence(db, pinned);
  const seconds = options.timeoutSeconds ?? ANSWER_SECONDS;
  const key = answerKey();
  const id = randomUUID();
  const instead =
    options.instead === undefined
      ? null
      : seal(ring, JSON.stringify({ id: datastoreId ?? 0, name: pinned.name, ...options.instead }), ownerOf(id));
  await db.transaction().execute(async (tx) => {
    await tx
      .insertInto("question")
      .values({
        id,
        datastore_id: datastoreId,
        kind,
        asked: JSON.stringify(QUESTIONS[kind].asked.parse(question)),
        public_key: key.publicKey,
        instead_key_id: instead?.keyId ?? null,
        instead_sealed: instead?.sealed ?? null,
        expires_at: new Date(Date.now() + (seconds + UNREAD_SECONDS) * 1000),
      })
      .execute();
    await queue.send(
      tx,
      { question: id },
      { datastoreId: datastoreId ?? 0, group: pinned.dataplaneId === null ? null : groupOf(pinned.dataplaneId) },
    );
  });
  try {
    const sealed = await answerTo(db, news, id, seconds * 1000, options.signal);
    if (sealed === null) throw userError("DATAPLANE_SILENT", pinned.name, seconds);
    return JSON.parse(key.open(sealed, id));
  } finally {
    await db.deleteFrom("question").where("id", "=", id).execute();
  }
};

/** The sealed answer, or null when none came in time. */
const answerTo = async (db: Database, news: Bell, id: string, ms: number, signal: AbortSignal | undefined): Promise<string | null> => {
  const until = performance.now() + ms;
  for (;;) {
    const row = await db.selectFrom("question").where("id", "=", id).select("answer").executeTakeFirst();
    if (row === undefined || row.answer !== null) return row?.answer ?? null;
    const left = until - performance.now();
    if (left <= 0 || signal?.aborted) return null;
    await news.wait(Math.min(left, LOOK_MS), signal);
  }
};

export const dispatch = (dispatching: Dispatching): Work => ({
  start: (db, operation) => startOperation(dispatching.queue, db, operation),
  startWithRows: async (change, operation, rows) => {
    const { id } = await change(async (db) => {
      const started = await startOperation(dispatching.queue, db, operation);
      await dispatching.uploads.expect(db, started, rows);
      return { id: started };
    });
    dispatching.uploads.hold(id, rows);
    return id;
  },
  abort: (db, operationId) => abort(dispatching, db, operationId),
  ask: async (datastoreId, kind, question, options) => readAnswered(kind, await ask(dispatching, datastoreId, kind, question, options)),
});
