/** Users and teams: who there is, and who belongs where. */
import { sql } from "kysely";
import { userError } from "@touchstone/core/errors";
import type { Database } from "./database.ts";

type Named = { id: number; name: string };

export const userRows = (db: Database) =>
  db.selectFrom("user").select([
    "user.id",
    "user.name",
    "user.email",
    "user.role",
    "user.kind",
    "user.disabled_at",
    "user.last_seen_at",
    "user.created_at",
    sql<Named[]>`(SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name) ORDER BY t.name), '[]')
        FROM team_member m JOIN team t ON t.id = m.team_id WHERE m.user_id = "user".id)`.as("teams"),
  ]);

export type UserRow = Awaited<ReturnType<ReturnType<typeof userRows>["execute"]>>[number];

/** Teams with their members and those of their datastores that are visible. */
export const teamRows = (db: Database, visible: "all" | readonly number[]) => {
  const seen = visible === "all" ? sql`true` : visible.length === 0 ? sql`false` : sql`d.id IN (${sql.join(visible)})`;
  return db
    .selectFrom("team")
    .selectAll("team")
    .select([
      sql<Named[]>`(SELECT coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'name', u.name) ORDER BY u.name), '[]')
        FROM team_member m JOIN "user" u ON u.id = m.user_id WHERE m.team_id = team.id)`.as("users"),
      sql<Named[]>`(SELECT coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) ORDER BY d.name), '[]')
        FROM datastore_team h JOIN datastore d ON d.id = h.datastore_id WHERE h.team_id = team.id AND ${seen})`.as("datastores"),
    ]);
};

export type TeamRow = Awaited<ReturnType<ReturnType<typeof teamRows>["execute"]>>[number];

/** Throws OBJECT_UNKNOWN for the first id that is none. */
const requireIds = async (db: Database, noun: "user" | "team" | "datastore", ids: readonly number[]): Promise<void> => {
  if (ids.length === 0) return;
  const rows = await db.selectFrom(noun).where("id", "in", ids).select("id").execute();
  const known = new Set(rows.map(({ id }) => id));
  const missing = ids.find((id) => !known.has(id));
  if (missing !== undefined) throw userError("OBJECT_UNKNOWN", noun, String(missing));
};

const unique = (ids: readonly number[]): number[] => [...new Set(ids)];

export const setTeamsOfUser = async (db: Database, userId: number, given: readonly number[]): Promise<void> => {
  const ids = unique(given);
  await requireIds(db, "team", ids);
  await db.deleteFrom("team_member").where("user_id", "=", userId).execute();
  if (ids.length === 0) return;
  await db
    .insertInto("team_member")
    .values(ids.map((team_id) => ({ team_id, user_id: userId })))
    .execute();
};

export const setMembers = async (db: Database, teamId: number, given: readonly number[]): Promise<void> => {
  const ids = unique(given);
  await requireIds(db, "user", ids);
  await db.deleteFrom("team_member").where("team_id", "=", teamId).execute();
  if (ids.length === 0) return;
  await db
    .insertInto("team_member")
    .values(ids.map((user_id) => ({ team_id: teamId, user_id })))
    .execute();
};

export const setDatastoresOfTeam = async (db: Database, teamId: number, given: readonly number[]): Promise<void> => {
  const ids = unique(given);
  await requireIds(db, "datastore", ids);
  await db.deleteFrom("datastore_team").where("team_id", "=", teamId).execute();
  if (ids.length === 0) return;
  await db
    .insertInto("datastore_team")
    .values(ids.map((datastore_id) => ({ team_id: teamId, datastore_id })))
    .execute();
};
