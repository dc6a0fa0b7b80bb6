/** The rows a scan shows: which, how many, and what of them. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { eq, gt, isNull, lt, not, num } from "@touchstone/core/expr/expr";
import type { Datastore } from "../connectors/connector.ts";
import { runTasks } from "./run.ts";
import { LINES, OPTIONS, amount, code, groups, id, kind, member, openOrders, row, task } from "./orders-fixture.ts";

const orders = await openOrders(["files", "postgres"]);
after(orders.close);
const datastore = orders.datastores.files!;

void test("failing rows are captured with their numbers, capped, the rest rolled up", async () => {
  const high = row(gt(amount, num(97)), { uid: "high" });
  const missing = row(isNull(amount), { uid: "missing", fields: ["amount"] });
  const last = row(eq(id, num(198)), { uid: "last", fields: ["id"] });
  const { anomalies } = await orders.scan([high, missing, last]);
  assert.deepEqual(
    anomalies.map((each) => [
      each.type,
      each.row,
      each.failed_checks.map(({ uid }) => uid),
      each.anomalous_records,
      each.examples.map((example) => example.row),
    ]),
    [
      ["record", 98, ["high"], 1, []],
      ["record", 99, ["high"], 1, []],
      ["record", 198, ["high", "last"], 1, []],
      ["record", 250, ["missing"], 1, []],
      ["record", 500, ["missing"], 1, []],
      ["record", 750, ["missing"], 1, []],
      ["shape", null, ["high"], 17, [199, 298]],
      ["shape", null, ["missing"], 1, [1000]],
    ],
  );
  assert.deepEqual(anomalies[0]!.record, { id: 98, amount: 98, kind: "c", day: "2024-01-15", code: "x98" });
  assert.equal(anomalies[0]!.partition, "orders.csv");
});

void test("without row ids the same rows are found, each once, with all its checks", async () => {
  const tasks = [
    row(gt(amount, num(97)), { uid: "high" }),
    row(eq(id, num(198)), { uid: "last" }),
    row(not(member(kind)), { uid: "member" }),
  ];
  const { anomalies } = await orders.scan(tasks, {}, "postgres");
  assert.deepEqual(
    anomalies.map((each) => [each.type, each.record?.["id"] ?? null, each.failed_checks.map(({ uid }) => uid), each.anomalous_records]),
    [
      ["record", 3, ["member"], 1],
      ["record", 7, ["member"], 1],
      ["record", 11, ["member"], 1],
      ["record", 98, ["high"], 1],
      ["record", 99, ["high", "member"], 1],
      ["record", 198, ["high", "last"], 1],
      ["shape", null, ["high"], 17],
      ["shape", null, ["member"], 246],
    ],
  );
});

void test("without caps every failing row is shown", async () => {
  const { anomalies } = await orders.scan([row(gt(amount, num(49))), row(not(member(kind)))], { recordsMax: "all" });
  assert.equal(anomalies.length, new Set(anomalies.map((each) => each.row)).size);
  assert.equal(anomalies.length, LINES.filter((line) => Number(line.split(",")[1]) > 49 || line.split(",")[2] === "d").length);
});

/** Checks of every kind that names single rows, so that rows are found by several statements. */
const ofEveryKind = () => [
  row(lt(amount, num(50)), { uid: "low" }),
  row(isNull(amount), { uid: "missing", filter: lt(id, num(900)) }),
  row(not(member(kind)), { uid: "member", fields: ["kind"] }),
  task({ kind: "ordered", orderBy: null, violates: lt(amount, { kind: "previous", operand: amount, orderBy: [] }) }, { uid: "ordered" }),
];

for (const since of [null, num(600)])
  void test(`every row is the same whether rows are swept or looked up one by one${since === null ? "" : ", of a slice"}`, async () => {
    const found = async (recordsMax: number | "all") => (await orders.scan(ofEveryKind(), { since, recordsMax, examplesMax: 5 })).anomalies;
    const swept = await found("all");
    assert.ok(swept.some(({ failed_checks }) => failed_checks.length === 2));
    assert.deepEqual(swept, await found(LINES.length));
  });

void test("where every row is more than a report may hold, it holds the first ones with all the checks they break", async () => {
  const whole = (await orders.scan(ofEveryKind(), { recordsMax: "all" })).anomalies;
  const cut = (await orders.scan(ofEveryKind(), { recordsMax: "all", everyRowMax: 100 })).anomalies;
  assert.deepEqual(
    cut.filter(({ type }) => type === "record"),
    whole.slice(0, 100),
  );
  const counted = (anomalies: typeof whole) =>
    anomalies.reduce(
      (sum, { type, failed_checks, anomalous_records }) => sum + (type === "record" ? failed_checks.length : anomalous_records),
      0,
    );
  assert.equal(counted(cut), counted(whole));
});

void test("duplicates are shown group by group", async () => {
  const { anomalies } = await orders.scan([groups([code])], { recordsMax: 2, examplesMax: 6 });
  assert.deepEqual(
    anomalies.map((each) => [each.type, each.examples.map((example) => example.row)]),
    [["shape", [1, 301, 601, 901, 2, 302]]],
  );
});

void test("the same scan gives the same fingerprints", async () => {
  const tasks = [row(gt(amount, num(90)), { uid: "a" }), groups([code], { uid: "b" })];
  const prints = async () => (await orders.scan(tasks)).anomalies.map((each) => each.fingerprint);
  assert.deepEqual(await prints(), await prints());
});

void test("values of a masked field stay in the engine, and still tell rows apart", async () => {
  const found = orders.container("files");
  const container = { ...found, fields: found.fields.map((own) => ({ ...own, masked: own.name === "amount" })) };
  const { relation } = await datastore.open(container);
  const asked: string[] = [];
  const watched: Datastore = {
    ...datastore,
    session: { ...datastore.session, query: (sql, options) => (asked.push(sql), datastore.session.query(sql, options)) },
  };
  const { anomalies } = await runTasks(watched, container, relation, [row(gt(amount, num(97)))], OPTIONS);
  assert.deepEqual(anomalies[0]!.record, { id: 98, amount: "***MASKED***", kind: "c", day: "2024-01-15", code: "x98" });
  assert.equal(anomalies[0]!.message, "The record breaks the rule that it holds");
  assert.equal(new Set(anomalies.map((each) => each.fingerprint)).size, anomalies.length);
  assert.match(asked.at(-1)!, /md5\(.*"amount"/);
});
