/** The control plane and a dataplane in one process, on real data: from a folder of files to anomalies in the store. */
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runDataplane } from "@touchstone/engine/worker/loop";
import type { OperationType } from "@touchstone/core/model/work";
import { openTrial, type StartDataplane, type Trial } from "../trial.ts";

const DATA = join(dirname(fileURLToPath(import.meta.resolve("vega-datasets"))), "..", "data");

const embedded: StartDataplane = (send, code) => {
  const stop = new AbortController();
  const running = runDataplane({ send, code, version: "trial", signal: stop.signal, settings: { threads: 2 } });
  return {
    stop: async () => {
      stop.abort();
      await running;
    },
  };
};

let trial: Trial;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-work-"));
  for (const name of ["movies.json", "cars.json", "seattle-weather.csv"]) copyFileSync(join(DATA, name), join(folder, name));
  trial = await openTrial({ dataplane: embedded });
});
after(async () => {
  await trial.close();
  rmSync(folder, { recursive: true, force: true });
});

const datastore = async (name: string, uri: string, type = "files"): Promise<number> => {
  const { db } = trial.store;
  const connection = await db
    .insertInto("connection")
    .values({ name, type, settings: JSON.stringify({ uri }) })
    .returning("id")
    .executeTakeFirstOrThrow();
  const { id } = await db.insertInto("datastore").values({ name, connection_id: connection.id }).returning("id").executeTakeFirstOrThrow();
  return id;
};

const run = async (type: OperationType, datastoreId: number, request: Record<string, unknown> = {}) => {
  const { db } = trial.store;
  const { work, news } = trial.services;
  const id = await db.transaction().execute((tx) => work.start(tx, { type, datastoreId, request, userId: null, scheduleId: null }));
  for (;;) {
    const row = await db.selectFrom("operation").where("id", "=", id).selectAll().executeTakeFirstOrThrow();
    if (row.finished_at !== null) return row;
    await news.wait(200);
  }
};

test("sync, profile, scan: containers, fields, profiles, inferred checks and anomalies are in the store", async () => {
  const { db } = trial.store;
  const id = await datastore("films", folder);
  const synced = await run("sync", id);
  assert.deepEqual([synced.result, synced.message], ["success", null]);
  const containers = await db.selectFrom("container").where("datastore_id", "=", id).orderBy("name").select(["id", "name"]).execute();
  assert.deepEqual(
    containers.map(({ name }) => name),
    ["cars", "movies", "seattle-weather"],
  );
  const profiled = await run("profile", id);
  assert.deepEqual([profiled.result, profiled.message], ["success", null]);
  assert.equal(profiled.counters["containers_analyzed"], 3);
  const checks = await db.selectFrom("check").selectAll().execute();
  assert.ok(checks.length > 20 && checks.every(({ inferred }) => inferred));
  const scanned = await run("scan", id);
  assert.deepEqual([scanned.result, scanned.message], ["success", null]);
  const anomalies = await db.selectFrom("anomaly").selectAll().execute();
  assert.ok(anomalies.length > 0);
  assert.equal(scanned.counters["anomalies_identified"], anomalies.length);
  assert.deepEqual(trial.thrown, []);
});
