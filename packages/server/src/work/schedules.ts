/**
 * Schedules: pg-boss keeps the clock, in the store, so that any process may be the one that rings and a restart changes nothing. A run
 * is started with the job that says it is due, in one transaction: never twice. Of runs that were missed while nothing was running the
 * latest is made up for; one that is due while the run before it is still under way is left out.
 */
import { userError } from "@touchstone/core/errors";
import { OperationType } from "@touchstone/core/model/work";
import type { Database } from "../store/database.ts";
import { startOperation } from "./dispatch.ts";
import type { Queue } from "./queue.ts";

/** Moments shown of those to come. */
const NEXT_RUNS = 3;

/** The next moments a crontab is due. Throws SCHEDULE_INVALID. */
export const nextRuns = (queue: Queue, crontab: string, timeZone: string): Date[] => {
  if (crontab.trim().split(/\s+/).length !== 5) throw userError("SCHEDULE_INVALID", crontab, "it does not have five fields");
  try {
    return queue.nextRuns(crontab, timeZone, NEXT_RUNS);
  } catch (thrown) {
    throw userError("SCHEDULE_INVALID", `${crontab} (${timeZone})`, thrown instanceof Error ? thrown.message : "it cannot be read");
  }
};

const Scheduled = (operation: Record<string, unknown>) => {
  const { type, ...request } = operation;
  return { type: OperationType.parse(type), request };
};

const isUnderWay = async (db: Database, scheduleId: number): Promise<boolean> =>
  (await db
    .selectFrom("operation")
    .where("schedule_id", "=", scheduleId)
    .where("finished_at", "is", null)
    .select("id")
    .executeTakeFirst()) !== undefined;

/** Starts the run of a schedule that was due at a moment. Answers its operation, or null when there is none to start. */
export const startDue = (queue: Queue, db: Database, scheduleId: number, dueAt: Date): Promise<number | null> =>
  db.transaction().execute(async (tx) => {
    const schedule = await tx.selectFrom("schedule").where("id", "=", scheduleId).forUpdate().selectAll().executeTakeFirst();
    // Gone with its datastore: nobody has stopped its clock.
    if (schedule === undefined) await queue.unschedule(tx, scheduleId);
    if (schedule === undefined || schedule.paused) return null;
    // The same moment again: the process that had started it ended before it could say so.
    if (schedule.last_run_at !== null && schedule.last_run_at >= dueAt) return null;
    await tx.updateTable("schedule").set({ last_run_at: new Date() }).where("id", "=", scheduleId).execute();
    if (await isUnderWay(tx, scheduleId)) return null;
    const asked = { ...Scheduled(schedule.operation), datastoreId: schedule.datastore_id, userId: null, scheduleId };
    return startOperation(queue, tx, asked);
  });
