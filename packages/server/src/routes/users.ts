import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { Role } from "@touchstone/core/routes/contract";
import { UserKind, type User, type UserChanges, type users } from "@touchstone/core/routes/users";
import { hashPassword } from "../auth/passwords.ts";
import { permissionsOf } from "../auth/permissions.ts";
import { endSignIns } from "../auth/sessions.ts";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { keepAnAdministrator } from "../store/administrators.ts";
import type { Database } from "../store/database.ts";
import { found, unlessTaken } from "../store/found.ts";
import { contains } from "../store/like.ts";
import { paged, pageRows } from "../store/paging.ts";
import { setTeamsOfUser, userRows, type UserRow } from "../store/people.ts";

/** A user as it is answered. */
export const userOf = (row: UserRow): z.input<typeof User> => ({
  id: row.id,
  name: row.name,
  email: row.email,
  role: Role.parse(row.role),
  kind: UserKind.parse(row.kind),
  disabled: row.disabled_at !== null,
  teams: row.teams,
  last_seen: row.last_seen_at?.toISOString() ?? null,
  created: row.created_at.toISOString(),
});

export const findUser = async (db: Database, id: number): Promise<z.input<typeof User>> =>
  userOf(found(await userRows(db).where("user.id", "=", id).executeTakeFirst(), "user", id));

type Changes = z.output<typeof UserChanges>;

/** `own` is the session of who changes it, which stays: they have not lost themselves. */
const change = async (
  db: Database,
  id: number,
  { team_ids, password, disabled, ...given }: Changes,
  own: number | undefined,
): Promise<void> => {
  const before = await findUser(db, id);
  const staysAdministrator = (given.role ?? before.role) === "Admin" && disabled !== true;
  if (before.role === "Admin" && !before.disabled && !staysAdministrator) await keepAnAdministrator(db, before);
  if (password !== undefined && before.kind !== "person")
    throw userError("OBJECT_STATE_WRONG", "user", before.name, "a program has tokens and no password");
  const after = {
    name: given.name ?? before.name,
    role: given.role ?? before.role,
    ...(disabled === undefined ? {} : { disabled_at: disabled ? new Date() : null }),
    ...(password === undefined ? {} : { password_hash: await hashPassword(password) }),
  };
  await db.updateTable("user").set(after).where("id", "=", id).execute();
  if (password !== undefined || disabled === true) await endSignIns(db, id, own);
  if (team_ids !== undefined) await setTeamsOfUser(db, id, team_ids);
};

export const userHandlers: Handlers<typeof users, Services> = {
  list: async ({ query }, { db }) => {
    let rows = userRows(db).orderBy("user.name").orderBy("user.id");
    if (query.search !== undefined) {
      const text = contains(query.search);
      rows = rows.where((where) => where.or([where("user.name", "ilike", text), where("user.email", "ilike", text)]));
    }
    if (query.role !== undefined) rows = rows.where("user.role", "=", query.role);
    // A directory is listed with its token; here it is nobody who could be given something to do.
    rows = query.kind === undefined ? rows.where("user.kind", "<>", "directory") : rows.where("user.kind", "=", query.kind);
    if (query.disabled !== undefined) rows = rows.where("user.disabled_at", query.disabled ? "is not" : "is", null);
    const page = await pageRows(rows, query);
    return paged(page.rows.map(userOf), page.total, query);
  },

  me: async (_, { db, principal }) => {
    const permissions = await permissionsOf(db, principal);
    return {
      ...(await findUser(db, principal.userId)),
      permissions: permissions === "all" ? null : [...permissions].map(([datastore_id, permission]) => ({ datastore_id, permission })),
      token_id: principal.tokenId,
    };
  },

  get: ({ params }, { db }) => findUser(db, params.id),

  create: async ({ body }, { db }) => {
    const made = db
      .insertInto("user")
      .values({
        email: body.email,
        name: body.name,
        role: body.role,
        kind: "person",
        password_hash: body.password === undefined ? null : await hashPassword(body.password),
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    const { id } = await unlessTaken("user_email", "user", body.email, made);
    if (body.team_ids !== undefined) await setTeamsOfUser(db, id, body.team_ids);
    return findUser(db, id);
  },

  update: async ({ params, body }, { db, principal }) => {
    await change(db, params.id, body, principal.sessionId);
    return findUser(db, params.id);
  },
};
