import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { connect } from "../index.ts";
import type { Datastore } from "../connector.ts";
import { scratch, scratchSlot } from "../scratch.ts";

const at = scratch();
let datastore: Datastore;

const FILES: Record<string, string> = {
  "plain.parquet": "SELECT range AS id, 'n' || range AS name FROM range(300000)",
  "none.parquet": "SELECT 1 AS a, 'x' AS b WHERE false",
  "shard_1.parquet": "SELECT range AS a FROM range(3)",
  "shard_2.parquet": "SELECT range + 10 AS a FROM range(200000)",
  "types.parquet": `SELECT 0.1::FLOAT AS f, TIMESTAMPTZ '2024-01-01 10:00:00+02:00' AS z, TIMESTAMP '2024-01-01 10:00:00' AS n,
    {'x': 1, 'y"y': {'z': 'deep'}} AS s, [1, 2] AS l, [{'a': 1}] AS o, MAP {'k': 1} AS m, 1.50::DECIMAL(10, 2) AS d, UUID '00000000-0000-0000-0000-000000000001' AS u`,
  "clash.parquet": `SELECT 1 AS file_row_number, 2 AS filename, 3 AS rowid, 4 AS "#row"`,
  "sales/year=2024/month=01/a.parquet": "SELECT range AS v FROM range(2)",
  "sales/year=2025/month=02/b.parquet": "SELECT range AS v FROM range(1)",
  "spark/part-00000-1b4e28ba-2fa1-11d2-883f-0016d3cca427.snappy.parquet": "SELECT 1 AS a",
  "spark/part-00001-1b4e28ba-2fa1-11d2-883f-0016d3cca427.snappy.parquet": "SELECT 2 AS a",
};

before(async () => {
  for (const name of Object.keys(FILES)) at.write(name, "");
  at.write("spark/_SUCCESS", "");
  const slot = await scratchSlot(at);
  for (const [name, sql] of Object.entries(FILES))
    await slot.session.run(`COPY (${sql}) TO '${at.path(name)}' (FORMAT parquet, ROW_GROUP_SIZE 50000)`);
  await slot.close();
  at.write("cut.parquet", readFileSync(at.path("plain.parquet")).subarray(0, 5000));
  at.write("text.parquet", "this is no parquet file, and it is long enough to be one");
  datastore = await connect([at.folder]);
});
after(async () => {
  await datastore.close();
  at.remove();
});

test("containers, fields and failures", async () => {
  const catalog = await datastore.sync();
  const found = Object.fromEntries(
    catalog.containers.map((container) => [
      container.name,
      container.fields.map((field) => `${field.name} ${field.field_type}`).join(", "),
    ]),
  );
  assert.deepEqual(found, {
    plain: "id Integral, name String",
    none: "a Integral, b String",
    "shard_*": "a Integral",
    types: 'f Fractional, z Timestamp, n Timestamp, s.x Integral, s.y"y.z String, l Array, o String, m String, d Fractional, u String',
    clash: "file_row_number Integral, filename Integral, rowid Integral, #row Integral",
    sales: "v Integral, month String, year Integral",
    spark: "a Integral",
  });
  assert.deepEqual(Object.fromEntries(catalog.failures.map((failure) => [failure.name, failure.error.code])), {
    "cut.parquet": "SOURCE_UNREADABLE",
    "text.parquet": "SOURCE_UNREADABLE",
  });
  const sales = catalog.containers.find((container) => container.name === "sales")!;
  assert.deepEqual(
    sales.partitions.map((partition) => partition.name),
    ["sales/year=2024/month=01/a.parquet", "sales/year=2025/month=02/b.parquet"],
  );
  assert.equal(sales.partition_field, "year");
});

const opened = async (name: string) => {
  const { containers } = await datastore.sync();
  return (await datastore.open(containers.find((container) => container.name === name)!)).relation;
};

test("values are shown as rules take them", async () => {
  const { from } = await opened("types");
  const [row] = await datastore.session.query(`SELECT f, z, n, "s.x", "s.y""y.z", l, o, m, d, u FROM ${from}`);
  assert.deepEqual(row, {
    f: 0.1,
    z: "2024-01-01 08:00:00",
    n: "2024-01-01 10:00:00",
    "s.x": 1,
    's.y"y.z': "deep",
    l: [1, 2],
    o: '[{"a":1}]',
    m: '{"k":1}',
    d: 1.5,
    u: "00000000-0000-0000-0000-000000000001",
  });
});

