import assert from "node:assert/strict";
import { after, test } from "node:test";
import { targetOptions } from "./local-ground.ts";
import { postgresGround, serverBinaries, startServer } from "./postgres-ground.ts";
import { openPostgresTarget } from "./postgres.ts";
import { describeWrite } from "./rows.ts";
import { recordAnomaly, sampleContainer, sampleOperation } from "./sample-report.ts";
import { failsWith, targetCases } from "./target-cases.ts";

const binaries = serverBinaries();

if (binaries === null) test("enrichment into a Postgres server", { skip: "no Postgres server is installed" });
else {
  const server = await startServer(binaries);
  after(() => server.stop());
  targetCases("postgres", postgresGround(server));

  const open = (url: string, prefix = "_p", waitMs = 2000): ReturnType<typeof openPostgresTarget> =>
    openPostgresTarget(url, targetOptions(prefix, waitMs));
  const sql = (text: string): Promise<unknown> => server.admin((client) => client.query(text));
  const orders = sampleContainer("orders", [["id", "Integral"]], [recordAnomaly("f", { id: 1 })]);
  const write = describeWrite(sampleOperation(), "_p", [orders]);

  test("names longer than Postgres takes are cut and told apart; too many columns are refused before anything is written", async () => {
    const prefix = `_${"x".repeat(59)}`;
    const target = await open(`${server.url()}?schema=long_names`, prefix);
    const fields = [`${"ü".repeat(40)}a`, `${"ü".repeat(40)}b`];
    const record = Object.fromEntries(fields.map((name) => [name, name]));
    const wide = sampleContainer(
      "orders",
      fields.map((name) => [name, "String"] as const),
      [recordAnomaly("f", record)],
    );
    for (const id of ["run-1", "run-2", "run-2"]) await target.write(describeWrite(sampleOperation({ id }), prefix, [wide]));
    const { rows } = await server.admin((client) =>
      client.query<{ n: string }>("SELECT count(*) AS n FROM pg_tables WHERE schemaname = 'long_names'"),
    );
    assert.equal(rows[0]!.n, "5");

    const many = sampleContainer(
      "many",
      Array.from({ length: 1700 }, (_, i) => [`c${i}`, "String"] as const),
      [recordAnomaly("f", { c1: "x" })],
    );
    await failsWith("LIMIT_EXCEEDED", () => target.write(describeWrite(sampleOperation({ id: "run-3" }), prefix, [many])));
    const { rows: created } = await server.admin((client) =>
      client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'long_names' AND tablename LIKE '%many%'"),
    );
    assert.deepEqual(created, []);
  });

  test("a role without rights, a read-only role, a wrong address", async () => {
    await sql(
      "CREATE ROLE reader LOGIN; CREATE ROLE frozen LOGIN; ALTER ROLE frozen SET default_transaction_read_only = on; CREATE SCHEMA closed; GRANT USAGE ON SCHEMA closed TO reader",
    );
    assert.match(await failsWith("TARGET_READ_ONLY", () => open(`${server.url("reader")}?schema=closed`)), /may not create tables/);
    assert.match(await failsWith("TARGET_READ_ONLY", () => open(`${server.url("reader")}?schema=absent`)), /may not create it/);
    assert.match(await failsWith("TARGET_READ_ONLY", () => open(`${server.url("frozen")}?schema=closed`)), /read-only/);
    await failsWith("CONNECTION_FAILED", () => open("postgres://x:secret@127.0.0.1:1/postgres?schema=s"));
    assert.doesNotMatch(await failsWith("CONNECTION_FAILED", () => open("postgres://x:secret@127.0.0.1:1/postgres?schema=s")), /secret/);
    await failsWith("CONNECTION_FAILED", () => open(server.url().replace("/postgres", "/nowhere")));
  });

  test("rights that vanish after opening: nothing is written", async () => {
    await sql("CREATE ROLE writer LOGIN; CREATE SCHEMA lent AUTHORIZATION writer");
    const target = await open(`${server.url("writer")}?schema=lent`);
    await sql("ALTER SCHEMA lent OWNER TO admin");
    await failsWith("TARGET_READ_ONLY", () => target.write(write));
    const { rowCount } = await server.admin((client) => client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'lent'"));
    assert.equal(rowCount, 0);
  });

  test("a table locked by another session is TARGET_BUSY after the wait", async () => {
    const target = await open(`${server.url()}?schema=busy`, "_p", 300);
    await target.write(write);
    await server.admin(async (client) => {
      await client.query("BEGIN; LOCK TABLE busy._p_failed_checks");
      await failsWith("TARGET_BUSY", () => target.write(write));
      await client.query("ROLLBACK");
    });
    await target.write(write);
  });

  test("a server that ends the session in the middle is CONNECTION_LOST, and nothing is written", async () => {
    const target = await open(`${server.url()}?schema=lost`);
    const records = Array.from({ length: 30_000 }, (_, id) => recordAnomaly(`f${id}`, { id }));
    const large = describeWrite(sampleOperation(), "_p", [sampleContainer("orders", [["id", "Integral"]], records)]);
    const failing = failsWith("CONNECTION_LOST", () => target.write(large));
    await new Promise((resolve) => setTimeout(resolve, 400));
    await sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'touchstone'");
    await failing;
    const { rowCount } = await server.admin((client) => client.query("SELECT 1 FROM pg_namespace WHERE nspname = 'lost'"));
    assert.equal(rowCount, 0);
  });

  test("a view on a column that must widen is an error that says so", async () => {
    const target = await open(`${server.url()}?schema=viewed`);
    await target.write(write);
    await sql("CREATE VIEW viewed.mine AS SELECT id FROM viewed._p_remediation_orders");
    const text = sampleContainer("orders", [["id", "String"]], [recordAnomaly("f", { id: "x" })]);
    assert.match(
      await failsWith("TARGET_READ_ONLY", () => target.write(describeWrite(sampleOperation({ id: "run-2" }), "_p", [text]))),
      /a view/,
    );
  });
}
