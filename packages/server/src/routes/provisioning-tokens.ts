import { randomUUID } from "node:crypto";
import { userError } from "@touchstone/core/errors";
import type { provisioningTokens } from "@touchstone/core/routes/provisioning";
import { issueToken } from "../auth/tokens.ts";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";

const DAY_MS = 86_400_000;

export const provisioningTokenHandlers: Handlers<typeof provisioningTokens, Services> = {
  list: async (_, { db, caller }) => {
    const rows = await db
      .selectFrom("token")
      .where("provisioning_only", "=", true)
      .select(["id", "name", "created_at", "expires_at", "last_used_at", "revoked_at"])
      .orderBy("id", "desc")
      .execute();
    return {
      base_url: `${caller.origin}/api/scim/v2`,
      items: rows.map(({ id, name, created_at, expires_at, last_used_at, revoked_at }) => ({
        id,
        name,
        created: created_at.toISOString(),
        expires_at: expires_at.toISOString(),
        last_used: last_used_at?.toISOString() ?? null,
        revoked: revoked_at !== null,
      })),
    };
  },

  // Each token has a user of its own, of a kind of its own, so that the audit log tells directories apart. Its address leads nowhere (RFC 2606).
  create: async ({ body }, { db, services }) => {
    const user = { email: `directory-${randomUUID()}@service.invalid`, name: body.name, role: "Member", kind: "directory" };
    const { id: userId } = await db.insertInto("user").values(user).returning("id").executeTakeFirstOrThrow();
    const expiresAt = new Date(services.now().getTime() + body.expires_in_days * DAY_MS);
    const issued = await issueToken(db, services.tokenKey, { userId, name: body.name, expiresAt, provisioningOnly: true });
    return { ...issued, expires_at: expiresAt.toISOString() };
  },

  revoke: async ({ params }, { db, services }) => {
    const ended = db
      .updateTable("token")
      .set({ revoked_at: services.now() })
      .where("id", "=", params.id)
      .where("provisioning_only", "=", true);
    if ((await ended.executeTakeFirst()).numUpdatedRows === 0n) throw userError("OBJECT_UNKNOWN", "provisioning token", String(params.id));
    return undefined;
  },
};
