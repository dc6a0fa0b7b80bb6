import { z } from "zod";
import { AI_EFFORTS, OperationOptions, type AiEffort } from "../model/operation-options.ts";
import { OperationResult, OperationType } from "../model/work.ts";
import { Flag, ID, many, pageOf, Paging, route, team, visible } from "./contract.ts";

/** Effort of inference in words, or as the number of its level, as text or not. */
const Effort = z
  .union([z.enum(AI_EFFORTS), z.coerce.number().int().min(0).max(5)])
  .transform((given): AiEffort => (typeof given === "number" ? AI_EFFORTS[given]! : given));

const ASKED = {
  ...OperationOptions.shape,
  /** `catalog` is what sync was called in earlier times. */
  type: z.enum([...OperationType.options, "catalog"]),
  datastore_id: z.number().int(),
  ai_effort: Effort.nullish(),
  /** The same as ai_effort, from earlier times. */
  inference_threshold: Effort.nullish(),
};

type Asked = z.output<z.ZodObject<typeof ASKED>>;

/** Under the current names. */
const current = <T extends Asked>({ type, inference_threshold, ...asked }: T) => ({
  ...asked,
  type: type === "catalog" ? ("sync" as const) : type,
  ai_effort: asked.ai_effort ?? inference_threshold ?? null,
});

export const RunOperation = z.object(ASKED).meta({ id: "RunOperation" }).transform(current);

const Named = z.object({ id: z.number().int(), name: z.string() });

export const Operation = z
  .object({
    id: z.number().int(),
    type: OperationType,
    datastore: Named,
    datastore_id: z.number().int(),
    result: OperationResult,
    /** Null for what went without a word; a success with a message has something to look at. */
    message: z.string().nullable(),
    created: z.string(),
    start_time: z.string().nullable(),
    /** Set when it is over. */
    end_time: z.string().nullable(),
    triggered_by: z.string().nullable(),
    schedule: Named.nullable(),
    /** What was asked. */
    options: z.record(z.string(), z.unknown()),
    /** Counters: total_containers, containers_analyzed, records_processed and those of its type. */
    status: z.record(z.string(), z.number()),
    /** Where it is right now. */
    progress: z.object({ container: z.string().nullable(), phase: z.string(), fraction: z.number() }).nullable(),
    abort_requested: z.boolean(),
  })
  .meta({ id: "Operation" });

/** How a container of an operation ended. */
export const OperationContainer = z
  .object({
    container: z.string(),
    container_id: z.number().int().nullable(),
    result: OperationResult,
    message: z.string().nullable(),
    status: z.record(z.string(), z.number()),
    end_time: z.string().nullable(),
  })
  .meta({ id: "OperationContainer" });

const Moment = z.coerce.date();
const Direction = z.enum(["asc", "desc"]);

const Filters = Paging.extend({
  operation_type: z.enum([...OperationType.options, "catalog"]).optional(),
  result: many(z.string().toLowerCase().pipe(OperationResult)).optional(),
  finished: Flag.optional(),
  datastore: many(z.coerce.number().int()).optional(),
  container: many(z.coerce.number().int()).optional(),
  schedule_id: z.coerce.number().int().optional(),
  start_date: Moment.optional(),
  end_date: Moment.optional(),
  sort_created: Direction.optional(),
  sort_duration: Direction.optional(),
});

const own = team("Editor", ["operation", "params.id"]);

