/** The protocol of dataplanes: polling, and what is said under a lease. */
import { userError } from "@touchstone/core/errors";
import { PROTOCOL_OLDEST, PROTOCOL_VERSION } from "@touchstone/core/model/dataplane";
import { POLL_WAIT_MS_MAX, type protocol } from "@touchstone/core/routes/dataplanes";
import { enrolDataplane } from "../auth/dataplanes.ts";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { seen } from "../store/dataplanes.ts";
import type { Database } from "../store/database.ts";
import { exportPage } from "../exports/index.ts";
import { applyResults } from "../work/apply.ts";
import { applyPrune } from "../work/apply-sync.ts";
import { claim, operationContainer } from "../work/claim.ts";
import { endOperation } from "../work/end.ts";
import { heldOperation, lastWord, underLease } from "../work/lease.ts";
import { HEARTBEAT_SECONDS, LEASE_SECONDS, type Job } from "../work/queue.ts";
import { awaitRows, nameKey } from "../work/uploads.ts";

/** An answer that nobody reads is deleted after a minute. */
const ANSWER_MS = 60_000;

const welcome = (name: string, protocolOfIt: number) => {
  const enabled = protocolOfIt >= PROTOCOL_OLDEST;
  return {
    name,
    enabled,
    reason: enabled ? null : `it speaks the protocol ${protocolOfIt}; ${PROTOCOL_OLDEST} is the oldest that is still understood`,
    protocol: PROTOCOL_VERSION,
    protocol_oldest: PROTOCOL_OLDEST,
    poll_wait_ms: POLL_WAIT_MS_MAX,
    heartbeat_ms: HEARTBEAT_SECONDS * 1000,
    lease_ms: LEASE_SECONDS * 1000,
    now: new Date().toISOString(),
  };
};

const isAwaited = async (db: Database, job: Job): Promise<boolean> =>
  "question" in job && (await db.selectFrom("question").where("id", "=", job.question).select("id").executeTakeFirst()) !== undefined;

/** Containers that an earlier attempt has brought to their end: who takes the work up is not told of them. A sync looks at all again. */
const doneBefore = async (db: Database, { id, type }: { id: number; type: string }): Promise<number> => {
  if (type === "sync") return 0;
  const stored = await db
    .selectFrom("operation_container")
    .where("operation_id", "=", id)
    .select(({ fn }) => fn.countAll<number>().as("containers"))
    .executeTakeFirstOrThrow();
  return Number(stored.containers);
};

