/**
 * The metadata store: Kysely over a Postgres server where a URL is given, over an embedded Postgres in the data folder otherwise.
 * Same migrations, same queries.
 */
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError, userError } from "@touchstone/core/errors";
import { UNTRACED, type Tracing } from "@touchstone/core/tracing";
import { CompiledQuery, Kysely, PostgresDialect, PGliteDialect, sql, type DatabaseConnection, type LogEvent } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import { Pool, types as pgTypes } from "pg";
import { MIGRATIONS } from "./migrations/index.ts";
import { keepPlans } from "./prepared.ts";
import { querySpan } from "./query-span.ts";
import type { Tables } from "./tables.ts";

export type Database = Kysely<Tables>;

/** What pg-boss needs of the connection the store already has. */
export type Backend = { kind: "server"; pool: Pool } | { kind: "embedded"; pglite: import("@electric-sql/pglite").PGlite };

export type Store = { db: Database; backend: Backend; close: () => Promise<void> };

/** Connections of one process; a replica of the control plane waits on the store, so more would only queue there. */
const POOL_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** A statement of the control plane is a look-up; one that takes longer is a mistake, and must not hold a connection. */
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * What the planner is told of our statements: they read little, and from memory or a disk that does not seek, so that a page out of order
 * costs hardly more than the next one (https://www.postgresql.org/docs/15/runtime-config-query.html); neither compiling a statement nor
 * starting a process for it pays (docs/decisions/0027-a-page-costs-few-statements.md).
 */
const PLANNING = "SET random_page_cost = 1.1; SET jit = off; SET max_parallel_workers_per_gather = 0";

/** Type numbers of Postgres: 64-bit integers, numeric, date. Counts fit into a double; a date is its text, in no zone. */
const INT8 = 20;
const DATE = 1082;
const counted = (text: string): number => Number(text);
const asText = (text: string): string => text;

/** Tells of each query; nothing is asked of Kysely where nobody listens. */
const toldOf = (tracing: Tracing) => (tracing === UNTRACED ? {} : { log: (event: LogEvent) => tracing.ended(querySpan(event)) });

const serverStore = async (url: string, tracing: Tracing): Promise<Store> => {
  const types = {
    getTypeParser: ((oid: number, format?: "text" | "binary") => {
      if (oid === INT8) return counted;
      if (oid === DATE) return asText;
      return format === "binary" ? pgTypes.getTypeParser(oid, "binary") : pgTypes.getTypeParser(oid, "text");
    }) as typeof pgTypes.getTypeParser,
  };
  const pool = new Pool({
    connectionString: url,
    max: POOL_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: "touchstone",
    types,
  });
  // A connection that dies while idle is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => undefined);
  pool.on("connect", keepPlans);
  const onCreateConnection = async (connection: DatabaseConnection): Promise<void> => {
    await connection.executeQuery(CompiledQuery.raw(PLANNING));
  };
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool, onCreateConnection }), ...toldOf(tracing) });
  try {
    await sql`SELECT 1`.execute(db);
  } catch (cause) {
    await pool.end().catch(() => undefined);
    throw userError("STORE_UNREACHABLE", withoutSecrets(url), reasonOf(cause));
  }
  return { db, backend: { kind: "server", pool }, close: () => db.destroy() };
};

/**
 * The embedded engine has no lock of its own, and two processes on one folder corrupt it without a word: who calls this holds the
 * folder's lock (packages/cli/src/commands/start.ts).
 */
const embeddedStore = async (folder: string, tracing: Tracing): Promise<Store> => {
  await mkdir(folder, { recursive: true });
  const place = join(folder, "store");
  try {
    return storeOver(await whole(place, () => openEmbedded({ dataDir: place })), tracing);
  } catch (cause) {
    throw new UserError(userError("STORE_UNREACHABLE", place, reasonOf(cause)).info, { cause });
  }
};

/**
 * The engine makes its files one after another and takes whatever it finds for a store: a mark beside them tells that the process
 * was killed before they were all there, when nothing was in it yet.
 */
const whole = async <T>(place: string, open: () => Promise<T>): Promise<T> => {
  const mark = `${place}.unfinished`;
  if (existsSync(mark)) await rm(place, { recursive: true, force: true });
  if (!existsSync(place)) await writeFile(mark, "");
  const opened = await open();
  await rm(mark, { force: true });
  return opened;
};

