/** Inference reads Postgres as it reads files: the whole of small tables, a sample (the same each time) of large ones. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../conformance/embedded-postgres.ts";
import { connect } from "../connectors/index.ts";
import { drawSample } from "../infer/draw.ts";
import type { Datastore } from "../connectors/connector.ts";
import { check } from "./check.ts";
import { profileContainer } from "./profile.ts";

const NOW = "2031-06-01T00:00:00Z";
let server: EmbeddedPostgres;
let datastore: Datastore;

before(async () => {
  server = await startEmbeddedPostgres();
  await server.admin(`
    CREATE TABLE visits AS SELECT i AS id, 'Z' || (10000 + i % 20) AS zip, 'City ' || chr(65 + i % 20) AS city, 20 + (i * 37) % 60 AS age FROM generate_series(1, 400) i;
    UPDATE visits SET city = 'Cify K' WHERE id = 50;
    UPDATE visits SET age = 9999 WHERE id = 70;
    CREATE TABLE big AS SELECT i AS id, i % 7 AS kind, md5(i::text) AS token FROM generate_series(1, 150000) i;`);
  datastore = await connect([server.url]);
});
after(async () => {
  await datastore.close();
  await server.stop();
});

test("what is wrong in a table is found", async () => {
  const report = await check({
    id: "t",
    version: "t",
    datastores: [datastore],
    sources: [""],
    containers: ["visits"],
    level: 4,
    options: { now: NOW, recordsMax: "all" },
  });
  const [visits] = report.containers;
  assert.equal(visits!.error, null);
  assert.deepEqual(
    visits!.checks.filter(({ status }) => status === "unasserted").map(({ uid, error }) => [uid, error]),
    [],
  );
  const named = visits!.anomalies.flatMap(({ record, fields }) => (record === null ? [] : [`${String(record["id"])} ${fields.join()}`]));
  assert.deepEqual(named.toSorted(), ["50 city", "70 age"]);
});

test("a large table is sampled, the same rows each time", async () => {
  const container = (await datastore.sync()).containers.find(({ name }) => name === "big")!;
  const { relation } = await datastore.open(container);
  const profile = await profileContainer(datastore, container, relation, { now: NOW });
  const draw = async () => (await drawSample(datastore, container, relation, profile, { now: NOW }))!;
  const [one, two] = [await draw(), await draw()];
  assert.equal(one.whole, false);
  assert.ok(one.rows > 90_000 && one.rows <= 100_000, String(one.rows));
  assert.deepEqual(one.columns[0]!.values.slice(0, 100), two.columns[0]!.values.slice(0, 100));
});