export const protocolHandlers: Handlers<typeof protocol, Services> = {
  enrol: async ({ body }, { db }) => enrolDataplane(db, body.code, new Date()),

  hello: async ({ body }, { db, dataplane }) => {
    const { version, protocol: spoken, capacity, connectors, capabilities } = body;
    await db
      .updateTable("dataplane")
      .set({ version, capabilities: JSON.stringify({ ...capabilities, capacity, connectors, protocol: spoken }), last_seen_at: new Date() })
      .where("id", "=", dataplane.id)
      .execute();
    return welcome(dataplane.name, spoken);
  },

  claim: async ({ body }, { db, dataplane, services, signal }) => {
    await seen(db, dataplane.id, new Date());
    return { work: await claim(services, dataplane, { waitMs: body.wait_ms, onlyQuestions: body.only === "questions" }, signal) };
  },

  open: ({ params, body }, { dataplane, services }) =>
    underLease(services, { id: params.id, fence: body.fence }, async (tx, job) => {
      const operation = await heldOperation(tx, job, dataplane);
      return { container: await operationContainer(tx, services, operation, body.container_id) };
    }),

  export: ({ params, body }, { dataplane, services }) =>
    underLease(services, { id: params.id, fence: body.fence }, async (tx, job) =>
      exportPage(tx, await heldOperation(tx, job, dataplane), body.after),
    ),

  rows: async ({ params, body }, { db, dataplane, services, signal }) => {
    const operationId = await underLease(services, { id: params.id, fence: body.fence }, async (tx, job) => {
      const { id } = await heldOperation(tx, job, dataplane);
      await nameKey(tx, id, body.public_key);
      return id;
    });
    services.news.ring();
    return awaitRows({ db, news: services.news }, operationId, body.public_key, signal);
  },

  progress: async ({ params, body }, { db, dataplane, services }) => {
    await seen(db, dataplane.id, new Date());
    const answer = await underLease(services, { id: params.id, fence: body.fence }, async (tx, job) => {
      if ("question" in job) return { abort: !(await isAwaited(tx, job)) };
      const operation = await heldOperation(tx, job, dataplane);
      const total = body.total_containers == null ? {} : { total_containers: body.total_containers + (await doneBefore(tx, operation)) };
      await tx
        .updateTable("operation")
        .set({
          counters: JSON.stringify({ ...operation.counters, ...total }),
          ...(body.step == null ? {} : { progress: JSON.stringify(body.step) }),
        })
        .where("id", "=", operation.id)
        .execute();
      return { abort: operation.abort_requested_at !== null };
    });
    services.news.ring();
    return answer;
  },

  results: async ({ params, body }, { dataplane, services }) => {
    const answer = await underLease(services, { id: params.id, fence: body.fence }, async (tx, job) => {
      const operation = await heldOperation(tx, job, dataplane);
      const stored = await applyResults(tx, operation, body.results);
      return { stored, abort: operation.abort_requested_at !== null };
    });
    services.news.ring();
    return answer;
  },

  answer: async ({ params, body }, { services }) => {
    await lastWord(services, { id: params.id, fence: body.fence }, async (tx, job) => {
      if (!("question" in job)) throw userError("LEASE_LOST", "it is an operation, not a question");
      const answered = { answer: body.sealed, expires_at: new Date(Date.now() + ANSWER_MS) };
      await tx.updateTable("question").set(answered).where("id", "=", job.question).execute();
    });
    services.news.ring();
    return undefined;
  },

  complete: async ({ params, body }, { dataplane, services }) => {
    await lastWord(services, { id: params.id, fence: body.fence }, async (tx, job) => {
      const operation = await heldOperation(tx, job, dataplane);
      if (operation.type === "sync" && !body.aborted) await prune(tx, operation);
      await endOperation(tx, operation.id, { aborted: body.aborted });
    });
    services.news.ring();
    return undefined;
  },

  fail: async ({ params, body }, { dataplane, services }) => {
    await lastWord(services, { id: params.id, fence: body.fence }, async (tx, job) => {
      await endOperation(tx, (await heldOperation(tx, job, dataplane)).id, { error: body.error });
    });
    services.news.ring();
    return undefined;
  },

  release: async ({ params, body }, { db, dataplane, services }) => {
    const hold = { id: params.id, fence: body.fence };
    await db.transaction().execute(async (tx) => {
      const state = await services.queue.state(tx, hold.id);
      // Said twice: it is waiting to be taken again already.
      if (state !== null && state.state === "retry" && state.fence === hold.fence) return;
      if (state === null || !(await services.queue.release(tx, hold))) throw userError("LEASE_LOST", "its lease ran out, or it is over");
      if (!("operation" in state.job)) return;
      const { id } = await heldOperation(tx, state.job, dataplane);
      await tx.updateTable("operation").set({ result: "queued", progress: null, dataplane_id: null }).where("id", "=", id).execute();
    });
    return undefined;
  },
};

const prune = async (
  db: Database,
  operation: { id: number; datastore_id: number; request: Record<string, unknown>; counters: Record<string, number> },
): Promise<void> => {
  const removed = await applyPrune(db, operation, new Date());
  if (removed === 0) return;
  const counters = JSON.stringify({ ...operation.counters, containers_removed: removed });
  await db.updateTable("operation").set({ counters }).where("id", "=", operation.id).execute();
};
