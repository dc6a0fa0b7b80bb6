/** Snapshots and exports: what stands in the enrichment datastore afterwards, read there with an engine of the test's own. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { startEmbeddedPostgres } from "@touchstone/engine/conformance/embedded-postgres";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { addDatastore, embeddedBy, runOperation } from "../trial/dataplane.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

let trial: Trial;
let folder: string;
let shop: number;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-exports-"));
  trial = await openTrial({ dataplane: embeddedBy(runDataplane) });
  shop = await makeShop();
});
after(async () => {
  await trial.close();
  rmSync(folder, { recursive: true, force: true });
});

const inEngine = async (file: string, sql: string): Promise<unknown[][]> => {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(sql);
    return result.getRows().map((row) => row.map((value) => (value === null || typeof value === "boolean" ? value : String(value))));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

/** Rows of a table in the folder `evidence`. */
const evidence = (select: string, table: string): Promise<unknown[][]> =>
  inEngine(
    ":memory:",
    `SELECT ${select} FROM read_parquet('${join(folder, "evidence", table)}/*.parquet', union_by_name = true) ORDER BY 1`,
  );

/** Every kind of column, a masked one among them, and a name that no table of every store can have. */
const makeShop = async (): Promise<number> => {
  const file = join(folder, "shop.duckdb");
  await inEngine(
    file,
    `CREATE TABLE orders AS SELECT i AS id, 'zq7-' || i AS email, CASE WHEN i = 3 THEN -1 ELSE i END * 1.25 AS amount, i % 2 = 0 AS open,
       DATE '2031-02-01' + CAST(i AS INTEGER) AS day, TIMESTAMP '2031-02-01 10:00:00.5' AS at, CAST(i AS HUGEINT) * 10000000000000000000000 AS huge,
       [i, i + 1] AS parts, CASE i WHEN 1 THEN DATE '0044-03-15 (BC)' ELSE DATE '2000-01-01' END AS old FROM range(1, 6) t(i);
     CREATE TABLE "Odd name" AS SELECT 1 AS "select", 'x' AS materialize_operation_id`,
  );
  mkdirSync(join(folder, "evidence"));
  const enrichmentId = await addDatastore(trial, "evidence", join(folder, "evidence"));
  await trial.store.db.updateTable("datastore").set({ enrichment_only: true }).where("id", "=", enrichmentId).execute();
  const id = await addDatastore(trial, "shop", file, { type: "duckdb", enrichmentId });
  assert.equal((await runOperation(trial, "sync", id)).result, "success");
  const masked = trial.store.db.updateTable("field").set({ status: "Masked" }).where("name", "=", "email");
  await masked.execute();
  return id;
};

const containerId = async (name: string): Promise<number> =>
  (await trial.store.db.selectFrom("container").where("name", "=", name).select("id").executeTakeFirstOrThrow()).id;

test("a snapshot holds the rows of a container as they are, masked fields masked, and is replaced by the next", async () => {
  const made = await runOperation(trial, "materialize", shop);
  assert.deepEqual([made.result, made.message, made.counters["records_processed"]], ["success", null, 6]);
  const select = 'id + 0, email, amount, open, day, "at", huge, parts, old, materialize_operation_id';
  const rows = await evidence(select, "_shop_mat_orders");
  assert.deepEqual(rows.length, 5);
  assert.deepEqual(rows[2], [
    "3",
    "***MASKED***",
    "-1.25",
    false,
    "2031-02-04",
    "2031-02-01 10:00:00.5",
    "30000000000000000000000",
    "[3,4]",
    "2000-01-01",
    String(made.id),
  ]);
  assert.match(String(rows[0]![8]), /^0044-03-15/);
  const odd = `_shop_materialize_${await containerId("Odd name")}`;
  assert.deepEqual(await evidence(`"select", materialize_operation_id_2, materialize_operation_id`, odd), [["1", "x", String(made.id)]]);
  const part = await runOperation(trial, "materialize", shop, {
    container_names: ["orders"],
    max_records_per_partition: 2,
    include_masked: true,
  });
  assert.equal(part.counters["records_processed"], 2);
  assert.deepEqual(await evidence("email", "_shop_mat_orders"), [["zq7-1"], ["zq7-2"]]);
});

