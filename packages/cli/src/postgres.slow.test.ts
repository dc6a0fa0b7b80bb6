/** Postgres from the command line, on a server of the system: a schema checked, rights missing, a server that is not there or dies. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Report } from "@touchstone/core/model/report";
import { serverBinaries, startServer, type TestServer } from "@touchstone/engine/enrichment/postgres-ground";
import { newGround, spawnTouchstone } from "./terminal-ground.ts";

const ground = newGround();
const { write, path, report, run } = ground;
const binaries = serverBinaries();

const SETUP = `
  CREATE SCHEMA shop;
  CREATE TABLE shop.orders (id int PRIMARY KEY, price numeric(10, 2), "Customer Name" text, placed_at timestamptz);
  INSERT INTO shop.orders SELECT i, (i % 40) + 1, 'n' || i % 7, TIMESTAMPTZ '2031-01-01' + i * INTERVAL '1 hour' FROM generate_series(1, 500) i;
  INSERT INTO shop.orders VALUES (501, -3, 'n1', '2031-03-01'), (502, 20, NULL, '2031-03-02');
  CREATE TABLE shop.lines (order_id int, position int);
  INSERT INTO shop.lines VALUES (1, 1), (1, 1), (9999, 2);
  CREATE TABLE shop.nothing ();
  CREATE TABLE shop.empty (a int, b text);
  CREATE TABLE shop."it's ""odd"".table" ("a.b" int, "select" text, "c
d" text);
  INSERT INTO shop."it's ""odd"".table" VALUES (1, 'x', 'y');
  CREATE VIEW shop.broken AS SELECT 1 / (id - id) AS x FROM shop.orders;
  CREATE ROLE reader LOGIN;
  GRANT USAGE ON SCHEMA shop TO reader;
  GRANT SELECT ON shop.orders TO reader;
`;

const CHECKS = `- { rule_type: notNegative, container: orders, fields: [price] }
- { rule_type: notNull, container: orders, fields: [Customer Name] }
- { rule_type: unique, container: lines, fields: [order_id, position] }
- { rule_type: existsIn, container: lines, fields: [order_id], properties: { ref_container: orders, field_name: id } }
`;

const testServer = (server: () => TestServer): void => {
  const url = (user = "admin", schema = "shop"): string => `${server().url(user)}?schema=${schema}`;

  test("check of a schema: every table is there, the broken one is told of", async () => {
    const { containers } = await report(2, "check", url(), "--progress", "none");
    const outcome = Object.fromEntries(containers.map(({ name, error, records }) => [name, error?.code ?? records]));
    assert.deepEqual(outcome, {
      broken: "QUERY_FAILED",
      empty: 0,
      lines: 3,
      nothing: "SOURCE_EMPTY",
      orders: 502,
      'it\'s "odd".table': 1,
    });
  });

  test("scan finds the rows, and --enrich writes them into another schema, once per operation id", async () => {
    write("checks.yaml", CHECKS);
    const words = [
      "scan",
      url(),
      "--checks",
      "@checks.yaml",
      "--progress",
      "none",
      "--enrich",
      url("admin", "quality"),
      "--enrich-prefix",
      "p",
    ];
    for (const _ of [1, 2]) {
      const { containers } = await report(1, ...words, "--operation-id", "one", "--remediation", "append");
      assert.deepEqual(
        containers.flatMap(({ checks }) =>
          checks.map(({ rule_type, status, anomalous_records }) => [rule_type, status, anomalous_records]),
        ),
        [
          ["unique", "failed", 2],
          ["existsIn", "failed", 1],
          ["notNegative", "failed", 1],
          ["notNull", "failed", 1],
        ],
      );
    }
    await server().admin(async (client) => {
      const count = async (table: string): Promise<unknown> =>
        (await client.query<{ n: string }>(`SELECT count(*) AS n FROM quality.${table}`)).rows[0]?.n;
      assert.deepEqual([await count("p_failed_checks"), await count("p_check_metrics"), await count("p_scan_operations")], ["4", "4", "2"]);
      const kept = await client.query<{ id: string }>("SELECT id::text FROM quality.p_remediation_orders ORDER BY 1");
      assert.deepEqual(
        kept.rows.map(({ id }) => id),
        ["501", "502"],
      );
    });
  });

  test("a mask on a table of the database holds in report and tables", async () => {
    write("mask.yaml", "- { rule_type: expectedValues, container: orders, fields: [Customer Name], properties: { list: [n0] } }\n");
    const words = [
      "scan",
      url(),
      "--checks",
      "@mask.yaml",
      "--progress",
      "none",
      "--mask",
      "orders.Customer Name",
      "--enrich",
      url("admin", "masked"),
    ];
    const ran = await run(...words, "--enrich-prefix", "m", "--format", "json");
    assert.equal(ran.status, 1, ran.err);
    assert.doesNotMatch(ran.out, /"n[1-6]"/);
    await server().admin(async (client) => {
      const { rows } = await client.query<{ record: string }>("SELECT record FROM masked.m_source_records");
      assert.ok(rows.length > 0 && rows.every(({ record }) => !/"n[1-6]"/.test(record)));
    });
  });

  test("a user without rights on some tables: they are told of, the others are checked", async () => {
    const { containers } = await report(2, "check", url("reader"), "--progress", "none");
    const outcome = Object.fromEntries(containers.map(({ name, error, records }) => [name, error?.code ?? records]));
    assert.equal(outcome["orders"], 502);
    assert.equal(outcome["lines"], "PERMISSION_DENIED");
    const denied = await run("scan", url("reader"), "--checks", "@checks.yaml", "--enrich", url("reader", "quality"), "--progress", "none");
    assert.equal(denied.status, 2);
    assert.match(denied.err, /error TARGET_READ_ONLY/);
  });

  test("a server that is not there, a database and a schema that are not", async () => {
    const cases: [string, RegExp][] = [
      [url().replace(/:\d+\//, ":1/"), /CONNECTION_FAILED[^]*nothing listens there/],
      [url().replace("/postgres?", "/nowhere?"), /CONNECTION_FAILED[^]*database does not exist/],
      [url("admin", "nowhere"), /SOURCE_NOT_FOUND/],
      [url("stranger"), /CONNECTION_FAILED[^]*refused/],
      [`${url()}&colour=red`, /OPTION_INVALID/],
    ];
    for (const [source, says] of cases) {
      const ran = await run("check", source, "--progress", "none");
      assert.equal(ran.status, 2, source);
      assert.match(ran.err, says);
    }
  });

  test("a password that is wrong, or missing, is told without being shown", async () => {
    await server().admin(async (client) => {
      await client.query("CREATE ROLE locked LOGIN PASSWORD 'right'");
      const { rows } = await client.query<{ hba_file: string }>("SHOW hba_file");
      const lines = ["host all locked 127.0.0.1/32 scram-sha-256", "host all all 127.0.0.1/32 trust", "local all all trust"];
      await client.query(`COPY (VALUES ${lines.map((line) => `('${line}')`).join(", ")}) TO '${rows[0]!.hba_file}'`);
      await client.query("SELECT pg_reload_conf()");
    });
    await sleep(300);
    for (const [user, says] of [
      ["locked:topsecret", /CONNECTION_FAILED[^]*password was refused/],
      ["locked", /CONNECTION_FAILED[^]*asks for a password/],
    ] as const) {
      const ran = await run("check", url(user), "--progress", "none");
      assert.equal(ran.status, 2);
      assert.match(ran.err, says);
      assert.doesNotMatch(ran.err + ran.out, /topsecret/);
    }
  });

  test("the server ends the connection in the middle of a check: what was finished is there, the rest says CONNECTION_LOST", async () => {
    await server().admin((client) =>
      client.query(
        "CREATE SCHEMA slow; CREATE TABLE slow.a AS SELECT 1 AS x; CREATE TABLE slow.b AS SELECT i, md5(i::text) AS t, random() AS r FROM generate_series(1, 1500000) i",
      ),
    );
    const { ended } = spawnTouchstone(["check", url("admin", "slow"), "--format", "json", "--temp", path("temp")]);
    await sleep(2_500);
    await server().admin((client) =>
      client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
      ),
    );
    const { status, out, err } = await ended;
    assert.doesNotMatch(err, /\n\s+at |INTERNAL/);
    assert.equal(status, 2, err);
    const found = Report.parse(JSON.parse(out));
    assert.deepEqual(
      found.containers.map(({ name, error }) => [name, error?.code ?? "success"]),
      [
        ["a", "success"],
        ["b", "CONNECTION_LOST"],
      ],
    );
  });

  test("an interrupt cancels the statement in the server", async () => {
    const { child, ended } = spawnTouchstone(["check", url("admin", "slow"), "--temp", path("temp")]);
    await sleep(2_500);
    const interrupted = Date.now();
    child.kill("SIGINT");
    const { status } = await ended;
    assert.equal(status, 130);
    assert.ok(Date.now() - interrupted < 3_000, `${Date.now() - interrupted} ms`);
    await sleep(200);
    await server().admin(async (client) => {
      const { rows } = await client.query(
        "SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
      );
      assert.equal(rows.length, 0);
    });
  });
};

if (binaries === null) test("the command line on a Postgres server", { skip: "no Postgres server is installed" });
else {
  const started: TestServer[] = [];
  before(async () => {
    const server = await startServer(binaries);
    started.push(server);
    await server.admin((client) => client.query(SETUP));
  });
  after(async () => {
    for (const server of started) await server.stop();
  });
  testServer(() => started[0]!);
}
after(ground.remove);
