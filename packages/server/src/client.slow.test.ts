/**
 * The published client of the public contract, unmodified, against a control plane that listens on a port and the engine's own dataplane, on a
 * Postgres with data in it: each command must do its job. Skipped by name where pip cannot install the client.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "@touchstone/engine/conformance/embedded-postgres";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { embeddedBy } from "./trial/dataplane.ts";
import { needing, openPlace, settled, skip, walk, type Place } from "./trial/client.ts";

let place: Place;
let shop: EmbeddedPostgres;
/** Where it listens. */
let at: { host: string; port: string };
before(async () => {
  if (skip !== false) return;
  shop = await startEmbeddedPostgres();
  await shop.admin("CREATE SCHEMA evidence");
  for (const schema of ["sales", "sales2"])
    await shop.admin(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.orders (id int PRIMARY KEY, email text, total numeric);
      INSERT INTO ${schema}.orders SELECT i, CASE WHEN i < 8 THEN 'who@example.org' END, i FROM generate_series(1, 8) i`);
  const { hostname, port } = new URL(shop.url);
  at = { host: hostname, port };
  place = await openPlace(embeddedBy(runDataplane));
});
after(async () => {
  await place?.stop();
  await shop?.stop();
});

test("signing in, and what the client finds of its operations", { skip }, async () => {
  await walk(place, [
    { line: "auth init --url URL --token TOKEN", says: /Configuration saved/ },
    { line: "auth status", says: /Logged in/ },
    { line: "doctor", says: /API connection.*Reachable/s },
  ]);
});

test(
  "the client finds every operation it requires",
  { skip: needing("GET /anomalies", "POST /operations/run", "GET /quality-checks") },
  async () => {
    await walk(place, [{ line: "doctor", says: /required method\/path operations supported/ }]);
  },
);

test("connections", { skip }, async () => {
  const create =
    `connections create --type postgresql --name shop-db --host ${at.host} --port ${at.port} --username postgres ` +
    `--password '\${DB_PASSWORD}' --parameters '{"sslmode":"disable"}'`;
  await walk(place, [
    { line: create, says: /created successfully/, env: { DB_PASSWORD: "canary-of-the-client" } },
    { line: `${create} --dry-run`, says: /Dry run successful/, env: { DB_PASSWORD: "x" } },
    {
      line: `connections create --type postgresql --name with-extras --parameters '{"sslmode":"require","passphrase":"p"}'`,
      says: /created successfully/,
    },
    { line: "connections list", says: /Found 2 connections/ },
    { line: "connections list --type postgresql --name shop", says: /Found 1 connections/ },
    { line: "connections get --name shop-db", says: /password: '\*\*\* redacted \*\*\*'/ },
    { line: "connections get --id 2", says: /sslmode: require/ },
    { line: "connections update --id 1 --host localhost", says: /host: localhost/ },
    { line: `connections update --id 1 --host ${at.host}`, says: /updated/ },
    { line: "connections test --id 1", says: /test passed/ },
    { line: "connections test --id 1 --password new --host 127.0.0.2", says: /test failed.*No connection/ },
    { line: "connections delete --id 2", says: /deleted successfully/ },
    { line: "connections get --id 2", says: /404/, code: 1 },
  ]);
});

test("datastores", { skip }, async () => {
  const create = "datastores create --name Shop --connection-name shop-db --database postgres --schema sales";
  await walk(place, [
    {
      line: `${create} --tags 'pricing,daily' --teams Public --enrichment-prefix _shop --enrichment-source-record-limit 50`,
      says: /Datastore ID: 1/,
    },
    {
      line: "datastores create --name Evidence --connection-id 1 --database postgres --schema evidence --enrichment-only --no-trigger-sync",
      says: /Datastore ID: 2/,
    },
    { line: create, says: /already exists/, code: 5 },
    { line: "datastores list --tag pricing", says: /Found 1 datastores/ },
    { line: "datastores list --enrichment-only --type postgresql", says: /Found 1 datastores/ },
    { line: "datastores get --name Shop", says: /schema: sales/ },
    { line: "datastores update --id 1 --schema sales2 --high-count-rollup-threshold 20", says: /schema: sales2/ },
    { line: "datastores update --id 1 --tags pricing --teams Public", says: /high_count_rollup_threshold: 20/ },
    { line: "datastores verify --id 1", says: /verified successfully/ },
    { line: "datastores enrichment --id 1 --link 2", says: /linked to datastore 1/ },
    { line: "datastores enrichment --id 1 --unlink", says: /unlinked from datastore 1/ },
    { line: "datastores enrichment --id 1 --link 2", says: /linked to datastore 1/ },
    { line: "connections delete --id 1", says: /still reference it/, code: 1 },
  ]);
});

/** An enrichment datastore of files: the Postgres of this suite has one session for all its connections, and those that read make it read-only. */
const keepingInFiles = async (): Promise<number> => {
  const made = async (path: string, body: object) => ((await place.trial.ask("POST", path, { body })).body as { id: number }).id;
  await mkdir(join(place.folder, "kept"));
  const connection_id = await made("/connections", { name: "kept", type: "files", uri: join(place.folder, "kept") });
  return made("/datastores", { name: "Kept", connection_id, root_path: "/", enrichment_only: true, trigger_sync: false });
};

const isKept = (table: string): boolean => existsSync(join(place.folder, "kept", table));

test("containers", { skip }, async () => {
  await settled(place.trial);
  const { db } = place.trial.store;
  const orders = await db.selectFrom("container").where("name", "=", "orders").select("id").executeTakeFirstOrThrow();
  const id = String(orders.id);
  const join = `--left-container-id ${id} --right-container-id ${id} --left-key-field id --right-key-field id --select-clause '*'`;
  await walk(place, [
    { line: "containers list --datastore-id 1 --type table", says: /Found 1 containers/ },
    { line: "operations profile --datastore-id 1 --container-names orders", says: /success/i },
    { line: `containers get --id ${id} --profiles`, says: /completeness: 0\.875/ },
    { line: "containers validate --type computed_table --datastore-id 1 --query 'SELECT 1 AS one' --timeout 5", says: /Validation passed/ },
    {
      line: "containers create --type computed_table --name daily --datastore-id 1 --query 'SELECT 1 AS one' --description 'per day' --tags daily",
      says: /created successfully/,
    },
    { line: `containers create --type computed_join --name pairs ${join} --join-type left`, says: /created successfully/ },
    {
      line: `containers create --type computed_file --name part --datastore-id 1 --source-container-id ${id} --select-clause id`,
      says: /created successfully/,
    },
    { line: "containers list --datastore-id 1 --tag daily --search dai", says: /description: per day/ },
    { line: `containers update --id ${id} --description 'what was sold' --tags core`, says: /what was sold/ },
    { line: "containers list --datastore-id 1 --archived only", says: /Found 0 containers/ },
  ]);
  const kept = await keepingInFiles();
  await walk(place, [
    { line: `datastores enrichment --id 1 --link ${kept}`, says: /linked to datastore 1/ },
    { line: "operations materialize --datastore-id 1 --container-names orders", says: /success/i },
    { line: "operations export --datastore-id 1 --asset-type anomalies", says: /success/i },
    { line: "datastores enrichment --id 1 --link 2", says: /linked to datastore 1/ },
  ]);
  assert.deepEqual(
    ["_shop_export_anomalies", "_shop_mat_orders"].filter((table) => !isKept(table)),
    [],
  );
  const daily = await db.selectFrom("container").where("name", "=", "daily").select("id").executeTakeFirstOrThrow();
  const part = await db.selectFrom("container").where("name", "=", "part").select("id").executeTakeFirstOrThrow();
  await walk(place, [
    { line: `containers update --id ${daily.id} --query 'SELECT 2 AS one'`, says: /SELECT 2 AS one/ },
    { line: `containers delete --id ${id}`, says: /OBJECT_IN_USE/, code: 1 },
    { line: `containers delete --id ${part.id}`, says: /deleted successfully/ },
  ]);
  await walk(place, [
    { line: "containers validate --type computed_table --datastore-id 1 --query 'SELECT x FROM t'", says: /SQLSTATE 42P01/, code: 1 },
  ]);
});

test("users, teams and tags", { skip }, async () => {
  await walk(place, [
    { line: "users list", says: /admin@example\.org/ },
    { line: "users get --id 1", says: /role: Admin/ },
    { line: "teams list", says: /name: Public/ },
    { line: "teams get --id 1", says: /permission: Viewer/ },
    {
      line: "tags create --name PII --color '#ff2000' --description 'about people' --category privacy --weight-modifier 5",
      says: /created successfully/,
    },
    { line: "tags list", says: /Found \d+ tag/ },
    { line: "tags get --name PII", says: /weight_modifier: 5/ },
    { line: "tags create --name pii", says: /409/, code: 1 },
    { line: "tags delete --name PII", says: /deleted successfully/ },
    { line: "tags delete --name PII", says: /Failed to delete/, code: 1 },
  ]);
});

test("computed tables from a file", { skip: needing("GET /operations", "GET /operations/{id}", "GET /quality-checks") }, async () => {
  const file = join(place.folder, "tables.csv");
  await writeFile(file, "name,description,query\nneg,No negative totals,SELECT id FROM orders WHERE total < 0\n");
  await walk(place, [
    { line: `containers preview --input ${file}`, says: /ct_neg/ },
    { line: `containers import --datastore 1 --input ${file} --dry-run`, says: /No changes were made/ },
    { line: `containers import --datastore 1 --input ${file} --skip-checks --skip-profile-wait`, says: /Computed tables created: 1/ },
    { line: `containers import --datastore 1 --input ${file} --skip-checks --skip-profile-wait`, says: /skipped \(existing\): 1/ },
  ]);
});

/** Everything below a folder, by path. */
const filesBelow = async (folder: string): Promise<Record<string, string>> => {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".yaml")).toSorted();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)));
};

test(
  "a configuration is exported without secrets, twice the same, and makes another installation like it",
  { skip: needing("POST /operations/run", "GET /operations/{id}") },
  async () => {
    const orders = await place.trial.store.db
      .selectFrom("container")
      .where("name", "=", "orders")
      .where("datastore_id", "=", 1)
      .select("id")
      .executeTakeFirstOrThrow();
    const field = {
      name: "gross",
      container_id: orders.id,
      transformation: "customExpression",
      properties: { column_expression: "total * 1.2" },
    };
    assert.equal((await place.trial.ask("POST", "/computed-fields", { body: field })).status, 201);
    const [first, again, back] = ["first", "again", "back"].map((name) => join(place.folder, name));
    const include = "--include connections,datastores,containers,computed_fields";
    await walk(place, [
      { line: `config export --datastore-id 1 --datastore-id 2 --output ${first!} ${include}`, says: /Export complete/ },
      { line: `config export --datastore-id 1 --datastore-id 2 --output ${again!} ${include}`, says: /Export complete/ },
    ]);
    const files = await filesBelow(first!);
    assert.deepEqual(await filesBelow(again!), files);
    assert.ok(!JSON.stringify(files).includes("canary-of-the-client"));
    assert.match(files[join("connections", "shop_db.yaml")] ?? "", /password: \$\{SHOP_DB_PASSWORD\}/);
    const other = await openPlace(embeddedBy(runDataplane));
    try {
      const env = { SHOP_DB_PASSWORD: "p", SHOP_DB_ACCESS_KEY: "a" };
      // Evidence comes before Shop in the alphabet, so its link finds it.
      await walk(other, [
        { line: `config import --input ${first!} ${include} --dry-run`, says: /DRY RUN/, env },
        { line: `config import --input ${first!} ${include}`, says: /Import complete/, env },
        { line: `config import --input ${first!} ${include}`, says: /Import complete/, env },
        { line: `config export --datastore-id 1 --datastore-id 2 --output ${back!} ${include}`, says: /Export complete/ },
      ]);
      assert.deepEqual(await filesBelow(back!), files);
    } finally {
      await other.stop();
    }
  },
);
