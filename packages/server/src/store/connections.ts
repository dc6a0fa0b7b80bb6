import { sql } from "kysely";
import { seal, unseal, type KeyRing } from "../auth/seal.ts";
import type { Database } from "./database.ts";

/** What a sealed secret belongs to: it opens nowhere else. */
const ownerOf = (connectionId: number, name: string): string => `connection ${connectionId} ${name}`;

export const connectionRows = (db: Database) =>
  db
    .selectFrom("connection")
    .select([
      "connection.id",
      "connection.name",
      "connection.type",
      "connection.settings",
      "connection.created_at",
      "connection.updated_at",
      sql<string[]>`(SELECT coalesce(jsonb_agg(s.name ORDER BY s.name), '[]') FROM secret s WHERE s.connection_id = connection.id)`.as(
        "secrets",
      ),
      sql<number>`(SELECT count(*) FROM datastore d WHERE d.connection_id = connection.id)`.as("datastores_count"),
    ]);

export type ConnectionRow = Awaited<ReturnType<ReturnType<typeof connectionRows>["execute"]>>[number];

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
