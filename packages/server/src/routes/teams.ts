import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { TeamPermission } from "@touchstone/core/routes/contract";
import type { Team, TeamInput, teams } from "@touchstone/core/routes/teams";
import type { Context, Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { found, unlessTaken } from "../store/found.ts";
import { contains } from "../store/like.ts";
import { paged, pageRows } from "../store/paging.ts";
import { setDatastoresOfTeam, setMembers, teamRows, type TeamRow } from "../store/people.ts";

const teamOf = ({ created_at, permission, ...row }: TeamRow): z.input<typeof Team> => ({
  ...row,
  permission: TeamPermission.parse(permission),
  created: created_at.toISOString(),
});

const find = async ({ db, visible }: Context<Services>, id: number): Promise<z.input<typeof Team>> => {
  const rows = teamRows(db, await visible("Reporter"));
  return teamOf(found(await rows.where("team.id", "=", id).executeTakeFirst(), "team", id));
};

const setLists = async (db: Database, id: number, body: Partial<z.output<typeof TeamInput>>): Promise<void> => {
  if (body.user_ids !== undefined) await setMembers(db, id, body.user_ids);
  if (body.datastore_ids !== undefined) await setDatastoresOfTeam(db, id, body.datastore_ids);
};

export const teamHandlers: Handlers<typeof teams, Services> = {
  list: async ({ query }, { db, visible }) => {
    let rows = teamRows(db, await visible("Reporter"))
      .orderBy("team.name")
      .orderBy("team.id");
    if (query.search !== undefined) rows = rows.where("team.name", "ilike", contains(query.search));
    const page = await pageRows(rows, query);
    return paged(page.rows.map(teamOf), page.total, query);
  },

  get: ({ params }, context) => find(context, params.id),

  create: async ({ body }, context) => {
    const { db } = context;
    const row = { name: body.name, description: body.description ?? "", permission: body.permission };
    const made = db.insertInto("team").values(row).returning("id").executeTakeFirstOrThrow();
    const { id } = await unlessTaken("team_name", "team", body.name, made);
    await setLists(db, id, body);
    return find(context, id);
  },

  update: async ({ params, body }, context) => {
    const { db } = context;
    const before = await find(context, params.id);
    const after = {
      name: body.name ?? before.name,
      description: body.description ?? before.description,
      permission: body.permission ?? before.permission,
    };
    const changed = db.updateTable("team").set(after).where("id", "=", params.id).execute();
    await unlessTaken("team_name", "team", after.name, changed);
    await setLists(db, params.id, body);
    return find(context, params.id);
  },

  delete: async ({ params }, context) => {
    const { name, is_public } = await find(context, params.id);
    if (is_public) throw userError("OBJECT_STATE_WRONG", "team", name, "it is the one that holds everybody");
    await context.db.deleteFrom("team").where("id", "=", params.id).execute();
    return undefined;
  },
};
