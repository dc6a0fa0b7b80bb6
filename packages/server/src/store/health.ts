/** How a metadata store stands, as facts: what `touchstone doctor` judges. Nothing is changed, and no secret is read further than whether it opens. */
import { sql } from "kysely";
import type { KeyRing } from "../auth/seal.ts";
import { waitingWork, type WaitingWork } from "../work/queue-health.ts";
import { unreadableSecrets } from "./connections.ts";
import { migrationStatus, type Database } from "./database.ts";
import { unreadableProviderSecrets } from "./providers.ts";

export type KnownDataplane = {
  name: string;
  version: string | null;
  /** What it speaks; null for one that has never said hello. */
  protocol: number | null;
  lastSeenAt: Date | null;
};

export type StoreHealth = {
  /** As Postgres counts: 150007 is 15.7. */
  serverVersion: number;
  /** Migrations this program would make, and those in the store that it does not know. */
  pending: string[];
  unknown: string[];
  /** The rest; null while migrations are pending, for the tables may be other ones. */
  content: StoreContent | null;
};

export type StoreContent = {
  administrators: number;
  identityProviders: number;
  work: WaitingWork;
  dataplanes: KnownDataplane[];
  /** Datastores that only a dataplane may work on that is not there. */
  orphaned: { datastore: string; dataplane: string }[];
  /** Null where there are no keys to try. */
  unreadable: { of: string; keyId: string }[] | null;
};

const unknownMigrations = async (db: Database, known: readonly string[]): Promise<string[]> => {
  const there = await sql<{ there: boolean }>`SELECT to_regclass('kysely_migration') IS NOT NULL AS there`.execute(db);
  if (there.rows[0]?.there !== true) return [];
  const { rows } = await sql<{ name: string }>`SELECT name FROM kysely_migration ORDER BY name`.execute(db);
  return rows.map(({ name }) => name).filter((name) => !known.includes(name));
};

const dataplanesOf = async (db: Database): Promise<KnownDataplane[]> => {
  const rows = await db
    .selectFrom("dataplane")
    .where("revoked_at", "is", null)
    .where("token_hash", "is not", null)
    .orderBy("name")
    .selectAll()
    .execute();
  return rows.map(({ name, version, capabilities, last_seen_at }) => {
    const { protocol } = capabilities;
    return { name, version, protocol: typeof protocol === "number" ? protocol : null, lastSeenAt: last_seen_at };
  });
};

const orphanedOf = async (db: Database): Promise<StoreContent["orphaned"]> => {
  const { rows } = await sql<{ datastore: string; dataplane: string }>`SELECT d.name AS datastore, d.dataplane FROM datastore d
    WHERE d.dataplane IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dataplane p WHERE p.name = d.dataplane AND p.revoked_at IS NULL)
    ORDER BY d.name`.execute(db);
  return rows;
};

const countOf = async (db: Database, table: "user" | "identity_provider"): Promise<number> => {
  const rows =
    table === "user"
      ? await db.selectFrom("user").where("role", "=", "Admin").where("disabled_at", "is", null).select("id").execute()
      : await db.selectFrom("identity_provider").where("enabled", "=", true).select("id").execute();
  return rows.length;
};

const contentOf = async (db: Database, ring: KeyRing | null): Promise<StoreContent> => ({
  administrators: await countOf(db, "user"),
  identityProviders: await countOf(db, "identity_provider"),
  work: await waitingWork(db),
  dataplanes: await dataplanesOf(db),
  orphaned: await orphanedOf(db),
  unreadable: ring === null ? null : [...(await unreadableSecrets(db, ring)), ...(await unreadableProviderSecrets(db, ring))],
});

export const storeHealth = async (db: Database, ring: KeyRing | null): Promise<StoreHealth> => {
  const version = await sql<{ version: string }>`SELECT current_setting('server_version_num') AS version`.execute(db);
  const migrations = await migrationStatus(db);
  const pending = migrations.filter(({ executedAt }) => executedAt === null).map(({ name }) => name);
  return {
    serverVersion: Number(version.rows[0]?.version ?? 0),
    pending,
    unknown: await unknownMigrations(
      db,
      migrations.map(({ name }) => name),
    ),
    content: pending.length > 0 ? null : await contentOf(db, ring),
  };
};