test("anomalies, checks and statistics are exported as tables, and each export takes the place of the one before", async () => {
  const { db } = trial.store;
  const orders = await containerId("orders");
  const check = { container_id: orders, uid: "n", rule_type: "notNegative", fields: '["amount"]', description: "no refunds" };
  const { id: checkId } = await db.insertInto("check").values(check).returning("id").executeTakeFirstOrThrow();
  const archived = { container_id: orders, uid: "a", rule_type: "notNull", fields: '["id"]', status: "Discarded", archived_at: new Date() };
  await db.insertInto("check").values(archived).execute();
  await runOperation(trial, "profile", shop, { ai_effort: "off" });
  await runOperation(trial, "scan", shop);
  const exported = async (asset_type: string, more: object = {}) => {
    const answer = await trial.ask("POST", "/operations/run", { body: { type: "export", datastore_id: shop, asset_type, ...more } });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return runOperation(trial, "export", shop, { asset_type, ...more });
  };
  const anomalies = await exported("anomalies");
  assert.deepEqual([anomalies.result, anomalies.message, anomalies.counters["records_exported"]], ["success", null, 1]);
  const [anomaly] = await db.selectFrom("anomaly").select(["id", "uuid"]).execute();
  assert.deepEqual(
    await evidence(
      "id, uuid, type, status, source_container, source_datastore, global_tags, generated_at > created",
      "_shop_export_anomalies",
    ),
    [[String(anomaly!.id), anomaly!.uuid, "record", "Active", "orders", "shop", "[]", true]],
  );
  assert.equal((await exported("checks")).counters["records_exported"], 1);
  assert.deepEqual(
    await evidence("id, rule_type, fields, has_passed, is_template, weight > 0, num_container_scans", "_shop_export_checks"),
    [[String(checkId), "notNegative", '["amount"]', false, false, true, "1"]],
  );
  assert.equal((await exported("checks", { include_deleted: true })).counters["records_exported"], 2);
  assert.equal((await exported("checks", { container_names: ["Odd name"] })).counters["records_exported"], 0);
  assert.deepEqual(await evidence("id", "_shop_export_checks"), []);
  assert.equal((await exported("profiles", { container_ids: [orders] })).counters["records_exported"], 9);
  assert.deepEqual(
    await evidence("field_name, min, max, completeness, container_store_type", "_shop_export_field_profiles").then((rows) =>
      rows.filter(([name]) => name === "id" || name === "email"),
    ),
    [
      ["email", null, null, "1", "jdbc"],
      ["id", "1", "5", "1", "jdbc"],
    ],
  );
});

test("templates are exported to the enrichment datastore itself", async () => {
  const template = (description: string) => ({
    rule: "between",
    properties: { min: 1, max: 2 },
    coverage: 0.5,
    tags: ["library"],
    description,
  });
  const ids: number[] = [];
  for (const description of ["one", "two"])
    ids.push(((await trial.ask("POST", "/quality-check-templates", { body: template(description) })).body as { id: number }).id);
  const target = await trial.store.db.selectFrom("datastore").where("name", "=", "evidence").select("id").executeTakeFirstOrThrow();
  const asked = { type: "export", asset_type: "check_templates" };
  const done = await runOperation(trial, "export", target.id, { ...asked, template_ids: [ids[1]] });
  assert.deepEqual([done.result, done.message], ["success", null]);
  const columns = "id, rule_type, description, coverage, is_template, template_checks_count, global_tags";
  assert.deepEqual(await evidence(columns, "_export_check_templates"), [
    [String(ids[1]), "between", "two", "0.5", true, "0", '["library"]'],
  ]);
  assert.equal((await runOperation(trial, "export", target.id, asked)).counters["records_exported"], 2);
});

