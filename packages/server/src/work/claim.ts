/** Claiming: a dataplane waits for work, and what it is given is put together at that moment, secrets included. */
import { sql } from "kysely";
import { z } from "zod";
import { toErrorInfo, UserError } from "@touchstone/core/errors";
import type { OperationSpec, QuestionSpec, WorkEnrichment, WorkItem } from "@touchstone/core/model/dataplane";
import { OperationOptions } from "@touchstone/core/model/operation-options";
import { OperationType } from "@touchstone/core/model/work";
import { TEMPLATES_PREFIX } from "../exports/index.ts";
import type { KeyRing } from "../auth/seal.ts";
import type { DataplanePrincipal } from "../auth/principal.ts";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { withParts } from "../store/parts.ts";
import { enrichmentOf, masksOf, placesOf, reachOf, workContainer } from "../store/work.ts";
import { groupOf, openInstead } from "./dispatch.ts";
import { endOperation } from "./end.ts";
import { chosenContainers } from "./containers.ts";
import type { Hold, Job, Queue } from "./queue.ts";

/** Between two looks at the queue, for work that came in through another process. */
const LOOK_MS = 1_000;

const Mapping = z.record(z.string(), z.unknown());

type Claiming = Pick<Services, "db" | "queue" | "ring" | "phase">;
type Wish = { waitMs: number; onlyQuestions: boolean };

/** The next work for a dataplane, or null when there was none for so long. */
export const claim = async (
  services: Claiming,
  dataplane: DataplanePrincipal,
  wish: Wish,
  signal: AbortSignal,
): Promise<WorkItem | null> => {
  const until = performance.now() + wish.waitMs;
  for (;;) {
    const item = await take(services, dataplane, wish, signal);
    if (item !== null) return item;
    if (!(await workComes(services, groupOf(dataplane.id), until, signal))) return null;
  }
};

/** Waits until there may be work for a group: the bell rang, or a look at the queue has found some. */
const workComes = async ({ queue, phase }: Claiming, group: string, until: number, signal: AbortSignal): Promise<boolean> => {
  for (;;) {
    const left = until - performance.now();
    if (left <= 0 || signal.aborted || phase() === "draining") return false;
    if (await queue.bell.wait(Math.min(left, LOOK_MS), signal)) return true;
    const ready = await lookTogether(queue);
    if (ready.includes(null) || ready.includes(group)) return true;
  }
};

const looks = new WeakMap<Queue, { at: number; found: Promise<(string | null)[]> }>();

/** One look for all who wait in this process: however many dataplanes poll, they cost one small query a second. */
const lookTogether = (queue: Queue): Promise<(string | null)[]> => {
  const last = looks.get(queue);
  if (last !== undefined && performance.now() - last.at < LOOK_MS) return last.found;
  const look = { at: performance.now(), found: queue.ready() };
  looks.set(queue, look);
  return look.found;
};

/** Groups of jobs that only others may take. */
const notFor = async (db: Database, { id }: DataplanePrincipal): Promise<string[]> =>
  (await db.selectFrom("dataplane").where("id", "<>", id).select("id").execute()).map((other) => groupOf(other.id));

const take = async (services: Claiming, dataplane: DataplanePrincipal, wish: Wish, signal: AbortSignal): Promise<WorkItem | null> => {
  const { db, queue } = services;
  for (;;) {
    const taken = await queue.fetch({ onlyQuestions: wish.onlyQuestions, notGroups: await notFor(db, dataplane) });
    if (taken === null) return null;
    if (signal.aborted) {
      // Nobody is there any more to be given it.
      await queue.release(db, taken);
      return null;
    }
    const spec = await specOf(services, dataplane, taken, taken.job);
    if (spec !== null) return { id: taken.id, fence: taken.fence, trace: taken.job.trace ?? null, spec };
  }
};

const specOf = (services: Claiming, dataplane: DataplanePrincipal, hold: Hold, job: Job): Promise<WorkItem["spec"] | null> =>
  "operation" in job ? operationSpec(services, dataplane, hold, job.operation) : questionSpec(services, hold, job.question);

/** What the operation leaves open, as its datastore has it. */
const withDefaults = async (db: Database, { datastore_id, request }: { datastore_id: number; request: Record<string, unknown> }) => {
  const limits = await db
    .selectFrom("datastore")
    .where("id", "=", datastore_id)
    .select(["high_count_rollup_threshold", "enrichment_source_record_limit"])
    .executeTakeFirstOrThrow();
  const given = Object.entries(request).filter(([, value]) => value !== null);
  return { ...limits, ...Object.fromEntries(given) };
};

/** Where an operation writes: the enrichment datastore of its own, or its own, where that is one and templates are written. */
const writtenTo = async (
  db: Database,
  ring: KeyRing,
  { type, datastore_id, request }: { type: string; datastore_id: number; request: Record<string, unknown> },
): Promise<WorkEnrichment | null> => {
  if (type === "sync" || type === "profile") return null;
  if (type !== "export" || OperationOptions.parse(request).asset_type !== "check_templates") return enrichmentOf(db, ring, datastore_id);
  const datastore = await reachOf(db, ring, datastore_id);
  return { datastore, prefix: TEMPLATES_PREFIX, source_record_limit: 0, remediation: "none" };
};

