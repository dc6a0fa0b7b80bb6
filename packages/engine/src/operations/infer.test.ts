/** Inference end to end: files in, checks and findings out. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { QualityCheck } from "@touchstone/core/model/check";
import type { Container } from "@touchstone/core/model/container";
import type { Profile } from "@touchstone/core/model/profile";
import type { Datastore, Relation } from "../connectors/connector.ts";
import { connect } from "../connectors/index.ts";
import type { Level } from "../infer/level.ts";
import { check } from "./check.ts";
import { inferChecks } from "./infer.ts";
import { profileContainer } from "./profile.ts";

const NOW = "2031-06-01T00:00:00Z";
const CITIES = ["Birmingham", "Sheffield", "Nottingham", "Leicester", "Wolverhampton"];
let folder = "";

const order = (row: number) => {
  const city = row % 5;
  const name = row === 17 ? "Birmingam" : CITIES[city]!;
  const total = row === 99 ? "999999" : String(10 + ((row * 37) % 90));
  return `${row + 1},C${1000 + (row % 40)},${name},G${city},2030-0${1 + (row % 9)}-1${row % 7},${total}`;
};

before(() => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-infer-"));
  writeFileSync(
    join(folder, "orders.csv"),
    ["id,customer_id,city,region,day,total", ...Array.from({ length: 300 }, (_, row) => order(row))].join("\n"),
  );
  writeFileSync(
    join(folder, "customers.csv"),
    ["customer_id,name", ...Array.from({ length: 50 }, (_, i) => `C${1000 + i},Name ${i}`)].join("\n"),
  );
});
after(() => rmSync(folder, { recursive: true, force: true }));

type Profiled = { datastore: Datastore; container: Container; catalogue: readonly Container[]; relation: Relation; profile: Profile };

const profiledOrders = async (source: string): Promise<Profiled> => {
  const datastore = await connect([source]);
  const catalogue = (await datastore.sync()).containers;
  const container = catalogue.find(({ name }) => name === "orders")!;
  const { relation } = await datastore.open(container);
  return { datastore, container, catalogue, relation, profile: await profileContainer(datastore, container, relation, { now: NOW }) };
};

/** One engine and one profile for the tests that do not need their own. */
let orders: Profiled;
before(async () => {
  orders = await profiledOrders(folder);
});
after(() => orders.datastore.close());

const inferred = (level: Level, { datastore, container, catalogue, relation, profile } = orders): Promise<QualityCheck[]> =>
  inferChecks(datastore, container, relation, profile, { now: NOW, level, catalogue });

const rulesOf = (checks: readonly QualityCheck[], field: string) =>
  checks
    .filter(({ fields }) => fields.includes(field))
    .map(({ rule_type }) => rule_type)
    .toSorted();

test("level 0 claims nothing", async () => assert.deepEqual(await inferred(0), []));

test("levels are cumulative", async () => {
  const [one, two, four] = [await inferred(1), await inferred(2), await inferred(4)];
  assert.deepEqual(rulesOf(one, "customer_id"), ["notNull"]);
  assert.deepEqual(rulesOf(two, "id"), ["notNegative", "notNull", "unique"]);
  assert.deepEqual(rulesOf(two, "customer_id"), ["existsIn", "matchesPattern", "notNull"]);
  assert.deepEqual(rulesOf(four, "customer_id"), ["existsIn", "matchesPattern", "notNull"]);
  const keys = (checks: readonly QualityCheck[]) => checks.map(({ rule_type, fields }) => `${rule_type} ${fields.join()}`);
  for (const key of keys(one)) assert.ok(keys(two).includes(key), `${key} is missing on level 2`);
  for (const key of keys(two)) assert.ok(keys(four).includes(key), `${key} is missing on level 4`);
});

test("the same data gives the same checks", async () => {
  const again = await profiledOrders(folder);
  try {
    assert.deepEqual(await inferred(5), await inferred(5, again));
  } finally {
    await again.datastore.close();
  }
});

test("an abort is heard", async () => {
  const { datastore, container, relation, profile } = orders;
  const abort = new AbortController();
  const work = inferChecks(datastore, container, relation, profile, { now: NOW, signal: abort.signal, onEvent: () => abort.abort() });
  await assert.rejects(work, /aborted/i);
});

test("an orphan of another container is found with no configuration", async () => {
  const own = mkdtempSync(join(tmpdir(), "touchstone-orphans-"));
  const sale = (row: number) => `${row + 1},${row === 120 ? 9999 : 1 + ((row * 37) % 80)},${(row * 37) % 90}`;
  writeFileSync(join(own, "sales.csv"), ["sale_no,customer,items", ...Array.from({ length: 400 }, (_, row) => sale(row))].join("\n"));
  writeFileSync(join(own, "customers.csv"), ["id,name", ...Array.from({ length: 80 }, (_, i) => `${i + 1},Name ${i}`)].join("\n"));
  const datastore = await connect([own]);
  try {
    const report = await check({
      id: "t",
      version: "t",
      datastores: [datastore],
      sources: [own],
      options: { now: NOW, recordsMax: "all" },
    });
    const sales = report.containers.find(({ name }) => name === "sales")!;
    const failed = sales.anomalies.flatMap(({ row, failed_checks }) =>
      failed_checks.map(({ rule_type, fields }) => `${row} ${rule_type} ${fields.join()}`),
    );
    assert.ok(failed.includes("121 existsIn customer"), failed.join("\n"));
    assert.deepEqual([...new Set(sales.anomalies.map(({ row }) => row))], [121]);
  } finally {
    await datastore.close();
    rmSync(own, { recursive: true, force: true });
  }
});

test("every check says why, on how many rows, and with what certainty", async () => {
  for (const { evidence, rule_type } of await inferred(5)) {
    assert.ok(evidence !== null && evidence.text.length > 20, rule_type);
    assert.ok(evidence.support > 0 && evidence.confidence! > 0.5 && evidence.confidence! <= 1, rule_type);
  }
});

test("what is wrong is found, every check can run, and nothing else is named", async () => {
  const datastore = await connect([join(folder, "orders.csv")]);
  try {
    const report = await check({
      id: "t",
      version: "t",
      datastores: [datastore],
      sources: [folder],
      level: 5,
      options: { now: NOW, recordsMax: "all" },
    });
    const [container] = report.containers;
    assert.deepEqual(
      container!.checks.filter(({ status }) => status === "unasserted").map(({ uid, error }) => [uid, error]),
      [],
    );
    const named = container!.anomalies.filter(({ type }) => type === "record").map(({ row, fields }) => `${row} ${fields.join()}`);
    assert.deepEqual(named.toSorted(), ["100 total", "18 city"]);
  } finally {
    await datastore.close();
  }
});
