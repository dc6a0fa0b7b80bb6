/**
 * The queue: pg-boss over the store the control plane already has, in a schema of its own. A job says which operation or question
 * is meant and nothing else. A dataplane holds a job by its id and attempt: what is said under an older attempt touches nothing.
 */
import { fromKysely, fromPglite, PgBoss, type Db } from "pg-boss";
import { sql } from "kysely";
import { z } from "zod";
import { UNTRACED, type Tracing } from "@touchstone/core/tracing";
import type { Database, Store } from "../store/database.ts";
import { bell, type Bell } from "./bell.ts";

const SCHEMA = "queue";
/** Work of dataplanes, work that was given up, and runs of schedules that are due. */
const WORK = "work";
const GIVEN_UP = "work_given_up";
const DUE = "schedule_due";

/** Without a heartbeat for three of their intervals the work is given to another (docs/dataplane.md). */
export const HEARTBEAT_SECONDS = 30;
export const LEASE_SECONDS = 3 * HEARTBEAT_SECONDS;
/** Attempts after the first: a dataplane that is drained hands its work back, which counts as one. */
const RETRIES = 5;
/** The longest an attempt may take; pg-boss takes no more. */
const ATTEMPT_SECONDS_MAX = 24 * 3600;
/** Days a finished job is kept: only for looking into what went wrong. */
const KEEP_SECONDS = 2 * 24 * 3600;
/** How often lost heartbeats are looked for. */
const SUPERVISE_SECONDS = 30;
/** Questions are answered while operations wait: somebody sits before each. */
const QUESTION_PRIORITY = 100;

export type Job = ({ operation: number } | { question: string }) & {
  /** What asked for it, as `traceparent`, where that is told to somebody. */
  trace?: string;
};
/** Job id and attempt. */
export type Hold = { id: string; fence: number };
export type JobState = { state: string; fence: number; job: Job };

export type Queue = {
  /** Queues work in the caller's transaction. Of one datastore one operation runs at a time. `group` names who alone may take it. */
  send: (db: Database, job: Job, options: { datastoreId: number; group: string | null }) => Promise<string>;
  /** Takes the next job that is not of these groups, or null. */
  fetch: (options: { onlyQuestions: boolean; notGroups: readonly string[] }) => Promise<(Hold & { job: Job }) | null>;
  /** A heartbeat; false when the job is no longer held so. In a transaction it also keeps others from taking the job meanwhile. */
  touch: (db: Database, hold: Hold) => Promise<boolean>;
  complete: (db: Database, hold: Hold) => Promise<boolean>;
  /** Gives the job back to be taken again at once. */
  release: (db: Database, hold: Hold) => Promise<boolean>;
  cancel: (db: Database, id: string) => Promise<void>;
  state: (db: Database, id: string) => Promise<JobState | null>;
  /** Rung when work comes in, in this process. */
  bell: Bell;
  /** Groups of the jobs that could be taken right now; null is that of jobs anybody may take. */
  ready: () => Promise<(string | null)[]>;
  /** Keeps a clock for a schedule, or no longer. */
  schedule: (db: Database, scheduleId: number, crontab: string, timeZone: string) => Promise<void>;
  unschedule: (db: Database, scheduleId: number) => Promise<void>;
  /** The next moments of a crontab. Throws with the reason when it is none. */
  nextRuns: (crontab: string, timeZone: string, count: number) => Date[];
  /** Listens to what the queue tells by itself; to be called once, when those who hear it are ready. */
  hear: (events: QueueEvents) => Promise<void>;
  /** Looks for lost heartbeats now. */
  supervise: () => Promise<void>;
  close: () => Promise<void>;
};

const connectionOf = ({ backend }: Store): Db =>
  backend.kind === "embedded" ? fromPglite(backend.pglite) : { executeSql: (text, values) => backend.pool.query(text, values) };

const isJob = (data: unknown): data is Job => data !== null && typeof data === "object" && ("operation" in data || "question" in data);

/** pg-boss says so, and leaves it out of its types. */
const Settled = z.object({ affected: z.number() });

/** What the queue tells of by itself. */
export type QueueEvents = {
  /** Work that was lost too often: the job is over, and what it stood for is to be brought to an end. */
  onGivenUp: (job: Job) => Promise<void>;
  /** A schedule is due. Told twice when the first time was not brought to its end. */
  onDue: (scheduleId: number, at: Date) => Promise<void>;
};

