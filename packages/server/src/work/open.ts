/** The work of the control plane, opened over its store: the queue, what routes ask of it, and what has to be looked after. */
import { errorInfo } from "@touchstone/core/errors";
import { UNTRACED, type Tracing } from "@touchstone/core/tracing";
import type { KeyRing } from "../auth/seal.ts";
import { sweepKeys } from "../http/idempotency.ts";
import type { Services } from "../services.ts";
import type { Store } from "../store/database.ts";
import { addUpTallies } from "../store/tallies.ts";
import { bell } from "./bell.ts";
import { dispatch } from "./dispatch.ts";
import { endOperation } from "./end.ts";
import { LEASE_SECONDS, openQueue } from "./queue.ts";
import { startDue } from "./schedules.ts";
import { uploads } from "./uploads.ts";

/** Between two sweeps: of questions and keys whose time is over, and of tallies that can be added up. */
const SWEEP_MS = 30_000;

export type OpenedWork = Pick<Services, "db" | "queue" | "news" | "work"> & { close: () => Promise<void> };

export const openWork = async (
  store: Store,
  ring: KeyRing,
  onError: (error: unknown) => void,
  tracing: Tracing = UNTRACED,
): Promise<OpenedWork> => {
  const { db } = store;
  const news = bell();
  const queue = await openQueue(store, onError, tracing);
  await queue.hear({
    onDue: async (scheduleId, at) => void (await startDue(queue, db, scheduleId, at)),
    onGivenUp: async (job) => {
      if (!("operation" in job)) return;
      const silent = errorInfo("DATAPLANE_SILENT", `operation ${job.operation}`, LEASE_SECONDS);
      await db.transaction().execute((tx) => endOperation(tx, job.operation, { error: silent }));
      news.ring();
    },
  });
  const waiting = uploads(db, news, onError);
  const sweep = setInterval(() => {
    for (const swept of [sweepQuestions(store), sweepKeys(db), addUpTallies(db)]) swept.catch(onError);
  }, SWEEP_MS).unref();
  return {
    db,
    queue,
    news,
    work: dispatch({ db, queue, ring, news, uploads: waiting }),
    close: async () => {
      clearInterval(sweep);
      await waiting.close();
      await queue.close();
    },
  };
};

/** Questions that nobody waits for any more, answers that nobody has read, and places of rows whose holder is gone. */
export const sweepQuestions = async ({ db }: Pick<Store, "db">): Promise<void> => {
  await db.deleteFrom("question").where("expires_at", "<", new Date()).execute();
  await db.deleteFrom("upload").where("expires_at", "<", new Date()).execute();
};
