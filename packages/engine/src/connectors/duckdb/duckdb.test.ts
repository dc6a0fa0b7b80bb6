import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import type { Catalog, Datastore } from "../connector.ts";
import { connect } from "../index.ts";
import { scratch, scratchSlot } from "../scratch.ts";
import { structMembers } from "./expose.ts";

const at = scratch();
let datastore: Datastore;
let catalog: Catalog;

const SETUP = [
  `CREATE TABLE db.t (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, seen_at TIMESTAMPTZ, e ENUM('b', 'a'), s STRUCT(a INTEGER, "b c" STRUCT(d VARCHAR)), u UUID UNIQUE, UNIQUE (name, id))`,
  `INSERT INTO db.t VALUES (1, 'x', '2024-01-01 00:00:00+02', 'a', {'a': 1, 'b c': {'d': 'deep'}}, NULL), (2, 'y', NULL, NULL, NULL, NULL)`,
  `CREATE SCHEMA db.other`,
  `CREATE TABLE db.other."odd "" name.x" (rowid INTEGER)`,
  `CREATE TABLE db.numbers AS SELECT range AS id FROM range(10000)`,
  `CREATE VIEW db.v AS SELECT id, name FROM db.t`,
  `CREATE TABLE db.gone (a INTEGER)`,
  `CREATE VIEW db.broken AS SELECT * FROM db.gone`,
  `DROP TABLE db.gone`,
  `CHECKPOINT db`,
  `DETACH db`,
];

before(async () => {
  const slot = await scratchSlot(at, { setup: [`ATTACH '${at.path("db.duckdb")}' AS db`, ...SETUP] });
  await slot.close();
  datastore = await connect([at.path("db.duckdb")]);
  catalog = await datastore.sync();
});
after(async () => {
  await datastore.close();
  at.remove();
});

test("tables and views of all schemas, with fields and keys", () => {
  const shown = catalog.containers.map((container) => [
    container.name,
    container.kind,
    container.fields.map((field) => `${field.name} ${field.native_type} ${field.field_type}${field.nullable ? "" : " not null"}`),
    container.keys,
    container.incremental_field,
  ]);
  assert.deepEqual(shown, [
    ["numbers", "table", ["id BIGINT Integral"], [], null],
    [
      "t",
      "table",
      [
        "id INTEGER Integral not null",
        "name VARCHAR String not null",
        "seen_at TIMESTAMP WITH TIME ZONE Timestamp",
        "e ENUM String",
        "s.a INTEGER Integral",
        "s.b c.d VARCHAR String",
        "u UUID String",
      ],
      [["id"], ["u"], ["name", "id"]],
      "id",
    ],
    ["v", "view", ["id INTEGER Integral", "name VARCHAR String"], [], null],
    ['other.odd " name.x', "table", ["rowid INTEGER Integral"], [], null],
  ]);
  assert.deepEqual(
    catalog.failures.map((failure) => [failure.name, failure.error.code]),
    [["broken", "QUERY_FAILED"]],
  );
});

const open = async (name: string, sampleRows?: number) =>
  (
    await datastore.open(
      catalog.containers.find((container) => container.name === name)!,
      { sampleRows },
    )
  ).relation;

test("rows are read, by id where there is one", async () => {
  const t = await open("t");
  assert.equal(t.records, 2);
  const rows = await datastore.session.query(`SELECT id, seen_at AS at, e, "s.b c.d" AS d FROM ${t.from} WHERE ${t.rowsIn!([0n])}`);
  assert.deepEqual(rows, [{ id: 1, at: "2023-12-31 22:00:00", e: "a", d: "deep" }]);
  const v = await open("v");
  assert.deepEqual([v.rowId, v.rowsIn, v.records], [null, null, null]);
  assert.equal((await datastore.session.query(`SELECT * FROM ${v.from}`)).length, 2);
  assert.equal((await open('other.odd " name.x')).rowId, null);
});

test("a sample of a table", async () => {
  const sample = await open("numbers", 500);
  assert.ok(Math.abs(sample.records! - 500) < 150);
  assert.equal(sample.recordsTotal, 10_000);
});

test("the file cannot be written", async () => {
  await assert.rejects(datastore.session.run("CREATE TABLE db.main.new (a INTEGER)"), UserError);
  await assert.rejects(datastore.session.run("INSERT INTO db.main.numbers VALUES (1)"), UserError);
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["missing.duckdb", "SOURCE_NOT_FOUND"],
  ["empty.duckdb", "SOURCE_EMPTY"],
  ["text.db", "SOURCE_UNREADABLE"],
  ["sqlite.db", "SOURCE_UNREADABLE"],
  ["torn.duckdb", "SOURCE_UNREADABLE"],
];

test("what is no database is refused", async () => {
  at.write("empty.duckdb", "");
  at.write("text.db", "just some text, long enough to be looked at");
  at.write("sqlite.db", "SQLite format 3\0 and so on");
  at.write("torn.duckdb", "12345678DUCKtorn");
  for (const [name, code] of REFUSED)
    await assert.rejects(connect([`duckdb:${at.path(name)}`]), (thrown) => thrown instanceof UserError && thrown.info.code === code, name);
});

test("a database is opened alone", async () => {
  await assert.rejects(
    connect([at.path("db.duckdb"), at.path("y.csv")]),
    (thrown) => thrown instanceof UserError && thrown.info.code === "OPTION_INVALID",
  );
  const secret = connect(["postgres://user:hidden@nowhere/db?password=hidden", "a.csv"]);
  await assert.rejects(secret, (thrown) => thrown instanceof UserError && !thrown.message.includes("hidden"));
});

test("struct types are taken apart", () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ["INTEGER", null],
    ["STRUCT(a INTEGER)[]", null],
    [
      `STRUCT(a INTEGER, "b ""c"", d" DECIMAL(10,2), e STRUCT(f ENUM('x,y', 'z)')))`,
      [
        { name: "a", type: "INTEGER" },
        { name: 'b "c", d', type: "DECIMAL(10,2)" },
        { name: "e", type: "STRUCT(f ENUM('x,y', 'z)'))" },
      ],
    ],
  ];
  for (const [type, expected] of cases) assert.deepEqual(structMembers(type), expected, type);
});
