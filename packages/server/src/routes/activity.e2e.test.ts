/** What happened lately, for those who may see it; and how many anomalies and checks a container has. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { insertOperation } from "../trial/objects.ts";
import { addAnomaly, addStock, type Stock } from "../trial/stock.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

let trial: Trial;
let shop: Stock;
let other: Stock;
before(async () => {
  trial = await openTrial();
  shop = await addStock(trial, "shop");
  other = await addStock(trial, "other");
});
after(() => trial.close());

const made = async (container_id: number, more: object = {}): Promise<number> => {
  const { status, body } = await trial.ask("POST", "/quality-checks", { body: { container_id, rule: "unique", fields: ["sku"], ...more } });
  assert.equal(status, 201, JSON.stringify(body));
  return (body as { id: number }).id;
};

type Line = { noun: string; id: number; event: string; user: { name: string } | null };
const lines = async (query: string, as = trial.admin): Promise<[string, number, string, string | null][]> =>
  ((await trial.ask("GET", `/activity?${query}`, { as })).body as { items: Line[] }).items.map(({ noun, id, event, user }) => [
    noun,
    id,
    event,
    user?.name ?? null,
  ]);

test("the latest of all kinds come first, of what the caller may see", async () => {
  const operation = await insertOperation(trial.store.db, shop.datastore, "scan", "success");
  const check = await made(shop.orders);
  const anomaly = await addAnomaly(trial, shop, shop.orders, [check]);
  const foreign = await made(other.orders);
  await trial.store.db
    .insertInto("anomaly_event")
    .values({ anomaly_id: anomaly, kind: "created", user_id: null, operation_id: operation })
    .execute();
  await trial.ask("PUT", `/anomalies/${anomaly}`, { body: { status: "Acknowledged" }, as: shop.as.Author.token });
  await trial.ask("PUT", `/quality-checks/${check}`, { body: { description: "changed" } });
  const own = [
    ["check", check, "updated", "admin"],
    ["anomaly", anomaly, "status", "Author of shop"],
    ["operation", operation, "success", null],
  ];
  assert.deepEqual(await lines("", shop.as.Reporter.token), own);
  assert.deepEqual(await lines(`datastore=${shop.datastore}&size=2`), own.slice(0, 2));
  assert.deepEqual(await lines(`datastore=${other.datastore}`), [["check", foreign, "created", "admin"]]);
  assert.deepEqual(await lines(`datastore=${other.datastore}`, shop.as.Reporter.token), []);
});

test("a container's anomalies and checks are counted by state", async () => {
  const ids = [
    await made(shop.products),
    await made(shop.products, { status: "Draft" }),
    await made(shop.products, { fields: ["price"] }),
    await made(shop.products),
  ];
  await trial.store.db.updateTable("check").set({ last_status: "failed" }).where("id", "=", ids[0]!).execute();
  await trial.ask("DELETE", `/quality-checks/${ids[3]}`);
  await addAnomaly(trial, shop, shop.products, [ids[0]!]);
  await addAnomaly(trial, shop, shop.products, [ids[0]!], { status: "Acknowledged" });
  await addAnomaly(trial, shop, shop.products, [ids[0]!], { status: "Resolved" });
  const path = `/containers/${shop.products}/counts`;
  assert.deepEqual((await trial.ask("GET", path, { as: shop.as.Reporter.token })).body, {
    open_anomalies: 2,
    checks: { active: 2, draft: 1, archived: 1 },
    asserted: { passed: 0, failed: 1, unasserted: 0, never: 1 },
  });
  assert.equal((await trial.ask("GET", path, { as: other.as.Editor.token })).status, 404);
  assert.deepEqual(trial.thrown, []);
});
