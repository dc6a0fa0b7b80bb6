/** What somebody's groups at a provider mean for their teams here. */
import type { Database } from "../store/database.ts";

export type GroupRules = { group_sync: "off" | "add" | "exact"; group_teams: Readonly<Record<string, string>> };
export type TeamNames = readonly { id: number; name: string; is_public: boolean }[];

/**
 * Teams to join and to leave. A provider that says nothing about groups changes nothing, which is not the same as one that says
 * there are none. The public team is everybody's, and nobody's to leave.
 */
export const teamChanges = (
  { group_sync, group_teams }: GroupRules,
  groups: readonly string[] | null,
  teams: TeamNames,
  memberOf: readonly number[],
): { join: number[]; leave: number[] } => {
  if (group_sync === "off" || groups === null) return { join: [], leave: [] };
  const named = new Map(Object.entries(group_teams).map(([group, team]) => [group.toLowerCase(), team.toLowerCase()]));
  const wanted = new Set(groups.map((group) => named.get(group.toLowerCase()) ?? group.toLowerCase()));
  const own = teams.filter(({ is_public }) => !is_public);
  const meant = own.filter(({ name }) => wanted.has(name.toLowerCase())).map(({ id }) => id);
  return {
    join: meant.filter((id) => !memberOf.includes(id)),
    leave: group_sync === "exact" ? own.map(({ id }) => id).filter((id) => memberOf.includes(id) && !meant.includes(id)) : [],
  };
};

/** Brings somebody's teams in line; what comes back is what was changed. */
export const syncTeams = async (db: Database, userId: number, rules: GroupRules, groups: readonly string[] | null) => {
  if (rules.group_sync === "off" || groups === null) return { join: [], leave: [] };
  const teams = await db.selectFrom("team").select(["id", "name", "is_public"]).execute();
  const member = await db.selectFrom("team_member").where("user_id", "=", userId).select("team_id").execute();
  const changes = teamChanges(
    rules,
    groups,
    teams,
    member.map(({ team_id }) => team_id),
  );
  if (changes.join.length > 0)
    await db
      .insertInto("team_member")
      .values(changes.join.map((team_id) => ({ team_id, user_id: userId })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  if (changes.leave.length > 0)
    await db.deleteFrom("team_member").where("user_id", "=", userId).where("team_id", "in", changes.leave).execute();
  return changes;
};
