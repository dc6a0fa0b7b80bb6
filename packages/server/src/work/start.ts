import type { Database } from "../store/database.ts";
import type { NewOperation } from "./work.ts";

/** Writes an operation down as queued, and answers its id. */
export const recordOperation = async (db: Database, { type, datastoreId, request, userId, scheduleId }: NewOperation): Promise<number> => {
  const { id } = await db
    .insertInto("operation")
    .values({ type, datastore_id: datastoreId, request: JSON.stringify(request), user_id: userId, schedule_id: scheduleId })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
};
