/** The work of the control plane, opened over its store: the queue, what routes ask of it, and what has to be looked after. */
import { errorInfo } from "@touchstone/core/errors";
import type { KeyRing } from "../auth/seal.ts";
import type { Services } from "../services.ts";
import { addUpTallies } from "../store/anomaly-totals.ts";
import type { Store } from "../store/database.ts";
import { bell } from "./bell.ts";
import { dispatch } from "./dispatch.ts";
import { endOperation } from "./end.ts";
import { LEASE_SECONDS, openQueue } from "./queue.ts";
import { startDue } from "./schedules.ts";

/** Between two sweeps: of questions whose time is over, and of tallies that can be added up. */
const SWEEP_MS = 30_000;

export type OpenedWork = Pick<Services, "db" | "queue" | "news" | "work"> & { close: () => Promise<void> };

export const openWork = async (store: Store, ring: KeyRing, onError: (error: unknown) => void): Promise<OpenedWork> => {
  const { db } = store;
  const news = bell();
  const queue = await openQueue(store, onError);
  await queue.hear({
    onDue: async (scheduleId, at) => void (await startDue(queue, db, scheduleId, at)),
    onGivenUp: async (job) => {
      if (!("operation" in job)) return;
      const silent = errorInfo("DATAPLANE_SILENT", `operation ${job.operation}`, LEASE_SECONDS);
      await db.transaction().execute((tx) => endOperation(tx, job.operation, { error: silent }));
      news.ring();
    },
  });
  const sweep = setInterval(() => {
    void sweepQuestions(store).catch(onError);
    void addUpTallies(db).catch(onError);
  }, SWEEP_MS).unref();
  return {
    db,
    queue,
    news,
    work: dispatch({ db, queue, ring, news }),
    close: async () => {
      clearInterval(sweep);
      await queue.close();
    },
  };
};

/** Questions that nobody waits for any more, and answers that nobody has read. */
export const sweepQuestions = async ({ db }: Pick<Store, "db">): Promise<void> =>
  void (await db.deleteFrom("question").where("expires_at", "<", new Date()).execute());
