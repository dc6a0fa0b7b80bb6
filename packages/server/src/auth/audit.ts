/**
 * The audit log: each entry carries a digest of itself and of the one before it, so that whoever exported it once can tell later
 * whether entries were changed or taken out.
 */
import { sql } from "kysely";
import type { Database } from "../store/database.ts";
import { digest } from "./tokens.ts";
import type { Principal } from "./principal.ts";

/** Digest before the first entry. */
const BEGINNING = "0".repeat(64);
/** Writers take turns: the chain has one end. The number only has to be ours. */
const LOCK = 7_450_001;

export type Deed = { event: string; principal: Principal | null; object: unknown; requestId: string };

type Entry = { at: Date; user_email: string | null; event: string; object: string | null; request_id: string | null };

export const hashOf = (previous: string, { at, user_email, event, object, request_id }: Entry): string =>
  digest(JSON.stringify([previous, at.toISOString(), user_email, event, object, request_id]));

/** Writes an entry; to be called in the transaction of what it tells. */
export const writeAudit = async (db: Database, { event, principal, object, requestId }: Deed): Promise<void> => {
  await sql`SELECT pg_advisory_xact_lock(${LOCK})`.execute(db);
  const last = await db.selectFrom("audit").select("hash").orderBy("id", "desc").limit(1).executeTakeFirst();
  const previous = last?.hash ?? BEGINNING;
  const entry: Entry = {
    at: new Date(),
    user_email: principal?.email ?? null,
    event,
    object: object === null || object === undefined ? null : String(object),
    request_id: requestId,
  };
  await db
    .insertInto("audit")
    .values({ ...entry, user_id: principal?.userId ?? null, previous_hash: previous, hash: hashOf(previous, entry) })
    .execute();
};
