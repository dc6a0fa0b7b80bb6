/** The demo of a new installation, over the engine's own dataplane: stopped half-way, gone on with, done, and never made again. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { z } from "zod";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { embeddedBy } from "../trial/dataplane.ts";
import { openTrial, type Trial } from "../trial/trial.ts";
import { demonstrate } from "./demonstrate.ts";
import type { DemoNews } from "./run.ts";

let trial: Trial;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-demo-"));
  mkdirSync(join(folder, "files"));
  const rows = Array.from({ length: 4000 }, (_, n) => `${n},${n % 2 === 0 ? "even" : "odd"},${n === 17 ? "" : n * 2}`);
  writeFileSync(join(folder, "files", "numbers.csv"), `id,kind,twice\n${rows.join("\n")}\n`);
  trial = await openTrial({ dataplane: embeddedBy(runDataplane) });
});
after(async () => {
  await trial.close();
  rmSync(folder, { recursive: true, force: true });
});

const told: string[] = [];
const begun: string[] = [];

const demo = (wish: "auto" | "yes", { stopAfter = "" } = {}) => {
  const stop = new AbortController();
  return demonstrate(trial.services, {
    wish,
    place: async () => ({ files: join(folder, "files"), evidence: join(folder, "evidence"), dataplane: "embedded" }),
    onBegin: (when) => void begun.push(when),
    tell: (news: DemoNews) => {
      told.push(`${news.type} ${news.news === "step" ? "step" : news.container} ${news.result}`);
      if (told.at(-1) === stopAfter) stop.abort();
    },
    signal: stop.signal,
  });
};

const listed = async (as: string) => {
  const { body } = await trial.ask("GET", "/datastores?sort=name", { as });
  return z.object({ items: z.array(z.object({ id: z.number(), name: z.string(), enrichment_only: z.boolean() })) }).parse(body).items;
};

test("by itself it is made only where nobody has begun to work", async () => {
  assert.equal(await demo("auto"), null);
  assert.deepEqual([begun, await listed(trial.admin)], [[], []]);
});

test("stopped after a step, it is gone on with by the next start, and told once", async () => {
  assert.equal(await demo("yes", { stopAfter: "sync step success" }), null);
  assert.deepEqual(told.splice(0), ["sync numbers success", "sync step success"]);
  const found = await demo("auto");
  assert.deepEqual(told, ["profile numbers success", "profile step success", "scan numbers success", "scan step success"]);
  assert.deepEqual(begun, ["now", "earlier"]);
  assert.equal(found?.containers, 1);
  assert.ok(found.checks > 0 && found.anomalies > 0, JSON.stringify(found));
  assert.match(found.examples[0]?.message ?? "", /twice/);
});

test("the public team holds it: everybody sees it, and its evidence", async () => {
  const { token } = await trial.user("Member");
  assert.deepEqual(
    (await listed(token)).map(({ name, enrichment_only }) => [name, enrichment_only]),
    [
      ["demo", false],
      ["demo evidence", true],
    ],
  );
  const { body } = await trial.ask("GET", "/audit");
  assert.match(JSON.stringify(body), /"demo.create"/);
});

test("the rows of what it found come from its evidence", async () => {
  const { body } = await trial.ask("GET", "/anomalies");
  const [anomaly] = z.object({ items: z.array(z.object({ id: z.number() })) }).parse(body).items;
  const rows = await trial.ask("GET", `/anomalies/${anomaly?.id}/source-records`);
  assert.equal(rows.status, 200, JSON.stringify(rows));
  assert.match(JSON.stringify(rows.body), /"17"|17/);
});

test("it is made once: not again when it is over, nor when somebody has deleted it", async () => {
  told.splice(0);
  assert.equal(await demo("yes"), null);
  for (const { id } of await listed(trial.admin)) assert.equal((await trial.ask("DELETE", `/datastores/${id}`)).status, 204);
  assert.equal(await demo("yes"), null);
  assert.deepEqual([begun.length, told, await listed(trial.admin)], [2, [], []]);
  assert.deepEqual(trial.thrown, []);
});
