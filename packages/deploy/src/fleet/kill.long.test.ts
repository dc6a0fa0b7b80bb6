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
import { newRecord, type FleetRecord, type Transfer } from "./record.ts";
import { openFleet, type Fleet } from "./store.ts";

const root = mkdtempSync(join(tmpdir(), "touchstone-fleet-"));
after(() => rmSync(root, { recursive: true, force: true }));

const now = (): Date => new Date();
const open = (folder: string): Fleet => openFleet(folder, { who: "test@here", now });
const goOn = (fleet: Fleet) => {
  const { driver, hands } = fakeDriver();
  const signal = new AbortController().signal;
  return reconcile(fleet, "acme", { openDriver: () => driver, openHands: () => hands, now, tell: () => undefined, signal });
};
const change = (fleet: Fleet, what: (record: FleetRecord) => FleetRecord): void => {
  const held = fleet.hold("acme");
  held.commit(what(held.read()), { what: "told", detail: "" });
  held.release();
};

const approve = (fleet: Fleet, purpose: "remove" | "transfer"): void =>
  change(fleet, (record) => ({
    ...record,
    approval: { purpose, by: "somebody", at: now().toISOString(), reason: "it ended", backup: { kind: "new" } },
    transfer: purpose === "remove" ? null : TRANSFER,
  }));
const TERMS = {
  party: "Operator",
  key: "operator.pem",
  operators: [],
  domain: "operator.example",
  state: null,
  store: null,
  keysFile: null,
};
const TRANSFER: Transfer = { terms: TERMS, document: null, acceptance: null, record: null, destroys: false, isCancelled: false };
const inTransfer = (fleet: Fleet, more: Partial<Transfer>): void =>
  change(fleet, (record) => ({ ...record, transfer: { ...(record.transfer ?? TRANSFER), ...more } }));

const RAN = ["provision", "configure", "install", "upgrade"];
const HANDED_OVER = [...RAN, "backup", "hand-over"];

/** `after`: the part of its life that comes before, at whose end it begins. */
const LIFE: readonly { what: string; after: string | null; begin: (fleet: Fleet) => void; state: string; effects: string[] }[] = [
  {
    what: "on its way to ready",
    after: null,
    begin: (fleet) => {
      const record = newRecord({ name: "acme", driver: "fake", kubeconfig: null, window: null }, now().toISOString());
      fleet.add(deploymentText("acme"), record, { what: "added", detail: "" });
    },
    state: "ready",
    effects: ["provision", "configure", "install"],
  },
  {
    what: "in an upgrade",
    after: "on its way to ready",
    begin: (fleet) => change(fleet, (record) => ({ ...record, wanted: "0.2.0" })),
    state: "ready",
    effects: RAN,
  },
  {
    what: "while it is taken away",
    after: "in an upgrade",
    begin: (fleet) => approve(fleet, "remove"),
    state: "gone",
    effects: [...RAN, "copy-out", "uninstall", "deprovision"],
  },
  {
    what: "while it is handed over",
    after: "in an upgrade",
    begin: (fleet) => approve(fleet, "transfer"),
    state: "transferring",
    effects: HANDED_OVER,
  },
  {
    what: "while its operator proves that it is out",
    after: "while it is handed over",
    begin: (fleet) => inTransfer(fleet, { acceptance: "sha256:a" }),
    state: "transferring",
    effects: [...HANDED_OVER, "prove"],
  },
  {
    what: "while it becomes its new owner's",
    after: "while its operator proves that it is out",
    begin: (fleet) => inTransfer(fleet, { record: "sha256:r" }),
    state: "transferred",
    effects: [...HANDED_OVER, "prove"],
  },
  {
    what: "while the old place of a move is taken away",
    after: "while it becomes its new owner's",
    begin: (fleet) =>
      change(fleet, (record) => ({
        ...record,
        approval: {
          purpose: "remove",
          by: "somebody",
          at: now().toISOString(),
          reason: "it runs there",
          backup: { kind: "named", id: "b" },
        },
        backup: { id: "b", at: now().toISOString() },
        transfer: record.transfer === null ? null : { ...record.transfer, terms: { ...TERMS, store: "store.gz", keysFile: "keys.txt" } },
      })),
    state: "gone",
    effects: [...HANDED_OVER, "prove", "give-up", "deprovision"],
  },
  {
    what: "while it is taken back",
    after: "while it is handed over",
    begin: (fleet) => inTransfer(fleet, { isCancelled: true }),
    state: "ready",
    effects: [...HANDED_OVER, "take-back"],
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

/** Where each part of its life ended. */
const ends = new Map<string, string>();
for (const { what, after: part, begin, state, effects } of LIFE)
  test(`killed ${what}`, async () => {
    const start = join(root, `start ${what}`);
    if (part !== null) cpSync(ends.get(part) ?? "", start, { recursive: true });
    begin(open(start));

    const whole = join(root, `end ${what}`);
    cpSync(start, whole, { recursive: true });
    const points = Number(await inProcess(whole, 0));
    judge(whole, state, effects, "not killed");
    ends.set(what, whole);
    // What was written to the record, twice to the log, for each thing that is done.
    assert.ok(points >= 3, `${points} points`);
    for (let point = 1; point <= points; point++) {
      const folder = join(root, `point ${point}`);
      cpSync(start, folder, { recursive: true });
      assert.equal(await inProcess(folder, point), null, `point ${point} of ${points} is reached`);
      await goOn(open(folder));
      judge(folder, state, effects, `killed at point ${point} of ${points}`);
      rmSync(folder, { recursive: true });
    }
  });