/** The embedded engine, in memory unless it is given a folder, with the extension that the schema uses. */
export const openEmbedded = async (
  options: import("@electric-sql/pglite").PGliteOptions = {},
): Promise<import("@electric-sql/pglite").PGlite> => {
  const { PGlite } = await import("@electric-sql/pglite");
  const { pg_trgm } = await import("@electric-sql/pglite/contrib/pg_trgm");
  const pglite = await PGlite.create({ ...options, extensions: { pg_trgm } });
  await pglite.exec(PLANNING);
  return pglite;
};

/** A store over an embedded Postgres that is open already, and is closed with it. */
export const storeOver = (pglite: import("@electric-sql/pglite").PGlite, tracing: Tracing = UNTRACED): Store => {
  pglite.parsers[DATE] = asText;
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }), ...toldOf(tracing) });
  return { db, backend: { kind: "embedded", pglite }, close: () => db.destroy() };
};

const withoutSecrets = (url: string): string => {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return "DATABASE_URL";
  }
};

const UNKNOWN_AUTHORITY =
  "its certificate comes from an authority that is not known here: name it in authorities of the chart, or by sslrootcert in DATABASE_URL";

/** Codes of OpenSSL, and of Node's own look at the name (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const CERTIFICATE_REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name than DATABASE_URL has",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
};

const reasonOf = (thrown: unknown): string => {
  const first = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  const known = first instanceof Error && "code" in first ? CERTIFICATE_REASONS[String(first.code)] : undefined;
  if (known !== undefined) return known;
  if (first instanceof Error && /does not support SSL/.test(first.message))
    return "it offers no TLS, which is asked for; where nobody else is on the network, sslmode=disable in DATABASE_URL does without";
  return first instanceof Error ? first.message : String(first);
};

/** Opens the store. Throws STORE_UNREACHABLE. */
export const openStore = (place: { url: string | null; folder: string }, tracing: Tracing = UNTRACED): Promise<Store> =>
  place.url === null ? embeddedStore(place.folder, tracing) : serverStore(place.url, tracing);

const migrator = (db: Database, more: Readonly<Record<string, Migration>> = {}): Migrator =>
  new Migrator({ db, provider: { getMigrations: async () => ({ ...more, ...MIGRATIONS }) } });

/**
 * What a later version made of this store, before somebody went back to this one: it only added (migrations/migration.ts), so there is nothing to do
 * about it. The migrator takes what it does not know for a mistake.
 */
const madeLater = async (db: Database): Promise<Record<string, Migration>> => {
  const { rows: tables } = await sql<{ any: boolean }>`SELECT to_regclass('kysely_migration') IS NOT NULL AS any`.execute(db);
  if (tables[0]?.any !== true) return {};
  const { rows } = await sql<{ name: string }>`SELECT name FROM kysely_migration`.execute(db);
  const newest = Object.keys(MIGRATIONS).toSorted().at(-1) ?? "";
  return Object.fromEntries(rows.filter(({ name }) => name > newest).map(({ name }) => [name, { up: async () => undefined }]));
};

/** Brings the schema up to date; replicas that start together wait for each other on the migrator's own lock. */
export const migrate = async (db: Database): Promise<string[]> => {
  const { error, results } = await migrator(db, await madeLater(db)).migrateToLatest();
  if (error !== undefined) throw error;
  return (results ?? []).map(({ migrationName }) => migrationName);
};

/** Migrations with the moment each was made; null for those still to come. */
export const migrationStatus = async (db: Database): Promise<{ name: string; executedAt: Date | null }[]> =>
  (await migrator(db).getMigrations()).map(({ name, executedAt }) => ({ name, executedAt: executedAt ?? null }));

/** A migration of somebody else's is waited for, less long than a probe of Kubernetes waits for the process. */
const MIGRATIONS_MS = 240_000;
const MIGRATIONS_LOOK_MS = 2_000;

/** Waits until somebody else has brought the schema up to date. Throws STORE_BEHIND. */
export const awaitMigrations = async (db: Database, patienceMs = MIGRATIONS_MS): Promise<[]> => {
  const until = performance.now() + patienceMs;
  for (;;) {
    const pending = (await migrationStatus(db)).filter(({ executedAt }) => executedAt === null);
    if (pending.length === 0) return [];
    if (performance.now() >= until) throw userError("STORE_BEHIND", pending.map(({ name }) => name).join(", "));
    await sleep(Math.min(MIGRATIONS_LOOK_MS, patienceMs));
  }
};
