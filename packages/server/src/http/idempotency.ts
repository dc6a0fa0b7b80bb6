/**
 * Requests that may come twice and do their work once: the header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07).
 * The key is written down with the effect, in its transaction, so that there is none without the other. A request that comes while
 * the first is under way waits on the key's row, in whichever process it is; one that was refused leaves nothing, and may be sent again.
 * Of an answer that holds a secret only the object is kept.
 */
import { createHash } from "node:crypto";
import { sql } from "kysely";
import { userError } from "@touchstone/core/errors";
import { IDEMPOTENCY_HEADER, KEY_HOURS, takesKey, type Route } from "@touchstone/core/routes/contract";
import type { Principal } from "../auth/principal.ts";
import type { Database } from "../store/database.ts";
import type { Named } from "./gate.ts";
import { Unusable } from "./problem.ts";

export type Once = {
  route: Route;
  /** Keys are a caller's own: others may have the same. */
  userId: number;
  keyHash: string;
  /** Tells whether two requests ask the same. It is made with a key of the installation, for a body may hold a password. */
  fingerprint: string;
};

/** A request was done before: what it was answered then. */
export class Repeated extends Error {
  readonly route: Route;
  readonly status: number;
  readonly answer: unknown;
  constructor(route: Route, status: number, answer: unknown) {
    super("the request was done before");
    this.route = route;
    this.status = status;
    this.answer = answer;
  }
}

const KEY_CHARACTERS_MAX = 255;
/** A String of Structured Fields (RFC 9651 §3.3.3), as the draft has it; without its quotes, as most clients send it. */
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])+)"$/;
const BARE = /^[!#-~]+$/;

/** The key of a header. Throws Unusable. */
export const readKey = (header: string): string => {
  const text = header.trim();
  const key = QUOTED.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, "$1") ?? (BARE.test(text) ? text : null);
  if (key === null || key.length > KEY_CHARACTERS_MAX)
    throw new Unusable([
      {
        loc: ["header", IDEMPOTENCY_HEADER],
        msg: `it is one to ${KEY_CHARACTERS_MAX} printable characters, such as those of a UUID`,
        type: "string_pattern_mismatch",
      },
    ]);
  return key;
};

/** Null for a request without a key, and for a route that has no use for one. */
export const onceOf = (
  route: Route,
  headers: Headers,
  principal: Principal | null,
  named: Named,
  fingerprint: (text: string) => string,
): Once | null => {
  const header = headers.get(IDEMPOTENCY_HEADER);
  if (header === null || principal === null || !takesKey(route)) return null;
  return {
    route,
    userId: principal.userId,
    keyHash: createHash("sha256").update(readKey(header)).digest("hex"),
    fingerprint: fingerprint(JSON.stringify([route.method, route.path, named.params, named.query, named.body ?? null])),
  };
};

const rowOf = (db: Database, { userId, keyHash }: Once) =>
  db
    .selectFrom("idempotency_key")
    .where("user_id", "=", userId)
    .where("key_hash", "=", keyHash)
    .where("expires_at", ">", sql<Date>`now()`)
    .select(["fingerprint", "status", "answer", "object"])
    .executeTakeFirst();

/** Throws Repeated for a request that was done, IDEMPOTENCY_KEY_REUSED for another one under its key. */
export const requireNew = async (db: Database, once: Once): Promise<void> => {
  const row = await rowOf(db, once);
  if (row === undefined) return;
  if (row.fingerprint !== once.fingerprint) throw userError("IDEMPOTENCY_KEY_REUSED");
  if (once.route.secret === true) throw userError("ANSWER_NOT_KEPT", row.object ?? "");
  throw new Repeated(once.route, row.status, row.answer);
};

/** Takes the key, in the transaction of the work; waits for one that has it and is not over. Throws like `requireNew`. */
export const takeKey = async (db: Database, once: Once): Promise<void> => {
  const { userId, keyHash, fingerprint } = once;
  await db
    .deleteFrom("idempotency_key")
    .where("user_id", "=", userId)
    .where("key_hash", "=", keyHash)
    .where("expires_at", "<=", sql<Date>`now()`)
    .execute();
  const taken = await db
    .insertInto("idempotency_key")
    .values({
      user_id: userId,
      key_hash: keyHash,
      fingerprint,
      status: 0,
      answer: null,
      object: null,
      expires_at: sql<Date>`now() + make_interval(hours => ${KEY_HOURS})`,
    })
    .onConflict((conflict) => conflict.columns(["user_id", "key_hash"]).doNothing())
    .returning("key_hash")
    .executeTakeFirst();
  if (taken === undefined) await requireNew(db, once);
};

/** Keeps what is answered, in the same transaction. */
export const keepAnswer = async (db: Database, { route, userId, keyHash }: Once, output: unknown): Promise<void> => {
  const isKept = route.output !== undefined && route.secret !== true;
  await db
    .updateTable("idempotency_key")
    .set({
      status: route.output === undefined ? 204 : (route.status ?? 200),
      answer: isKept ? JSON.stringify(route.output?.parse(output)) : null,
      object: output !== null && typeof output === "object" && "id" in output ? String(output.id) : null,
    })
    .where("user_id", "=", userId)
    .where("key_hash", "=", keyHash)
    .execute();
};

/** Keys whose time is over. */
export const sweepKeys = async (db: Database): Promise<void> =>
  void (await db
    .deleteFrom("idempotency_key")
    .where("expires_at", "<=", sql<Date>`now()`)
    .execute());
