/** The connector on an embedded Postgres: catalogue, types, names, samples, refusals. What needs a real server is in postgres.slow.test.ts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../conformance/embedded-postgres.ts";
import type { Datastore } from "../connector.ts";
import { connectDefaults } from "../defaults.ts";
import { parsePostgres, postgresName } from "./config.ts";
import { postgresConnector } from "./index.ts";

const ODD_NAMES = [
  'we"ird .name',
  "select",
  "Mixed Case",
  "it's",
  "back\\slash",
  "日本",
  "x".repeat(63),
  "__proto__",
  "-- no comment",
  "*/",
];
const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const SETUP = `
CREATE SCHEMA "Odd ""schema""";
SET search_path = "Odd ""schema""";
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN positive AS numeric(6,0) NOT NULL CHECK (VALUE > 0);
CREATE TABLE kinds (
  id serial PRIMARY KEY, small smallint, big bigint, real_ real, double_ double precision, exact numeric(10,2), wide numeric(30,0), money_ money,
  yes boolean, text_ text, varchar_ varchar(9), char_ char(5), mood_ mood, domain_ positive, day date, at timestamp, at_zone timestamptz NOT NULL, clock time,
  span interval, uuid_ uuid, json_ json, jsonb_ jsonb, bytes bytea, ints int[], moods mood[], updated_at timestamp, UNIQUE (text_, day)
);
INSERT INTO kinds VALUES (1, 2, 9007199254740993, 0.1, 0.1, 1.50, 123456789012345678901234567890, 1.25, true, 'x', 'y', 'ab', 'ok', 7, '2024-02-29',
  '2024-02-29 10:11:12.5', '2024-02-29 10:11:12+02', '10:11', '1 day', '00000000-0000-0000-0000-000000000001', '{"a":[1]}', '{"b":null}', '\\x00ff', '{1,NULL,3}', '{ok,sad}', NULL);
CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, note text);
INSERT INTO events (note) SELECT 'n' || i FROM generate_series(1, 5000) i;
CREATE VIEW recent AS SELECT * FROM events;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM events;
CREATE TABLE parted (day date, x int) PARTITION BY RANGE (day);
CREATE TABLE parted_2024 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO parted VALUES ('2024-05-05', 1);
${ODD_NAMES.map((name, i) => `CREATE TABLE ${quote(name)} (${quote(name)} int); INSERT INTO ${quote(name)} VALUES (${i});`).join("\n")}
RESET search_path;
`;

let server: EmbeddedPostgres;
let datastore: Datastore;
const url = (): string => `${server.url}&schema=${encodeURIComponent('Odd "schema"')}`;

before(async () => {
  server = await startEmbeddedPostgres();
  await server.admin(SETUP);
  datastore = await postgresConnector.connect(parsePostgres(url())!, connectDefaults());
});
after(async () => {
  await datastore.close();
  await server.stop();
});

const container = async (name: string) => (await datastore.sync()).containers.find((each) => each.name === name)!;
const rowsOf = async (name: string, sampleRows?: number) => {
  const { relation } = await datastore.open(await container(name), { sampleRows });
  return datastore.session.query(`SELECT * FROM ${relation.from}`);
};

test("tables, views, materialised views and partitioned tables; partitions are not shown", async () => {
  const { containers, failures } = await datastore.sync();
  const kinds = Object.fromEntries(containers.map(({ name, kind }) => [name, kind]));
  assert.deepEqual(
    [kinds["kinds"], kinds["recent"], kinds["counted"], kinds["parted"], kinds["parted_2024"]],
    ["table", "view", "view", "table", undefined],
  );
  assert.deepEqual(failures, []);
  assert.equal((await container("parted")).partition_field, "day");
});

test("types, keys and the incremental field", async () => {
  const kinds = await container("kinds");
  const types = Object.fromEntries(kinds.fields.map(({ name, field_type }) => [name, field_type]));
  assert.deepEqual(types, {
    id: "Integral",
    small: "Integral",
    big: "Integral",
    real_: "Fractional",
    double_: "Fractional",
    exact: "Fractional",
    wide: "Integral",
    money_: "Fractional",
    yes: "Boolean",
    text_: "String",
    varchar_: "String",
    char_: "String",
    mood_: "String",
    domain_: "Integral",
    day: "Date",
    at: "Timestamp",
    at_zone: "Timestamp",
    clock: "String",
    span: "String",
    uuid_: "String",
    json_: "Struct",
    jsonb_: "Struct",
    bytes: "Unknown",
    ints: "Array",
    moods: "Array",
    updated_at: "Timestamp",
  });
  assert.deepEqual(kinds.keys, [["id"], ["text_", "day"]]);
  assert.equal(kinds.fields.find(({ name }) => name === "domain_")?.nullable, false);
  assert.equal(kinds.incremental_field, "id");
  assert.equal((await container("events")).incremental_field, "id");
});

