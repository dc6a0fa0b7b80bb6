import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { OperationType } from "@touchstone/core/model/work";
import { Operation, type OperationContainer, type operations, type RunOperation } from "@touchstone/core/routes/operations";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { DURATION, operationRows, type OperationRow } from "../store/operations.ts";
import { paged, pageRows } from "../store/paging.ts";
import { resumeOperation } from "../work/dispatch.ts";
import { requireRunnable } from "../work/runnable.ts";

const operationOf = (row: OperationRow): z.output<typeof Operation> =>
  Operation.parse({
    id: row.id,
    type: row.type,
    datastore: { id: row.datastore_id, name: row.datastore_name },
    datastore_id: row.datastore_id,
    result: row.result,
    message: row.message,
    created: row.created_at.toISOString(),
    start_time: row.started_at?.toISOString() ?? null,
    end_time: row.finished_at?.toISOString() ?? null,
    triggered_by: row.user_email ?? row.schedule_name,
    schedule: row.schedule_id === null ? null : { id: row.schedule_id, name: row.schedule_name ?? "" },
    options: row.request,
    status: { total_containers: 0, containers_analyzed: 0, records_processed: 0, ...row.counters },
    progress: row.progress,
    abort_requested: row.abort_requested_at !== null,
  });

const findRow = async (db: Database, id: number): Promise<OperationRow> => {
  const row = await operationRows(db).where("operation.id", "=", id).executeTakeFirst();
  if (row === undefined) throw userError("OBJECT_UNKNOWN", "operation", String(id));
  return row;
};

export const findOperation = async (db: Database, id: number) => operationOf(await findRow(db, id));

/** The operation, when it is over. Throws OBJECT_STATE_WRONG. */
const findEnded = async (db: Database, id: number): Promise<OperationRow> => {
  const row = await findRow(db, id);
  if (row.finished_at === null) throw userError("OBJECT_STATE_WRONG", "operation", String(id), "it is not over yet");
  return row;
};

/** What is asked, without what is not: null is what a client sends for an option that was not given. */
export const optionsOf = ({ type: _type, datastore_id: _datastore, ...options }: z.output<typeof RunOperation>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null && value !== undefined));

/** The rows of an external scan are kept nowhere, so that it cannot be done once more. */
const rowsAreGone = (id: number) => userError("OBJECT_STATE_WRONG", "operation", String(id), "the rows it looked at are gone");

/** Between two looks at an operation that another process may have changed. */
const LOOK_MS = 1_000;

export const operationHandlers: Handlers<typeof operations, Services> = {
  run: async ({ body }, { db, principal, services }) => {
    const asked = { type: body.type, datastoreId: body.datastore_id, request: optionsOf(body) };
    await requireRunnable(db, asked.type, asked.datastoreId, asked.request);
    return findOperation(db, await services.work.start(db, { ...asked, userId: principal.userId, scheduleId: null }));
  },

  list: async ({ query }, { db, visible }) => {
    const datastores = await visible("Reporter");
    let rows = operationRows(db);
    if (datastores !== "all") rows = rows.where("operation.datastore_id", "in", datastores.length === 0 ? [0] : datastores);
    if (query.operation_type !== undefined)
      rows = rows.where("operation.type", "=", query.operation_type === "catalog" ? "sync" : query.operation_type);
    if (query.result !== undefined) rows = rows.where("operation.result", "in", query.result);
    if (query.finished !== undefined) rows = rows.where("operation.finished_at", query.finished ? "is not" : "is", null);
    if (query.datastore !== undefined) rows = rows.where("operation.datastore_id", "in", query.datastore);
    if (query.container !== undefined) {
      const touched = db.selectFrom("operation_container").where("container_id", "in", query.container).select("operation_id");
      rows = rows.where("operation.id", "in", touched);
    }
    if (query.schedule_id !== undefined) rows = rows.where("operation.schedule_id", "=", query.schedule_id);
    if (query.start_date !== undefined) rows = rows.where("operation.created_at", ">=", query.start_date);
    if (query.end_date !== undefined) rows = rows.where("operation.created_at", "<=", query.end_date);
    if (query.sort_duration !== undefined) rows = rows.orderBy(DURATION, query.sort_duration);
    const { rows: found, total } = await pageRows(rows.orderBy("operation.id", query.sort_created ?? "desc"), query);
    return paged(found.map(operationOf), total, query);
  },

  get: ({ params }, { db }) => findOperation(db, params.id),

  containers: async ({ params, query }, { db }) => {
    const rows = db
      .selectFrom("operation_container")
      .where("operation_id", "=", params.id)
      .orderBy((order) => order("result", "=", "success"))
      .orderBy("container")
      .selectAll();
    const { rows: found, total } = await pageRows(rows, query);
    const shown = found.map(({ container, container_id, result, message, counters, finished_at }): z.input<typeof OperationContainer> => ({
      container,
      container_id,
      result: result === "success" || result === "aborted" ? result : "failure",
      message,
      status: counters,
      end_time: finished_at?.toISOString() ?? null,
    }));
    return paged(shown, total, query);
  },

  events: async function* ({ params }, { db, services, signal }) {
    let told = "";
    while (!signal.aborted) {
      const operation = await findOperation(db, params.id);
      const text = JSON.stringify(operation);
      if (text !== told) yield operation;
      told = text;
      if (operation.end_time !== null) return;
      await services.news.wait(LOOK_MS, signal);
    }
  },

  abort: async ({ params }, { db, services }) => {
    await services.work.abort(db, params.id);
    return findOperation(db, params.id);
  },

  resume: async ({ params }, { db, services }) => {
    const row = await findEnded(db, params.id);
    if (row.type === "external_scan") throw rowsAreGone(row.id);
    await resumeOperation(services.queue, db, row);
    return findOperation(db, params.id);
  },

  rerun: async ({ params }, { db, principal, services }) => {
    const { type, datastore_id, request } = await findEnded(db, params.id);
    if (type === "external_scan") throw rowsAreGone(params.id);
    const asked = { type: OperationType.parse(type), datastoreId: datastore_id, request };
    await requireRunnable(db, asked.type, datastore_id, request);
    return findOperation(db, await services.work.start(db, { ...asked, userId: principal.userId, scheduleId: null }));
  },

  delete: async ({ params }, { db }) => {
    await findEnded(db, params.id);
    await db.deleteFrom("operation").where("id", "=", params.id).execute();
    return undefined;
  },
};
