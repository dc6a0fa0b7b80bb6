/** The control plane and a dataplane in one process, on real data: from files and a database to anomalies in the store. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { startEmbeddedPostgres } from "@touchstone/engine/conformance/embedded-postgres";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { keepSecrets } from "../store/connections.ts";
import { openTrial, type Trial } from "../trial/trial.ts";
import { addDatastore, embeddedBy, ended, runOperation, wholeStore } from "../trial/dataplane.ts";

const DATA = join(dirname(fileURLToPath(import.meta.resolve("vega-datasets"))), "..", "data");

let trial: Trial;
let folder: string;
const below = (name: string): string => join(folder, name);
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-work-"));
  trial = await openTrial({ dataplane: embeddedBy(runDataplane) });
});
after(async () => {
  await trial.close();
  rmSync(folder, { recursive: true, force: true });
});

const containersOf = async (datastoreId: number) =>
  trial.store.db.selectFrom("container").where("datastore_id", "=", datastoreId).orderBy("name").selectAll().execute();

const anomaliesOf = async (datastoreId: number) =>
  trial.store.db.selectFrom("anomaly").where("datastore_id", "=", datastoreId).orderBy("id").selectAll().execute();

const addCheck = async (containerId: number, rule_type: string, fields: string[], properties: object = {}): Promise<number> => {
  const values = { container_id: containerId, uid: `${rule_type}-${fields.join("-")}`, rule_type };
  const { id } = await trial.store.db
    .insertInto("check")
    .values({ ...values, fields: JSON.stringify(fields), properties: JSON.stringify(properties) })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
};

test("files: sync, profile with inferred checks, scan, evidence in a folder; a second profile changes nothing", async () => {
  const { db } = trial.store;
  for (const name of ["films", "evidence"]) mkdirSync(below(name));
  for (const name of ["movies.json", "cars.json", "seattle-weather.csv"]) copyFileSync(join(DATA, name), join(below("films"), name));
  const enrichmentId = await addDatastore(trial, "evidence", below("evidence"));
  const id = await addDatastore(trial, "films", below("films"), { enrichmentId });

  const synced = await runOperation(trial, "sync", id);
  assert.deepEqual([synced.result, synced.message, synced.counters["containers_added"]], ["success", null, 3]);
  const containers = await containersOf(id);
  assert.deepEqual(
    containers.map(({ name }) => name),
    ["cars", "movies", "seattle-weather"],
  );

  const profiled = await runOperation(trial, "profile", id);
  assert.deepEqual([profiled.result, profiled.message, profiled.counters["containers_analyzed"]], ["success", null, 3]);
  const checks = await db.selectFrom("check").selectAll().execute();
  assert.ok(checks.length > 20 && checks.every(({ inferred, status, evidence }) => inferred && status === "Active" && evidence !== null));
  const profiles = await db.selectFrom("field_profile").select("id").execute();
  assert.equal(profiles.length, profiled.counters["fields_profiled"]);

  const scanned = await runOperation(trial, "scan", id);
  assert.deepEqual([scanned.result, scanned.message], ["success", null]);
  const anomalies = await anomaliesOf(id);
  assert.ok(anomalies.some(({ message }) => message.includes("chevroelt")));
  assert.ok(anomalies.every(({ status, source_enriched, weight }) => status === "Active" && source_enriched && weight > 0));
  assert.equal(scanned.counters["anomalies_identified"], anomalies.length);
  const assertions = await db.selectFrom("assertion").where("operation_id", "=", scanned.id).select("status").execute();
  assert.equal(assertions.length, checks.length);
  assert.ok(readdirSync(below("evidence")).includes("_films_source_records"));

  const [found] = anomalies;
  const answer = await trial.services.work.ask(id, "source_records", { anomaly_uuid: found!.uuid, prefix: "", rows_max: 10 });
  assert.deepEqual([answer.error, answer.rows.length > 0, answer.fields.length > 3], [null, true, true]);

  const again = await runOperation(trial, "profile", id);
  const { checks_added, checks_updated, checks_removed } = again.counters;
  assert.deepEqual([checks_added, checks_updated, checks_removed], [0, 0, 0]);
  assert.deepEqual(trial.thrown, []);
});

test("a DuckDB database: its tables and views, and a computed table over them", async () => {
  const { db } = trial.store;
  const instance = await DuckDBInstance.create(below("shop.duckdb"));
  const connection = await instance.connect();
  await connection.run(
    "CREATE TABLE orders AS SELECT i AS id, i % 7 AS product, CASE WHEN i = 13 THEN -5 ELSE i END AS amount FROM range(1000) t(i)",
  );
  await connection.run("CREATE VIEW big AS SELECT * FROM orders WHERE amount > 500");
  connection.closeSync();
  instance.closeSync();
  const id = await addDatastore(trial, "shop", below("shop.duckdb"), { type: "duckdb" });
  assert.equal((await runOperation(trial, "sync", id)).result, "success");
  const containers = await containersOf(id);
  assert.deepEqual(
    containers.map(({ name, container_type }) => [name, container_type]),
    [
      ["big", "view"],
      ["orders", "table"],
    ],
  );
  const computed = { datastore_id: id, name: "per product", container_type: "computed_table" };
  const definition = { query: "SELECT product, sum(amount) AS total FROM orders GROUP BY product;" };
  const { id: computedId } = await db
    .insertInto("container")
    .values({ ...computed, definition: JSON.stringify(definition) })
    .returning("id")
    .executeTakeFirstOrThrow();
  const orders = containers.find(({ name }) => name === "orders")!.id;
  await addCheck(orders, "notNegative", ["amount"]);
  await addCheck(computedId, "minValue", ["total"], { value: 71_200 });
  const scanned = await runOperation(trial, "scan", id);
  assert.deepEqual([scanned.result, scanned.message], ["success", null]);
  const found = await anomaliesOf(id);
  assert.deepEqual(
    found.map(({ type, row, container_id }) => [type, row, container_id === orders]),
    [["record", null, true], ...found.slice(1).map(() => ["record", null, false])],
  );
  assert.ok(found.length > 1 && found.every(({ source_enriched }) => !source_enriched));
  const valid = await trial.services.work.ask(id, "validate", { ...computed, definition });
  assert.deepEqual([valid.error, valid.fields.map(({ name }) => name)], [null, ["product", "total"]]);
  const broken = await trial.services.work.ask(id, "validate", { ...computed, definition: { query: "SELECT nothing FROM orders" } });
  assert.equal(broken.error?.code, "QUERY_FAILED");
});

test("anomalies: recurring ones are duplicates or counted, those that are gone are resolved, those that come back are opened", async () => {
  const { db } = trial.store;
  const file = (rows: string[]) => writeFileSync(below("stock.csv"), ["id,name,price", ...rows, ""].join("\n"));
  const good = Array.from({ length: 30 }, (_, i) => `${i},item ${i},${i + 1}`);
  file([...good, "30,,5"]);
  const id = await addDatastore(trial, "stock", below("stock.csv"));
  await runOperation(trial, "sync", id);
  const [container] = await containersOf(id);
  const check = await addCheck(container!.id, "notNull", ["name"]);
  const states = async () => (await anomaliesOf(id)).map(({ status }) => status);
  const steps: { name: string; rows: string[]; request?: object; want: string[] }[] = [
    { name: "first", rows: [...good, "30,,5"], want: ["Active"] },
    { name: "again", rows: [...good, "30,,5"], want: ["Active", "Duplicate"] },
    { name: "counted", rows: [...good, "30,,5"], request: { archive_duplicate_anomalies: false }, want: ["Active", "Duplicate"] },
    { name: "kept open", rows: good, request: { auto_resolve_passed_anomalies: false }, want: ["Active", "Duplicate"] },
    { name: "sampled", rows: good, request: { max_records_analyzed_per_partition: 10 }, want: ["Active", "Duplicate"] },
    { name: "gone", rows: good, want: ["Resolved", "Duplicate"] },
    { name: "back", rows: [...good, "30,,5"], want: ["Resolved", "Duplicate", "Active"] },
    { name: "gone again", rows: good, want: ["Resolved", "Duplicate", "Resolved"] },
    {
      name: "back, opened again",
      rows: [...good, "30,,5"],
      request: { reactivate_recurring_anomalies: true },
      want: ["Resolved", "Duplicate", "Active", "Duplicate"],
    },
  ];
  for (const { name, rows, request, want } of steps) {
    file(rows);
    const scanned = await runOperation(trial, "scan", id, { ...request });
    assert.deepEqual([scanned.result, scanned.message, await states()], ["success", null, want], name);
  }
  const { last_status } = await db.selectFrom("check").where("id", "=", check).select("last_status").executeTakeFirstOrThrow();
  assert.equal(last_status, "failed");
  const [first] = await anomaliesOf(id);
  const events = await db.selectFrom("anomaly_event").where("anomaly_id", "=", first!.id).orderBy("id").selectAll().execute();
  assert.deepEqual(
    events.map(({ kind, detail }) => [kind, detail["to"] ?? detail["status"] ?? null]),
    [
      ["created", "Active"],
      ["recurred", null],
      ["status", "Resolved"],
    ],
  );
});

test("an incremental scan looks at new rows only, from the checkpoint of the one before", async () => {
  const file = (ids: number[]) =>
    writeFileSync(below("log.csv"), ["id,amount", ...ids.map((i) => `${i},${i % 50 === 7 ? -1 : i}`), ""].join("\n"));
  const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
  file(upTo(100));
  const id = await addDatastore(trial, "log", below("log.csv"));
  await runOperation(trial, "sync", id);
  const [container] = await containersOf(id);
  await trial.store.db
    .updateTable("container")
    .set({ settings: JSON.stringify({ incremental_field_name: "id" }) })
    .where("id", "=", container!.id)
    .execute();
  await addCheck(container!.id, "notNegative", ["amount"]);
  const processed = async (request: object) =>
    (await runOperation(trial, "scan", id, { incremental: true, ...request })).counters["records_processed"];
  assert.equal(await processed({}), 100);
  file(upTo(160));
  assert.equal(await processed({}), 60);
  assert.equal((await containersOf(id))[0]!.checkpoint, 159);
  assert.equal(await processed({ greater_than_batch: 149 }), 10);
  assert.deepEqual(
    (await anomaliesOf(id)).map(({ status }) => status),
    ["Active", "Active", "Active", "Active", "Duplicate"],
  );
});

test("an incremental scan resolves the anomalies of rows that were changed and pass, by their key", async () => {
  const file = below("ledger.duckdb");
  const change = async (sql: string) => {
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    await connection.run(sql);
    connection.closeSync();
    instance.closeSync();
  };
  await change(`CREATE TABLE ledger (id INTEGER PRIMARY KEY, amount INTEGER, note VARCHAR, updated_at TIMESTAMP);
    INSERT INTO ledger SELECT i, CASE WHEN i < 4 THEN -i ELSE i END, CASE WHEN i = 3 THEN NULL ELSE 'x' END, TIMESTAMP '2031-02-01 00:00:00' + INTERVAL (i) SECOND FROM range(1, 41) t(i)`);
  const id = await addDatastore(trial, "ledger", file, { type: "duckdb" });
  await runOperation(trial, "sync", id);
  const [container] = await containersOf(id);
  assert.equal(container!.settings["incremental_field_name"], "updated_at");
  await addCheck(container!.id, "notNegative", ["amount"]);
  await addCheck(container!.id, "notNull", ["note"]);
  const states = async (request: object = {}) => {
    const scanned = await runOperation(trial, "scan", id, { incremental: true, ...request });
    assert.deepEqual([scanned.result, scanned.message], ["success", null]);
    return (await anomaliesOf(id)).map(({ status }) => status);
  };
  assert.deepEqual(await states(), ["Active", "Active", "Active"]);
  // The first is mended, the second touched and as wrong as before, the third mended in one of two ways.
  await change(`UPDATE ledger SET amount = 1, updated_at = TIMESTAMP '2031-03-01' WHERE id = 1;
    UPDATE ledger SET updated_at = TIMESTAMP '2031-03-01' WHERE id = 2; UPDATE ledger SET amount = 3, updated_at = TIMESTAMP '2031-03-01' WHERE id = 3`);
  assert.deepEqual((await states({ auto_resolve_passed_anomalies: false })).slice(0, 3), ["Active", "Active", "Active"]);
  await change("UPDATE ledger SET updated_at = TIMESTAMP '2031-03-02' WHERE id < 4");
  assert.deepEqual((await states()).slice(0, 3), ["Resolved", "Active", "Active"]);
  await change("UPDATE ledger SET note = 'mended', updated_at = TIMESTAMP '2031-03-03' WHERE id = 3");
  assert.deepEqual((await states()).slice(0, 3), ["Resolved", "Active", "Resolved"]);
  const store = await wholeStore(trial);
  assert.ok(!store.get("public.anomaly")!.includes("mended"));
});

test("sync: what is gone is taken away when asked, and comes back when asked; what people set stays", async () => {
  mkdirSync(below("shelf"));
  const write = (name: string, text: string) => writeFileSync(join(below("shelf"), name), text);
  write("a.csv", "id,note\n1,x\n2,y\n");
  write("b.csv", "code,price\nk,1.5\n");
  const id = await addDatastore(trial, "shelf", below("shelf"));
  await runOperation(trial, "sync", id);
  const { db } = trial.store;
  const [a] = await containersOf(id);
  await db
    .updateTable("container")
    .set({ settings: JSON.stringify({ incremental_field_name: null }) })
    .where("id", "=", a!.id)
    .execute();
  await db.updateTable("field").set({ status: "Masked" }).where("container_id", "=", a!.id).where("name", "=", "note").execute();
  rmSync(join(below("shelf"), "b.csv"));
  write("a.csv", "id,extra\n1,x\n2,y\n");
  const removed = async () => (await containersOf(id)).map(({ removed_at }) => removed_at !== null);
  await runOperation(trial, "sync", id);
  assert.deepEqual(await removed(), [false, false]);
  await runOperation(trial, "sync", id, { prune: true });
  assert.deepEqual(await removed(), [false, true]);
  write("b.csv", "code,price\nk,1.5\n");
  write("a.csv", "id,note,extra\n1,x,z\n2,y,z\n");
  await runOperation(trial, "sync", id);
  assert.deepEqual(await removed(), [false, true]);
  await runOperation(trial, "sync", id, { recreate: true });
  assert.deepEqual(await removed(), [false, false]);
  const fields = await db.selectFrom("field").where("container_id", "=", a!.id).orderBy("position").select(["name", "status"]).execute();
  assert.deepEqual(
    fields.map(({ name, status }) => [name, status]),
    [
      ["id", "Active"],
      ["note", "Masked"],
      ["extra", "Active"],
    ],
  );
  assert.equal((await containersOf(id))[0]!.settings["incremental_field_name"], null);
});

test("a datastore that cannot be reached fails the operation, a broken container only itself", async () => {
  const nowhere = await addDatastore(trial, "nowhere", below("nothing-here"));
  const failed = await runOperation(trial, "sync", nowhere);
  assert.deepEqual([failed.result, failed.message?.split(":")[0]], ["failure", "SOURCE_NOT_FOUND"]);
  const answer = await trial.services.work.ask(nowhere, "test", {});
  assert.deepEqual([answer.connected, answer.error?.code], [false, "SOURCE_NOT_FOUND"]);
  mkdirSync(below("half"));
  writeFileSync(join(below("half"), "good.csv"), "a,b\n1,2\n");
  writeFileSync(join(below("half"), "bad.parquet"), "this is no parquet");
  const half = await addDatastore(trial, "half", below("half"));
  const synced = await runOperation(trial, "sync", half);
  assert.equal(synced.result, "success");
  assert.match(synced.message ?? "", /1 of 2 containers failed: .*bad/);
});

const CANARY = "zq7-canary";
/** Tables that may hold select values of fields that are not masked: docs/data-at-rest.md. */
const SELECT_VALUES = ["public.field_profile", "public.check", "public.check_version", "public.anomaly", "public.failed_check"];