const openBoss = async (store: Store, onError: (error: unknown) => void): Promise<PgBoss> => {
  const boss = new PgBoss({
    db: connectionOf(store),
    ...(store.backend.kind === "embedded" ? { backend: "pglite" as const } : {}),
    schema: SCHEMA,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    registerInstance: false,
    monitorVacuum: false,
    reindex: false,
  });
  boss.on("error", onError);
  await boss.start();
  await boss.createQueue(GIVEN_UP, { deleteAfterSeconds: KEEP_SECONDS });
  await boss.createQueue(WORK, {
    policy: "singleton",
    heartbeatSeconds: LEASE_SECONDS,
    expireInSeconds: ATTEMPT_SECONDS_MAX,
    retryLimit: RETRIES,
    deleteAfterSeconds: KEEP_SECONDS,
    deadLetter: GIVEN_UP,
  });
  await boss.createQueue(DUE, { deleteAfterSeconds: KEEP_SECONDS, retryLimit: RETRIES, retryBackoff: true });
  return boss;
};

const hear = async (boss: PgBoss, { onGivenUp, onDue }: QueueEvents): Promise<void> => {
  await boss.work<Job>(GIVEN_UP, async (jobs) => {
    for (const { data } of jobs) if (isJob(data)) await onGivenUp(data);
  });
  await boss.work<{ schedule: number }, void, { includeMetadata: true }>(DUE, { includeMetadata: true }, async (jobs) => {
    for (const { data, createdOn } of jobs) await onDue(data.schedule, createdOn);
  });
};

/** Opens the queue; makes its schema when it is not there. */
export const openQueue = async (store: Store, onError: (error: unknown) => void, tracing: Tracing = UNTRACED): Promise<Queue> => {
  const boss = await openBoss(store, onError);
  const ring = bell();
  const held = ({ id, fence }: Hold) => ({ id, retryCount: fence });
  const did = (response: unknown): boolean => Settled.parse(response).affected === 1;
  return {
    bell: ring,
    send: async (db, job, { datastoreId, group }) => {
      const trace = tracing.current();
      const id = await boss.send(WORK, trace === null ? job : { ...job, trace }, {
        db: fromKysely(db),
        singletonKey: "operation" in job ? `datastore ${datastoreId}` : `question ${job.question}`,
        priority: "question" in job ? QUESTION_PRIORITY : 0,
        ...(group === null ? {} : { group: { id: group } }),
      });
      if (id === null) throw new Error("the queue took no job");
      ring.ring();
      return id;
    },
    fetch: async ({ onlyQuestions, notGroups }) => {
      const [job] = await boss.fetch<Job>(WORK, {
        includeMetadata: true,
        ignoreGroups: [...notGroups],
        ...(onlyQuestions ? { minPriority: QUESTION_PRIORITY } : {}),
      });
      return job === undefined ? null : { id: job.id, fence: job.retryCount, job: job.data };
    },
    touch: async (db, hold) => did(await boss.touch(WORK, held(hold), { db: fromKysely(db) })),
    complete: async (db, hold) => did(await boss.complete(WORK, held(hold), null, { db: fromKysely(db) })),
    release: async (db, hold) => {
      const released = did(await boss.fail(WORK, held(hold), { message: "handed back" }, { db: fromKysely(db) }));
      if (released) ring.ring();
      return released;
    },
    cancel: async (db, id) => void (await boss.cancel(WORK, id, { db: fromKysely(db) })),
    state: async (db, id) => {
      const job = await boss.getJobById<Job>(WORK, id, { db: fromKysely(db) });
      return job === null ? null : { state: job.state, fence: job.retryCount, job: job.data };
    },
    ready: async () => {
      const jobs = sql.table(`${SCHEMA}.job`);
      const { rows } = await sql<{ group_id: string | null }>`SELECT DISTINCT group_id FROM ${jobs} j
        WHERE name = ${WORK} AND state IN ('created', 'retry') AND start_after <= now() AND NOT EXISTS (
          SELECT 1 FROM ${jobs} a WHERE a.name = j.name AND a.state = 'active' AND a.singleton_key = j.singleton_key)`.execute(store.db);
      return rows.map(({ group_id }) => group_id);
    },
    schedule: (db, scheduleId, crontab, timeZone) =>
      boss.schedule(DUE, crontab, { schedule: scheduleId }, { tz: timeZone, key: String(scheduleId), missed: "once", db: fromKysely(db) }),
    unschedule: (db, scheduleId) => boss.unschedule(DUE, String(scheduleId), { db: fromKysely(db) }),
    nextRuns: (crontab, timeZone, count) => boss.previewSchedule(crontab, { tz: timeZone, count }),
    hear: (events) => hear(boss, events),
    supervise: () => boss.supervise(WORK),
    close: () => boss.stop({ graceful: false, close: false }),
  };
};
