import { sql } from "kysely";
import { SECRETS, SET, type Secret } from "@touchstone/core/routes/connections";
import { opens, seal, unseal, type KeyRing } from "../auth/seal.ts";
import type { Database } from "./database.ts";
import { unlessTaken } from "./found.ts";
import { isVisible } from "./visible.ts";

/** What a sealed secret belongs to: it opens nowhere else. */
const ownerOf = (connectionId: number, name: string): string => `connection ${connectionId} ${name}`;

/** Connections, with those of their datastores that are visible. */
export const connectionRows = (db: Database, visible: "all" | readonly number[]) =>
  db.selectFrom("connection").select([
    "connection.id",
    "connection.name",
    "connection.type",
    "connection.settings",
    "connection.created_at",
    sql<string[]>`(SELECT coalesce(jsonb_agg(s.name ORDER BY s.name), '[]') FROM secret s WHERE s.connection_id = connection.id)`.as(
      "secrets",
    ),
    sql<{ id: number; name: string }[]>`(
        SELECT coalesce(jsonb_agg(jsonb_build_object('id', datastore.id, 'name', datastore.name) ORDER BY datastore.name), '[]')
        FROM datastore WHERE datastore.connection_id = connection.id AND ${isVisible("datastore.id", visible)})`.as("datastores"),
  ]);

export type ConnectionRow = Awaited<ReturnType<ReturnType<typeof connectionRows>["execute"]>>[number];

const isSecret = (name: string): name is Secret => SECRETS.some((secret) => secret === name);

type Given = Readonly<Record<string, unknown>>;
export type Divided = { settings: Record<string, unknown>; secrets: Record<string, string | null> };

/**
 * What of a described connection is secret, and what is not, wherever it stands: beside the other settings, among the parameters of the driver, or in the
 * description of a secrets manager. What was not given appears in neither; neither does a secret that comes back as it was answered.
 */
export const divided = (given: Given): Divided => {
  const parts: Divided = { settings: {}, secrets: {} };
  const divide = (mapping: Given, into: Record<string, unknown>): void => {
    for (const [name, value] of Object.entries(mapping)) {
      if (value === undefined) continue;
      if (!isSecret(name)) into[name] = value;
      else if (value === null || typeof value === "string") {
        if (value !== SET) parts.secrets[name] = value;
      }
    }
  };
  divide(given, parts.settings);
  for (const name of ["parameters", "secrets_manager"]) {
    const inner = parts.settings[name];
    if (inner === null || typeof inner !== "object") continue;
    const kept = {};
    divide(inner as Given, kept);
    parts.settings[name] = kept;
  }
  return parts;
};

/** Makes a connection and answers its id. Throws OBJECT_EXISTS. */
export const insertConnection = async (
  db: Database,
  ring: KeyRing,
  { name, type, ...given }: Given & { name: string; type: string },
): Promise<number> => {
  const { settings, secrets } = divided(given);
  const row = { name, type, settings: JSON.stringify(settings) };
  const made = db.insertInto("connection").values(row).returning("id").executeTakeFirstOrThrow();
  const { id } = await unlessTaken("connection_name", "connection", name, made);
  await keepSecrets(db, ring, id, secrets);
  return id;
};

/** Seals and keeps secrets; null takes one away. */
export const keepSecrets = async (
  db: Database,
  ring: KeyRing,
  connectionId: number,
  secrets: Readonly<Record<string, string | null>>,
): Promise<void> => {
  for (const [name, secret] of Object.entries(secrets)) {
    await db.deleteFrom("secret").where("connection_id", "=", connectionId).where("name", "=", name).execute();
    if (secret === null) continue;
    const { keyId, sealed } = seal(ring, secret, ownerOf(connectionId, name));
    await db.insertInto("secret").values({ connection_id: connectionId, name, key_id: keyId, sealed }).execute();
  }
};

/** The secrets of a connection, open: for a dataplane that has claimed work, and for nobody else. */
export const openSecrets = async (db: Database, ring: KeyRing, connectionId: number): Promise<Record<string, string>> => {
  const rows = await db.selectFrom("secret").where("connection_id", "=", connectionId).selectAll().execute();
  return Object.fromEntries(
    rows.map(({ name, key_id, sealed }) => [name, unseal(ring, { keyId: key_id, sealed }, ownerOf(connectionId, name))]),
  );
};

/** Secrets that do not open with these keys, by what they belong to and the key they were sealed with. None is answered. */
export const unreadableSecrets = async (db: Database, ring: KeyRing): Promise<{ of: string; keyId: string }[]> => {
  const rows = await db
    .selectFrom("secret")
    .innerJoin("connection", "connection.id", "secret.connection_id")
    .selectAll("secret")
    .select("connection.name as connection_name")
    .orderBy("connection.name")
    .execute();
  return rows.flatMap(({ connection_id, connection_name, name, key_id, sealed }) =>
    opens(ring, { keyId: key_id, sealed }, ownerOf(connection_id, name))
      ? []
      : [{ of: `the ${name} of the connection ${connection_name}`, keyId: key_id }],
  );
};
