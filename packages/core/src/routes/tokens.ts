import { z } from "zod";
import { ID, pageOf, Paging, Role, role, route, SIGNED_IN } from "./contract.ts";
import { Name } from "./naming.ts";
import { NewToken } from "./setup.ts";
import { User } from "./users.ts";

/** A token that nobody looks at again must end by itself. */
const DAYS_MAX = 365;

export const TokenInput = z
  .object({ name: Name, expires_in_days: z.number().int().min(1).max(DAYS_MAX).default(90) })
  .meta({ id: "TokenInput" });

export const Token = z
  .object({
    id: z.number().int(),
    name: z.string(),
    user_id: z.number().int(),
    created: z.string(),
    expires_at: z.string(),
    last_used: z.string().nullable(),
    revoked_at: z.string().nullable(),
    /** It opens the routes of provisioning, and no other. */
    provisioning_only: z.boolean(),
  })
  .meta({ id: "Token" });

/** Tokens of the caller; an administrator also reaches those of others. */
export const userTokens = {
  list: route({
    method: "GET",
    path: "/user-tokens",
    summary: "The caller's tokens, the newest first; an administrator may name another user",
    needs: SIGNED_IN,
    query: Paging.extend({ user: z.coerce.number().int().positive().optional() }),
    output: pageOf(Token),
  }),
  create: route({
    method: "POST",
    path: "/user-tokens",
    summary: "A new token of the caller, shown this once",
    needs: SIGNED_IN,
    body: TokenInput,
    output: NewToken,
    status: 201,
    audit: "token.create",
    secret: true,
  }),
  revoke: route({
    method: "PUT",
    path: "/user-tokens/{id}/revoke",
    summary: "Ends a token now",
    needs: SIGNED_IN,
    params: ID,
    output: Token,
    audit: "token.revoke",
  }),
  delete: route({
    method: "DELETE",
    path: "/user-tokens/{id}",
    summary: "Deletes a token that was revoked or has ended",
    needs: SIGNED_IN,
    params: ID,
    audit: "token.delete",
    errors: ["OBJECT_STATE_WRONG"],
  }),
};

/** Identities of programs: they have tokens and teams, and cannot sign in. */
export const serviceUsers = {
  list: route({
    method: "GET",
    path: "/service-users",
    summary: "The service users, in order of their names",
    needs: role("Admin"),
    query: Paging,
    output: pageOf(User),
  }),
  create: route({
    method: "POST",
    path: "/service-users",
    summary: "A new service user",
    needs: role("Admin"),
    body: z
      .object({ name: Name, role: Role.default("Member"), team_ids: z.array(z.number().int().positive()).max(1000).optional() })
      .meta({ id: "ServiceUserInput" }),
    output: User,
    status: 201,
    audit: "service_user.create",
    errors: ["OBJECT_EXISTS"],
  }),
  createToken: route({
    method: "POST",
    path: "/service-users/{id}/tokens",
    summary: "A new token of a service user, shown this once",
    needs: role("Admin"),
    params: ID,
    body: TokenInput,
    output: NewToken,
    status: 201,
    audit: "service_user.token",
    secret: true,
  }),
};
