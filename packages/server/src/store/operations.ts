import { sql } from "kysely";
import type { Database } from "./database.ts";

/** Operations with the names they are shown with. */
export const operationRows = (db: Database) =>
  db
    .selectFrom("operation")
    .innerJoin("datastore", "datastore.id", "operation.datastore_id")
    .leftJoin("user", "user.id", "operation.user_id")
    .leftJoin("schedule", "schedule.id", "operation.schedule_id")
    .selectAll("operation")
    .select(["datastore.name as datastore_name", "user.email as user_email", "schedule.name as schedule_name"]);

export type OperationRow = Awaited<ReturnType<ReturnType<typeof operationRows>["execute"]>>[number];

/** Seconds an operation took, or takes so far. */
export const DURATION = sql<number>`coalesce(operation.finished_at, now()) - coalesce(operation.started_at, operation.created_at)`;

export const scheduleRows = (db: Database) =>
  db
    .selectFrom("schedule")
    .innerJoin("datastore", "datastore.id", "schedule.datastore_id")
    .selectAll("schedule")
    .select("datastore.name as datastore_name");

export type ScheduleRow = Awaited<ReturnType<ReturnType<typeof scheduleRows>["execute"]>>[number];
