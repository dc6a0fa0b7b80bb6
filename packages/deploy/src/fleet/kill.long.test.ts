/** Killed with SIGKILL wherever something was written or made: the next run ends the same, nothing is made twice, and the log is whole. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { effectsIn, fakeDriver } from "../trial/fleet-driver.ts";
import { deploymentText } from "../trial/fleet.ts";
import { reconcile } from "./reconcile.ts";
import { newRecord, type FleetRecord } from "./record.ts";
import { openFleet, type Fleet } from "./store.ts";

const root = mkdtempSync(join(tmpdir(), "touchstone-fleet-"));
after(() => rmSync(root, { recursive: true, force: true }));

const now = (): Date => new Date();
const open = (folder: string): Fleet => openFleet(folder, { who: "test@here", now });
const goOn = (fleet: Fleet) =>
  reconcile(fleet, "acme", { openDriver: () => fakeDriver().driver, now, tell: () => undefined, signal: new AbortController().signal });
const change = (fleet: Fleet, what: (record: FleetRecord) => FleetRecord): void => {
  const held = fleet.hold("acme");
  held.commit(what(held.read()), { what: "told", detail: "" });
  held.release();
};

const LIFE: readonly { what: string; begin: (fleet: Fleet) => Promise<void>; state: string; effects: string[] }[] = [
  {
    what: "on its way to ready",
    begin: async (fleet) => {
      const record = newRecord({ name: "acme", driver: "fake", kubeconfig: null, window: null }, now().toISOString());
      fleet.add(deploymentText("acme"), record, { what: "added", detail: "" });
    },
    state: "ready",
    effects: ["provision", "configure", "install"],
  },
  {
    what: "in an upgrade",
    begin: async (fleet) => {
      await goOn(fleet);
      change(fleet, (record) => ({ ...record, wanted: "0.2.0" }));
    },
    state: "ready",
    effects: ["provision", "configure", "install", "upgrade"],
  },
  {
    what: "while it is taken away",
    begin: async (fleet) => {
      await goOn(fleet);
      const approval = { purpose: "remove" as const, by: "somebody", at: now().toISOString(), reason: "it ended" };
      change(fleet, (record) => ({ ...record, approval }));
    },
    state: "gone",
    effects: ["provision", "configure", "install", "upgrade", "backup", "uninstall", "deprovision"],
  },
];

/** Runs it in a process of its own; null when that was killed, otherwise what it said. */
const inProcess = async (folder: string, point: number): Promise<string | null> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "..", "trial", "reconcile-killed.ts"), folder, "acme", String(point)], {
    stdio: ["ignore", "pipe", "inherit"],
    // A hundred processes are started: what types were stripped of is remembered.
    env: { ...process.env, NODE_COMPILE_CACHE: join(root, "compiled") },
  });
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (signal === "SIGKILL") return null;
  assert.equal(code, 0);
  return said;
};

const judge = (folder: string, state: string, effects: readonly string[], where: string): void => {
  const fleet = open(folder);
  const { record, folder: place } = fleet.read("acme");
  assert.equal(record.state, state, where);
  assert.deepEqual(
    effectsIn(place).map((line) => line.split(" ")[0]),
    effects,
    where,
  );
  assert.ok(
    record.steps.every(({ result, endedAt }) => result === "done" && endedAt !== null),
    where,
  );
  assert.equal(fleet.log("acme").fault, null, where);
};

let before: string | null = null;
for (const { what, begin, state, effects } of LIFE)
  test(`killed ${what}`, async () => {
    const start = join(root, `start ${what}`);
    if (before !== null) cpSync(before, start, { recursive: true });
    await begin(open(start));
    before = start;

    const whole = join(root, "whole");
    cpSync(start, whole, { recursive: true });
    const points = Number(await inProcess(whole, 0));
    judge(whole, state, effects, "not killed");
    rmSync(whole, { recursive: true });
    assert.ok(points > 20, `${points} points`);
    for (let point = 1; point <= points; point++) {
      const folder = join(root, `point ${point}`);
      cpSync(start, folder, { recursive: true });
      assert.equal(await inProcess(folder, point), null, `point ${point} of ${points} is reached`);
      await goOn(open(folder));
      judge(folder, state, effects, `killed at point ${point} of ${points}`);
      rmSync(folder, { recursive: true });
    }
  });
