import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { Schedule, type ScheduleInput, type schedules } from "@touchstone/core/routes/operations";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { scheduleRows, type ScheduleRow } from "../store/operations.ts";
import { paged, pageRows } from "../store/paging.ts";
import type { Queue } from "../work/queue.ts";
import { requireRunnable } from "../work/runnable.ts";
import { nextRuns } from "../work/schedules.ts";
import { optionsOf } from "./operations.ts";

const scheduleOf = (queue: Queue, row: ScheduleRow): z.output<typeof Schedule> => {
  const { type, ...options } = row.operation;
  return Schedule.parse({
    id: row.id,
    name: row.name,
    datastore: { id: row.datastore_id, name: row.datastore_name },
    datastore_id: row.datastore_id,
    type,
    crontab: row.cron,
    time_zone: row.time_zone,
    deactivated: row.paused,
    options,
    next_runs: row.paused ? [] : nextRuns(queue, row.cron, row.time_zone).map((moment) => moment.toISOString()),
    last_run: row.last_run_at?.toISOString() ?? null,
    created: row.created_at.toISOString(),
  });
};

const find = async (db: Database, queue: Queue, id: number) => {
  const row = await scheduleRows(db).where("schedule.id", "=", id).executeTakeFirst();
  if (row === undefined) throw userError("OBJECT_UNKNOWN", "schedule", String(id));
  return scheduleOf(queue, row);
};

const valuesOf = ({ name, crontab, time_zone, ...operation }: z.output<typeof ScheduleInput>) => ({
  name,
  datastore_id: operation.datastore_id,
  cron: crontab,
  time_zone,
  operation: JSON.stringify({ ...optionsOf(operation), type: operation.type }),
});

/** The clock runs for a schedule unless it is paused. */
const setClock = async (
  db: Database,
  queue: Queue,
  { id, cron, time_zone, paused }: Pick<ScheduleRow, "id" | "cron" | "time_zone" | "paused">,
) => (paused ? queue.unschedule(db, id) : queue.schedule(db, id, cron, time_zone));

export const scheduleHandlers: Handlers<typeof schedules, Services> = {
  list: async ({ query }, { db, visible, services }) => {
    const datastores = await visible("Reporter");
    let rows = scheduleRows(db).orderBy("schedule.name").orderBy("schedule.id");
    if (datastores !== "all") rows = rows.where("schedule.datastore_id", "in", datastores.length === 0 ? [0] : datastores);
    if (query.datastore !== undefined) rows = rows.where("schedule.datastore_id", "in", query.datastore);
    const { rows: found, total } = await pageRows(rows, query);
    return paged(
      found.map((row) => scheduleOf(services.queue, row)),
      total,
      query,
    );
  },

  create: async ({ body }, { db, services: { queue } }) => {
    await requireRunnable(db, body.type, body.datastore_id, optionsOf(body));
    nextRuns(queue, body.crontab, body.time_zone);
    const values = valuesOf(body);
    const { id } = await db.insertInto("schedule").values(values).returning("id").executeTakeFirstOrThrow();
    await setClock(db, queue, { id, ...values, paused: false });
    return find(db, queue, id);
  },

  get: ({ params }, { db, services }) => find(db, services.queue, params.id),

  update: async ({ params, body }, { db, services: { queue } }) => {
    const { deactivated } = await find(db, queue, params.id);
    await requireRunnable(db, body.type, body.datastore_id, optionsOf(body));
    nextRuns(queue, body.crontab, body.time_zone);
    const values = valuesOf(body);
    await db.updateTable("schedule").set(values).where("id", "=", params.id).execute();
    await setClock(db, queue, { id: params.id, ...values, paused: deactivated });
    return find(db, queue, params.id);
  },

  deactivate: async ({ params, body }, { db, services: { queue } }) => {
    const row = await db
      .updateTable("schedule")
      .set({ paused: body.deactivated })
      .where("id", "=", params.id)
      .returning(["id", "cron", "time_zone", "paused"])
      .executeTakeFirst();
    if (row === undefined) throw userError("OBJECT_UNKNOWN", "schedule", String(params.id));
    await setClock(db, queue, row);
    return find(db, queue, params.id);
  },

  delete: async ({ params }, { db, services: { queue } }) => {
    await find(db, queue, params.id);
    await queue.unschedule(db, params.id);
    await db.deleteFrom("schedule").where("id", "=", params.id).execute();
    return undefined;
  },
};
