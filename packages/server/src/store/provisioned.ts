/** People and teams that a directory provisions. */
import { sql } from "kysely";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { nameOf, type DirectoryPerson } from "../provisioning/user.ts";
import { keepAnAdministrator } from "./administrators.ts";
import type { Database } from "./database.ts";

const Attributes = z.object({
  displayName: z.string().nullable().default(null),
  formatted: z.string().nullable().default(null),
  givenName: z.string().nullable().default(null),
  familyName: z.string().nullable().default(null),
});
const References = z.array(z.object({ id: z.number(), name: z.string() }));

export const provisionedUsers = (db: Database) =>
  db
    .selectFrom("provisioned_user as p")
    .innerJoin("user", "user.id", "p.user_id")
    .select(["user.id", "user.email", "user.name", "user.role", "user.disabled_at", "p.user_name", "p.external_id", "p.attributes"])
    .select(["p.created_at", "p.updated_at"])
    .select(
      sql<unknown>`(SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name) ORDER BY t.name), '[]')
        FROM team_member m JOIN provisioned_group g ON g.team_id = m.team_id JOIN team t ON t.id = m.team_id
        WHERE m.user_id = p.user_id)`.as("teams"),
    );

type UserRow = Awaited<ReturnType<ReturnType<typeof provisionedUsers>["execute"]>>[number];

export type Provisioned = DirectoryPerson & {
  id: number;
  name: string;
  role: string;
  groups: { id: number; name: string }[];
  createdAt: Date;
  updatedAt: Date;
};

export const provisionedOf = (row: UserRow): Provisioned => ({
  id: row.id,
  name: row.name,
  role: row.role,
  userName: row.user_name,
  externalId: row.external_id,
  email: row.email,
  active: row.disabled_at === null,
  attributes: Attributes.parse(row.attributes),
  groups: References.parse(row.teams),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** An id as directories send it; what is no number is nobody's. */
export const idOf = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : 0);

/** Throws OBJECT_UNKNOWN. */
export const findProvisioned = async (db: Database, id: string): Promise<Provisioned> => {
  const row = await provisionedUsers(db).where("p.user_id", "=", idOf(id)).executeTakeFirst();
  if (row === undefined) throw userError("OBJECT_UNKNOWN", "user", id);
  return provisionedOf(row);
};

/** Keeps somebody out, or lets them in again; out means at once. */
export const setActive = async (
  db: Database,
  user: { id: number; name: string; role: string },
  active: boolean,
  now: Date,
): Promise<void> => {
  if (!active && user.role === "Admin") await keepAnAdministrator(db, user);
  await db
    .updateTable("user")
    .set({ disabled_at: active ? null : now })
    .where("id", "=", user.id)
    .execute();
  if (!active) await db.deleteFrom("session").where("user_id", "=", user.id).execute();
};

const columns = ({ userName, externalId, attributes }: DirectoryPerson) => ({
  user_name: userName,
  external_id: externalId,
  attributes: JSON.stringify(attributes),
});

/** Somebody new, or somebody who is here already and belongs to no directory yet. Throws OBJECT_EXISTS. */
export const provision = async (
  db: Database,
  person: DirectoryPerson,
  now: Date,
): Promise<{ id: number; name: string; role: string; active: boolean }> => {
  const byEmail = db.selectFrom("user").where((where) => where(where.fn<string>("lower", ["email"]), "=", person.email));
  const known = await byEmail.select(["id", "name", "role", "kind", "disabled_at"]).executeTakeFirst();
  const taken =
    known === undefined
      ? undefined
      : await db.selectFrom("provisioned_user").where("user_id", "=", known.id).select("user_id").executeTakeFirst();
  if (taken !== undefined || (known !== undefined && known.kind !== "person")) throw userError("OBJECT_EXISTS", "user", person.email);
  const made = { email: person.email, name: nameOf(person), role: "Member", kind: "person" };
  const row = known ?? {
    ...(await db.insertInto("user").values(made).returning(["id", "name", "role"]).executeTakeFirstOrThrow()),
    disabled_at: null,
  };
  await db
    .insertInto("provisioned_user")
    .values({ user_id: row.id, ...columns(person), created_at: now, updated_at: now })
    .execute();
  return { id: row.id, name: row.name, role: row.role, active: row.disabled_at === null };
};

/**
 * What the directory says now. The address of an administrator is not for it to change: who enters an account at an identity
 * provider is decided by address. Throws OBJECT_STATE_WRONG.
 */
export const reprovision = async (db: Database, before: Provisioned, person: DirectoryPerson, now: Date): Promise<void> => {
  if (before.role === "Admin" && before.email.toLowerCase() !== person.email)
    throw userError("OBJECT_STATE_WRONG", "user", before.name, "the address of an administrator is changed here");
  await db
    .updateTable("user")
    .set({ email: person.email, name: nameOf(person) })
    .where("id", "=", before.id)
    .execute();
  await db
    .updateTable("provisioned_user")
    .set({ ...columns(person), updated_at: now })
    .where("user_id", "=", before.id)
    .execute();
};

/** The directory has done with somebody: they are kept out, their tokens end, and they leave the teams it put them in. */
export const unprovision = async (db: Database, user: Provisioned, now: Date): Promise<void> => {
  await setActive(db, user, false, now);
  await db.updateTable("token").set({ revoked_at: now }).where("user_id", "=", user.id).where("revoked_at", "is", null).execute();
  const teams = user.groups.map(({ id }) => id);
  if (teams.length > 0) await db.deleteFrom("team_member").where("user_id", "=", user.id).where("team_id", "in", teams).execute();
  await db.deleteFrom("provisioned_user").where("user_id", "=", user.id).execute();
};
