/** Spreadsheets as files of a datastore: from their first sheet with rows on they are delimited text. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { spreadsheetOf, type MadeCell } from "../../spreadsheet/made.ts";
import type { Datastore } from "../connector.ts";
import { connect } from "../index.ts";
import { scratch } from "../scratch.ts";

const at = scratch();
let datastore: Datastore;

const month = (...orders: MadeCell[][]) =>
  spreadsheetOf({ about: [["Orders"]], orders: [["id", "zip", "amount", "paid", "day", "at"], ...orders] });

before(async () => {
  at.write("orders_2031-01.xlsx", month([{ n: "1" }, "0123", { n: "1.5" }, true, { day: "48000" }, { moment: "48000.4375" }]));
  at.write("orders_2031-02.xlsx", month([{ n: "2" }, "4567", { error: "#N/A" }, false, null, { moment: "48001" }], [{ n: "3" }]));
  at.write("notes.xlsx", spreadsheetOf({ a: [["text"], ['line\nbreak, ‘quoted’ "so"']] }));
  at.write("notes.csv", "text\nx\n");
  at.write("broken.xlsx", "this is no archive");
  at.write("about.xlsx", spreadsheetOf({ a: [["only a title"]] }));
  datastore = await connect([at.folder]);
});
after(async () => {
  await datastore.close();
  at.remove();
});

/** Twice: a sync looks at the files anew. */
for (const turn of ["at first", "again"])
  test(`containers, fields and failures, ${turn}`, async () => {
    const { containers, failures } = await datastore.sync();
    const found = containers.map(({ name, fields }) => [name, ...fields.map((field) => `${field.name} ${field.field_type}`)]);
    assert.deepEqual(found.toSorted(), [
      ["notes.csv", "text String"],
      ["notes.xlsx", "text String"],
      ["orders_*", "id Integral", "zip String", "amount Fractional", "paid Boolean", "day Date", "at Timestamp"],
    ]);
    assert.deepEqual(failures.map(({ name, error }) => [name, error.code]).toSorted(), [
      ["about.xlsx", "SOURCE_UNREADABLE"],
      ["broken.xlsx", "SOURCE_UNREADABLE"],
    ]);
    assert.ok(
      failures.every(({ error }) => `${error.what} ${error.why}`.includes(at.folder)),
      "each names its file",
    );
  });

test("rows are those of the sheets, with the file and the place they come from", async () => {
  const { containers } = await datastore.sync();
  const orders = containers.find(({ name }) => name === "orders_*")!;
  assert.deepEqual(
    orders.partitions.map(({ name }) => name),
    ["orders_2031-01.xlsx", "orders_2031-02.xlsx"],
  );
  const { relation, rejected } = await datastore.open(orders);
  const rows = await datastore.session.query(
    `SELECT id, zip, amount, paid, CAST("day" AS VARCHAR) AS "day" FROM ${relation.from} ORDER BY id`,
  );
  assert.deepEqual(rows.map(Object.values), [
    [1, "0123", 1.5, true, "2031-06-01"],
    [2, "4567", null, false, null],
    [3, null, null, null, null],
  ]);
  assert.equal(rejected.count, 0);
});
