/** Rows that are sent and held against the checks of a container: what is found, what is refused, and that they stand nowhere at rest. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { API } from "@touchstone/core/routes/index";
import { spreadsheetOf, type MadeCell } from "@touchstone/engine/spreadsheet/made";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { addDatastore, embeddedBy, ended, runOperation, wholeStore } from "../trial/dataplane.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

let trial: Trial;
let folder: string;
let shop: number;
let orders: number;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-external-"));
  trial = await openTrial({ dataplane: embeddedBy(runDataplane) });
  shop = await makeShop();
});
after(async () => {
  await trial.close();
  rmSync(folder, { recursive: true, force: true });
});

const FIELDS = ["zip", "amount", "day", "sku", "secret"];

const makeShop = async (): Promise<number> => {
  for (const name of ["shop", "evidence"]) mkdirSync(join(folder, name));
  const rows = Array.from({ length: 40 }, (_, i) => `"0${1000 + i}",${i}.5,2031-02-0${1 + (i % 9)},s${i % 3},hidden-${i}`);
  writeFileSync(join(folder, "shop", "orders.csv"), [FIELDS.join(","), ...rows, ""].join("\n"));
  writeFileSync(join(folder, "shop", "products.csv"), "sku,name\ns0,a\ns1,b\ns2,c\n");
  const enrichmentId = await addDatastore(trial, "evidence", join(folder, "evidence"));
  const id = await addDatastore(trial, "shop", join(folder, "shop"), { enrichmentId });
  await runOperation(trial, "sync", id);
  const { db } = trial.store;
  orders = (await db.selectFrom("container").where("name", "=", "orders").select("id").executeTakeFirstOrThrow()).id;
  const products = (await db.selectFrom("container").where("name", "=", "products").select("id").executeTakeFirstOrThrow()).id;
  await db.updateTable("field").set({ status: "Masked" }).where("container_id", "=", orders).where("name", "=", "secret").execute();
  await db.updateTable("field").set({ field_type: "String" }).where("container_id", "=", orders).where("name", "=", "zip").execute();
  const checks: [rule: string, fields: string[], properties: object][] = [
    ["matchesPattern", ["zip"], { pattern: "^0[0-9]{4}$" }],
    ["notNegative", ["amount"], {}],
    ["notNull", ["day"], {}],
    ["unique", ["zip"], {}],
    ["existsIn", ["sku"], { ref_container_id: products, field_name: "sku" }],
    ["matchesPattern", ["secret"], { pattern: "^hidden" }],
    ["volumetric", [], { comparison: "Absolute Value", min: 30 }],
  ];
  for (const [i, [rule_type, fields, properties]] of checks.entries())
    await db
      .insertInto("check")
      .values({ container_id: orders, uid: `c${i}`, rule_type, fields: JSON.stringify(fields), properties: JSON.stringify(properties) })
      .execute();
  return id;
};

const send = (body: object, as?: string) => trial.ask("POST", `/containers/${orders}/scan`, { body, ...(as === undefined ? {} : { as }) });

const scanned = async (body: object) => {
  const { id } = await trial.got(API.containers.scan, `/containers/${orders}/scan`, { body });
  return ended(trial, id);
};

const sheetOf = (rows: MadeCell[][]): string => Buffer.from(spreadsheetOf({ orders: rows })).toString("base64");

const CANARY = "zq8-canary";
const good = (i: number) => ({ zip: `0${2000 + i}`, amount: i, day: "2031-03-01", sku: "s1", secret: `hidden-${CANARY}-${i}` });

test("what is wrong with the rows is found, by name and by row; the rows stand nowhere, and the container is as it was", async () => {
  const { db } = trial.store;
  const before = await db.selectFrom("check").select(["id", "last_status"]).orderBy("id").execute();
  const rows = [
    ...Array.from({ length: 5 }, (_, i) => good(i)),
    { ...good(5), zip: "2005", more: `${CANARY}-ignored` },
    { ...good(6), amount: -3.25, day: null },
    { ...good(7), sku: "s9" },
    { ...good(8), zip: "02000" },
    { ...good(9), secret: `${CANARY}-open` },
  ];
  const sent = { name: "morning.json", records: JSON.stringify(rows) };
  const { id } = await trial.got(API.containers.scan, `/containers/${orders}/scan`, { body: sent });
  const isOver = async () =>
    (await db.selectFrom("operation").where("id", "=", id).select("finished_at").executeTakeFirstOrThrow()).finished_at;
  while ((await isOver()) === null) {
    for (const [table, text] of await wholeStore(trial)) assert.ok(!text.includes(CANARY), `rows in ${table} while they are scanned`);
    // The store answers in this thread: without a pause nobody else would have a turn.
    await trial.services.news.wait(20);
  }
  const operation = await ended(trial, id);
  assert.deepEqual([operation.result, operation.message, operation.counters["records_processed"]], ["success", null, 10]);
  const { checks_passed, checks_failed, checks_unasserted } = operation.counters;
  assert.deepEqual([checks_passed, checks_failed, checks_unasserted], [0, 6, 0], "the check of the volume is left out");
  const found = await db.selectFrom("anomaly").where("operation_id", "=", id).orderBy("row").selectAll().execute();
  assert.deepEqual(
    found.map(({ type, row, partition }) => [type, row, partition]),
    [
      ["record", 6, "morning.json"],
      ["record", 7, "morning.json"],
      ["record", 8, "morning.json"],
      ["record", 10, "morning.json"],
      ["shape", null, "morning.json"],
    ],
  );
  assert.ok(found.every(({ source_enriched }) => source_enriched));
  for (const [table, text] of await wholeStore(trial)) assert.ok(!text.includes(CANARY), table);
  assert.deepEqual(await db.selectFrom("check").select(["id", "last_status"]).orderBy("id").execute(), before);
  assert.deepEqual(await db.selectFrom("assertion").select("id").execute(), []);
  const container = await db.selectFrom("container").where("id", "=", orders).selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([container.records_count, container.last_scanned_at], [null, null]);
  const asked = { anomaly_uuid: found[0]!.uuid, prefix: "", rows_max: 10 };
  const evidence = await trial.services.work.ask(shop, "source_records", asked);
  assert.deepEqual([evidence.error, evidence.rows[0]?.[0], JSON.stringify(evidence).includes(CANARY)], [null, "2005", false]);
});

test("CSV is read under its header, in any order and with other fields beside", async () => {
  const lines = ["extra;sku;zip;amount;day;secret", "x;s0;03001;1.5;2031-02-01;hidden", ";s0;03002;-1.5;2031-02-01;hidden", ""];
  const operation = await scanned({ name: "evening.csv", format: "csv", records: lines.join("\n") });
  assert.deepEqual([operation.result, operation.message, operation.counters["anomalies_identified"]], ["success", null, 1]);
  const listed = await trial.ask("GET", `/anomalies?container=${orders}&status=Active&size=100`);
  assert.ok(JSON.stringify(listed.body).includes("evening.csv"));
});

test("a spreadsheet is read by its values: numbers as they are, dates as days, zeros of texts kept", async () => {
  const row = (zip: string, amount: string, day: string) => [zip, { n: amount }, "s0", { day }, "hidden", true];
  const rows: MadeCell[][] = [
    ["zip", "amount", "sku", "day", "secret", "more"],
    row("04001", "1.5", "48000"),
    row("04002", "-0.10000000000000001", "48001"),
    ["04003", { n: "2" }, "s1", null, "hidden"],
  ];
  const records = Buffer.from(spreadsheetOf({ about: [["how to read this"]], orders: rows })).toString("base64");
  for (const sheet of [undefined, "orders"]) {
    const operation = await scanned({ name: "noon.xlsx", format: "xlsx", sheet, records });
    assert.deepEqual([operation.result, operation.message, operation.counters["records_processed"]], ["success", null, 3]);
    const found = trial.store.db.selectFrom("anomaly").where("operation_id", "=", operation.id).orderBy("row").select(["row", "partition"]);
    assert.deepEqual(await found.execute(), [
      { row: 2, partition: "noon.xlsx" },
      { row: 3, partition: "noon.xlsx" },
    ]);
  }
});

test("an anomaly that was sent is not resolved by another upload", async () => {
  const { db } = trial.store;
  const open = () => db.selectFrom("anomaly").where("status", "=", "Active").select("id").execute();
  const before = await open();
  assert.ok(before.length > 0);
  assert.equal((await scanned({ records: JSON.stringify([good(1), good(2)]) })).result, "success");
  assert.deepEqual(await open(), before);
});

test("what cannot be scanned is refused with its reason, and nothing is scanned in part", async () => {
  const cases: [name: string, body: object, message: RegExp][] = [
    [
      "a field is missing",
      { records: JSON.stringify([{ zip: "01000", amount: 1, day: null, secret: "x" }]) },
      /UPLOAD_UNUSABLE.*it has no sku/,
    ],
    [
      "text for numbers",
      {
        records: JSON.stringify([
          { ...good(1), amount: "many" },
          { ...good(2), day: "soon" },
        ]),
      },
      /1 values of amount are no Fractional, 1 values of day are no Date/,
    ],
    [
      "a sheet there is not",
      { format: "xlsx", sheet: "may", records: sheetOf([["zip"], ["1"]]) },
      /UPLOAD_UNUSABLE.*no sheet of that name/,
    ],
    ["a sheet with other fields", { format: "xlsx", records: sheetOf([["zip"], ["1"]]) }, /it has no amount, day, sku, secret/],
    ["a number for a day", { format: "xlsx", records: sheetOf([FIELDS, ["1", { n: "1" }, { n: "48000" }, "s0", "x"]]) }, /1 values of day/],
    ["a broken archive", { format: "xlsx", records: sheetOf([["zip"]]).slice(0, 400) }, /no spreadsheet/],
    ["a header alone", { format: "csv", records: "zip\n" }, /UPLOAD_UNUSABLE/],
  ];
  for (const [name, body, message] of cases) {
    const operation = await scanned(body);
    assert.deepEqual([operation.result, operation.counters["checks_failed"]], ["failure", undefined], name);
    assert.match(operation.message ?? "", message, name);
  }
  for (const records of ["{", "[]", "[1]", '{"zip": "1"}']) assert.equal((await send({ records })).status, 422, records);
  for (const records of ["PK", "zip\n1", "UEsD"]) assert.equal((await send({ format: "xlsx", records })).status, 422, records);
  const member = await trial.user("Member");
  assert.equal((await send({ records: JSON.stringify([good(1)]) }, member.token)).status, 404);
  const done = await trial.store.db.selectFrom("operation").where("type", "=", "external_scan").select("id").executeTakeFirstOrThrow();
  for (const verb of ["rerun", "run"]) assert.equal((await trial.ask("PUT", `/operations/${verb}/${done.id}`)).status, 409, verb);
});

test("rows whose holder is gone fail the operation", async () => {
  const operation = await runOperation(trial, "external_scan", shop, { container_ids: [orders], upload_name: "lost.json" });
  assert.equal(operation.result, "failure");
  assert.match(operation.message ?? "", /UPLOAD_UNUSABLE: lost\.json .*has ended/);
  assert.deepEqual(await trial.store.db.selectFrom("upload").selectAll().execute(), []);
  assert.deepEqual(trial.thrown, []);
});
