import { z } from "zod";
import { ID, pageOf, Paging, role, route, SIGNED_IN, TeamPermission } from "./contract.ts";
import { Description, Name, Reference } from "./naming.ts";

/** Members of a team at most: more would be everybody, and that is the public team. */
const MEMBERS_MAX = 10_000;

const ids = z.array(z.number().int().positive()).max(MEMBERS_MAX);

export const TeamInput = z
  .object({
    name: Name,
    description: Description.nullish(),
    permission: TeamPermission,
    user_ids: ids.optional(),
    datastore_ids: ids.optional(),
  })
  .meta({ id: "TeamInput" });

export const Team = z
  .object({
    id: z.number().int(),
    name: z.string(),
    description: z.string(),
    permission: TeamPermission,
    /** The public team holds everybody. */
    is_public: z.boolean(),
    users: z.array(Reference),
    /** Only those that the caller may see. */
    datastores: z.array(Reference),
    created: z.string(),
  })
  .meta({ id: "Team" });

export const teams = {
  list: route({
    method: "GET",
    path: "/teams",
    summary: "The teams, in order of their names",
    needs: SIGNED_IN,
    query: Paging.extend({ search: z.string().optional() }),
    output: pageOf(Team),
  }),
  get: route({ method: "GET", path: "/teams/{id}", summary: "One team", needs: SIGNED_IN, params: ID, output: Team }),
  create: route({
    method: "POST",
    path: "/teams",
    summary: "A new team, with what its members may do on the datastores it holds",
    needs: role("Admin"),
    body: TeamInput,
    output: Team,
    status: 201,
    audit: "team.create",
    errors: ["OBJECT_EXISTS"],
  }),
  update: route({
    method: "PUT",
    path: "/teams/{id}",
    summary: "Changes a team; lists that are named replace those there are",
    needs: role("Admin"),
    params: ID,
    body: TeamInput.partial(),
    output: Team,
    audit: "team.update",
    errors: ["OBJECT_EXISTS"],
  }),
  delete: route({
    method: "DELETE",
    path: "/teams/{id}",
    summary: "Deletes a team other than the public one; its datastores stay",
    needs: role("Admin"),
    params: ID,
    audit: "team.delete",
    errors: ["OBJECT_STATE_WRONG"],
  }),
};