test("row ids find their rows, in one file and in several", async () => {
  const plain = await opened("plain");
  const rows = await datastore.session.query(
    `SELECT id, ${plain.rowNumber} AS number FROM ${plain.from} WHERE ${plain.rowsIn!([5n, 299_999n])} ORDER BY id`,
  );
  assert.deepEqual(rows, [
    { id: 5, number: 6 },
    { id: 299_999, number: 300_000 },
  ]);
  assert.equal(plain.records, 300_000);
  const shards = await opened("shard_*");
  assert.equal(shards.records, 200_003);
  const ids = await datastore.session.query(
    `SELECT ${shards.rowId} AS id, a, ${shards.partition} AS file, ${shards.rowNumber} AS number FROM ${shards.from} WHERE a IN (2, 10, 150000) ORDER BY a`,
  );
  assert.deepEqual(
    ids.map((row) => [row["a"], row["file"], row["number"]]),
    [
      [2, "shard_1.parquet", 3],
      [10, "shard_2.parquet", 1],
      [150_000, "shard_2.parquet", 149_991],
    ],
  );
  const again = await datastore.session.query(
    `SELECT a FROM ${shards.from} WHERE ${shards.rowsIn!(ids.map((row) => BigInt(Number(row["id"]))))} ORDER BY a`,
  );
  assert.deepEqual(again, [{ a: 2 }, { a: 10 }, { a: 150_000 }]);
  assert.deepEqual(await datastore.session.query(`SELECT a FROM ${shards.from} WHERE ${shards.rowsIn!([])}`), []);
});

test("row groups without a wanted row are skipped", async () => {
  const { from, rowsIn } = await opened("plain");
  const [plan] = await datastore.session.query(`EXPLAIN ANALYZE SELECT name FROM ${from} WHERE ${rowsIn!([123_456n])}`);
  const scanned = [...String(plan?.["explain_value"]).matchAll(/([\d,]+) rows?/g)].map((match) => Number(match[1]!.replaceAll(",", "")));
  assert.ok(Math.max(...scanned) <= 50_000, String(scanned));
});

test("a column that hides the reader's own leaves rows without ids", async () => {
  const { rowId, rowsIn, rowNumber, from } = await opened("clash");
  assert.deepEqual([rowId, rowsIn, rowNumber], [null, null, null]);
  assert.deepEqual(await datastore.session.query(`SELECT file_row_number, filename, rowid, "#row" FROM ${from}`), [
    { file_row_number: 1, filename: 2, rowid: 3, "#row": 4 },
  ]);
});

test("partition folders are fields", async () => {
  const { from, partition } = await opened("sales");
  assert.deepEqual(await datastore.session.query(`SELECT v, month, year, ${partition} AS file FROM ${from} WHERE year = 2025`), [
    { v: 0, month: "02", year: 2025, file: "sales/year=2025/month=02/b.parquet" },
  ]);
});

test("naive timestamps are read in the declared zone", async () => {
  const zoned = await connect([at.path("types.parquet")], { timeZone: "America/New_York" });
  const { containers } = await zoned.sync();
  const { relation } = await zoned.open(containers[0]!);
  assert.deepEqual(await zoned.session.query(`SELECT n, z FROM ${relation.from}`), [
    { n: "2024-01-01 15:00:00", z: "2024-01-01 08:00:00" },
  ]);
  await zoned.close();
});

test("a sample repeats, and keeps the ids of the whole", async () => {
  const { containers } = await datastore.sync();
  const plain = containers.find((container) => container.name === "plain")!;
  const { relation } = await datastore.open(plain, { sampleRows: 1000 });
  const sum = `SELECT count(*) AS n, sum(id - ${relation.rowId}) AS off, sum(id) AS ids FROM ${relation.from}`;
  const [first] = await datastore.session.query(sum);
  assert.equal(relation.recordsTotal, 300_000);
  assert.equal(first?.["n"], relation.records);
  assert.ok(Math.abs(relation.records! - 1000) < 200);
  assert.equal(first?.["off"], 0);
  await datastore.release(plain);
  const again = (await datastore.open(plain, { sampleRows: 1000 })).relation;
  assert.deepEqual(await datastore.session.query(sum.replace(relation.from, again.from)), [first]);
  await datastore.release(plain);
});