test("canary: rows of the source are nowhere in the store or its queue, and values of a masked field in no place at all", async () => {
  const { db } = trial.store;
  for (const name of ["people", "vault"]) mkdirSync(below(name));
  const rows = Array.from(
    { length: 200 },
    (_, i) => `${i},${CANARY}-open-${i},${CANARY}-masked-${i},${i === 11 ? "" : `${CANARY}-city-${i % 5}`},${i}`,
  );
  writeFileSync(
    join(below("people"), "people.csv"),
    ["id,name,secret,city,age", ...rows, `200,${CANARY}-open-200,${CANARY}-masked-11,,-4`, ""].join("\n"),
  );
  const enrichmentId = await addDatastore(trial, "vault", below("vault"));
  const id = await addDatastore(trial, "people", below("people"), { enrichmentId });
  await runOperation(trial, "sync", id);
  const [people] = await containersOf(id);
  await db.updateTable("field").set({ status: "Masked" }).where("container_id", "=", people!.id).where("name", "=", "secret").execute();
  await runOperation(trial, "profile", id, { ai_effort: "max", infer_as_draft: false });
  await addCheck(people!.id, "notNull", ["city"]);
  await addCheck(people!.id, "notNegative", ["age"]);
  await addCheck(people!.id, "unique", ["secret"]);
  await addCheck(people!.id, "matchesPattern", ["secret"], { pattern: "^nothing$" });
  await addCheck(people!.id, "maxLength", ["secret"], { value: 3 });
  const scanned = await runOperation(trial, "scan", id);
  assert.deepEqual([scanned.result, scanned.counters["checks_unasserted"]], ["success", 0]);
  assert.ok((await anomaliesOf(id)).length > 5);
  const asked = { container: "people", where: "age < 5", rows_max: 3, masked: ["secret"] };
  const preview = await trial.services.work.ask(id, "preview", asked);
  assert.deepEqual([preview.rows.length, preview.truncated], [3, true]);
  assert.ok(JSON.stringify(preview).includes(`${CANARY}-open-`) && !JSON.stringify(preview).includes("masked-"));
  const probing = await trial.services.work.ask(id, "preview", { ...asked, where: `secret = '${CANARY}-masked-7'` });
  assert.equal(probing.error?.code, "EXPRESSION_INVALID", "nor does a masked field answer yes or no");
  const tried = await trial.services.work.ask(id, "dry_run", {
    check: { rule_type: "matchesPattern", container: "people", fields: ["secret"], properties: { pattern: "^x" } },
    variables: {},
    rows_max: null,
    masked: ["secret"],
  });
  assert.deepEqual([tried.status, tried.anomalous_records, JSON.stringify(tried).includes("masked-")], ["failed", 201, false]);

  const store = await wholeStore(trial);
  const where = [...store].filter(([, text]) => text.includes(CANARY)).map(([table]) => table);
  assert.deepEqual(
    where.filter((table) => !SELECT_VALUES.includes(table)),
    [],
  );
  assert.ok(where.length > 0, "the search finds what is there");
  for (const [table, text] of store) {
    assert.ok(!text.includes(`${CANARY}-masked`), `masked values in ${table}`);
    // A whole row would show as two values of one row beside each other.
    assert.ok(
      !/zq7-canary-open-(\d+)\W[^\n]*zq7-canary-city/.test(text) || table === "public.check" || table === "public.field_profile",
      table,
    );
  }
  assert.deepEqual(trial.thrown, []);
});

