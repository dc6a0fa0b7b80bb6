/** Ctrl-C, SIGTERM and kill -9 of a real process in the middle of its work: what is left is what was there before. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { withEngine } from "@touchstone/engine/enrichment/local-ground";
import { newGround, spawnTouchstone } from "./terminal-ground.ts";

const ground = newGround();
after(ground.remove);
const { path, write } = ground;

const ROWS = 3_000_000;
/** How long an interrupted run may take to end. */
const END_MS_MAX = 3_000;

before(async () => {
  mkdirSync(path("temp"));
  write("checks.yaml", "- { rule_type: between, container: big, fields: [price], properties: { min: 0, max: 950 } }\n");
  await withEngine((connection) =>
    connection.run(
      `COPY (SELECT range AS id, (hash(range) % 100000) / 100.0 AS price, 'name ' || (hash(range + 1) % 50000) AS name, DATE '2031-01-01' + CAST(hash(range + 2) % 3000 AS INTEGER) AS day, md5(CAST(range AS VARCHAR)) AS code, hash(range + 5) AS h FROM range(${ROWS})) TO '${path("big.parquet")}' (FORMAT parquet)`,
    ),
  );
});

/** Process ids of the children a process has now. */
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);

/** A process that has ended and waits for its parent to notice is gone for all that matters. */
const lives = (pid: number): boolean => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

const until = async (what: string, holds: () => boolean, msMax = 20_000): Promise<void> => {
  for (const started = Date.now(); !holds(); await sleep(20)) assert.ok(Date.now() - started < msMax, `waited in vain until ${what}`);
};

/** The children of the launched process once its engine runs and has made its temp folder. */
const engineOf = async (pid: number): Promise<number[]> => {
  await until("the engine runs", () => childrenOf(pid).length > 0 && readdirSync(path("temp")).length > 0);
  return childrenOf(pid);
};

const CHECK = ["check", path("big.parquet"), "--temp", path("temp"), "--progress", "ndjson", "-o", path("report.json")];
const onLinux = { skip: process.platform === "linux" ? false : "reads /proc" };

const filesBelow = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []))
    : [];

/**
 * Milliseconds after the engine has started at which the interrupt comes: opening, profile, inference, scan. Both signals have one handler
 * (run.ts), so that each moment has one of them.
 */
for (const [afterMs, signal] of [
  [0, "SIGINT"],
  [300, "SIGTERM"],
  [1200, "SIGINT"],
  [2500, "SIGTERM"],
] as const)
  test(`${signal} ${afterMs} ms after the start of the engine: ended soon, with 130, and nothing is left`, onLinux, async () => {
    const { child, ended } = spawnTouchstone([...CHECK, "--enrich", path("evidence")]);
    const engines = await engineOf(child.pid!);
    await sleep(afterMs);
    const interrupted = Date.now();
    assert.ok(child.kill(signal));
    const { status, err, out } = await ended;
    assert.ok(Date.now() - interrupted < END_MS_MAX, `it took ${Date.now() - interrupted} ms`);
    assert.equal(status, 130, err);
    assert.doesNotMatch(err + out, /\n\s+at |INTERNAL/);
    assert.match(err + out, /ABORTED/);
    assert.deepEqual(engines.filter(lives), []);
    assert.deepEqual(readdirSync(path("temp")), []);
    assert.deepEqual(filesBelow(path("evidence")), []);
    assert.ok(!existsSync(path("report.json")));
  });

test("a second interrupt ends at once", onLinux, async () => {
  const { child, ended } = spawnTouchstone(CHECK);
  const engines = await engineOf(child.pid!);
  await sleep(1000);
  child.kill("SIGINT");
  child.kill("SIGINT");
  assert.equal((await ended).status, 130);
  await until("the engine has ended", () => !engines.some(lives), END_MS_MAX);
  await until("its temp folder is gone", () => readdirSync(path("temp")).length === 0, END_MS_MAX);
});

test("kill -9 of the program: the engine ends by itself and takes its temp folder with it", onLinux, async () => {
  const { child, ended } = spawnTouchstone(CHECK);
  const engines = await engineOf(child.pid!);
  await sleep(1000);
  child.kill("SIGKILL");
  assert.equal((await ended).signal, "SIGKILL");
  await until("the engine has ended", () => !engines.some(lives), END_MS_MAX);
  await until("its temp folder is gone", () => readdirSync(path("temp")).length === 0, END_MS_MAX);
});

test("kill -9 of both: the next run sweeps up", onLinux, async () => {
  const { child, ended } = spawnTouchstone(CHECK);
  const engines = await engineOf(child.pid!);
  process.kill(child.pid!, "SIGSTOP"); // so that it cannot answer the engine's death by cleaning up
  for (const engine of engines) process.kill(engine, "SIGKILL");
  child.kill("SIGKILL");
  await ended;
  assert.notDeepEqual(readdirSync(path("temp")), []);
  write("small.csv", "a\n1\n");
  await spawnTouchstone(["check", path("small.csv"), "--temp", path("temp")]).ended;
  assert.deepEqual(readdirSync(path("temp")), []);
});

test("kill -9 of the engine: a coded error, status 2, nothing left", onLinux, async () => {
  const { child, ended } = spawnTouchstone(CHECK);
  const engines = await engineOf(child.pid!);
  await sleep(1500);
  for (const engine of engines) process.kill(engine, "SIGKILL");
  const { status, out, err } = await ended;
  assert.equal(status, 2, err);
  assert.match(out + err, /ENGINE_DIED/);
  assert.deepEqual(readdirSync(path("temp")), []);
});

test("an interrupt while evidence is being written leaves the tables as they were", onLinux, async () => {
  const words = [
    "scan",
    path("big.parquet"),
    "--checks",
    path("checks.yaml"),
    "--max-records",
    "20000",
    "--enrich",
    path("store"),
    "--temp",
    path("temp"),
  ];
  assert.equal((await spawnTouchstone([...words, "--max-records", "5", "--operation-id", "one"]).ended).status, 1);
  const files = filesBelow(path("store")).sort();
  const { child, ended } = spawnTouchstone([...words, "--operation-id", "two"]);
  await until("the writer has begun", () => filesBelow(path("store")).length > files.length);
  child.kill("SIGINT");
  const { status, err } = await ended;
  const now = filesBelow(path("store")).sort();
  if (now.some((name) => name.startsWith("two"))) {
    // It came too late: then all of it is there.
    assert.deepEqual(now, [...files, ...files.map((name) => name.replace(/^one/, "two"))].sort());
  } else assert.deepEqual([status, now], [130, files], err);
  assert.deepEqual(readdirSync(path("temp")), []);
});
