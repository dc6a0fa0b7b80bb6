/**
 * What teams may do with datastores. An administrator may do everything; everybody else has on a datastore the highest
 * permission of their teams that hold it. The public team holds everybody.
 */
import { sql } from "kysely";
import { TeamPermission } from "@touchstone/core/routes/contract";
import type { OwnedNoun } from "@touchstone/core/routes/contract";
import type { Database } from "../store/database.ts";
import { prepared } from "../store/prepared.ts";
import type { Principal } from "./principal.ts";

const PERMISSIONS = TeamPermission.options;
const rank = (permission: TeamPermission): number => PERMISSIONS.indexOf(permission);

export const includes = (has: TeamPermission | undefined, needed: TeamPermission): boolean =>
  has !== undefined && rank(has) >= rank(needed);

/** Permissions by datastore; `all` for an administrator. */
export type Permissions = "all" | ReadonlyMap<number, TeamPermission>;

const heldBy = prepared({ user: "bigint" }, (db, given) =>
  db
    .selectFrom("datastore_team as held")
    .innerJoin("team", "team.id", "held.team_id")
    .leftJoin("team_member as member", (join) =>
      join.onRef("member.team_id", "=", "team.id").on("member.user_id", "=", sql<number>`${given("user")}`),
    )
    .where((where) => where.or([where("team.is_public", "=", true), where("member.user_id", "is not", null)]))
    .select(["held.datastore_id", "team.permission"]),
);

export const permissionsOf = async (db: Database, principal: Pick<Principal, "userId" | "role">): Promise<Permissions> => {
  if (principal.role === "Admin") return "all";
  const rows = await heldBy(db, { user: principal.userId });
  const best = new Map<number, TeamPermission>();
  for (const { datastore_id, permission } of rows) {
    const given = TeamPermission.parse(permission);
    if (!includes(best.get(datastore_id), given)) best.set(datastore_id, given);
  }
  return best;
};

/** Datastores on which somebody has a permission. */
export const visibleDatastores = (permissions: Permissions, needed: TeamPermission): "all" | number[] =>
  permissions === "all" ? "all" : [...permissions].flatMap(([id, has]) => (includes(has, needed) ? [id] : []));

/** The datastore that each object belongs to; objects that are not there are left out. A template belongs to none. */
export const datastoresOf = async (db: Database, noun: OwnedNoun, ids: readonly number[]): Promise<Map<number, number | null>> => {
  const rows = await ownerQuery(db, noun, ids);
  return new Map(rows.map(({ id, datastore_id }) => [id, datastore_id]));
};

type Owner = { id: number; datastore_id: number | null };

const ownerQuery = (db: Database, noun: OwnedNoun, ids: readonly number[]): Promise<Owner[]> => {
  switch (noun) {
    case "datastore":
      return db.selectFrom("datastore").where("id", "in", ids).select(["id", "id as datastore_id"]).execute();
    case "container":
      return db.selectFrom("container").where("id", "in", ids).select(["id", "datastore_id"]).execute();
    case "operation":
      return db.selectFrom("operation").where("id", "in", ids).select(["id", "datastore_id"]).execute();
    case "schedule":
      return db.selectFrom("schedule").where("id", "in", ids).select(["id", "datastore_id"]).execute();
    case "anomaly":
      return db.selectFrom("anomaly").where("id", "in", ids).select(["id", "datastore_id"]).execute();
    case "field":
      return db
        .selectFrom("field")
        .innerJoin("container", "container.id", "field.container_id")
        .where("field.id", "in", ids)
        .select(["field.id", "container.datastore_id"])
        .execute();
    case "check":
      return db
        .selectFrom("check")
        .leftJoin("container", "container.id", "check.container_id")
        .where("check.id", "in", ids)
        .select(["check.id", "container.datastore_id"])
        .execute();
  }
};