test("values arrive as cells", async () => {
  assert.deepEqual(await rowsOf("kinds"), [
    {
      id: 1,
      small: 2,
      big: 9007199254740993n,
      real_: 0.1,
      double_: 0.1,
      exact: 1.5,
      wide: 123456789012345678901234567890n,
      money_: 1.25,
      yes: true,
      text_: "x",
      varchar_: "y",
      char_: "ab",
      mood_: "ok",
      domain_: 7,
      day: "2024-02-29",
      at: "2024-02-29 10:11:12.500000",
      at_zone: "2024-02-29 08:11:12",
      clock: "10:11:00",
      span: "1 day",
      uuid_: "00000000-0000-0000-0000-000000000001",
      json_: { a: [1] },
      jsonb_: { b: null },
      bytes: "00ff",
      ints: [1, null, 3],
      moods: ["ok", "sad"],
      updated_at: null,
    },
  ]);
});

test("odd names of schemas, tables and columns", async () => {
  for (const [i, name] of ODD_NAMES.entries()) assert.deepEqual((await rowsOf(name)).map(Object.entries), [[[name, i]]]);
});

test("a sample is seeded, and about as large as asked for", async () => {
  for (const name of ["events", "recent"]) {
    const first = await rowsOf(name, 500);
    assert.ok(first.length > 350 && first.length < 650, `${name}: ${first.length}`);
    assert.deepEqual(await rowsOf(name, 500), first);
  }
  assert.equal((await rowsOf("events", 10_000)).length, 5000);
});

test("rows come in batches, and the connection is free when the reader stops", async () => {
  const sizes: number[] = [];
  for await (const rows of datastore.session.stream("SELECT generate_series(1, 2500) AS n", 1000)) sizes.push(rows.length);
  assert.deepEqual(sizes, [1000, 1000, 500]);
  for await (const rows of datastore.session.stream("SELECT generate_series(1, 2500) AS n", 10)) {
    assert.equal(rows.length, 10);
    break;
  }
  assert.deepEqual(await datastore.session.query("SELECT 1 AS one"), [{ one: 1 }]);
});

const refused = async (sql: string, code: string, why: RegExp): Promise<void> => {
  const error = await datastore.session.query(sql).then(
    () => assert.fail(`${sql} was not refused`),
    (thrown: unknown) => toErrorInfo(thrown),
  );
  assert.equal(error.code, code, sql);
  assert.match(error.why, why, sql);
};

test("nothing is written, one statement at a time, and no value stands in an error", async () => {
  await refused(`INSERT INTO "Odd ""schema""".events (note) VALUES ('x')`, "QUERY_FAILED", /read-only/);
  await refused("SELECT 1; SELECT 2", "QUERY_FAILED", /multiple commands/);
  await refused("SELECT CAST('a secret' AS bigint)", "QUERY_FAILED", /^(?!.*secret)/);
  await refused("SELECT nothing FROM nowhere", "QUERY_FAILED", /nowhere/);
  await refused("SELECT generate_series(1, 300000) AS n", "LIMIT_EXCEEDED", /200000 rows/);
});

test("a schema that is not there", async () => {
  const config = parsePostgres(`${server.url}&schema=nowhere`)!;
  await assert.rejects(postgresConnector.connect(config, connectDefaults()), (thrown) => toErrorInfo(thrown).code === "SOURCE_NOT_FOUND");
});

test("URLs", () => {
  const read = (source: string) => parsePostgres(source);
  assert.equal(read("orders.csv"), null);
  assert.equal(postgresName(read("postgresql://u:p%40ss@db.example:6432/shop?schema=x")!), "postgres://db.example:6432/shop/x");
  assert.equal(read("postgres://u:p%40ss@h/d")!.password, "p@ss");
  assert.deepEqual(
    [read("postgres://u@h")!.database, read("postgres://u@h")!.port, read("postgres://u@h/d")!.schema],
    ["u", 5432, "public"],
  );
  assert.equal(read("postgres://u@h/d?sslmode=verify-full")!.sslMode, "verify-full");
  for (const wrong of ["postgres://u@h/d?sslmode=maybe", "postgres://u@h/d?color=red", "postgres://u@h:port/d"])
    assert.throws(() => read(wrong), { name: "UserError" });
});
