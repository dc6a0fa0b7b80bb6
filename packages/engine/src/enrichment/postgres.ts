/** Enrichment tables in a Postgres schema: one transaction per operation, writers of a prefix one after the other. */
import { Client } from "pg";
import { userError } from "@touchstone/core/errors";
import { postgres } from "../dialects/postgres.ts";
import { connectFailure } from "../connectors/postgres/failure.ts";
import { writeFailure } from "./postgres-failure.ts";
import { postgresStore } from "./postgres-store.ts";
import { replacing } from "./replacement.ts";
import { checkTables, replaceTable, writeTables } from "./sql-store.ts";
import type { SqlStore } from "./sql-store.ts";
import type { EnrichmentTarget, TargetOptions, WriteOptions } from "./target.ts";

type Address = { url: string; schema: string; name: string };

const CONNECT_TIMEOUT_MS = 15_000;

/** Splits off `schema`, which is ours, from the parameters that the driver reads. The name has no password. */
const readAddress = (target: string): Address => {
  const url = URL.parse(target);
  if (url === null) throw userError("TARGET_KIND_UNKNOWN", "the given URL");
  const schema = url.searchParams.get("schema") || "public";
  url.searchParams.delete("schema");
  const host = url.host || url.searchParams.get("host") || "localhost";
  return { url: url.href, schema, name: `postgres://${host}${url.pathname}?schema=${schema}` };
};

/** A session of its own for each piece of work: a long scan holds no connection. */
const withClient = async <T>({ url, name }: Address, options: TargetOptions, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "touchstone",
    keepAlive: true,
  });
  // A connection that breaks while nobody waits on it is met by the next query.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (thrown) {
    throw connectFailure(thrown, name);
  }
  try {
    await client.query(`SET TIME ZONE 'UTC'; SET datestyle = 'ISO, YMD'; SET lock_timeout = ${Math.ceil(options.waitMs)}`);
    return await work(client);
  } catch (thrown) {
    throw writeFailure(thrown, name);
  } finally {
    await client.end();
  }
};

const schemaExists = async (client: Client, schema: string): Promise<boolean> =>
  (await client.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema])).rowCount === 1;

/** IF NOT EXISTS alone asks for the right to create even where nothing is to be created. */
const ensureSchema = async (client: Client, schema: string): Promise<void> => {
  if (!(await schemaExists(client, schema))) await client.query(`CREATE SCHEMA IF NOT EXISTS ${postgres.quote(schema)}`);
};

/** Held until the transaction ends, also that of a killed process whose server side is still at work. */
const waitForOthers = (client: Client, schema: string, prefix: string): Promise<unknown> =>
  client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`touchstone enrichment ${schema}.${prefix}`]);

const inTransaction = async (client: Client, work: () => Promise<void>): Promise<void> => {
  await client.query("BEGIN");
  try {
    await work();
    await client.query("COMMIT");
  } catch (thrown) {
    // The first failure is the one to tell; a connection that is gone has rolled back by itself.
    await client.query("ROLLBACK").catch(() => undefined);
    throw thrown;
  }
};

const CAN_WRITE = `SELECT has_database_privilege(current_database(), 'CREATE') AS database,
  CASE WHEN EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1) THEN has_schema_privilege($1, 'CREATE') END AS schema,
  current_setting('transaction_read_only') AS read_only`;

/** Says early what would fail after a long scan. Changes nothing. */
const probe = async (client: Client, { schema, name }: Address, prefix: string): Promise<void> => {
  const { rows } = await client.query<{ database: boolean; schema: boolean | null; read_only: string }>(CAN_WRITE, [schema]);
  const may = rows[0]!;
  if (may.read_only === "on") throw userError("TARGET_READ_ONLY", name, "the server or the session is read-only");
  if (may.schema === null && !may.database)
    throw userError("TARGET_READ_ONLY", name, "the schema does not exist and the user of this connection may not create it");
  if (may.schema === false) throw userError("TARGET_READ_ONLY", name, "the user of this connection may not create tables in the schema");
  await checkTables(postgresStore(client, schema, name, {}), prefix);
};

/** Alone, and in one transaction. */
const filling = (
  address: Address,
  options: TargetOptions,
  writing: WriteOptions,
  fill: (store: SqlStore) => Promise<void>,
): Promise<void> =>
  withClient(address, options, (client) =>
    inTransaction(client, async () => {
      await waitForOthers(client, address.schema, options.prefix);
      await ensureSchema(client, address.schema);
      await fill(postgresStore(client, address.schema, address.name, writing));
    }),
  );

/** Opens `postgres://…?schema=x` as a target; the schema is made at the first write. Throws CONNECTION_FAILED, TARGET_READ_ONLY, TARGET_TABLE_FOREIGN. */
export const openPostgresTarget = async (target: string, options: TargetOptions): Promise<EnrichmentTarget> => {
  const address = readAddress(target);
  await withClient(address, options, (client) => probe(client, address, options.prefix));
  return {
    kind: "postgres",
    name: address.name,
    prefix: options.prefix,
    write: (write, writing = {}) => filling(address, options, writing, (store) => writeTables(store, write)),
    replace: (replacement, writing = {}) =>
      replacing(replacement, (own) => filling(address, options, writing, (store) => replaceTable(store, own))),
  };
};
