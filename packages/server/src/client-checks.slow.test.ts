/**
 * The published client's commands on checks, templates and anomalies, unmodified, against a control plane that listens on a port:
 * each must do its job. Skipped by name where pip cannot install the client.
 */
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openPlace, skip, walk, type Place } from "./trial/client.ts";
import { addAnomaly, addStock, type Stock } from "./trial/stock.ts";

let place: Place;
let shop: Stock;
before(async () => {
  if (skip !== false) return;
  place = await openPlace();
  shop = await addStock(place.trial, "Shop");
});
after(async () => place?.stop());

const file = async (name: string, content: unknown): Promise<string> => {
  const path = join(place.folder, name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};

/** Files below a folder, by path. */
const filesBelow = async (folder: string): Promise<Record<string, string>> => {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".yaml")).toSorted();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)));
};

const BETWEEN = { container: "orders", rule_type: "between", fields: ["price"], properties: { min: 0, max: 9 } };

test("checks are created, listed, read, changed, archived, activated and deleted", { skip }, async () => {
  const checks = await file("checks.json", [
    { ...BETWEEN, description: "prices", tags: ["money"], coverage: 0.99 },
    { ...BETWEEN, filter: "country = 'NO'", description: "prices in Norway" },
    { ...BETWEEN, filter: "country = 'SE'", description: "prices in Sweden", status: "Draft" },
    { container_id: shop.products, rule_type: "isNotNull", fields: ["SKU"], description: "an older name, another case" },
    {
      container: "orders",
      rule_type: "existsIn",
      fields: ["sku"],
      properties: { ref_container_id: shop.products, ref_datastore_id: shop.datastore, field_name: "sku" },
      description: "links",
    },
    { ...BETWEEN, fields: ["country"], description: "not of that type" },
    { ...BETWEEN, container: "nowhere" },
  ]);
  const change = await file("change.yaml", "filter: id > 10\ntags: [money, checked]\n");
  const wrong = await file("wrong.yaml", "filter: 'id >'\n");
  const at = `--datastore-id ${shop.datastore}`;
  await walk(place, [
    { line: `checks create ${at} --file ${checks}`, says: /Created 5, failed 2 of 7/ },
    { line: `checks create ${at} --file ${checks} --owner-id ${shop.as.Viewer.id}`, says: /Created 0, failed 7 of 7/ },
    { line: `checks list ${at}`, says: /Found 5 quality checks/ },
    { line: `checks list ${at} --status draft`, says: /Found 1 quality checks/ },
    { line: `checks list ${at} --containers PRODUCTS`, says: /Found 1 quality checks/ },
    { line: `checks list ${at} --tags money --format json`, says: /Found 1 quality checks.*"weight": 11/s },
    { line: "checks get --id 4", says: /rule_type: notNull/ },
    { line: `checks update --id 1 --file ${change} --default-anomaly-assignee-id ${shop.as.Viewer.id}`, says: /updated successfully/ },
    { line: "checks get --id 1", says: /filter: id > 10.*version: 2/s },
    { line: `checks update --id 1 --file ${change} --default-anomaly-assignee-id 0`, says: /updated successfully/ },
    { line: "checks get --id 1", says: /default_anomaly_assignee_id: null/ },
    { line: `checks update --id 1 --file ${wrong}`, says: /EXPRESSION_INVALID/, code: 1 },
    { line: "checks delete --id 1", says: /Archived quality check 1/ },
    { line: "checks delete --ids 2,3", says: /Archived 2 quality checks/ },
    { line: `checks list ${at} --status archived`, says: /Found 3 quality checks/ },
    { line: "checks activate --ids 1,2,3", says: /Activated 3, failed 0 of 3/ },
    { line: "checks activate --id 999999", says: /Activated 0, failed 1 of 1/ },
    { line: `checks list ${at} --status active`, says: /Found 5 quality checks/ },
    { line: "checks delete --id 4 --no-archive", says: /Deleted quality check 4/ },
    { line: "checks get --id 4", says: /404/, code: 1 },
  ]);
});

test("checks travel as files: here they change nothing, elsewhere they are made once", { skip }, async () => {
  const elsewhere = await addStock(place.trial, "Elsewhere");
  const [first, again, back] = ["first", "again", "back"].map((name) => join(place.folder, name));
  const here = `--datastore-id ${shop.datastore}`;
  const there = `--datastore-id ${elsewhere.datastore}`;
  const log = `--failures-log ${join(place.folder, "failures.log")}`;
  const versions = async () => await place.trial.store.db.selectFrom("check").orderBy("id").select(["id", "version"]).execute();
  const before = await versions();
  await walk(place, [
    { line: `checks export ${here} --output ${first!}`, says: /Exported 4 checks across 1 containers/ },
    { line: `checks import ${here} --input ${first!} ${log}`, says: /│ +0 +│ +4 +│ +0 +│/ },
    { line: `checks export ${here} --output ${again!}`, says: /Exported 4 checks/ },
    { line: `checks import ${there} --input ${first!} --dry-run ${log}`, says: /│ +4 +│ +0 +│ +0 +│/ },
    { line: `checks import ${there} --input ${first!} ${log}`, says: /│ +4 +│ +0 +│ +0 +│/ },
    { line: `checks import ${there} --input ${first!} ${log}`, says: /│ +0 +│ +4 +│ +0 +│/ },
    { line: `checks export ${there} --output ${back!}`, says: /Exported 4 checks/ },
  ]);
  const files = await filesBelow(first!);
  assert.equal(Object.keys(files).length, 4);
  assert.deepEqual(await filesBelow(again!), files);
  // The client names the datastore that a check looks into even where it is the check's own.
  assert.deepEqual(await filesBelow(back!), files);
  // What was imported over itself has no new versions.
  assert.deepEqual((await versions()).slice(0, before.length), before);
});

