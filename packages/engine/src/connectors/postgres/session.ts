/** One read-only connection: statements one after the other, cancellable, rows as cells. */
import { Client, type ClientConfig, type QueryArrayConfig } from "pg";
import Cursor from "pg-cursor";
import { userError } from "@touchstone/core/errors";
import type { Cell } from "@touchstone/core/rules/rule";
import { postgres } from "../../dialects/postgres.ts";
import { toRows } from "../../slot/slot.ts";
import { ROWS_MAX, type QueryOptions, type Row, type Session } from "../connector.ts";
import { CELL_TYPES } from "./cells.ts";
import { postgresName, type PostgresConfig, type SslMode } from "./config.ts";
import { connectFailure, queryFailure } from "./failure.ts";

const CONNECT_TIMEOUT_MS = 15_000;
/** Rows of one fetch of `query`: bounds what one message holds. */
const FETCH_ROWS = 10_000;
/** numeric holds infinities since 14; older versions are out of support. */
const SERVER_VERSION_MIN = 140_000;

/**
 * Read-only, UTC, ISO dates, shortest floats, plain backslashes; no just-in-time compilation, which takes seconds for
 * statements of hundreds of expressions. Plain SET statements: poolers refuse start-up options.
 */
const SETTINGS = [
  "SET default_transaction_read_only = on",
  "SET TimeZone = 'UTC'",
  "SET DateStyle = 'ISO, YMD'",
  "SET IntervalStyle = 'postgres'",
  "SET extra_float_digits = 1",
  "SET bytea_output = 'hex'",
  "SET standard_conforming_strings = on",
  "SET client_encoding = 'UTF8'",
  "SET statement_timeout = 0",
  "SET jit = off",
];

/** libpq's meanings: up to `require` the connection is encrypted and the certificate not looked at. */
const sslOf = (mode: SslMode, ca: string | null): ClientConfig["ssl"] => {
  if (mode === "disable") return false;
  const authority = ca === null ? {} : { ca };
  if (mode === "verify-full") return { rejectUnauthorized: true, ...authority };
  if (mode === "verify-ca") return { rejectUnauthorized: true, checkServerIdentity: () => undefined, ...authority };
  return { rejectUnauthorized: false };
};

