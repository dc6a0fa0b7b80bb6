/** Search and exports over the API. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { wordsOf } from "../store/search.ts";
import { openTrial, type Trial } from "../trial/trial.ts";
import { insertCheck, insertContainer, insertDatastore, insertTeam } from "../trial/objects.ts";

let trial: Trial;
let shop: number;
let other: number;
let orders: number;
before(async () => {
  trial = await openTrial();
  const { db } = trial.store;
  shop = await insertDatastore(db, "Online shop");
  other = await insertDatastore(db, "Payroll");
  ({ id: orders } = await insertContainer(db, shop, "orders_total", { orderId: "Integral", Größe: "String", "%_odd": "String" }));
  await insertContainer(db, other, "OrderSecrets", { order_pay: "Integral" });
  const check = await insertCheck(db, orders, { rule_type: "notNull", fields: ["orderId"] });
  await db.updateTable("check").set({ description: "Every order has a number" }).where("id", "=", check).execute();
});
after(() => trial.close());

type Row = Record<string, unknown> & { id: number; items: Row[] };
const hits = async (q: string, as?: string): Promise<string[]> => {
  const { body } = await trial.ask("GET", `/search?q=${encodeURIComponent(q)}`, as === undefined ? {} : { as });
  return (body as Row).items.map(({ noun, name }) => `${String(noun)} ${String(name)}`);
};

test("words are found by their beginnings, within names, and only where the caller may look", async () => {
  const { id, token } = await trial.user("Member");
  await insertTeam(trial.store.db, "shop", "Reporter", [id], [shop]);
  const cases: [q: string, expected: string[]][] = [
    ["ord", ["container orders_total", "field orderId", "check Every order has a number"]],
    ["TOT ord", ["container orders_total"]],
    ["größ", ["field Größe"]],
    ["secret", []],
    ["rders", []],
    ["shop", ["datastore Online shop"]],
    ["%", []],
    ["odd", ["field %_odd"]],
    ["ord & ! ( :* '", ["container orders_total", "field orderId", "check Every order has a number"]],
    ["", []],
  ];
  for (const [q, expected] of cases) assert.deepEqual(await hits(q, token), expected, q);
  assert.deepEqual(await hits("order pay"), ["field order_pay"]);
  assert.equal(wordsOf(" -- "), null);
  const { body } = await trial.ask("GET", "/search?q=orderid");
  assert.deepEqual((body as Row).items[0]!.container, { id: orders, name: "orders_total" });
});

test("of thousands that are called something like it the one is found that is called exactly so", async () => {
  const { db } = trial.store;
  await db
    .insertInto("container")
    .values(
      [...Array.from({ length: 1100 }, (_, at) => `event_${at}`), "Event"].map((name) => ({
        datastore_id: shop,
        name,
        container_type: "table",
      })),
    )
    .execute();
  const found = await hits(" EVENT ");
  assert.equal(found[0], "container Event");
  assert.deepEqual([...new Set(found.map((line) => line.split(" ")[0]))], ["container"]);
  assert.ok(found.length > 1 && new Set(found).size === found.length);
});

test("an export is an operation, and needs somewhere to write to", async () => {
  const { db } = trial.store;
  const status = async (path: string, as?: string) => (await trial.ask("POST", `/export/${path}`, as === undefined ? {} : { as })).status;
  assert.equal(await status(`checks?datastore=${shop}`), 409);
  const target = await insertDatastore(db, "Evidence");
  await db.updateTable("datastore").set({ enrichment_only: true }).where("id", "=", target).execute();
  await db.updateTable("datastore").set({ enrichment_id: target }).where("id", "=", shop).execute();
  const editor = await trial.user("Member");
  await insertTeam(db, "editors", "Editor", [editor.id], [shop]);
  for (const asset of ["anomalies", "checks", "field-profiles"])
    assert.equal(await status(`${asset}?datastore=${shop}&containers=${orders}`, editor.token), 202);
  const last = await db.selectFrom("operation").selectAll().orderBy("id", "desc").executeTakeFirstOrThrow();
  assert.deepEqual(
    [last.type, last.request["asset_type"], last.request["container_ids"], last.user_id],
    ["export", "profiles", [orders], editor.id],
  );
  assert.equal(await status(`check-templates?enrich_datastore_id=${target}&template_ids=1&template_ids=2`), 204);
  const cases: [path: string, as: string | undefined, status: number][] = [
    [`check-templates?enrich_datastore_id=${shop}`, undefined, 409],
    [`check-templates?enrich_datastore_id=${target}`, editor.token, 404],
    ["check-templates", undefined, 422],
    [`checks?datastore=${other}`, editor.token, 404],
    [`checks?datastore=${shop}&containers=999999`, undefined, 404],
    ["checks", undefined, 422],
  ];
  for (const [path, as, expected] of cases) assert.equal(await status(path, as), expected, path);
  assert.deepEqual(trial.thrown, []);
});
