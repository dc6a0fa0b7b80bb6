/** The engine's own dataplane and a control plane one version apart, either way round: whole operations, and a question. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PROTOCOL_VERSION } from "@touchstone/core/model/dataplane";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { addDatastore, runOperation } from "../trial/dataplane.ts";
import { skewed, type Skew } from "../trial/skew.ts";
import { openTrial, type Send, type Trial } from "../trial/trial.ts";

let trial: Trial;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-skew-"));
  trial = await openTrial();
});
after(async () => {
  await trial.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Each peer calls itself by its own version at the handshake. */
const speaking =
  (send: Send, { server, dataplane }: { server: number; dataplane: number }): Send =>
  async (path, body, options) => {
    if (!path.endsWith("/hello")) return send(path, body, options);
    const answer = await send(path, { ...(body as object), protocol: dataplane }, options);
    return { ...answer, body: { ...(answer.body as object), protocol: server } };
  };

const NOW = PROTOCOL_VERSION;
const CASES: { name: string; skew: Skew; versions: { server: number; dataplane: number } }[] = [
  { name: "an older dataplane", skew: { sent: "fewer", answered: "fewer" }, versions: { server: NOW, dataplane: NOW } },
  { name: "an older server", skew: { sent: "as it is", answered: "fewer" }, versions: { server: NOW, dataplane: NOW } },
  { name: "a newer dataplane", skew: { sent: "more", answered: "as it is" }, versions: { server: NOW, dataplane: NOW + 1 } },
  { name: "a newer server", skew: { sent: "as it is", answered: "more" }, versions: { server: NOW + 1, dataplane: NOW } },
];

for (const { name, skew, versions } of CASES)
  test(`${name} does its work`, async () => {
    const place = name.replaceAll(" ", "-");
    mkdirSync(join(folder, place));
    writeFileSync(join(folder, place, "orders.csv"), `id,price\n${Array.from({ length: 30 }, (_, i) => `${i},${i * 2}\n`).join("")}`);
    const id = await addDatastore(trial, place, join(folder, place));
    const stop = new AbortController();
    const send = speaking(skewed(trial.send, skew), versions);
    const running = runDataplane({
      send,
      code: await trial.invite(place),
      version: "x",
      signal: stop.signal,
      questions: 1,
      settings: { threads: 1 },
    });
    try {
      for (const type of ["sync", "profile", "scan"] as const) {
        const { result, message } = await runOperation(trial, type, id);
        assert.deepEqual([result, message], ["success", null], type);
      }
      const { db } = trial.store;
      const { id: container } = await db.selectFrom("container").where("datastore_id", "=", id).select("id").executeTakeFirstOrThrow();
      const profiles = await db.selectFrom("container_profile").where("container_id", "=", container).select("records").execute();
      assert.deepEqual(profiles, [{ records: 30 }]);
      const preview = await trial.services.work.ask(id, "preview", { container: "orders", where: null, rows_max: 5, masked: [] });
      assert.deepEqual([preview.error, preview.rows.length], [null, 5]);
    } finally {
      stop.abort();
      await running;
    }
  });
