/** What scaling goes by: work that a dataplane has or may take, and no more than can be done at once. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openMetrics } from "../metrics.ts";
import { insertDatastore } from "../trial/objects.ts";
import { openTrial, type Trial } from "../trial/trial.ts";
import { readLoad } from "./load.ts";

let trial: Trial;
before(async () => {
  trial = await openTrial();
});
after(() => trial.close());

const enrol = async (name: string): Promise<number> => {
  const row = { name, token_hash: `digest of ${name}` };
  return (await trial.store.db.insertInto("dataplane").values(row).returning("id").executeTakeFirstOrThrow()).id;
};
const operation = async (datastore_id: number, result: "queued" | "running" | "success", dataplane_id: number | null = null) =>
  void (await trial.store.db
    .insertInto("operation")
    .values({ type: "scan", datastore_id, request: "{}", user_id: null, schedule_id: null, result, dataplane_id })
    .execute());
const work = async () => Object.fromEntries((await readLoad(trial.store.db)).dataplanes.map((one) => [one.name, one.work]));

test("work anybody may take counts for each, pinned work for one, work that is held for its holder", async () => {
  const { db } = trial.store;
  const [office] = [await enrol("office"), await enrol("plant")];
  await db.insertInto("dataplane").values({ name: "invited, not yet there" }).execute();
  assert.deepEqual(await work(), { office: 0, plant: 0 });
  assert.equal((await readLoad(db)).oldestSeconds, 0);

  const [free, pinned, busy] = [await insertDatastore(db, "free"), await insertDatastore(db, "pinned"), await insertDatastore(db, "busy")];
  await db.updateTable("datastore").set({ dataplane: "plant" }).where("id", "=", pinned).execute();
  await operation(free, "queued");
  await operation(free, "queued");
  await operation(pinned, "queued");
  await operation(busy, "running", office);
  await operation(busy, "queued");
  await operation(busy, "success", office);
  // Two of `free` cannot be done at once, and what waits behind `busy` cannot be done now.
  assert.deepEqual(await work(), { office: 2, plant: 2 });
  const { oldestSeconds, dataplanes } = await readLoad(db);
  assert.ok(oldestSeconds >= 0 && dataplanes.every(({ silentSeconds }) => silentSeconds >= 0));
});

test("metrics tell it, and are told without it when the store does not answer", async () => {
  const text = await openMetrics(() => readLoad(trial.store.db)).text();
  assert.match(text, /^touchstone_dataplane_work\{dataplane="office"\} 2$/m);
  assert.match(text, /^touchstone_dataplane_silent_seconds\{dataplane="plant"\} \d/m);
  assert.match(text, /^touchstone_work_oldest_seconds \d/m);
  const silent = await openMetrics(() => Promise.reject(new Error("the store is away"))).text();
  assert.match(silent, /touchstone_process_cpu_seconds_total/);
  assert.doesNotMatch(silent, /dataplane="/);
});
