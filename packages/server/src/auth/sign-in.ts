/** Signing in with e-mail address and password, as a story: may they try, is it right, a session. */
import { userError } from "@touchstone/core/errors";
import { Role } from "@touchstone/core/routes/contract";
import { limitKey, type Caller } from "../http/caller.ts";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { ACCOUNT, ADDRESS, countAttempt, dropOldAttempts, forgetAttempts, giveBackAttempt } from "./attempts.ts";
import { noteAudit, writeAudit } from "./audit.ts";
import { isPassword } from "./passwords.ts";
import { openSession } from "./sessions.ts";
import { digest } from "./tokens.ts";

/** What a sign-in is made of besides what was typed. */
export type Occasion = { db: Database; services: Pick<Services, "now" | "sessions">; caller: Caller; requestId: string };

export type Person = { id: number; email: string; name: string; role: Role };

const personWith = (db: Database, email: string) =>
  db
    .selectFrom("user")
    .where((where) => where(where.fn<string>("lower", ["email"]), "=", email.toLowerCase()))
    .where("kind", "=", "person")
    .select(["id", "email", "name", "role", "password_hash", "disabled_at"])
    .executeTakeFirst();

const accountKey = (email: string): string => `account ${digest(email.toLowerCase())}`;
const addressKey = (caller: Caller): string => `address ${limitKey(caller)}`;

/** Counts an attempt on an account from an address. Throws TOO_MANY_REQUESTS while one of them is locked. */
const mayTry = async ({ db, services, caller }: Occasion, email: string): Promise<{ locks: boolean }> => {
  const now = services.now();
  const address = await countAttempt(db, addressKey(caller), ADDRESS, now);
  const account = address.waitSeconds > 0 ? address : await countAttempt(db, accountKey(email), ACCOUNT, now);
  const waitSeconds = Math.max(address.waitSeconds, account.waitSeconds);
  if (waitSeconds > 0) throw userError("TOO_MANY_REQUESTS", "some failed sign-ins, then a pause that grows", waitSeconds);
  return { locks: address.locks || account.locks };
};

const rightAttempt = async (db: Database, email: string, caller: Caller): Promise<void> => {
  await forgetAttempts(db, accountKey(email));
  await giveBackAttempt(db, addressKey(caller));
};

/**
 * The person with this address and password. Everything takes the same way for an address that nobody has: the attempt is
 * counted, a password is derived, the answer is the same. Throws SIGN_IN_FAILED, TOO_MANY_REQUESTS.
 */
const authenticated = async (occasion: Occasion, email: string, password: string): Promise<Person> => {
  const { db, services, caller, requestId } = occasion;
  const { locks } = await mayTry(occasion, email);
  const person = await personWith(db, email);
  const right = await isPassword(password, person?.password_hash ?? null);
  if (right && person !== undefined && person.disabled_at === null) return { ...person, role: Role.parse(person.role) };
  // What was typed is written down only where it is somebody's address: it may be a password in the wrong field.
  const deed = { principal: null, object: person?.email ?? null, requestId, detail: { address: caller.address } };
  await noteAudit(db, { ...deed, event: "session.refuse" });
  if (locks) await noteAudit(db, { ...deed, event: "session.lock" });
  await dropOldAttempts(db, services.now());
  throw userError("SIGN_IN_FAILED");
};

/** Throws SIGN_IN_FAILED, TOO_MANY_REQUESTS. */
export const signIn = async (occasion: Occasion, email: string, password: string) => {
  const person = await authenticated(occasion, email, password);
  return occasion.db.transaction().execute(async (db) => {
    await rightAttempt(db, email, occasion.caller);
    return { person, session: await sessionFor({ ...occasion, db }, person, "password") };
  });
};

/** A session for somebody who has shown who they are, and the entry about it; in the caller's transaction. */
export const sessionFor = async ({ db, services, caller, requestId }: Occasion, person: Person, how: string) => {
  const session = await openSession(db, { userId: person.id, how, caller, now: services.now(), settings: services.sessions });
  const principal = { userId: person.id, email: person.email };
  await writeAudit(db, { event: "session.create", principal, object: session.id, requestId, detail: { how, address: caller.address } });
  return session;
};

/** Whether a password is that of somebody who is signed in: guesses are counted like those of a sign-in. */
export const confirmPassword = async (occasion: Occasion, email: string, password: string): Promise<boolean> => {
  await mayTry(occasion, email);
  const person = await personWith(occasion.db, email);
  const right = await isPassword(password, person?.password_hash ?? null);
  if (right) await rightAttempt(occasion.db, email, occasion.caller);
  return right;
};
