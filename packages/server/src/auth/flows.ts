/**
 * Sign-ins under way at an identity provider. What the provider sends back names one of them, once; and the browser that comes
 * back has to be the one that began, which a cookie shows: otherwise somebody could have others finish a sign-in of theirs.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Caller } from "../http/caller.ts";
import type { Database } from "../store/database.ts";
import { cookie, readCookie } from "./sessions.ts";
import { digest } from "./tokens.ts";

/** Time to enter a password and a second factor elsewhere. */
const FLOW_MINUTES = 15;
const FLOW_COOKIE = "touchstone_sign_in";
const VALUE_BYTES = 32;

const random = (): string => randomBytes(VALUE_BYTES).toString("base64url");

/** What the answer has to match. */
const Expected = z.record(z.string(), z.string());
export type Expected = z.infer<typeof Expected>;

export type Flow = { id: number; providerId: number; expected: Expected; returnTo: string; userId: number | null };

/** A path of this installation; anything else leads to its first page. */
export const ownPath = (text: string | undefined, base: string): string => {
  const url = URL.parse(text ?? "/", base);
  return url !== null && url.origin === new URL(base).origin && text?.startsWith("/") === true
    ? `${url.pathname}${url.search}${url.hash}`
    : "/";
};

/** Begins a sign-in. One browser may have several under way: its cookie stays the same. */
export const beginFlow = async (
  db: Database,
  {
    providerId,
    returnTo,
    caller,
    request,
    now,
    expected,
  }: { providerId: number; returnTo: string; caller: Caller; request: Request; now: Date; expected: Expected },
): Promise<{ state: string; setCookie: string }> => {
  const state = random();
  const known = readCookie(request.headers, FLOW_COOKIE, caller);
  const browser = known !== null && /^[\w-]{43}$/.test(known) ? known : random();
  await db.deleteFrom("sign_in_flow").where("expires_at", "<", now).execute();
  await db
    .insertInto("sign_in_flow")
    .values({
      provider_id: providerId,
      state_hash: digest(state),
      browser_hash: digest(browser),
      expected: JSON.stringify(expected),
      return_to: returnTo,
      expires_at: new Date(now.getTime() + FLOW_MINUTES * 60_000),
    })
    .execute();
  return { state, setCookie: cookie(FLOW_COOKIE, browser, caller, FLOW_MINUTES * 60) };
};

const flowOf = (row: { id: number; provider_id: number; expected: unknown; return_to: string; user_id: number | null }): Flow => ({
  id: row.id,
  providerId: row.provider_id,
  expected: Expected.parse(row.expected),
  returnTo: row.return_to,
  userId: row.user_id,
});

/** A sign-in under way, whoever asks: an assertion that another site's form brings comes without cookies. */
export const findFlow = async (db: Database, state: string, now: Date): Promise<Flow | null> => {
  const row = await db
    .selectFrom("sign_in_flow")
    .where("state_hash", "=", digest(state))
    .where("expires_at", ">", now)
    .selectAll()
    .executeTakeFirst();
  return row === undefined ? null : flowOf(row);
};

/** Ends a sign-in under way: it is there once, and only for the browser that began it. */
export const takeFlow = async (db: Database, state: string, request: Request, caller: Caller, now: Date): Promise<Flow | null> => {
  const row = await db
    .deleteFrom("sign_in_flow")
    .where("state_hash", "=", digest(state))
    .where("browser_hash", "=", digest(readCookie(request.headers, FLOW_COOKIE, caller) ?? ""))
    .where("expires_at", ">", now)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : flowOf(row);
};
