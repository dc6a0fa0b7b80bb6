/** What only a real server shows: rights, cancelling, a connection that breaks, other collations and zones. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { serverBinaries, startServer, type TestServer } from "../../enrichment/postgres-ground.ts";
import type { ConnectOptions, Datastore } from "../connector.ts";
import { connectDefaults } from "../defaults.ts";
import { parsePostgres } from "./config.ts";
import { postgresConnector } from "./index.ts";

const binaries = serverBinaries();
const open = (url: string, options: Partial<ConnectOptions> = {}): Promise<Datastore> =>
  postgresConnector.connect(parsePostgres(url)!, connectDefaults(options));
const failing = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "nothing",
    (thrown: unknown) => toErrorInfo(thrown).code,
  );

const testServer = (server: () => TestServer): void => {
  const withDatastore = async (
    work: (datastore: Datastore) => Promise<void>,
    user = "admin",
    options: Partial<ConnectOptions> = {},
  ): Promise<void> => {
    const datastore = await open(server().url(user), options);
    try {
      await work(datastore);
    } finally {
      await datastore.close();
    }
  };

  test("a user without rights sees what is closed to him as failures, and reads the rest", () =>
    withDatastore(async (datastore) => {
      const { containers, failures } = await datastore.sync();
      assert.deepEqual(
        containers.map(({ name, fields }) => [name, fields.map((field) => field.name)]),
        [
          ["half", ["seen"]],
          ["open", ["x"]],
        ],
      );
      assert.deepEqual(
        failures.map(({ name, error }) => [name, error.code]),
        [
          ["closed", "PERMISSION_DENIED"],
          ["folded", "PERMISSION_DENIED"],
        ],
      );
      assert.equal(await failing(datastore.session.query("SELECT * FROM closed")), "PERMISSION_DENIED");
    }, "reader"));

  test("an abort cancels the statement in the server, and the session goes on", () =>
    withDatastore(async (datastore) => {
      const started = Date.now();
      assert.equal(await failing(datastore.session.query("SELECT pg_sleep(30)", { signal: AbortSignal.timeout(200) })), "ABORTED");
      assert.ok(Date.now() - started < 5000);
      assert.deepEqual(await datastore.session.query("SELECT 1 AS one"), [{ one: 1 }]);
      assert.equal(await failing(datastore.session.query("SELECT 1", { signal: AbortSignal.abort() })), "ABORTED");
      const waiting = datastore.session.query("SELECT pg_sleep(0.3)");
      assert.deepEqual(await datastore.session.query("SELECT 2 AS two"), [{ two: 2 }]);
      await waiting;
    }));

  test("an abort between two batches, and one while other statements are before it", () =>
    withDatastore(async (datastore) => {
      const reading = new AbortController();
      const read = async (): Promise<void> => {
        for await (const rows of datastore.session.stream("SELECT generate_series(1, 100000) AS n", 10, { signal: reading.signal })) {
          assert.equal(rows.length, 10);
          reading.abort();
        }
      };
      assert.equal(await failing(read()), "ABORTED");
      const long = datastore.session.query("SELECT pg_sleep(1), 1 AS one");
      const started = Date.now();
      assert.equal(await failing(datastore.session.query("SELECT 2", { signal: AbortSignal.timeout(100) })), "ABORTED");
      assert.ok(Date.now() - started < 900);
      assert.equal((await long)[0]?.["one"], 1);
      assert.deepEqual(await datastore.session.query("SELECT 3 AS three"), [{ three: 3 }]);
    }));

  test("a connection that the server ends", () =>
    withDatastore(async (datastore) => {
      const [row] = await datastore.session.query("SELECT pg_backend_pid() AS pid");
      const sleeping = failing(datastore.session.query("SELECT pg_sleep(30)"));
      await server().admin((client) => client.query("SELECT pg_sleep(0.2), pg_terminate_backend($1)", [row?.["pid"]]));
      assert.equal(await sleeping, "CONNECTION_LOST");
      assert.equal(await failing(datastore.session.query("SELECT 1")), "CONNECTION_LOST");
    }));

  test("who cannot connect is told why", async () => {
    const at = (change: (url: URL) => void): Promise<string> => {
      const url = new URL(server().url());
      change(url);
      return failing(open(url.href));
    };
    assert.equal(await at((url) => (url.pathname = "/nowhere")), "CONNECTION_FAILED");
    assert.equal(await at((url) => (url.username = "nobody")), "CONNECTION_FAILED");
    assert.equal(await at((url) => (url.port = "1")), "CONNECTION_FAILED");
    assert.equal(await at((url) => url.searchParams.set("sslmode", "require")), "CONNECTION_FAILED");
  });

  test("columns whose collation ignores case are read by bytes; naive timestamps in the declared zone", () =>
    withDatastore(
      async (datastore) => {
        const { containers } = await datastore.sync();
        const { relation } = await datastore.open(containers.find(({ name }) => name === "folded")!);
        const rows = await datastore.session.query(
          `SELECT count(DISTINCT t.word) AS words, min(t.at) AS at FROM ${relation.from} AS t WHERE t.word <> 'B'`,
        );
        assert.deepEqual(rows, [{ words: 2, at: "2024-07-01 10:00:00" }]);
        assert.deepEqual(await datastore.session.query(`SELECT count(*) AS n FROM ${relation.from}`), [{ n: 3 }]);
      },
      "admin",
      { timeZone: "Europe/Berlin" },
    ));
};

if (binaries === null) test("the connector on a Postgres server", { skip: "no Postgres server is installed" });
else {
  let server: TestServer;
  before(async () => {
    server = await startServer(binaries);
    await server.admin((client) =>
      client.query(`
        CREATE ROLE reader LOGIN;
        CREATE TABLE open (x int); CREATE TABLE closed (x int); CREATE TABLE half (seen int, hidden int);
        GRANT SELECT ON open TO reader; GRANT SELECT (seen) ON half TO reader;
        CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE folded (word text COLLATE folding, at timestamp);
        INSERT INTO folded VALUES ('a', '2024-07-01 12:00'), ('A', '2024-07-01 12:00'), ('B', '2024-07-01 12:00')`),
    );
  });
  after(() => server.stop());
  testServer(() => server);
}
