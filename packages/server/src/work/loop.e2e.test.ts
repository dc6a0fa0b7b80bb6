/** The engine's own loop against a control plane that is restarted, unreachable, newer than it, or no longer wants it. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { openTrial, type Send, type Trial } from "../trial/trial.ts";
import { chance, loseLeases } from "./simulation.ts";
import { addDatastore, begin, ended, runOperation } from "../trial/dataplane.ts";

let trial: Trial;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-loop-"));
  trial = await openTrial();
});
after(async () => {
  for (const stop of stops) stop.abort();
  await trial.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A test that fails must not leave a dataplane polling for ever. */
const stops: AbortController[] = [];

const CONTAINERS = 6;

/** A datastore of some small files, of shapes that differ so that each is a container. */
const someFiles = async (name: string): Promise<number> => {
  mkdirSync(join(folder, name));
  for (let i = 0; i < CONTAINERS; i++)
    writeFileSync(
      join(folder, name, `${"abcdef"[i]}.csv`),
      `id,field_${i}\n${Array.from({ length: 20 }, (_, n) => `${n},${n * i}`).join("\n")}\n`,
    );
  return addDatastore(trial, name, join(folder, name));
};

const start = async (name: string, send: Send) => {
  const stop = new AbortController();
  stops.push(stop);
  const notes: string[] = [];
  const running = runDataplane({
    send,
    code: await trial.invite(name),
    version: "test",
    signal: stop.signal,
    questions: 1,
    settings: { threads: 1 },
    onNote: ({ note }) => void notes.push(note),
  });
  return { running, notes, stop: () => (stop.abort(), running) };
};

const storedOf = async (operationId: number) => {
  const { db } = trial.store;
  const stored = await db.selectFrom("operation_container").where("operation_id", "=", operationId).selectAll().execute();
  const { counters } = await db.selectFrom("operation").where("id", "=", operationId).select("counters").executeTakeFirstOrThrow();
  return { stored: stored.length, analyzed: counters["containers_analyzed"] };
};

const isOpen = (path: string): boolean => path.endsWith("/open");
const isResults = (path: string): boolean => path.endsWith("/results");

test("a network that loses and doubles messages costs time, and nothing else", async () => {
  const random = chance(7);
  const flaky: Send = async (path, body, options) => {
    const fate = random();
    // A claim whose answer is lost costs the time of a lease: that is another test.
    if (path.endsWith("/claim") || path.endsWith("/enrol")) return trial.send(path, body, options);
    if (fate < 0.15) throw new Error("the line is dead");
    const answer = await trial.send(path, body, options);
    if (fate < 0.3) throw new Error("the answer was lost");
    return fate < 0.45 ? trial.send(path, body, options) : answer;
  };
  const id = await someFiles("flaky");
  const dataplane = await start("flaky", flaky);
  assert.equal((await runOperation(trial, "sync", id)).result, "success");
  const profiled = await runOperation(trial, "profile", id);
  assert.deepEqual([profiled.result, profiled.message], ["success", null]);
  assert.deepEqual(await storedOf(profiled.id), { stored: CONTAINERS, analyzed: CONTAINERS });
  const profiles = await trial.store.db.selectFrom("container_profile").where("operation_id", "=", profiled.id).select("id").execute();
  assert.equal(profiles.length, CONTAINERS);
  assert.equal(await dataplane.stop(), "drained");
});

test("a control plane that stops and starts in mid-run is found again: the run goes on where it was", async () => {
  const id = await someFiles("restarted");
  let current: Send | null = trial.send;
  let second: Trial | null = null;
  let results = 0;
  const opened: unknown[] = [];
  const send: Send = async (path, body, options) => {
    if (current === null) throw new Error("nobody listens");
    const answer = await current(path, body, options);
    if (isOpen(path)) opened.push(Reflect.get(body as object, "container_id"));
    if (isResults(path) && ++results === 4) {
      current = null;
      void openTrial({ store: trial.store }).then((fresh) => {
        second = fresh;
        current = fresh.send;
      });
    }
    return answer;
  };
  const dataplane = await start("restarted", send);
  await runOperation(trial, "sync", id);
  const profiled = await runOperation(trial, "profile", id);
  assert.deepEqual([profiled.result, profiled.message], ["success", null]);
  assert.deepEqual(await storedOf(profiled.id), { stored: CONTAINERS, analyzed: CONTAINERS });
  assert.equal(new Set(opened).size, CONTAINERS);
  assert.equal(await dataplane.stop(), "drained");
  assert.notEqual(second, null);
  await second!.close();
});

test("a dataplane that is revoked in mid-run stops at once; another finishes, and does nothing twice", async () => {
  const { db } = trial.store;
  const id = await someFiles("revoked");
  const opened: unknown[] = [];
  let results = 0;
  const watching: Send = async (path, body, options) => {
    if (isOpen(path)) opened.push(Reflect.get(body as object, "container_id"));
    return trial.send(path, body, options);
  };
  const untilRevoked: Send = async (path, body, options) => {
    const answer = await watching(path, body, options);
    if (isResults(path) && answer.status === 200 && ++results === 3)
      await db.updateTable("dataplane").set({ revoked_at: new Date(), token_hash: null }).where("name", "=", "suspect").execute();
    return answer;
  };
  const helper = await start("helper", trial.send);
  await runOperation(trial, "sync", id);
  await helper.stop();
  const suspect = await start("suspect", untilRevoked);
  const operation = await begin(trial, "profile", id);
  assert.equal(await suspect.running, "revoked");
  assert.equal((await storedOf(operation)).stored, 3);
  const other = await start("other", watching);
  await loseLeases(trial);
  assert.equal((await ended(trial, operation)).result, "success");
  assert.deepEqual(await storedOf(operation), { stored: CONTAINERS, analyzed: CONTAINERS });
  // The one that was under way when the first was stopped is the only one begun twice.
  assert.ok(opened.length <= CONTAINERS + 1, `${opened.length} containers were opened`);
  await other.stop();
});

