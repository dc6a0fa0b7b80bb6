import { sql } from "kysely";
import { userError } from "@touchstone/core/errors";
import type { Database } from "./database.ts";

type LatestOperation = { id: number; type: string; result: string; created_at: string; finished_at: string | null };

export const datastoreRows = (db: Database) =>
  db
    .selectFrom("datastore")
    .innerJoin("connection", "connection.id", "datastore.connection_id")
    .selectAll("datastore")
    .select([
      "connection.type",
      sql<{ id: number; name: string; permission: string }[]>`(
        SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'permission', t.permission) ORDER BY t.name), '[]')
        FROM datastore_team h JOIN team t ON t.id = h.team_id WHERE h.datastore_id = datastore.id)`.as("teams"),
      sql<string | null>`(SELECT e.name FROM datastore e WHERE e.id = datastore.enrichment_id)`.as("enrichment_name"),
      sql<number>`(SELECT count(*) FROM container c WHERE c.datastore_id = datastore.id AND c.removed_at IS NULL)`.as("container_count"),
      sql<LatestOperation | null>`(
        SELECT jsonb_build_object('id', o.id, 'type', o.type, 'result', o.result, 'created_at', o.created_at, 'finished_at', o.finished_at)
        FROM operation o WHERE o.datastore_id = datastore.id ORDER BY o.id DESC LIMIT 1)`.as("latest_operation"),
    ]);

export type DatastoreRow = Awaited<ReturnType<ReturnType<typeof datastoreRows>["execute"]>>[number];

/** Makes these the teams that hold a datastore, by their names in any capitals. Throws OBJECT_UNKNOWN. */
export const setTeamsOfDatastore = async (db: Database, datastoreId: number, names: readonly string[]): Promise<void> => {
  const wanted = new Map(names.map((name) => [name.toLowerCase(), name]));
  const rows =
    wanted.size === 0
      ? []
      : await db
          .selectFrom("team")
          .where(sql`lower(name)`, "in", [...wanted.keys()])
          .select(["id", "name"])
          .execute();
  for (const { name } of rows) wanted.delete(name.toLowerCase());
  const [missing] = wanted.values();
  if (missing !== undefined) throw userError("OBJECT_UNKNOWN", "team", missing);
  await db.deleteFrom("datastore_team").where("datastore_id", "=", datastoreId).execute();
  if (rows.length === 0) return;
  await db
    .insertInto("datastore_team")
    .values(rows.map(({ id }) => ({ team_id: id, datastore_id: datastoreId })))
    .execute();
};

/** The teams that hold everybody. */
export const publicTeams = async (db: Database): Promise<string[]> =>
  (await db.selectFrom("team").where("is_public", "=", true).select("name").execute()).map(({ name }) => name);

/**
 * Teams of a new datastore when none are named: those in which its maker is an editor, so that they can go on with what they made, or else the public
 * one.
 */
export const teamsOfMaker = async (db: Database, userId: number): Promise<string[]> => {
  const own = await db
    .selectFrom("team")
    .innerJoin("team_member", "team_member.team_id", "team.id")
    .where("team_member.user_id", "=", userId)
    .where("team.permission", "=", "Editor")
    .select("team.name")
    .execute();
  return own.length > 0 ? own.map(({ name }) => name) : publicTeams(db);
};
