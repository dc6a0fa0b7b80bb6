import { sql } from "kysely";
import type { Database } from "./database.ts";

/** Dataplanes with the number of datastores pinned to each. */
export const dataplaneRows = (db: Database) =>
  db
    .selectFrom("dataplane")
    .select(["id", "name", "version", "capabilities", "token_hash", "last_seen_at", "revoked_at", "created_at"])
    .select(sql<number>`(SELECT count(*) FROM datastore d WHERE d.dataplane = dataplane.name)`.as("datastores_count"));

export type DataplaneRow = Awaited<ReturnType<ReturnType<typeof dataplaneRows>["execute"]>>[number];

/** `last_seen_at` is good to some seconds: a write for every message would be most of what the store does. */
const SEEN_RESOLUTION_MS = 10_000;

/** Notes that a dataplane was heard of. */
export const seen = async (db: Database, id: number, now: Date): Promise<void> => {
  await db
    .updateTable("dataplane")
    .set({ last_seen_at: now })
    .where("id", "=", id)
    .where((where) =>
      where.or([where("last_seen_at", "is", null), where("last_seen_at", "<", new Date(now.getTime() - SEEN_RESOLUTION_MS))]),
    )
    .execute();
};