test("a dataplane that is drained hands its work back, and the next goes on with it", async () => {
  const id = await someFiles("drained");
  const helper = await start("first", trial.send);
  await runOperation(trial, "sync", id);
  await helper.stop();
  const stop = new AbortController();
  stops.push(stop);
  let results = 0;
  const draining: Send = async (path, body, options) => {
    const answer = await trial.send(path, body, options);
    if (isResults(path) && ++results === 2) stop.abort();
    return answer;
  };
  const code = await trial.invite("leaving");
  const running = runDataplane({ send: draining, code, version: "test", signal: stop.signal, questions: 0, settings: { threads: 1 } });
  const operation = await begin(trial, "profile", id);
  assert.equal(await running, "drained");
  const { result } = await trial.store.db.selectFrom("operation").where("id", "=", operation).select("result").executeTakeFirstOrThrow();
  assert.deepEqual([result, (await storedOf(operation)).stored >= 2], ["queued", true]);
  const next = await start("next", trial.send);
  assert.equal((await ended(trial, operation)).result, "success");
  assert.deepEqual(await storedOf(operation), { stored: CONTAINERS, analyzed: CONTAINERS });
  await next.stop();
});

test("an operation that is aborted in mid-run keeps what it has, and is resumed from there", async () => {
  const id = await someFiles("aborted");
  let abortAt = 2;
  let operation = 0;
  let results = 0;
  const send: Send = async (path, body, options) => {
    if (isResults(path) && ++results === abortAt && operation > 0) await trial.ask("PUT", `/operations/abort/${operation}`);
    return trial.send(path, body, options);
  };
  const dataplane = await start("obedient", send);
  await runOperation(trial, "sync", id);
  results = 0;
  operation = await begin(trial, "profile", id);
  const aborted = await ended(trial, operation);
  const kept = (await storedOf(operation)).stored;
  assert.deepEqual([aborted.result, kept], ["aborted", 2]);
  abortAt = -1;
  await trial.ask("PUT", `/operations/run/${operation}`);
  assert.equal((await ended(trial, operation)).result, "success");
  assert.equal((await storedOf(operation)).stored, CONTAINERS);
  await dataplane.stop();
});

test("a control plane that is newer and says more is understood", async () => {
  const newer: Send = async (path, body, options) => {
    const { status, body: answer } = await trial.send(path, { ...(body as object), novelty: [1] }, options);
    const more = answer !== null && typeof answer === "object" ? { ...answer, novelty: { deep: true } } : answer;
    return { status, body: path.endsWith("/hello") ? { ...(more as object), protocol: 2 } : more };
  };
  const id = await someFiles("newer");
  const dataplane = await start("older", newer);
  assert.equal((await runOperation(trial, "sync", id)).result, "success");
  await dataplane.stop();
});

test("questions: nobody there, nobody answers, and an answer that only the asker can open", async () => {
  const { db } = trial.store;
  const id = await someFiles("asked");
  await db.updateTable("dataplane").set({ last_seen_at: null }).execute();
  const ask = (timeoutSeconds: number) => trial.services.work.ask(id, "test", {}, { timeoutSeconds });
  await assert.rejects(ask(1), /Nothing can be asked/);
  await db.updateTable("dataplane").set({ last_seen_at: new Date() }).where("name", "=", "older").execute();
  await assert.rejects(ask(0.5), /No dataplane answered/);
  assert.equal((await db.selectFrom("question").selectAll().execute()).length, 0);
  let sealed = "";
  const watching: Send = (path, body, options) => {
    if (path.endsWith("/answer")) sealed = String(Reflect.get(body as object, "sealed"));
    return trial.send(path, body, options);
  };
  const dataplane = await start("witness", watching);
  const preview = await trial.services.work.ask(id, "preview", { container: "c", where: null, rows_max: 5, masked: [] });
  assert.deepEqual([preview.error, preview.rows.length, preview.fields], [null, 5, ["id", "field_2"]]);
  assert.ok(sealed.length > 100 && !Buffer.from(sealed, "base64").toString("latin1").includes("field_2"));
  const instead = { type: "files", settings: { uri: join(folder, "asked", "a.csv") }, secrets: { password: "canary-secret" } };
  const tried = await trial.services.work.ask(null, "test", {}, { instead: { ...instead, database: null, schema: null, root_path: null } });
  assert.deepEqual([tried.connected, tried.error], [true, null]);
  await dataplane.stop();
});

test("a code that is not good is refused in the words of the control plane", async () => {
  const { signal } = new AbortController();
  const running = runDataplane({ send: trial.send, code: "made up", version: "test", signal });
  await assert.rejects(running, /You may not do this/);
  assert.deepEqual(trial.thrown, []);
});
