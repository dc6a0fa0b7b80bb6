import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { serviceUsers, Token, TokenInput, userTokens } from "@touchstone/core/routes/tokens";
import { hasRole, type Principal } from "../auth/principal.ts";
import { issueToken } from "../auth/tokens.ts";
import type { Context, Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { found, unlessTaken } from "../store/found.ts";
import { paged, pageRows } from "../store/paging.ts";
import { setTeamsOfUser, userRows } from "../store/people.ts";
import { findUser, userOf } from "./users.ts";

const DAY_MS = 86_400_000;

const tokenRows = (db: Database) =>
  db.selectFrom("token").select(["id", "name", "user_id", "created_at", "expires_at", "last_used_at", "revoked_at", "provisioning_only"]);

type TokenRow = Awaited<ReturnType<ReturnType<typeof tokenRows>["execute"]>>[number];

const tokenOf = (row: TokenRow): z.input<typeof Token> => ({
  id: row.id,
  name: row.name,
  user_id: row.user_id,
  created: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
  last_used: row.last_used_at?.toISOString() ?? null,
  revoked_at: row.revoked_at?.toISOString() ?? null,
  provisioning_only: row.provisioning_only,
});

/** A token within the caller's reach: their own, or any for an administrator. */
const find = async (db: Database, principal: Principal, id: number): Promise<TokenRow> => {
  const row = found(await tokenRows(db).where("id", "=", id).executeTakeFirst(), "token", id);
  return found(row.user_id === principal.userId || hasRole(principal, "Admin") ? row : undefined, "token", id);
};

const issue = async ({ db, services }: Context<Services>, userId: number, { name, expires_in_days }: z.output<typeof TokenInput>) => {
  const expiresAt = new Date(Date.now() + expires_in_days * DAY_MS);
  const issued = await issueToken(db, services.tokenKey, { userId, name, expiresAt });
  return { ...issued, expires_at: expiresAt.toISOString() };
};

export const userTokenHandlers: Handlers<typeof userTokens, Services> = {
  list: async ({ query }, { db, principal }) => {
    const userId = query.user ?? principal.userId;
    if (userId !== principal.userId && !hasRole(principal, "Admin")) throw userError("NOT_ALLOWED", "the role Admin, for tokens of others");
    const page = await pageRows(tokenRows(db).where("user_id", "=", userId).orderBy("id", "desc"), query);
    return paged(page.rows.map(tokenOf), page.total, query);
  },

  create: async ({ body }, context) => {
    // A program that could give itself tokens would outlive the one it was given.
    if (context.principal.kind !== "person") throw userError("NOT_ALLOWED", "an administrator, for tokens of service users");
    return issue(context, context.principal.userId, body);
  },

  revoke: async ({ params }, { db, principal }) => {
    const { id, revoked_at } = await find(db, principal, params.id);
    await db
      .updateTable("token")
      .set({ revoked_at: revoked_at ?? new Date() })
      .where("id", "=", id)
      .execute();
    return tokenOf(await find(db, principal, id));
  },

  delete: async ({ params }, { db, principal }) => {
    const { id, name, revoked_at, expires_at } = await find(db, principal, params.id);
    if (revoked_at === null && expires_at > new Date())
      throw userError("OBJECT_STATE_WRONG", "token", name, "it is still valid: revoke it first");
    await db.deleteFrom("token").where("id", "=", id).execute();
    return undefined;
  },
};

/** Users have an address each; that of a program leads nowhere (RFC 2606). */
const addressOf = (name: string): string => `${name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-")}@service.invalid`;

export const serviceUserHandlers: Handlers<typeof serviceUsers, Services> = {
  list: async ({ query }, { db }) => {
    const rows = userRows(db).where("user.kind", "=", "service").orderBy("user.name").orderBy("user.id");
    const page = await pageRows(rows, query);
    return paged(page.rows.map(userOf), page.total, query);
  },

  create: async ({ body }, { db }) => {
    const row = { email: addressOf(body.name), name: body.name, role: body.role, kind: "service", password_hash: null };
    const made = db.insertInto("user").values(row).returning("id").executeTakeFirstOrThrow();
    const { id } = await unlessTaken("user_email", "service user", body.name, made);
    if (body.team_ids !== undefined) await setTeamsOfUser(db, id, body.team_ids);
    return findUser(db, id);
  },

  createToken: async ({ params, body }, context) => {
    const { id, kind, disabled, name } = await findUser(context.db, params.id);
    found(kind === "service" ? id : undefined, "service user", params.id);
    if (disabled) throw userError("OBJECT_STATE_WRONG", "service user", name, "it is disabled");
    return issue(context, id, body);
  },
};
