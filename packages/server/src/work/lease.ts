/**
 * What is said under a lease. The heartbeat and the change are one transaction: while it runs nobody can be given the work, and what
 * comes under an older fence changes nothing.
 */
import { userError } from "@touchstone/core/errors";
import type { DataplanePrincipal } from "../auth/principal.ts";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import type { Hold, Job } from "./queue.ts";

type Leasing = Pick<Services, "db" | "queue">;

const lost = (reason: string) => userError("LEASE_LOST", reason);

/** The operation that a job stands for, when this dataplane has it. Throws LEASE_LOST. */
export const heldOperation = async (db: Database, job: Job, dataplane: DataplanePrincipal) => {
  if (!("operation" in job)) throw lost("it is a question, not an operation");
  const operation = await db.selectFrom("operation").where("id", "=", job.operation).selectAll().executeTakeFirst();
  if (operation === undefined) throw lost("the operation was deleted");
  if (operation.dataplane_id !== dataplane.id) throw lost("it was given to another dataplane");
  return operation;
};
export type HeldOperation = Awaited<ReturnType<typeof heldOperation>>;

/** Does something under a lease that is still held. Throws LEASE_LOST. */
export const underLease = <T>({ db, queue }: Leasing, hold: Hold, work: (tx: Database, job: Job) => Promise<T>): Promise<T> =>
  db.transaction().execute(async (tx) => {
    if (!(await queue.touch(tx, hold))) throw lost("its lease ran out, or it is over");
    const state = await queue.state(tx, hold.id);
    if (state === null) throw lost("it is over");
    return work(tx, state.job);
  });

/**
 * The last word under a lease. Said twice it does no harm: when this very attempt has already said it, nothing is done.
 * Throws LEASE_LOST.
 */
export const lastWord = ({ db, queue }: Leasing, hold: Hold, work: (tx: Database, job: Job) => Promise<void>): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const state = await queue.state(tx, hold.id);
    if (state !== null && state.state === "completed" && state.fence === hold.fence) return;
    if (state === null || !(await queue.complete(tx, hold))) throw lost("its lease ran out, or it is over");
    await work(tx, state.job);
  });
