/**
 * The published client of the public contract, unmodified, against a control plane that listens on a port: each command must do its
 * job. What a dataplane would do is done by the test, where a command waits for it. Skipped by name where pip cannot install the client.
 */
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { finish, needing, openPlace, skip, walk, type Place } from "./trial/client.ts";
import { insertProfile } from "./trial/objects.ts";

let place: Place;
before(async () => {
  if (skip !== false) return;
  place = await openPlace();
  place.dataplane.answer("test", { connected: true, error: null });
  place.dataplane.answer("validate", { error: null, fields: [{ name: "id", field_type: "Integral", native_type: "int" }] });
});
after(async () => place?.stop());

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
    "connections create --type postgresql --name shop-db --host db.example.org --port 5432 --username reader --password '${DB_PASSWORD}'";
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
    { line: "connections update --id 1 --host other.example.org", says: /host: other\.example\.org/ },
    { line: "connections test --id 1", says: /test passed/ },
    { line: "connections test --id 1 --password new --host third.example.org", says: /test passed/ },
    { line: "connections delete --id 2", says: /deleted successfully/ },
    { line: "connections get --id 2", says: /404/, code: 1 },
  ]);
  const { options } = place.dataplane.asked.at(-1)!;
  const { instead } = options as { instead: { settings: { host: string }; secrets: object } };
  assert.deepEqual([instead.settings.host, instead.secrets], ["third.example.org", { password: "new" }]);
});

test("datastores", { skip }, async () => {
  const create = "datastores create --name Shop --connection-name shop-db --database shop --schema sales";
  await walk(place, [
    {
      line: `${create} --tags 'pricing,daily' --teams Public --enrichment-prefix _shop --enrichment-source-record-limit 50`,
      says: /Datastore ID: 1/,
    },
    {
      line: "datastores create --name Evidence --connection-id 1 --database shop --schema evidence --enrichment-only --no-trigger-sync",
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

test("containers", { skip }, async () => {
  await finish(place.trial);
  const { db } = place.trial.store;
  const orders = await db.selectFrom("container").where("name", "=", "orders").select("id").executeTakeFirstOrThrow();
  const [field] = await db.selectFrom("field").where("container_id", "=", orders.id).where("name", "=", "email").select("id").execute();
  await insertProfile(db, orders.id, { [field!.id]: { completeness: 0.875 } });
  const id = String(orders.id);
  const join = `--left-container-id ${id} --right-container-id ${id} --left-key-field id --right-key-field id --select-clause '*'`;
  await walk(place, [
    { line: "containers list --datastore-id 1 --type table", says: /Found 1 containers/ },
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
  const daily = await db.selectFrom("container").where("name", "=", "daily").select("id").executeTakeFirstOrThrow();
  const part = await db.selectFrom("container").where("name", "=", "part").select("id").executeTakeFirstOrThrow();
  await walk(place, [
    { line: `containers update --id ${daily.id} --query 'SELECT 2 AS one'`, says: /SELECT 2 AS one/ },
    { line: `containers delete --id ${id}`, says: /OBJECT_IN_USE/, code: 1 },
    { line: `containers delete --id ${part.id}`, says: /deleted successfully/ },
  ]);
  place.dataplane.answer("validate", {
    error: { code: "QUERY_FAILED", what: "The query failed", why: "no table t", todo: "name one" },
    fields: [],
  });
  await walk(place, [
    { line: "containers validate --type computed_table --datastore-id 1 --query 'SELECT x FROM t'", says: /no table t/, code: 1 },
  ]);
  place.dataplane.answer("validate", { error: null, fields: [{ name: "id", field_type: "Integral", native_type: "int" }] });
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
    const other = await openPlace();
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
