/** Teams whose members a directory provisions. Members that were put in by hand are not its business. */
import { sql } from "kysely";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { Database } from "./database.ts";
import { idOf } from "./provisioned.ts";

const References = z.array(z.object({ id: z.number(), name: z.string() }));

export const provisionedGroups = (db: Database) =>
  db
    .selectFrom("provisioned_group as g")
    .innerJoin("team", "team.id", "g.team_id")
    .select(["team.id", "team.name", "g.external_id", "g.created_at", "g.updated_at"])
    .select(
      sql<unknown>`(SELECT coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'name', p.user_name) ORDER BY u.id), '[]')
        FROM team_member m JOIN provisioned_user p ON p.user_id = m.user_id JOIN "user" u ON u.id = m.user_id
        WHERE m.team_id = g.team_id)`.as("members"),
    );

type GroupRow = Awaited<ReturnType<ReturnType<typeof provisionedGroups>["execute"]>>[number];

export type Group = {
  id: number;
  name: string;
  externalId: string | null;
  members: { id: number; name: string }[];
  createdAt: Date;
  updatedAt: Date;
};

export const groupOf = (row: GroupRow): Group => ({
  id: row.id,
  name: row.name,
  externalId: row.external_id,
  members: References.parse(row.members),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** Throws OBJECT_UNKNOWN. */
export const findGroup = async (db: Database, id: string): Promise<Group> => {
  const row = await provisionedGroups(db).where("g.team_id", "=", idOf(id)).executeTakeFirst();
  if (row === undefined) throw userError("OBJECT_UNKNOWN", "group", id);
  return groupOf(row);
};

/**
 * A new team, which may do the least there is until somebody gives it datastores and a permission; or the one of that name. The
 * public team is everybody's. Throws OBJECT_EXISTS.
 */
export const provisionGroup = async (db: Database, name: string, externalId: string | null, now: Date): Promise<number> => {
  const byName = db.selectFrom("team").where((where) => where(where.fn<string>("lower", ["name"]), "=", name.toLowerCase()));
  const known = await byName.select(["id", "is_public"]).executeTakeFirst();
  const taken =
    known === undefined
      ? undefined
      : await db.selectFrom("provisioned_group").where("team_id", "=", known.id).select("team_id").executeTakeFirst();
  if (taken !== undefined || known?.is_public === true) throw userError("OBJECT_EXISTS", "team", name);
  const made = { name, permission: "Reporter", description: "Provisioned by the directory" };
  const { id } = known ?? (await db.insertInto("team").values(made).returning("id").executeTakeFirstOrThrow());
  await db.insertInto("provisioned_group").values({ team_id: id, external_id: externalId, created_at: now, updated_at: now }).execute();
  return id;
};

/** Brings the provisioned members to a list of ids. Throws REQUEST_INVALID for one that is nobody's. */
export const setMembers = async (db: Database, { id, members }: Group, wanted: readonly string[]): Promise<void> => {
  const ids = wanted.map(idOf);
  const has = members.map((member) => member.id);
  const [join, leave] = [ids.filter((user) => !has.includes(user)), has.filter((user) => !ids.includes(user))];
  if (join.length > 0) {
    const known = await db.selectFrom("provisioned_user").where("user_id", "in", join).select("user_id").execute();
    const found = new Set(known.map(({ user_id }) => user_id));
    const unknown = join.findIndex((user) => !found.has(user));
    if (unknown >= 0) throw userError("REQUEST_INVALID", "members", "one of them is no user that the directory provisions");
    await db
      .insertInto("team_member")
      .values([...found].map((user_id) => ({ team_id: id, user_id })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  if (leave.length > 0) await db.deleteFrom("team_member").where("team_id", "=", id).where("user_id", "in", leave).execute();
};

export const changeGroup = async (
  db: Database,
  id: number,
  changes: { name?: string; externalId?: string | null },
  now: Date,
): Promise<void> => {
  const { name, externalId } = changes;
  if (name !== undefined) await db.updateTable("team").set({ name }).where("id", "=", id).execute();
  await db
    .updateTable("provisioned_group")
    .set({ ...(externalId === undefined ? {} : { external_id: externalId }), updated_at: now })
    .where("team_id", "=", id)
    .execute();
};