test("templates are exported and imported", { skip }, async () => {
  const made = await place.trial.ask("POST", "/quality-check-templates", {
    body: {
      rule: "between",
      properties: { min: 1, max: 2 },
      coverage: 0.5,
      tags: ["library"],
      template_locked: true,
      description: "of the library",
    },
  });
  assert.equal(made.status, 201);
  const output = join(place.folder, "templates.yaml");
  const evidence = await addStock(place.trial, "Evidence");
  await place.trial.store.db.updateTable("datastore").set({ enrichment_only: true }).where("id", "=", evidence.datastore).execute();
  await mkdir(join(place.folder, ".qualytics"), { recursive: true });
  await walk(place, [
    { line: `checks export-templates --output ${output}`, says: /Total check templates exported: 1/ },
    { line: `checks export-templates --output ${output} --rules unique`, says: /No check templates found/ },
    { line: `checks export-templates --output ${output} --status --rules between,unique --tags library`, says: /exported: 1/ },
    { line: `checks import-templates --input ${output}`, says: /Created a total of 1 check templates/ },
    { line: `checks export-templates --output ${output}`, says: /Total check templates exported: 2/ },
    { line: `checks export-templates --enrichment_datastore_id ${evidence.datastore}`, says: /_export_check_templates/ },
  ]);
});

test("anomalies are listed, read, changed, archived and deleted", { skip }, async () => {
  const add = (status = "Active", type = "record") =>
    addAnomaly(place.trial, shop, shop.orders, [1], { status, type, created_at: "2031-02-01T10:00:00Z" });
  const [one, two, three, four] = [await add(), await add("Active", "shape"), await add("Resolved"), await add()];
  const at = `--datastore-id ${shop.datastore}`;
  await walk(place, [
    { line: `anomalies list ${at}`, says: /Found 3 anomalies/ },
    { line: `anomalies list ${at} --type shape --container ${shop.orders} --check-id 1`, says: /Found 1 anomalies/ },
    { line: `anomalies list ${at} --status Resolved`, says: /Found 1 anomalies/ },
    { line: `anomalies list ${at} --status Active,Resolved`, says: /Found 4 anomalies/ },
    { line: `anomalies list ${at} --start-date 2031-02-01 --end-date 2031-02-01 --no-source-enriched`, says: /Found 3 anomalies/ },
    { line: `anomalies list ${at} --start-date 2031-02-02`, says: /Found 0 anomalies/ },
    { line: `anomalies get --id ${one}`, says: /failed_checks:.*rule_type: between/s },
    { line: `anomalies get --id ${one} --format json`, says: /"fingerprint"/ },
    {
      line: `anomalies update --id ${one} --status Acknowledged --description 'looked at' --tags 'seen,later' --assignee-ids ${shop.as.Viewer.id}`,
      says: /updated to 'Acknowledged'/,
    },
    { line: `anomalies get --id ${one}`, says: /description: looked at.*name: later/s },
    { line: `anomalies list ${at} --tag SEEN`, says: /Found 1 anomalies/ },
    { line: `anomalies update --id ${one} --status Active --assignee-ids ''`, says: /updated to 'Active'/ },
    { line: `anomalies update --ids ${one},${two} --status Acknowledged`, says: /Updated 2 anomalies/ },
    { line: `anomalies archive --id ${one} --status Invalid`, says: /archived as 'Invalid'/ },
    { line: `anomalies archive --ids ${two},${four}`, says: /Archived 2 anomalies as 'Resolved'/ },
    { line: `anomalies archive --id ${one} --status Resolved`, says: /OBJECT_STATE_WRONG/, code: 1 },
    { line: `anomalies update --id ${one} --status Active`, says: /updated to 'Active'/ },
    { line: `anomalies delete --id ${one}`, says: /Deleted anomaly/ },
    { line: `anomalies delete --ids ${two},${three}`, says: /Deleted 2 anomalies/ },
    { line: `anomalies get --id ${one}`, says: /404/, code: 1 },
    { line: `anomalies list ${at} --status Resolved`, says: /Found 1 anomalies/ },
  ]);
});