const dial = async (config: PostgresConfig, ssl: ClientConfig["ssl"]): Promise<Client> => {
  const { host, port, user, password, database } = config;
  const client = new Client({
    host,
    port,
    user,
    database,
    ssl,
    ...(password === null ? {} : { password }),
    application_name: "touchstone",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // A connection that breaks while nobody waits on it is met by the next statement.
  client.on("error", () => undefined);
  await client.connect();
  return client;
};

/** Connects; with sslmode prefer or allow also to a server without encryption. */
const connectClient = async (config: PostgresConfig): Promise<Client> => {
  try {
    return await dial(config, sslOf(config.sslMode, config.sslRootCertificate));
  } catch (thrown) {
    const optional = config.sslMode === "prefer" || config.sslMode === "allow";
    if (optional && thrown instanceof Error && /does not support SSL/.test(thrown.message)) return dial(config, false);
    throw thrown;
  }
};

/** A column of a query's result, as the protocol tells it. */
export type Described = { name: string; oid: number; modifier: number };

export type PostgresSession = {
  session: Session;
  /** Columns of a query, which is not run. Throws QUERY_FAILED. */
  describe: (query: string, options?: QueryOptions) => Promise<Described[]>;
  close: () => Promise<void>;
};

/** Opens the connection; throws CONNECTION_FAILED, NOT_SUPPORTED for a version before 14. */
export const openSession = async (config: PostgresConfig): Promise<PostgresSession> => {
  const target = postgresName(config);
  const client = await connectClient(config).catch((thrown: unknown) => {
    throw connectFailure(thrown, target);
  });
  try {
    for (const setting of SETTINGS) await client.query(setting);
    const { rows } = await client.query<{ version: number; pid: number }>(
      "SELECT current_setting('server_version_num')::int AS version, pg_backend_pid() AS pid",
    );
    const { version = 0, pid = 0 } = rows[0] ?? {};
    if (version < SERVER_VERSION_MIN)
      throw userError("NOT_SUPPORTED", "a check", `Postgres ${Math.floor(version / 10_000)}`, "version 14 or later is needed");
    const line = { client, config, target, pid, turn: Promise.resolve() };
    return { session: sessionOf(line), describe: (query, options = {}) => describe(line, query, options), close: () => client.end() };
  } catch (thrown) {
    await client.end();
    throw queryFailure(thrown, target, false);
  }
};

type Line = { client: Client; config: PostgresConfig; target: string; pid: number; turn: Promise<void> };

const sessionOf = (line: Line): Session => ({
  dialect: postgres,
  async query(sql, options) {
    const rows: Row[] = [];
    for await (const batch of streamRows(line, sql, FETCH_ROWS, options ?? {})) {
      rows.push(...batch);
      if (rows.length > ROWS_MAX) throw userError("LIMIT_EXCEEDED", "The result of a query", `${ROWS_MAX} rows`);
    }
    return rows;
  },
  stream: (sql, batchRows, options) => streamRows(line, sql, batchRows, options ?? {}),
  async run(sql, options) {
    await takeTurn(line, options?.signal, (aborted) => runStatement(line, sql, aborted));
  },
});

/** The extended protocol takes one statement only: nothing can be smuggled in behind it. */
const runStatement = async ({ client, target }: Line, sql: string, aborted: () => boolean): Promise<void> => {
  const statement: QueryArrayConfig & { queryMode: "extended" } = { text: sql, rowMode: "array", queryMode: "extended" };
  try {
    await client.query(statement);
  } catch (thrown) {
    throw queryFailure(thrown, target, aborted());
  }
};

/** No row of it is read: the result is described, and ends. */
const describe = (line: Line, query: string, { signal }: QueryOptions): Promise<Described[]> =>
  takeTurn(line, signal, async (aborted) => {
    const statement: QueryArrayConfig & { queryMode: "extended" } = {
      text: `SELECT * FROM (${query}) AS "described" LIMIT 0`,
      rowMode: "array",
      queryMode: "extended",
    };
    try {
      const { fields } = await line.client.query(statement);
      return fields.map(({ name, dataTypeID, dataTypeModifier }) => ({ name, oid: dataTypeID, modifier: dataTypeModifier }));
    } catch (thrown) {
      throw queryFailure(thrown, line.target, aborted());
    }
  });

/** Asks the server to cancel what this connection runs, over a connection of its own. A failure leaves the statement running to its end. */
const cancel = async ({ config, pid }: Line): Promise<void> => {
  const client = await connectClient(config);
  try {
    await client.query("SELECT pg_cancel_backend($1)", [pid]);
  } finally {
    await client.end();
  }
};

const untilAborted = (signal: AbortSignal | undefined): { aborted: Promise<void>; forget: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  if (signal?.aborted) resolve();
  signal?.addEventListener("abort", onAbort, { once: true });
  return { aborted: promise, forget: () => signal?.removeEventListener("abort", onAbort) };
};

/** Waits for the statements before, then works; an abort ends the waiting, or cancels the statement in the server. */
const takeTurn = async <T>(line: Line, signal: AbortSignal | undefined, work: (aborted: () => boolean) => Promise<T>): Promise<T> => {
  const { promise, resolve: next } = Promise.withResolvers<void>();
  const before = line.turn;
  line.turn = promise;
  const isAborted = (): boolean => signal?.aborted === true;
  const { aborted, forget } = untilAborted(signal);
  await Promise.race([before, aborted]);
  if (isAborted()) {
    void before.then(next);
    throw userError("ABORTED");
  }
  let atWork = true;
  const cancelling = aborted.then(() => (atWork ? cancel(line).catch(() => undefined) : undefined));
  try {
    return await work(isAborted);
  } finally {
    atWork = false;
    forget();
    // A cancel on its way must not hit the statement that follows.
    if (isAborted()) await cancelling;
    next();
  }
};

/** Rows in batches; the connection is taken until the last one was read or the reader stops. */
async function* streamRows(line: Line, sql: string, batchRows: number, options: QueryOptions): AsyncGenerator<Row[]> {
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  const { promise: ready, resolve: start } = Promise.withResolvers<() => boolean>();
  const turn = takeTurn(line, options.signal, async (aborted) => {
    start(aborted);
    await finished;
  });
  try {
    const aborted = await Promise.race([ready, turn.then(() => (): boolean => true)]);
    yield* readCursor(line, sql, batchRows, aborted);
  } finally {
    finish();
    await turn;
  }
}

async function* readCursor({ client, target }: Line, sql: string, batchRows: number, aborted: () => boolean): AsyncGenerator<Row[]> {
  const cursor = client.query(new Cursor<Cell[]>(sql, [], { rowMode: "array", types: CELL_TYPES }));
  let failed = false;
  const next = async (): Promise<Row[]> => {
    try {
      const { names, rows } = await readBatch(cursor, batchRows);
      return toRows(names, rows);
    } catch (thrown) {
      failed = true;
      throw queryFailure(thrown, target, aborted());
    }
  };
  try {
    for (;;) {
      if (aborted()) throw userError("ABORTED");
      const rows = await next();
      if (rows.length > 0) yield rows;
      if (rows.length < batchRows) return;
    }
  } finally {
    // After a failure the driver has ended the cursor; on a broken connection there is nobody to answer.
    if (!failed) await cursor.close();
  }
}

const readBatch = (cursor: Cursor<Cell[]>, batchRows: number): Promise<{ names: string[]; rows: Cell[][] }> =>
  new Promise((resolve, reject) => {
    cursor.read(batchRows, (error, rows, result) =>
      error === undefined || error === null ? resolve({ names: result.fields.map(({ name }) => name), rows }) : reject(error),
    );
  });
