/**
 * Tokens of dataplanes: random texts of which only digests are kept. A dataplane gets its token for a code that works once; a new
 * code for a known name replaces the token when it is used.
 */
import { randomBytes } from "node:crypto";
import { userError } from "@touchstone/core/errors";
import type { Database } from "../store/database.ts";
import type { DataplanePrincipal } from "./principal.ts";
import { digest } from "./tokens.ts";

const BYTES = 32;
const PREFIX = "tsdp_";
/** Long enough to carry it to another machine, short enough that a forgotten one is worth nothing. */
const CODE_MS = 3_600_000;

const random = (): string => randomBytes(BYTES).toString("base64url");

/** A code for a dataplane of this name, which is made when it is not there. */
export const inviteDataplane = async (db: Database, name: string): Promise<{ id: number; name: string; code: string; expiresAt: Date }> => {
  const code = random();
  const expiresAt = new Date(Date.now() + CODE_MS);
  const invited = { code_hash: digest(code), code_expires_at: expiresAt };
  const { id } = await db
    .insertInto("dataplane")
    .values({ name, ...invited })
    .onConflict((conflict) => conflict.column("name").doUpdateSet(invited))
    .returning("id")
    .executeTakeFirstOrThrow();
  return { id, name, code, expiresAt };
};

/** Exchanges a code for a token. Throws NOT_ALLOWED. */
export const enrolDataplane = async (db: Database, code: string, now: Date): Promise<{ id: number; name: string; token: string }> => {
  const token = `${PREFIX}${random()}`;
  const enrolled = await db
    .updateTable("dataplane")
    .set({ token_hash: digest(token), code_hash: null, code_expires_at: null, revoked_at: null })
    .where("code_hash", "=", digest(code.trim()))
    .where("code_expires_at", ">", now)
    .returning(["id", "name"])
    .executeTakeFirst();
  if (enrolled === undefined) throw userError("NOT_ALLOWED", "an enrolment code that was not used yet and is not older than an hour");
  return { ...enrolled, token };
};

export const dataplaneOfToken = async (db: Database, token: string): Promise<DataplanePrincipal | null> => {
  if (!token.startsWith(PREFIX)) return null;
  const row = await db
    .selectFrom("dataplane")
    .where("token_hash", "=", digest(token))
    .where("revoked_at", "is", null)
    .select(["id", "name"])
    .executeTakeFirst();
  return row ?? null;
};