test("a Postgres schema is filled from a database file, and a database file from a Postgres schema", async () => {
  const { db } = trial.store;
  const server = await startEmbeddedPostgres();
  try {
    await server.admin(`CREATE SCHEMA shop; CREATE TABLE shop.orders (id int PRIMARY KEY, price numeric(10, 2), at timestamp, day date);
      INSERT INTO shop.orders VALUES (1, 1.50, '2031-02-01 10:00', 'infinity'), (2, 'NaN', NULL, '2031-02-01')`);
    const { hostname, port } = new URL(server.url);
    const settings = JSON.stringify({ host: hostname, port: Number(port), username: "postgres", parameters: { sslmode: "disable" } });
    const connection = await db
      .insertInto("connection")
      .values({ name: "pg", type: "postgresql", settings })
      .returning("id")
      .executeTakeFirstOrThrow();
    const inFile = await addDatastore(trial, "file", join(folder, "snapshots.duckdb"), { type: "duckdb" });
    const place = { connection_id: connection.id, database: "postgres" };
    const source = await db
      .insertInto("datastore")
      .values({ ...place, name: "pg", schema: "shop", enrichment_id: inFile })
      .returning("id")
      .executeTakeFirstOrThrow();
    const target = await db
      .insertInto("datastore")
      .values({ ...place, name: "kept", schema: "kept" })
      .returning("id")
      .executeTakeFirstOrThrow();
    await runOperation(trial, "sync", source.id);
    const read = await runOperation(trial, "materialize", source.id);
    assert.deepEqual([read.result, read.message], ["success", null]);
    assert.deepEqual(await inEngine(join(folder, "snapshots.duckdb"), 'SELECT id, price, "at", day FROM _pg_mat_orders ORDER BY id'), [
      ["1", "1.5", "2031-02-01 10:00:00", "infinity"],
      ["2", "NaN", null, "2031-02-01"],
    ]);
    await db.updateTable("datastore").set({ enrichment_id: target.id }).where("id", "=", shop).execute();
    // The embedded server has one session for all: that of the source has made it read-only.
    await server.admin("SET default_transaction_read_only = off");
    const written = await runOperation(trial, "materialize", shop, { container_names: ["orders"] });
    assert.deepEqual([written.result, written.message], ["success", null]);
    const exported = await runOperation(trial, "export", shop, { asset_type: "checks" });
    assert.deepEqual([exported.result, exported.message], ["success", null]);
    await server.admin(`DO $$ BEGIN
      ASSERT (SELECT count(*) FROM kept._shop_mat_orders WHERE email = '***MASKED***' AND day > '2031-01-01') = 5;
      ASSERT (SELECT count(*) FROM kept._shop_export_checks WHERE last_asserted IS NOT NULL) = 1;
    END $$`);
  } finally {
    await server.stop();
  }
});

test("what cannot be written is refused before it is queued, or fails with its reason", async () => {
  const { db } = trial.store;
  const lone = await addDatastore(trial, "lone", join(folder, "shop.duckdb"), { type: "duckdb" });
  const run = async (body: object) => {
    const { status, body: answer } = await trial.ask("POST", "/operations/run", { body });
    return [status, (answer as { code?: string }).code];
  };
  assert.deepEqual(await run({ type: "materialize", datastore_id: lone }), [409, "OBJECT_STATE_WRONG"]);
  assert.deepEqual(await run({ type: "export", datastore_id: lone, asset_type: "checks" }), [409, "OBJECT_STATE_WRONG"]);
  assert.deepEqual(await run({ type: "export", datastore_id: shop }), [422, "OPTION_INVALID"]);
  assert.deepEqual(await run({ type: "export", datastore_id: shop, asset_type: "check_templates" }), [409, "OBJECT_STATE_WRONG"]);
  assert.deepEqual(await run({ type: "external_scan", datastore_id: shop }), [422, "NOT_SUPPORTED"]);
  const schedule = { type: "export", datastore_id: lone, name: "nightly", crontab: "0 3 * * *", asset_type: "checks" };
  assert.equal((await trial.ask("POST", "/operations/schedule", { body: schedule })).status, 409);
  const away = await addDatastore(trial, "away", join(folder, "no such folder", "x.duckdb"), { type: "duckdb" });
  await db.updateTable("datastore").set({ enrichment_id: away }).where("id", "=", lone).execute();
  const failed = await runOperation(trial, "export", lone, { asset_type: "checks" });
  assert.deepEqual([failed.result, failed.message?.split(":")[0]], ["failure", "TARGET_READ_ONLY"]);
  assert.ok(statSync(join(folder, "evidence")).isDirectory());
  assert.deepEqual(trial.thrown, []);
});
