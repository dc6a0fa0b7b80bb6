/**
 * Sessions of browsers: a random value in a cookie, of which the store has the digest. One ends when it has not been used for a
 * while, after a day in any case, when somebody ends it, and with its user.
 */
import { randomBytes } from "node:crypto";
import { Role, SESSION_COOKIE } from "@touchstone/core/routes/contract";
import type { Caller } from "../http/caller.ts";
import type { Database } from "../store/database.ts";
import type { Principal } from "./principal.ts";
import { digest } from "./tokens.ts";

export type SessionSettings = { idleMinutes: number; hours: number };

const VALUE_BYTES = 32;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Uses are written down once a minute, like those of tokens. */
const USED_RESOLUTION_MS = MINUTE_MS;

const nameOf = (name: string, secure: boolean): string => (secure ? `__Host-${name}` : name);

/** A cookie that only this host sees and no script reads; `Lax`, so that a link from elsewhere finds its visitor signed in. */
export const cookie = (name: string, value: string, { secure }: Caller, maxAgeSeconds: number): string =>
  `${nameOf(name, secure)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${secure ? "; Secure" : ""}`;

/** Behind https only the name that other hosts cannot set is read. */
export const readCookie = (headers: Headers, name: string, { secure }: Caller): string | null => {
  const wanted = nameOf(name, secure);
  for (const pair of (headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (pair.slice(0, at).trim() === wanted) return pair.slice(at + 1).trim();
  }
  return null;
};

/** Makes a session; what comes back is its cookie. `how` tells what was signed in with. */
export const openSession = async (
  db: Database,
  { userId, how, caller, now, settings }: { userId: number; how: string; caller: Caller; now: Date; settings: SessionSettings },
): Promise<{ id: number; expiresAt: Date; setCookie: string }> => {
  const value = randomBytes(VALUE_BYTES).toString("base64url");
  const expiresAt = new Date(now.getTime() + settings.hours * HOUR_MS);
  const { id } = await db
    .insertInto("session")
    .values({
      user_id: userId,
      value_hash: digest(value),
      how,
      address: caller.address,
      agent: caller.agent,
      created_at: now,
      last_used_at: now,
      expires_at: expiresAt,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db.deleteFrom("session").where("expires_at", "<", now).execute();
  await db.updateTable("user").set({ last_seen_at: now }).where("id", "=", userId).execute();
  return { id, expiresAt, setCookie: cookie(SESSION_COOKIE, value, caller, Math.ceil(settings.hours * 3600)) };
};

/** The cookie of no session. */
export const noSession = (caller: Caller): string => cookie(SESSION_COOKIE, "", caller, 0);

const unusedSince = (now: Date, { idleMinutes }: SessionSettings): Date => new Date(now.getTime() - idleMinutes * MINUTE_MS);

/** Who a session's cookie stands for; null when it has ended, or its user is disabled. */
export const principalOfSession = async (db: Database, value: string, now: Date, settings: SessionSettings): Promise<Principal | null> => {
  const row = await db
    .selectFrom("session")
    .innerJoin("user", "user.id", "session.user_id")
    .where("session.value_hash", "=", digest(value))
    .where("session.expires_at", ">", now)
    .where("session.last_used_at", ">", unusedSince(now, settings))
    .where("user.disabled_at", "is", null)
    .select(["session.id as session_id", "session.last_used_at", "user.id", "user.email", "user.name", "user.role"])
    .executeTakeFirst();
  if (row === undefined) return null;
  if (now.getTime() - row.last_used_at.getTime() > USED_RESOLUTION_MS) {
    await db.updateTable("session").set({ last_used_at: now }).where("id", "=", row.session_id).execute();
    await db.updateTable("user").set({ last_seen_at: now }).where("id", "=", row.id).execute();
  }
  const { id, email, name } = row;
  return { userId: id, email, name, role: Role.parse(row.role), kind: "person", tokenId: null, sessionId: row.session_id };
};

/** Sessions of a user that have not ended. */
export const liveSessions = (db: Database, userId: number, now: Date, settings: SessionSettings) =>
  db
    .selectFrom("session")
    .where("user_id", "=", userId)
    .where("expires_at", ">", now)
    .where("last_used_at", ">", unusedSince(now, settings))
    .select(["id", "how", "address", "agent", "created_at", "last_used_at", "expires_at"])
    .orderBy("last_used_at", "desc")
    .orderBy("id", "desc")
    .execute();

/** Signs a user out everywhere, but for one session where it is named, and forgets programs that wait with their approval. */
export const endSignIns = async (db: Database, userId: number, except?: number): Promise<void> => {
  let sessions = db.deleteFrom("session").where("user_id", "=", userId);
  if (except !== undefined) sessions = sessions.where("id", "<>", except);
  await sessions.execute();
  await db.deleteFrom("device_login").where("user_id", "=", userId).execute();
};
