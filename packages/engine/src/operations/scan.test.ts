/** Scan, check and dry run of files the test writes, from the public form of a check to the report. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { QualityCheck } from "@touchstone/core/model/check";
import type { OperationEvent } from "@touchstone/core/model/operation";
import { Report } from "@touchstone/core/model/report";
import { connect } from "../connectors/index.ts";
import { check } from "./check.ts";
import { dryRun } from "./dry-run.ts";
import { planContainer, scan } from "./scan.ts";
import { sync } from "./sync.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-operations-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const rows = Array.from({ length: 500 }, (_, i) => `${i + 1},${(i * 7) % 90},${["web", "shop"][i % 2]}`);
rows[41] = "42,999,web";
writeFileSync(join(folder, "orders.csv"), `id,discount,channel\n${rows.join("\n")}\n`);
writeFileSync(join(folder, "returns.csv"), "id,order_id\n1,10\n2,20\n");
writeFileSync(join(folder, "broken.parquet"), "PAR1 this is no parquet file");

const datastore = await connect([join(folder, "orders.csv"), join(folder, "returns.csv"), join(folder, "broken.parquet")]);
after(() => datastore.close());

const between = (container: string, field: string, max: number, more: object = {}) =>
  QualityCheck.parse({ rule_type: "between", container, fields: [field], properties: { min: 0, max }, ...more });
const base = { id: "run-1", version: "0", sources: [folder], datastores: [datastore] };

void test("a scan answers one document; a broken container and a broken check spoil nothing", async () => {
  const events: OperationEvent[] = [];
  const report = await scan({
    ...base,
    checks: [
      between("orders", "discount", 100),
      between("orders", "nothing", 100),
      between("orders", "discount", 10, { filter: "channel = 'web' AND id <= 100", coverage: 0.5 }),
      between("Returns", "order_id", 100),
      between("broken", "x", 1),
      between("absent", "x", 1),
      between("orders", "id", 1, { status: "Draft" }),
    ],
    onEvent: (event) => events.push(event),
  });
  assert.deepEqual(Report.parse(report), report);
  assert.deepEqual(report.containers.map((each) => [each.name, each.result, each.error?.code ?? null]).sort(), [
    ["absent", "failure", "CONTAINER_UNKNOWN"],
    ["broken.parquet", "failure", "SOURCE_UNREADABLE"],
    ["orders", "success", null],
    ["returns", "success", null],
  ]);
  const orders = report.containers.find(({ name }) => name === "orders")!;
  assert.deepEqual(
    orders.checks.map((each) => [each.status, each.asserted_records, each.anomalous_records, each.error?.code ?? null]),
    [
      ["failed", 500, 1, null],
      ["unasserted", null, null, "FIELD_UNKNOWN"],
      ["failed", 51, rows.slice(0, 100).filter((line) => line.endsWith("web") && Number(line.split(",")[1]) > 10).length, null],
    ],
  );
  assert.deepEqual(
    orders.anomalies.map((each) => [each.type, each.row, each.message]),
    [
      ["record", 42, "The value of discount is '999', which breaks the rule that discount lies between 0 and 100"],
      ["shape", null, orders.checks[2]!.message],
    ],
  );
  assert.equal(report.summary.result, "success");
  assert.equal(report.summary.containers_failed, 2);
  assert.equal(events.at(0)?.event, "operation_started");
  assert.equal(events.at(-1)?.event, "operation_finished");
  assert.deepEqual(
    orders.passes.map(({ kind }) => kind),
    ["shared", "capture"],
  );
});

void test("check learns from the data and reports fields, checks and anomalies", async () => {
  const report = await check({ ...base, containers: ["orders"] });
  const [orders] = report.containers;
  assert.equal(orders!.result, "success");
  assert.equal(orders!.records, 500);
  assert.deepEqual(
    orders!.fields.map((each) => [each.name, each.profile?.distinct_count]),
    [
      ["id", 500],
      ["discount", 91],
      ["channel", 2],
    ],
  );
  assert.deepEqual(Report.parse(report), report);
});

void test("an incremental scan starts after the checkpoint and gives the next", async () => {
  const { containers } = await sync(datastore, { containers: ["orders"], incrementalFields: { orders: "id" } });
  const watched = { ...datastore, sync: () => Promise.resolve({ containers, failures: [], notes: [] }) };
  const first = await scan({ ...base, datastores: [watched], checks: [between("orders", "discount", 100)] });
  assert.deepEqual(
    first.containers.map((each) => [each.records_processed, each.checkpoint]),
    [[500, 500]],
  );
  const second = await scan({ ...base, datastores: [watched], checks: [between("orders", "discount", 100)], options: { since: 100 } });
  assert.deepEqual(
    second.containers.map((each) => [
      each.records,
      each.records_processed,
      each.checkpoint,
      each.checks[0]!.status,
      each.checks[0]!.asserted_records,
    ]),
    [[500, 400, 500, "passed", 400]],
  );
});

void test("finished containers are kept, and an abort keeps what is finished", async () => {
  const checks = [between("orders", "discount", 100), between("returns", "order_id", 100)];
  const abort = new AbortController();
  const aborted = await scan({
    ...base,
    checks,
    signal: abort.signal,
    onEvent: (event) => event.event === "container_finished" && abort.abort(),
  });
  assert.deepEqual(aborted.containers.map((each) => each.result).sort(), ["aborted", "success"]);
  assert.equal(aborted.summary.result, "aborted");
  const read: string[] = [];
  const resumed = await scan({
    ...base,
    checks,
    finished: aborted.containers,
    onEvent: (event) => event.event === "container_started" && read.push(event.container),
  });
  assert.deepEqual(
    resumed.containers.map((each) => each.result),
    ["success", "success"],
  );
  assert.deepEqual(
    read,
    aborted.containers.filter((each) => each.result === "aborted").map((each) => each.name),
  );
});

void test("a dry run tries one check and keeps nothing", async () => {
  const { check: result, anomalies } = await dryRun(datastore, between("orders", "discount", 100));
  assert.deepEqual([result.status, result.anomalous_records, anomalies.length], ["failed", 1, 1]);
  await assert.rejects(dryRun(datastore, between("order", "discount", 100)), /nearest name is orders/);
});

void test("the plan names passes, checks and SQL, and what was refused", async () => {
  const { containers } = await sync(datastore);
  const container = containers.find(({ name }) => name === "orders")!;
  const { relation } = await datastore.open(container);
  const plan = await planContainer(datastore, container, relation, [between("orders", "discount", 100), between("orders", "nothing", 1)]);
  assert.deepEqual(
    plan.passes.map((pass) => [pass.kind, pass.uids, pass.sql.length]),
    [["shared", ["orders__between__discount"], 1]],
  );
  assert.deepEqual(
    plan.refused.map(({ error }) => error.code),
    ["FIELD_UNKNOWN"],
  );
});

void test("a check may refer to another datastore: keys are brought over, aggregates stay there, rows are compared", async () => {
  writeFileSync(
    join(folder, "ledger.csv"),
    `id,discount\n${rows
      .slice(0, 400)
      .map((line) => line.split(",").slice(0, 2).join(","))
      .join("\n")}\n`,
  );
  const ledger = await connect([join(folder, "ledger.csv")]);
  try {
    const at = { ref_datastore_name: "ledger", ref_container_name: "ledger" };
    const report = await scan({
      ...base,
      checks: [
        QualityCheck.parse({ rule_type: "existsIn", container: "orders", fields: ["id"], properties: { ...at, field_name: "id" } }),
        QualityCheck.parse({
          rule_type: "aggregationComparison",
          container: "orders",
          properties: { ...at, expression: "COUNT(id)", comparison: "eq", ref_expression: "COUNT(id)" },
        }),
        QualityCheck.parse({
          rule_type: "dataDiff",
          container: "orders",
          fields: ["id", "discount"],
          properties: { ...at, id_field_names: ["id"] },
        }),
        QualityCheck.parse({
          rule_type: "existsIn",
          container: "orders",
          fields: ["id"],
          properties: { ...at, ref_datastore_name: "nowhere", field_name: "id" },
        }),
      ],
      options: { references: { ledger } },
    });
    assert.deepEqual(
      report.containers[0]!.checks.map((each) => [each.status, each.anomalous_records, each.error?.code ?? null]),
      [
        ["failed", 100, null],
        ["failed", 500, null],
        ["failed", 100, null],
        ["unasserted", null, "OPTION_INVALID"],
      ],
    );
  } finally {
    await ledger.close();
  }
});