test("a Postgres schema with a password from the environment, and evidence in a DuckDB file, replaced when a run is resumed", async () => {
  const { db } = trial.store;
  const source = await startEmbeddedPostgres();
  try {
    await source.admin(`CREATE SCHEMA shop; CREATE TABLE shop.orders (id int PRIMARY KEY, state text, amount numeric);
      INSERT INTO shop.orders SELECT i, CASE WHEN i = 40 THEN NULL ELSE 'open' END, i FROM generate_series(1, 200) i`);
    const { hostname, port } = new URL(source.url);
    const settings = { host: hostname, port: Number(port), username: "postgres", parameters: { sslmode: "disable" } };
    const instead = { type: "postgresql", settings, secrets: {}, database: null, schema: null, root_path: null };
    const alone = await trial.services.work.ask(null, "test", {}, { instead });
    assert.deepEqual(alone, { connected: true, error: null }, "a connection is tried before a datastore says which database is meant");
    const connection = await db
      .insertInto("connection")
      .values({ name: "pg", type: "postgresql", settings: JSON.stringify(settings) })
      .returning("id")
      .executeTakeFirstOrThrow();
    process.env["TOUCHSTONE_TEST_PASSWORD"] = "postgres";
    await keepSecrets(db, trial.services.ring, connection.id, { password: "${TOUCHSTONE_TEST_PASSWORD}" });
    const enrichmentId = await addDatastore(trial, "evidence in a file", below("evidence.duckdb"), { type: "duckdb" });
    const values = { name: "pg shop", connection_id: connection.id, database: "postgres", schema: "shop", enrichment_id: enrichmentId };
    const { id } = await db.insertInto("datastore").values(values).returning("id").executeTakeFirstOrThrow();
    assert.deepEqual((await runOperation(trial, "sync", id)).message, null);
    const [orders] = await containersOf(id);
    await addCheck(orders!.id, "notNull", ["state", "id"]);
    const scanned = await runOperation(trial, "scan", id);
    assert.deepEqual([scanned.result, scanned.message], ["success", null]);
    const [found] = await anomaliesOf(id);
    assert.equal(found!.source_enriched, true);
    const question = { anomaly_uuid: found!.uuid, prefix: "", rows_max: 10 };
    const answer = await trial.services.work.ask(id, "source_records", question);
    assert.deepEqual([answer.error, answer.fields, answer.rows.length], [null, ["id", "state", "amount"], 1]);
    // The same operation once more, as after a lease that was lost between evidence and result.
    await db.deleteFrom("operation_container").where("operation_id", "=", scanned.id).execute();
    await db.updateTable("operation").set({ result: "failure" }).where("id", "=", scanned.id).execute();
    assert.equal((await trial.ask("PUT", `/operations/run/${scanned.id}`)).status, 200);
    assert.equal((await ended(trial, scanned.id)).result, "success");
    assert.equal((await anomaliesOf(id)).length, 1);
    assert.equal((await trial.services.work.ask(id, "source_records", question)).rows.length, 1);
  } finally {
    await source.stop();
  }
});
