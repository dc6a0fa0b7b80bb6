/**
 * Lock-out: how often something may be tried, by account and by address. An attempt is counted before it is looked at, so that
 * many at once are not all let through, and given back when it was right. Each one beyond the free ones locks for twice as long as
 * the one before, up to a limit: whoever locks an account from outside keeps its owner out for that long at most. An account that
 * does not exist is counted like one that does, so that the answer does not tell which there are.
 */
import type { Database } from "../store/database.ts";

export type Limit = {
  /** Attempts before anything is locked. */
  free: number;
  lockSeconds: number;
  lockSecondsMax: number;
  /** Silence after which the count begins again. */
  forgetSeconds: number;
};

const MINUTE = 60;
const HOUR = 3600;

/** Five mistakes are human; then half a minute, doubled to a quarter of an hour: some hundred guesses a day (NIST SP 800-63B §5.2.2). */
export const ACCOUNT: Limit = { free: 5, lockSeconds: 30, lockSecondsMax: 15 * MINUTE, forgetSeconds: HOUR };
/** An office behind one address has many people. */
export const ADDRESS: Limit = { free: 30, lockSeconds: MINUTE, lockSecondsMax: HOUR, forgetSeconds: 2 * HOUR };
/** Short codes that people type: the installation's set-up code, codes of devices. */
export const CODE: Limit = { free: 5, lockSeconds: MINUTE, lockSecondsMax: MINUTE, forgetSeconds: MINUTE };

export type Attempts = { attempts: number; last_at: Date; locked_until: Date | null };

const later = (now: Date, seconds: number): Date => new Date(now.getTime() + seconds * 1000);

/** One more attempt: whether it may be made, and the count with it. An attempt while locked counts nothing. */
export const nextAttempt = (before: Attempts | null, now: Date, limit: Limit): { waitSeconds: number; after: Attempts } => {
  if (before?.locked_until && before.locked_until > now)
    return { waitSeconds: Math.ceil((before.locked_until.getTime() - now.getTime()) / 1000), after: before };
  const forgotten = before === null || later(before.last_at, limit.forgetSeconds) <= now;
  const attempts = (forgotten ? 0 : before.attempts) + 1;
  const doublings = attempts - limit.free;
  const locked_until = doublings < 0 ? null : later(now, Math.min(limit.lockSecondsMax, limit.lockSeconds * 2 ** Math.min(doublings, 30)));
  return { waitSeconds: 0, after: { attempts, last_at: now, locked_until } };
};

/** Counts an attempt. What comes back is the seconds to wait where it may not be made, and whether the next one will have to wait. */
export const countAttempt = (db: Database, key: string, limit: Limit, now: Date): Promise<{ waitSeconds: number; locks: boolean }> =>
  db.transaction().execute(async (at) => {
    await at
      .insertInto("attempt")
      .values({ key, attempts: 0, last_at: now })
      .onConflict((conflict) => conflict.column("key").doNothing())
      .execute();
    const before = await at.selectFrom("attempt").where("key", "=", key).selectAll().forUpdate().executeTakeFirst();
    const { waitSeconds, after } = nextAttempt(before ?? null, now, limit);
    if (waitSeconds === 0) await at.updateTable("attempt").set(after).where("key", "=", key).execute();
    return { waitSeconds, locks: waitSeconds === 0 && after.locked_until !== null };
  });

/** After a right attempt: an account begins anew; an address gets this one back, since others stand behind it. */
export const forgetAttempts = (db: Database, key: string) => db.deleteFrom("attempt").where("key", "=", key).execute();
export const giveBackAttempt = (db: Database, key: string) =>
  db
    .updateTable("attempt")
    .set((set) => ({ attempts: set("attempts", "-", 1), locked_until: null }))
    .where("key", "=", key)
    .where("attempts", ">", 0)
    .execute();

/** Counts so old that they would begin again are deleted. */
export const dropOldAttempts = (db: Database, now: Date) =>
  db
    .deleteFrom("attempt")
    .where("last_at", "<", later(now, -2 * ADDRESS.forgetSeconds))
    .execute();
