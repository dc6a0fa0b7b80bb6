/** Computed containers and computed fields on real data: validated, profiled, scanned and copied like any other. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "@touchstone/engine/conformance/embedded-postgres";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { addDatastore, embeddedBy, runOperation } from "../trial/dataplane.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

let trial: Trial;
let folder: string;
let server: EmbeddedPostgres;
/** Datastores by name, and containers by the names of both. */
let files: number;
let postgres: number;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-computed-"));
  trial = await openTrial({ dataplane: embeddedBy(runDataplane) });
  server = await startEmbeddedPostgres();
  files = await makeFiles();
  postgres = await makePostgres();
});
after(async () => {
  await trial.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const mask = (datastoreId: number, field: string) =>
  trial.store.db
    .updateTable("field")
    .set({ status: "Masked" })
    .where("name", "=", field)
    .where("container_id", "in", trial.store.db.selectFrom("container").where("datastore_id", "=", datastoreId).select("id"))
    .execute();

const makeFiles = async (): Promise<number> => {
  mkdirSync(join(folder, "shop"));
  const write = (name: string, lines: string[]) => writeFileSync(join(folder, "shop", name), [...lines, ""].join("\n"));
  write("orders.csv", [
    "id,customer,total,paid",
    ...Array.from({ length: 30 }, (_, i) => `${i},c${i % 4},"${i === 7 ? "n/a" : `€${i},000.50`}",${i % 2 === 0}`),
  ]);
  write("customers.csv", ["customer,name,secret", "c0,Acme Inc.,zq9-0", "c1,Beta GmbH,zq9-1", "c9,Ghost Ltd,zq9-9"]);
  const id = await addDatastore(trial, "files", join(folder, "shop"));
  assert.equal((await runOperation(trial, "sync", id)).result, "success");
  await mask(id, "secret");
  return id;
};

const makePostgres = async (): Promise<number> => {
  const { db } = trial.store;
  await server.admin(`CREATE SCHEMA shop;
    CREATE DOMAIN shop.cents AS numeric(10, 2);
    CREATE TABLE shop.sales (id int PRIMARY KEY, customer text, amount shop.cents, at timestamp, secret text);
    INSERT INTO shop.sales SELECT i, 'c' || i % 3, i, '2031-02-01', 'zq9-' || i FROM generate_series(1, 50) i`);
  const { hostname, port } = new URL(server.url);
  const settings = JSON.stringify({ host: hostname, port: Number(port), username: "postgres", parameters: { sslmode: "disable" } });
  const connection = await db
    .insertInto("connection")
    .values({ name: "pg", type: "postgresql", settings })
    .returning("id")
    .executeTakeFirstOrThrow();
  const values = { connection_id: connection.id, database: "postgres", schema: "shop", name: "pg" };
  const { id } = await db.insertInto("datastore").values(values).returning("id").executeTakeFirstOrThrow();
  assert.equal((await runOperation(trial, "sync", id)).result, "success");
  await mask(id, "secret");
  return id;
};

const idOf = async (name: string): Promise<number> =>
  (await trial.store.db.selectFrom("container").where("name", "=", name).select("id").executeTakeFirstOrThrow()).id;

/** Over the API, so that a definition is validated by the dataplane before it is saved. */
const make = async (body: object): Promise<number> => {
  const answer = await trial.ask("POST", "/containers", { body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return (answer.body as { id: number }).id;
};

const refusal = async (body: object): Promise<string> => {
  const answer = await trial.ask("POST", "/containers/validate", { body: { container: body } });
  return answer.status === 204 ? "valid" : JSON.stringify(answer.body);
};

const fieldsOf = async (containerId: number): Promise<string[]> =>
  (
    await trial.store.db
      .selectFrom("field")
      .where("container_id", "=", containerId)
      .orderBy("position")
      .select(["name", "field_type"])
      .execute()
  ).map(({ name, field_type }) => `${name} ${field_type}`);

const addCheck = (containerId: number, rule_type: string, fields: string[], properties: object = {}) =>
  trial.store.db
    .insertInto("check")
    .values({
      container_id: containerId,
      uid: `${rule_type}-${fields.join()}`,
      rule_type,
      fields: JSON.stringify(fields),
      properties: JSON.stringify(properties),
    })
    .returning("id")
    .executeTakeFirstOrThrow();

/** Profiles and scans a container; answers its rows and the anomalies found. */
const looked = async (datastoreId: number, name: string) => {
  const profiled = await runOperation(trial, "profile", datastoreId, { container_names: [name] });
  assert.deepEqual([profiled.result, profiled.message], ["success", null], name);
  const scanned = await runOperation(trial, "scan", datastoreId, { container_names: [name] });
  assert.deepEqual([scanned.result, scanned.message, scanned.counters["checks_unasserted"]], ["success", null, 0], name);
  return { rows: scanned.counters["records_processed"], anomalies: scanned.counters["anomalies_identified"] };
};

const previewed = async (containerId: number) =>
  (await trial.ask("GET", `/containers/${containerId}/preview?limit=5`)).body as { fields: string[]; rows: unknown[][] };

test("a computed table on Postgres, with types of the server's own", async () => {
  const query = "SELECT customer, sum(amount) AS total, max(at) AS latest, min(amount) AS least FROM sales GROUP BY customer";
  const id = await make({ container_type: "computed_table", name: "per customer", datastore_id: postgres, query });
  assert.deepEqual(await fieldsOf(id), ["customer String", "total Fractional", "latest Timestamp", "least Fractional"]);
  await addCheck(id, "maxValue", ["total"], { value: 430 });
  assert.deepEqual(await looked(postgres, "per customer"), { rows: 3, anomalies: 1 });
  const { rows } = await previewed(id);
  assert.equal(rows.length, 3);
  const sampled = await runOperation(trial, "scan", postgres, { container_names: ["per customer"], max_records_analyzed_per_partition: 2 });
  assert.equal(sampled.result, "success");
});

test("a computed file, of a part of another", async () => {
  const source = await idOf("orders");
  const parts = { container_type: "computed_file", datastore_id: files, source_container_id: source };
  const id = await make({
    ...parts,
    name: "paid",
    select_clause: "customer, count(*) AS orders",
    where_clause: "paid",
    group_by_clause: "customer",
  });
  assert.deepEqual(await fieldsOf(id), ["customer String", "orders Integral"]);
  assert.deepEqual(await looked(files, "paid"), { rows: 2, anomalies: 0 });
  assert.match(await refusal({ ...parts, name: "x", select_clause: "nothing" }), /QUESTION_FAILED.*nothing/);
  assert.match(await refusal({ ...parts, name: "x", select_clause: "id", lateral_views: ["explode(x)"] }), /lateral view/);
});

test("joins: within a datastore and across, each type; and of what is itself computed", async () => {
  const [orders, customers, sales] = [await idOf("orders"), await idOf("customers"), await idOf("sales")];
  const sides = {
    left_container_id: customers,
    right_container_id: orders,
    left_join_field_name: "customer",
    right_join_field_name: "customer",
  };
  const join = { container_type: "computed_join", datastore_id: files, select_clause: "*", ...sides };
  const rows: [type: string, rows: number][] = [
    ["inner", 16],
    ["left", 17],
    ["right", 30],
    ["full", 31],
    ["left_semi", 2],
    ["left_anti", 1],
  ];
  for (const [join_type, count] of rows) {
    await make({ ...join, name: join_type, join_type });
    const profiled = await runOperation(trial, "profile", files, { container_names: [join_type], ai_effort: "off" });
    assert.deepEqual([profiled.message, profiled.counters["records_processed"]], [null, count], join_type);
  }
  assert.deepEqual(await fieldsOf(await idOf("inner")), [
    "left_customer String",
    "name String",
    "id Integral",
    "right_customer String",
    "total String",
    "paid Boolean",
  ]);
  const across = await make({
    ...join,
    name: "across",
    right_container_id: sales,
    join_type: "left",
    select_clause: "left_customer, name, sum(amount) AS sold",
    where_clause: "name <> 'Ghost Ltd'",
    group_by_clause: "ALL",
  });
  assert.deepEqual(await fieldsOf(across), ["left_customer String", "name String", "sold Fractional"]);
  await addCheck(across, "minValue", ["sold"], { value: 410 });
  await addCheck(across, "existsIn", ["left_customer"], { ref_container_id: customers, field_name: "customer" });
  assert.deepEqual(await looked(files, "across"), { rows: 2, anomalies: 1 });
  const nested = await make({
    container_type: "computed_join",
    datastore_id: files,
    name: "nested",
    query: "SELECT p.total, a.sold FROM per_customer p JOIN across a ON a.left_customer = p.customer",
    sources: [{ container_id: await idOf("per customer"), name: "per_customer" }, { container_id: across }],
  });
  assert.deepEqual(await fieldsOf(nested), ["total Fractional", "sold Fractional"]);
  assert.equal((await previewed(nested)).rows.length, 2);
  assert.match(await refusal({ ...join, name: "x", left_join_field_name: "no such" }), /QUESTION_FAILED/);
});

test("computed fields are profiled and scanned beside the others, on files and on Postgres", async () => {
  const orders = await idOf("orders");
  const customers = await idOf("customers");
  const sales = await idOf("sales");
  const fields: [containerId: number, field: object][] = [
    [orders, { name: "amount", transformation: "convertFormattedNumeric", source_fields: ["total"] }],
    [orders, { name: "twice", transformation: "customExpression", properties: { column_expression: "id * 2" } }],
    [customers, { name: "organisation", transformation: "cleanedEntityName", source_fields: ["name"] }],
    [customers, { name: "hidden", transformation: "cleanedEntityName", source_fields: ["secret"] }],
    [sales, { name: "label", transformation: "cast", source_fields: ["id"], properties: { target_type: "String" } }],
    [sales, { name: "dear", transformation: "customExpression", properties: { column_expression: "amount > 48" } }],
  ];
  for (const [container_id, field] of fields) {
    const answer = await trial.ask("POST", "/computed-fields", { body: { container_id, ...field } });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
  }
  const lost = { transformation: "cast", source_fields: ["no longer there"], properties: { target_type: "Date" } };
  const row = { container_id: customers, name: "lost", position: 99, field_type: "Date", computed: JSON.stringify(lost) };
  await trial.store.db.insertInto("field").values(row).execute();
  await addCheck(customers, "notNull", ["lost"]);
  await addCheck(orders, "notNull", ["amount"]);
  await addCheck(orders, "maxValue", ["twice"], { value: 56 });
  await addCheck(customers, "expectedValues", ["organisation"], { list: ["acme", "beta"] });
  await addCheck(sales, "matchesPattern", ["label"], { pattern: "^[0-9]$" });
  await addCheck(sales, "satisfiesExpression", ["dear"], { expression: "NOT dear" });
  await runOperation(trial, "profile", files, { container_names: ["orders", "customers"], ai_effort: "off" });
  const found = async (datastoreId: number, name: string) => {
    const scanned = await runOperation(trial, "scan", datastoreId, { container_names: [name], high_count_rollup_threshold: 1000 });
    return [scanned.message, scanned.counters["anomalies_identified"], scanned.counters["checks_unasserted"]];
  };
  assert.deepEqual(await found(files, "orders"), [null, 2, 0]);
  assert.deepEqual(await found(files, "customers"), [null, 1, 1], "what cannot be computed costs its own checks only");
  assert.deepEqual(await found(postgres, "sales"), [null, 41, 0]);
  const statistics = await trial.ask("GET", `/containers/${orders}/field-profiles?size=100`);
  const amount = (statistics.body as { items: { name: string; max: unknown }[] }).items.find(({ name }) => name === "amount");
  assert.equal(amount?.max, 29000.5);
  const { fields: names, rows } = await previewed(customers);
  assert.deepEqual([rows[0]![names.indexOf("organisation")], rows[0]![names.indexOf("hidden")]], ["acme", "***MASKED***"]);
});

test("no query shows a masked field, nor reaches past the mask", async () => {
  const instance = await DuckDBInstance.create(join(folder, "vault.duckdb"));
  const connection = await instance.connect();
  await connection.run("CREATE TABLE people AS SELECT i AS id, 'zq9-' || i AS secret FROM range(3) t(i)");
  connection.closeSync();
  instance.closeSync();
  const vault = await addDatastore(trial, "vault", join(folder, "vault.duckdb"), { type: "duckdb" });
  await runOperation(trial, "sync", vault);
  const computed = (datastore_id: number, query: string) => ({ container_type: "computed_table", name: "x", datastore_id, query });
  assert.equal(await refusal(computed(vault, "SELECT secret FROM people")), "valid");
  const kept = await make({ ...computed(vault, "SELECT * FROM people"), name: "all of them" });
  assert.deepEqual(await fieldsOf(kept), ["id Integral", "secret String"]);
  await mask(vault, "secret");
  assert.deepEqual((await previewed(kept)).fields, ["id"]);
  const refused: [datastoreId: number, query: string, reason: RegExp][] = [
    [vault, "SELECT secret FROM people", /secret/],
    [vault, "SELECT * FROM vault.main.people", /with its schema/],
    [vault, `SELECT (SELECT max(secret) FROM source."people") AS m`, /with its schema/],
    [vault, `SELECT * FROM query('SELECT * FROM vault.main.people')`, /it calls query/],
    [vault, "SELECT * FROM (SUMMARIZE source.people)", /with its schema/],
    [vault, "SELECT * FROM (SHOW ALL TABLES)", /describes a table/],
    [files, `SELECT * FROM read_csv('${join(folder, "shop", "customers.csv")}')`, /it calls read_csv/],
    [files, "SELECT customer, secret FROM customers", /secret/],
    [postgres, "SELECT secret FROM sales", /secret/],
    [postgres, "SELECT * FROM shop.sales", /with its schema/],
    [postgres, `SELECT * FROM "shop" . "sales"`, /with its schema/],
    [postgres, "SELECT * FROM shop/**/.sales", /comment/],
    [postgres, "SELECT query_to_xml('SELECT * FROM shop.' || 'sales', true, true, '')", /query_to_xml/],
  ];
  for (const [datastoreId, query, reason] of refused) assert.match(await refusal(computed(datastoreId, query)), reason, query);
  for (const [datastoreId, query] of [
    [vault, "SELECT * FROM people, range(3)"],
    [files, "WITH c AS (SELECT * FROM customers) SELECT c.name FROM c"],
    [postgres, "SELECT s.id, t.customer FROM sales s JOIN sales t USING (id)"],
  ] as const)
    assert.equal(await refusal(computed(datastoreId, query)), "valid", query);
  assert.deepEqual(trial.thrown, []);
});

test("a dry run looks into another datastore", async () => {
  const [orders, sales] = [await idOf("orders"), await idOf("sales")];
  const dryRun = (container_id: number, properties: object) => {
    const check = { rule: "existsIn", container_id, fields: ["customer"], properties, description: "known" };
    return trial.ask("POST", "/quality-checks/dry-run", { body: { ...check, max_records_analyzed_per_partition: -1 } });
  };
  const fromFiles = await dryRun(orders, { ref_container_id: sales, ref_datastore_id: postgres, field_name: "customer" });
  assert.ok(fromFiles.status === 200, JSON.stringify(fromFiles.body));
  assert.ok(JSON.stringify(fromFiles.body).includes('"anomalous_records":7'), JSON.stringify(fromFiles.body));
  // The other way the keys would have to be written into a session that only reads: it says so.
  const fromPostgres = await dryRun(sales, { ref_container_id: orders, ref_datastore_id: files, field_name: "customer" });
  assert.ok(JSON.stringify(fromPostgres.body).includes("NOT_SUPPORTED"), JSON.stringify(fromPostgres.body));
});