/** Null when the operation is over already: then its job is, too. */
const operationSpec = async (
  services: Claiming,
  dataplane: DataplanePrincipal,
  hold: Hold,
  operationId: number,
): Promise<OperationSpec | null> => {
  const { db, queue, ring } = services;
  try {
    return await db.transaction().execute(async (tx) => {
      const operation = await tx
        .updateTable("operation")
        .set({ result: "running", started_at: sql`coalesce(started_at, now())`, dataplane_id: dataplane.id, message: null })
        .where("id", "=", operationId)
        .where("finished_at", "is", null)
        .returningAll()
        .executeTakeFirst();
      if (operation === undefined || operation.abort_requested_at !== null) {
        if (operation !== undefined) await endOperation(tx, operation.id, { aborted: true });
        await queue.complete(tx, hold);
        return null;
      }
      const type = OperationType.parse(operation.type);
      const containers = type === "sync" || type === "export" ? [] : await chosenContainers(tx, operation);
      return {
        kind: "operation" as const,
        operation: { id: operation.id, type, request: await withDefaults(tx, operation) },
        datastore: await reachOf(tx, ring, operation.datastore_id),
        enrichment: await writtenTo(tx, ring, operation),
        masked: await masksOf(tx, operation.datastore_id),
        containers,
      };
    });
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    // What cannot even be described (a secret that does not open) will not get better by being tried again.
    await db.transaction().execute(async (tx) => {
      await endOperation(tx, operationId, { error: toErrorInfo(thrown) });
      await queue.complete(tx, hold);
    });
    return null;
  }
};

const containerAsked = (asked: Readonly<Record<string, unknown>>): string | null => {
  const check = asked["check"];
  const name = asked["container"] ?? (check !== null && typeof check === "object" && "container" in check ? check.container : null);
  return typeof name === "string" ? name : null;
};

type Question = { datastore_id: number | null; asked: Record<string, unknown>; kind: string };

const RefersTo = z.object({ check: z.object({ properties: z.object({ ref_datastore_name: z.string() }) }) });

/** What is asked as a dataplane understands it, and the other datastores that it needs for that. */
const askedWith = async (
  db: Database,
  { datastore_id, asked, kind }: Question,
): Promise<{ asked: Record<string, unknown>; datastoreIds: number[] }> => {
  if (kind === "validate" && datastore_id !== null) {
    const { definition, datastoreIds } = await withParts(db, Mapping.parse(asked["definition"]), datastore_id);
    return { asked: { ...asked, definition }, datastoreIds };
  }
  const name = kind === "dry_run" ? RefersTo.safeParse(asked).data?.check.properties.ref_datastore_name : undefined;
  if (name === undefined) return { asked, datastoreIds: [] };
  const rows = await db.selectFrom("datastore").where("name", "=", name).select("id").execute();
  return { asked, datastoreIds: rows.map(({ id }) => id) };
};

/** Null when nobody waits for the answer any more. */
const questionSpec = async ({ db, queue, ring }: Claiming, hold: Hold, questionId: string): Promise<QuestionSpec | null> => {
  const question = await db
    .selectFrom("question")
    .where("id", "=", questionId)
    .where("expires_at", ">", new Date())
    .selectAll()
    .executeTakeFirst();
  if (question === undefined) {
    await queue.complete(db, hold);
    return null;
  }
  const { datastore_id, kind, public_key } = question;
  const { asked, datastoreIds } = await askedWith(db, question);
  const name = containerAsked(asked);
  const known =
    name === null || datastore_id === null
      ? undefined
      : await db.selectFrom("container").where("datastore_id", "=", datastore_id).where("name", "=", name).select("id").executeTakeFirst();
  return {
    kind: "question",
    id: questionId,
    question: kind,
    asked,
    public_key,
    datastore: openInstead(ring, question) ?? (await reachOf(db, ring, datastore_id!)),
    enrichment: kind === "source_records" && datastore_id !== null ? await enrichmentOf(db, ring, datastore_id) : null,
    masked: datastore_id === null ? [] : await masksOf(db, datastore_id),
    references: await placesOf(db, ring, datastoreIds),
    container:
      known === undefined
        ? null
        : await workContainer(db, ring, { containerId: known.id, withChecks: false, variables: {}, operationId: null }),
  };
};

/** What an operation asks of each of its containers. */
export const operationContainer = async (
  db: Database,
  { ring }: Pick<Services, "ring">,
  operation: { id: number; type: string; request: Record<string, unknown> },
  containerId: number,
) => {
  const request = OperationOptions.parse(operation.request);
  return workContainer(db, ring, {
    containerId,
    withChecks: operation.type === "scan" || operation.type === "external_scan",
    variables: request.check_variables ?? {},
    isIncremental: operation.type === "scan" && request.incremental === true,
    operationId: operation.id,
  });
};
