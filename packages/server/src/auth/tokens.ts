/**
 * Personal and service tokens: a JSON Web Token (RFC 7519) signed with HMAC-SHA-256, so that clients can read when it ends. What
 * makes it valid is the digest of its id in the store: a token that was revoked there is worth nothing, whatever it says.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { sql } from "kysely";
import { z } from "zod";
import { Role } from "@touchstone/core/routes/contract";
import { UserKind } from "@touchstone/core/routes/users";
import type { Database } from "../store/database.ts";
import { prepared } from "../store/prepared.ts";
import type { Principal } from "./principal.ts";

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const HEADER = encode({ alg: "HS256", typ: "JWT" });
const Payload = z.object({ jti: z.string(), sub: z.string(), exp: z.number() });

const signature = (text: string, key: Buffer): Buffer => createHmac("sha256", key).update(text).digest();
export const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

const ID_BYTES = 24;

/** Makes a token for a user and keeps the digest of its id. The text is shown once. */
export const issueToken = async (
  db: Database,
  key: Buffer,
  { userId, name, expiresAt, provisioningOnly = false }: { userId: number; name: string; expiresAt: Date; provisioningOnly?: boolean },
): Promise<{ id: number; token: string }> => {
  const jti = randomBytes(ID_BYTES).toString("base64url");
  const { id } = await db
    .insertInto("token")
    .values({ user_id: userId, name, id_hash: digest(jti), expires_at: expiresAt, provisioning_only: provisioningOnly })
    .returning("id")
    .executeTakeFirstOrThrow();
  const body = `${HEADER}.${encode({ jti, sub: String(userId), exp: Math.floor(expiresAt.getTime() / 1000), iss: "touchstone" })}`;
  return { id, token: `${body}.${signature(body, key).toString("base64url")}` };
};

const payloadOf = (token: string, key: Buffer): z.infer<typeof Payload> | null => {
  const [header, body, signed, ...rest] = token.split(".");
  if (header !== HEADER || body === undefined || signed === undefined || rest.length > 0) return null;
  const expected = signature(`${header}.${body}`, key);
  const given = Buffer.from(signed, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  return Payload.safeParse(JSON.parse(Buffer.from(body, "base64url").toString("utf8"))).data ?? null;
};

/** `last_used_at` is good to the minute: a write for every request would make reading the API a load on the store. */
const USED_RESOLUTION_MS = 60_000;

/** Asked with every request, so that a token that is revoked is worth nothing from that moment on. */
const validToken = prepared({ hash: "text", now: "timestamptz" }, (db, given) =>
  db
    .selectFrom("token")
    .innerJoin("user", "user.id", "token.user_id")
    .where("token.id_hash", "=", sql<string>`${given("hash")}`)
    .where("token.revoked_at", "is", null)
    .where("token.expires_at", ">", sql<Date>`${given("now")}`)
    .where("user.disabled_at", "is", null)
    .select(["token.id as token_id", "token.last_used_at", "token.provisioning_only", "user.id", "user.email", "user.name"])
    .select(["user.role", "user.kind"]),
);

/** Who a token stands for; null when it is not valid, has ended, was revoked, or its user is disabled. */
export const principalOfToken = async (db: Database, key: Buffer, token: string, now: Date): Promise<Principal | null> => {
  const payload = payloadOf(token, key);
  if (payload === null || payload.exp * 1000 <= now.getTime()) return null;
  const [row] = await validToken(db, { hash: digest(payload.jti), now });
  if (row === undefined) return null;
  if (row.last_used_at === null || now.getTime() - row.last_used_at.getTime() > USED_RESOLUTION_MS) {
    await db.updateTable("token").set({ last_used_at: now }).where("id", "=", row.token_id).execute();
    await db.updateTable("user").set({ last_seen_at: now }).where("id", "=", row.id).execute();
  }
  return {
    userId: row.id,
    email: row.email,
    name: row.name,
    role: Role.parse(row.role),
    kind: UserKind.parse(row.kind),
    tokenId: row.token_id,
    ...(row.provisioning_only ? { provisioningOnly: true } : {}),
  };
};