export const operations = {
  run: route({
    method: "POST",
    path: "/operations/run",
    summary: "Starts an operation on a datastore",
    needs: team("Editor", ["datastore", "body.datastore_id"]),
    body: RunOperation,
    output: Operation,
    status: 201,
    audit: "operation.run",
    errors: ["DATAPLANE_ABSENT", "OBJECT_STATE_WRONG", "OPTION_INVALID"],
  }),
  list: route({
    method: "GET",
    path: "/operations",
    summary: "Operations, the newest first",
    needs: visible("Reporter"),
    query: Filters,
    output: pageOf(Operation),
  }),
  get: route({
    method: "GET",
    path: "/operations/{id}",
    summary: "One operation with its counters",
    needs: team("Reporter", ["operation", "params.id"]),
    params: ID,
    output: Operation,
  }),
  containers: route({
    method: "GET",
    path: "/operations/{id}/containers",
    summary: "The containers an operation has finished, those that failed first",
    needs: team("Reporter", ["operation", "params.id"]),
    params: ID,
    query: Paging,
    output: pageOf(OperationContainer),
  }),
  events: route({
    method: "GET",
    path: "/operations/{id}/events",
    summary: "The operation each time something became of it, until it is over",
    needs: team("Reporter", ["operation", "params.id"]),
    params: ID,
    output: Operation,
    stream: true,
  }),
  abort: route({
    method: "PUT",
    path: "/operations/abort/{id}",
    summary: "Asks an operation to stop; what it has finished stays, and one that is over stays as it is",
    needs: own,
    params: ID,
    output: Operation,
    audit: "operation.abort",
  }),
  resume: route({
    method: "PUT",
    path: "/operations/run/{id}",
    summary: "Goes on with an operation that has ended: only what did not succeed is done",
    needs: own,
    params: ID,
    output: Operation,
    audit: "operation.resume",
    errors: ["OBJECT_STATE_WRONG"],
  }),
  rerun: route({
    method: "PUT",
    path: "/operations/rerun/{id}",
    summary: "Starts a new operation that is asked the same",
    needs: own,
    params: ID,
    output: Operation,
    status: 201,
    audit: "operation.rerun",
    errors: ["OBJECT_STATE_WRONG"],
  }),
  delete: route({
    method: "DELETE",
    path: "/operations/{id}",
    summary: "Deletes an operation that is over; its checks and anomalies stay",
    needs: own,
    params: ID,
    audit: "operation.delete",
    errors: ["OBJECT_STATE_WRONG"],
  }),
};

// ── Schedules ───────────────────────────────────────────────────────────────────────────────────────────────────

const SCHEDULED = {
  ...ASKED,
  name: z.string().trim().min(1).max(50),
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  crontab: z.string().trim().max(100),
  /** IANA name of the zone in which the crontab is read. */
  time_zone: z.string().max(100).default("UTC"),
};

export const ScheduleInput = z.object(SCHEDULED).meta({ id: "ScheduleInput" }).transform(current);

export const Schedule = z
  .object({
    id: z.number().int(),
    name: z.string(),
    datastore: Named,
    datastore_id: z.number().int(),
    type: OperationType,
    crontab: z.string(),
    time_zone: z.string(),
    deactivated: z.boolean(),
    options: z.record(z.string(), z.unknown()),
    /** The next moments it is due, none while it is deactivated. */
    next_runs: z.array(z.string()),
    last_run: z.string().nullable(),
    created: z.string(),
  })
  .meta({ id: "Schedule" });

const ownSchedule = team("Editor", ["schedule", "params.id"]);

export const schedules = {
  list: route({
    method: "GET",
    path: "/operations/schedule",
    summary: "Schedules, in order of their names",
    needs: visible("Reporter"),
    query: Paging.extend({ datastore: many(z.coerce.number().int()).optional() }),
    output: pageOf(Schedule),
  }),
  create: route({
    method: "POST",
    path: "/operations/schedule",
    summary: "Runs an operation again and again; of runs that were missed while nothing was running, the latest is made up for",
    needs: team("Editor", ["datastore", "body.datastore_id"]),
    body: ScheduleInput,
    output: Schedule,
    status: 201,
    audit: "schedule.create",
    errors: ["SCHEDULE_INVALID"],
  }),
  get: route({
    method: "GET",
    path: "/operations/schedule/{id}",
    summary: "One schedule",
    needs: team("Reporter", ["schedule", "params.id"]),
    params: ID,
    output: Schedule,
  }),
  update: route({
    method: "PUT",
    path: "/operations/schedule/{id}",
    summary: "Changes a schedule",
    needs: team("Editor", ["schedule", "params.id"], ["datastore", "body.datastore_id"]),
    params: ID,
    body: ScheduleInput,
    output: Schedule,
    audit: "schedule.update",
    errors: ["SCHEDULE_INVALID"],
  }),
  deactivate: route({
    method: "PATCH",
    path: "/operations/schedule/{id}/deactivation",
    summary: "Pauses a schedule, or lets it go on; runs that fell into the pause are not made up for",
    needs: ownSchedule,
    params: ID,
    body: z.object({ deactivated: z.boolean() }),
    output: Schedule,
    audit: "schedule.deactivate",
  }),
  delete: route({
    method: "DELETE",
    path: "/operations/schedule/{id}",
    summary: "Deletes a schedule; the operations it has run stay",
    needs: ownSchedule,
    params: ID,
    audit: "schedule.delete",
  }),
};
