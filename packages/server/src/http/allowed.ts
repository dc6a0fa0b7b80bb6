/** Permissions that depend on what a request asks for, beyond the least one that its route declares. */
import { errorInfo, userError } from "@touchstone/core/errors";
import { Role, type TeamPermission } from "@touchstone/core/routes/contract";
import { includes, permissionsOf } from "../auth/permissions.ts";
import type { Context } from "./serve.ts";
import type { Database } from "../store/database.ts";
import { Unusable } from "./problem.ts";

export const hasPermission = async <S>(context: Context<S>, permission: TeamPermission, datastoreId: number): Promise<boolean> => {
  const allowed = await context.visible(permission);
  return allowed === "all" || allowed.includes(datastoreId);
};

/** Throws NOT_ALLOWED unless the caller has the permission on the datastore. */
export const requirePermission = async <S>(context: Context<S>, permission: TeamPermission, datastoreId: number): Promise<void> => {
  if (!(await hasPermission(context, permission, datastoreId)))
    throw userError("NOT_ALLOWED", `the team permission ${permission} on its datastore`);
};

/** Whether the caller sees a datastore. */
export const seesOf = async <S>(context: Context<S>): Promise<(datastoreId: number) => boolean> => {
  const visible = await context.visible("Reporter");
  return (id) => visible === "all" || visible.includes(id);
};

/** Refuses people who are not there, are disabled, or may not do on the datastore what they are named for. */
export const requireCapable = async (
  db: Database,
  userIds: readonly number[],
  permission: TeamPermission,
  datastoreId: number,
  place: readonly (string | number)[],
): Promise<void> => {
  if (userIds.length === 0) return;
  const users = await db.selectFrom("user").where("id", "in", userIds).where("disabled_at", "is", null).select(["id", "role"]).execute();
  for (const id of userIds) {
    const user = users.find((one) => one.id === id);
    const has = user === undefined ? new Map() : await permissionsOf(db, { userId: id, role: Role.parse(user.role) });
    if (has === "all" || includes(has.get(datastoreId), permission)) continue;
    const info = errorInfo(
      "REQUEST_INVALID",
      `The user ${id}`,
      `they are not there, or lack the team permission ${permission} on the datastore`,
    );
    throw new Unusable([{ loc: [...place], msg: `${info.what}: ${info.why}`, type: info.code }], info);
  }
};
