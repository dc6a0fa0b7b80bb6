import { z } from "zod";
import { Flag, ID, pageOf, Paging, Role, role, route, SIGNED_IN, TeamPermission } from "./contract.ts";
import { Name, Reference } from "./naming.ts";
import { Email, Password } from "./setup.ts";

/** A service is an identity of a program; a directory is who pushes people and groups (SCIM), and can do nothing else. */
export const UserKind = z.enum(["person", "service", "directory"]);
export type UserKind = z.infer<typeof UserKind>;

export const User = z
  .object({
    id: z.number().int(),
    name: z.string(),
    email: z.string(),
    role: Role,
    kind: UserKind,
    disabled: z.boolean(),
    teams: z.array(Reference),
    last_seen: z.string().nullable(),
    created: z.string(),
  })
  .meta({ id: "User" });

/** Who is asking, and what that lets them do. */
export const Me = User.extend({
  /** Their permission by datastore; null for an administrator, who has every one. */
  permissions: z.array(z.object({ datastore_id: z.number().int(), permission: TeamPermission })).nullable(),
  /** The token that asks, so that a program can end it; null for a session. */
  token_id: z.number().int().nullable(),
}).meta({ id: "Me" });

const teamIds = z.array(z.number().int().positive()).max(1000);

export const UserInput = z
  .object({
    name: Name,
    email: Email,
    role: Role.default("Member"),
    /** Absent for people who sign in elsewhere. */
    password: Password.optional(),
    team_ids: teamIds.optional(),
  })
  .meta({ id: "UserInput" });

export const UserChanges = z
  .object({ name: Name, role: Role, disabled: z.boolean(), team_ids: teamIds, password: Password })
  .partial()
  .meta({ id: "UserChanges" });

export const users = {
  list: route({
    method: "GET",
    path: "/users",
    summary: "The users, in order of their names; directories only where their kind is asked for",
    needs: SIGNED_IN,
    query: Paging.extend({ search: z.string().optional(), role: Role.optional(), kind: UserKind.optional(), disabled: Flag.optional() }),
    output: pageOf(User),
  }),
  me: route({ method: "GET", path: "/users/me", summary: "Who is asking", needs: SIGNED_IN, output: Me }),
  get: route({ method: "GET", path: "/users/{id}", summary: "One user", needs: SIGNED_IN, params: ID, output: User }),
  create: route({
    method: "POST",
    path: "/users",
    summary: "A new person",
    needs: role("Admin"),
    body: UserInput,
    output: User,
    status: 201,
    audit: "user.create",
    errors: ["OBJECT_EXISTS"],
  }),
  update: route({
    method: "PUT",
    path: "/users/{id}",
    summary:
      "Changes a user's name, role, teams or password, or keeps them out; the last two sign them out everywhere. The last administrator stays one",
    needs: role("Admin"),
    params: ID,
    body: UserChanges,
    output: User,
    audit: "user.update",
    errors: ["OBJECT_STATE_WRONG"],
  }),
};
