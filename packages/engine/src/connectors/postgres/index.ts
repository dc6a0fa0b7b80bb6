/** A Postgres schema as a datastore: read-only, every check runs in the server. */
import { userError } from "@touchstone/core/errors";
import { nearestName } from "@touchstone/core/expr/nearest";
import type { Container } from "@touchstone/core/model/container";
import { postgres } from "../../dialects/postgres.ts";
import type { ConnectOptions, Connector, Datastore, OpenOptions, QueryOptions, Session } from "../connector.ts";
import { catalogOf, listTables, type Table } from "./catalog.ts";
import { parsePostgres, postgresName, type PostgresConfig } from "./config.ts";
import { viewOfQuery } from "./query-view.ts";
import { countRows, relationOf, sourceOf } from "./relation.ts";
import { openSession } from "./session.ts";

type Store = { session: Session; config: PostgresConfig; zone: string; tables: Table[] | null };

const read = async (store: Store, options: QueryOptions): Promise<Table[]> => {
  store.tables = await listTables(store.session, store.config.schema, options);
  return store.tables;
};

const open = async (store: Store, container: Container, options: OpenOptions): ReturnType<Datastore["open"]> => {
  const tables = store.tables ?? (await read(store, options));
  const table = tables.find(({ name }) => name === container.name);
  if (table === undefined)
    throw userError(
      "CONTAINER_UNKNOWN",
      container.name,
      nearestName(
        container.name,
        tables.map(({ name }) => name),
      ),
    );
  const rejected = { count: 0, examples: [] };
  const source = sourceOf(store.config.schema, table);
  const whole = relationOf(source, table, store.zone, null);
  if (options.sampleRows === undefined) return { relation: whole, rejected };
  const recordsTotal = await countRows(store.session, whole.from, options.signal);
  if (recordsTotal <= options.sampleRows) return { relation: { ...whole, records: recordsTotal }, rejected };
  const sample = relationOf(source, table, store.zone, options.sampleRows / recordsTotal);
  return { relation: { ...sample, recordsTotal }, rejected };
};

/** A schema that is not there would look like an empty one. */
const examine = async (session: Session, { schema, ...rest }: PostgresConfig): Promise<void> => {
  const wanted = postgres.literal({ kind: "literal", type: "String", value: schema });
  const [found] = await session.query(`SELECT has_schema_privilege(oid, 'USAGE') AS usable FROM pg_namespace WHERE nspname = ${wanted}`);
  const name = postgresName({ schema, ...rest });
  if (found === undefined) throw userError("SOURCE_NOT_FOUND", name);
  if (found["usable"] !== true) throw userError("PERMISSION_DENIED", name, "this user has no USAGE on the schema");
};

const connect = async (config: PostgresConfig, options: ConnectOptions): Promise<Datastore> => {
  const { session, describe, close } = await openSession(config);
  try {
    await examine(session, config);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const store: Store = { session, config, zone: options.timeZone, tables: null };
  return {
    type: "postgres",
    name: postgresName(config),
    session,
    canStage: false,
    sync: async (during = {}) => catalogOf(await read(store, during), postgresName(config)),
    open: (container, during = {}) => open(store, container, during),
    view: (name, query, during = {}) => viewOfQuery({ session, describe }, name, query, during),
    release: () => Promise.resolve(),
    close,
  };
};

export const postgresConnector: Connector<PostgresConfig> = {
  type: "postgres",
  title: "Postgres",
  docs: "postgres://user@host:port/database?schema=name (public when left out; sslmode and sslrootcert as for psql). The password may come from PGPASSWORD. Opened read-only: SELECT is all that is needed.",
  parse: parsePostgres,
  connect,
};
