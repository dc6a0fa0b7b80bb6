/** Files as a datastore from opening to closing: each test has its own engine. How files become containers is in files.test.ts. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { UserError } from "@touchstone/core/errors";
import type { Catalog, ConnectOptions, Datastore } from "../connector.ts";
import { connect } from "../index.ts";
import { scratch } from "../scratch.ts";

const at = scratch();
after(() => at.remove());

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (thrown) {
    return thrown instanceof UserError ? thrown.info.code : String(thrown);
  }
  return "no error";
};

const within = async <T>(
  sources: readonly string[],
  look: (datastore: Datastore, catalog: Catalog) => Promise<T> | T,
  options: Partial<ConnectOptions> = {},
): Promise<T> => {
  const datastore = await connect(sources, options);
  try {
    return await look(datastore, await datastore.sync());
  } finally {
    await datastore.close();
  }
};

const CSV = "a,b\n1,x\n";
const compressed = gzipSync(`a,b\n${Array.from({ length: 200_000 }, (_, i) => `${i},${i * 7919}\n`).join("")}`);
/** Cut off behind what is looked at first. */
const cut = compressed.subarray(0, Math.floor(compressed.length * 0.9));

const FILES: Record<string, string | Uint8Array> = {
  "g/v2_orders_1.csv": CSV,
  "g/v2_orders_2.csv": "b,a\ny,2\n",
  "g/flights.csv": CSV,
  "p/orders/year=2024/month=1/a.csv": "id\n1\n2\n",
  "p/orders/year=2025/month=2/b.csv": "id\n3\n",
  "p/orders/year=2025/month=__HIVE_DEFAULT_PARTITION__/c.csv": "id\n4\n",
  "j/log-1.ndjson": '{"a":1}\n{"a":2,"b":"x"}\n',
  "j/log-2.ndjson": '{"a":2.5}\n',
  "mix/good.csv": CSV,
  "mix/day-1.csv.gz": gzipSync(CSV),
  "mix/day-2.csv.gz": cut,
};
for (const [name, content] of Object.entries(FILES)) at.write(name, content);

test("files of a group are one, with their names and places", () =>
  within([at.path("g/v2_orders_1.csv"), at.path("g/v2_orders_2.csv")], async (datastore, { containers }) => {
    const { relation } = await datastore.open(containers[0]!);
    const rows = await datastore.session.query(
      `SELECT a, b, ${relation.partition} AS file, ${relation.rowNumber} AS number FROM ${relation.from} ORDER BY ${relation.rowId}`,
    );
    assert.deepEqual(rows, [
      { a: 1, b: "x", file: "v2_orders_1.csv", number: 1 },
      { a: 2, b: "y", file: "v2_orders_2.csv", number: 1 },
    ]);
  }));

test("partition folders of text files are typed fields", () =>
  within([at.path("p/orders")], async (datastore, { containers }) => {
    const [container] = containers;
    assert.deepEqual(
      container!.fields.map((field) => `${field.name} ${field.field_type}`),
      ["id Integral", "year Integral", "month Integral"],
    );
    const { relation } = await datastore.open(container!);
    const rows = await datastore.session.query(`SELECT id, year, month FROM ${relation.from} ORDER BY id`);
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      [
        [1, 2024, 1],
        [2, 2024, 1],
        [3, 2025, 2],
        [4, 2025, null],
      ],
    );
  }));

test("keys that only some JSON files have are fields of all", () =>
  within([at.path("j")], async (datastore, { containers }) => {
    const { relation } = await datastore.open(containers[0]!);
    const rows = await datastore.session.query(`SELECT a, b FROM ${relation.from} ORDER BY ${relation.rowId}`);
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      [
        [1, null],
        [2, "x"],
        [2.5, null],
      ],
    );
  }));

test("a damaged file spoils neither its group nor the others", () =>
  within([at.path("mix")], async (datastore, catalog) => {
    assert.deepEqual(
      catalog.containers.map((container) => container.name),
      ["day-*", "good"],
    );
    assert.deepEqual(
      catalog.failures.map((failure) => [failure.name, failure.error.code]),
      [["day-2.csv.gz", "SOURCE_UNREADABLE"]],
    );
    const { relation } = await datastore.open(catalog.containers[0]!);
    assert.equal(relation.records, 1);
  }));

test("a file that goes away or is cut in the middle of the work is told", async () => {
  const path = at.write("going.csv", CSV);
  await within([path], async (datastore, { containers }) => {
    await datastore.release(containers[0]!);
    rmSync(path);
    assert.equal(await codeOf(datastore.open(containers[0]!)), "SOURCE_UNREADABLE");
  });
});

test("what was released is staged again when it is opened", () =>
  within([at.path("g/flights.csv")], async (datastore, { containers }) => {
    const query = async () => datastore.session.query(`SELECT a, b FROM ${(await datastore.open(containers[0]!)).relation.from}`);
    const before = await query();
    await datastore.release(containers[0]!);
    assert.deepEqual(await query(), before);
    assert.equal(await codeOf(datastore.open({ ...containers[0]!, name: "fligths" })), "CONTAINER_UNKNOWN");
  }));

test("an aborted sync says so", async () => {
  const datastore = await connect([at.path("g")]);
  const controller = new AbortController();
  controller.abort();
  assert.equal(await codeOf(datastore.sync({ signal: controller.signal })), "ABORTED");
  await datastore.close();
});

test("naive timestamps are read in the declared zone", async () => {
  const path = at.write("zone.csv", "t,u\n2024-01-01 10:00:00,2024-01-01 10:00:00\n2024-07-01 10:00:00,2024-07-01T10:00:00+01:00\n");
  const look = async (datastore: Datastore, { containers }: Catalog) =>
    datastore.session.query(`SELECT t, u FROM ${(await datastore.open(containers[0]!)).relation.from}`);
  assert.deepEqual(await within([path], look, { timeZone: "Europe/Berlin" }), [
    { t: "2024-01-01 09:00:00", u: "2024-01-01 09:00:00" },
    { t: "2024-07-01 08:00:00", u: "2024-07-01 09:00:00" },
  ]);
});

test("many columns are read and typed", async () => {
  const columns = Array.from({ length: 5_000 }, (_, i) => i);
  const line = (row: number): string => columns.map((i) => (i % 2 === 0 ? row * i : `t${row}`)).join(",");
  const path = at.write("wide.csv", `${columns.map((i) => `c${i}`).join(",")}\n${line(1)}\n${line(2)}\n`);
  const datastore = await connect([path]);
  try {
    const { containers } = await datastore.sync();
    const types = containers[0]!.fields.map((field) => field.field_type);
    assert.equal(types.length, 5_000);
    assert.equal(types.filter((type) => type === "Integral").length, 2_500);
  } finally {
    await datastore.close();
  }
});
