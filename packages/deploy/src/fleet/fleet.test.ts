/** A fleet as its operator sees it: steps, failures, windows, removal, rollouts, leases and the log. */
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { deploymentText, trialFleet, type TrialFleet } from "../trial/fleet.ts";
import { add, approveRemoval, replace, suspend, unsuspend, type Removal } from "./operator.ts";
import { moved, reconcile } from "./reconcile.ts";
import { askToPause, begun, holdRollout, isAtWork, lookAgain, readRollout, rolloutLog, runRollout, type Begin } from "./run-rollout.ts";
import type { Rollout } from "./rollout.ts";
import { codeIs } from "../trial/thrown.ts";

let trial: TrialFleet;
/** A test with a fleet of its own. */
const onFleet = (name: string, work: () => void | Promise<void>): void =>
  void test(name, async () => {
    trial = trialFleet();
    try {
      await work();
    } finally {
      trial.close();
    }
  });

const goOn = (name: string, more: { anytime?: boolean } = {}) => reconcile(trial.fleet, name, { ...trial.options, ...more });
const recordOf = (name: string) => trial.fleet.read(name).record;
const askedOf = (name: string) =>
  trial.fake.asked.splice(0).flatMap((id) => (id.startsWith(`${name}:`) ? [id.slice(name.length + 1)] : []));
const removal = (reason: string): Removal => ({ reason, wish: { kind: "new" }, backup: null });
const given = (text: string) => ({ text, file: "deployment.yaml", kubeconfig: null, window: null });

onFleet("a deployment comes to ready, and then there is nothing to do", async () => {
  trial.add("acme");
  const outcome = await goOn("acme");
  assert.deepEqual(
    { state: outcome.state, runs: outcome.runs, isSettled: outcome.isSettled },
    { state: "ready", runs: "0.1.0", isSettled: true },
  );
  assert.deepEqual(askedOf("acme"), ["preflight", "provision", "configure", "install", "verify"]);
  const { entries, fault } = trial.fleet.log("acme");
  assert.equal(fault, null);
  assert.ok(entries.every(({ who }) => who === "operator@here"));
  await goOn("acme");
  assert.deepEqual(askedOf("acme"), []);
  assert.equal(trial.fleet.log("acme").entries.length, entries.length);
});

for (const step of ["preflight", "provision", "configure", "install"])
  onFleet(`${step} goes wrong: it stays there, says why, and goes on later`, async () => {
    trial.add("acme");
    trial.fake.fails.add(`acme:${step}`);
    const outcome = await goOn("acme");
    assert.equal(outcome.isSettled, false);
    assert.match(outcome.why, /it was told to|api: it does not answer/);
    assert.equal(recordOf("acme").trouble, outcome.why);
    const done = askedOf("acme");
    trial.fake.fails.clear();
    assert.equal((await goOn("acme")).state, "ready");
    assert.equal(recordOf("acme").trouble, null);
    assert.deepEqual(askedOf("acme")[0], step);
    assert.equal(done.at(-1), step);
  });

onFleet("what is not well is degraded, and is looked at again", async () => {
  trial.add("acme");
  trial.fake.fails.add("acme:verify");
  assert.equal((await goOn("acme")).state, "degraded");
  assert.equal((await goOn("acme")).state, "degraded");
  trial.fake.fails.clear();
  assert.equal((await goOn("acme")).state, "ready");
  trial.fake.fails.add("acme:verify");
  assert.equal((await lookAgain(trial.fleet, "acme", trial.options)).state, "degraded");
});

onFleet("what is described otherwise is changed, and only that", async () => {
  trial.add("acme");
  await goOn("acme");
  askedOf("acme");
  replace(trial.fleet, given(deploymentText("acme", { tlsIssuer: "letsencrypt" })));
  assert.equal((await goOn("acme")).state, "ready");
  assert.deepEqual(askedOf("acme"), ["upgrade", "verify"]);
  replace(trial.fleet, given(deploymentText("acme", { size: "small" })));
  await goOn("acme");
  assert.deepEqual(askedOf("acme"), ["provision", "configure", "upgrade", "verify"]);
  const elsewhere = deploymentText("acme", { cluster: { context: "acme", namespace: "elsewhere" } });
  assert.throws(
    () => replace(trial.fleet, given(elsewhere)),
    codeIs("DEPLOYMENT_INVALID", /^cluster\.namespace: it cannot be changed in place/),
  );
});

onFleet("an upgrade that fails degrades it, and is tried again", async () => {
  trial.add("acme");
  await goOn("acme");
  replace(trial.fleet, given(deploymentText("acme", { tlsIssuer: "letsencrypt" })));
  trial.fake.fails.add("acme:upgrade");
  assert.equal((await goOn("acme")).state, "degraded");
  trial.fake.fails.clear();
  assert.equal((await goOn("acme")).state, "ready");
});

onFleet("what is ready is changed in its window", async () => {
  trial.add("acme", "stable", "fri 02:00-04:00");
  assert.equal((await goOn("acme")).state, "ready", "a first installation waits for nothing");
  replace(trial.fleet, given(deploymentText("acme", { tlsIssuer: "letsencrypt" })));
  const outcome = await goOn("acme");
  assert.deepEqual(
    [outcome.state, outcome.isSettled, outcome.why],
    ["ready", false, "waits for its window, from 2026-01-02T02:00:00.000Z"],
  );
  askedOf("acme");
  trial.clock.now = new Date("2026-01-02T03:00:00Z");
  await goOn("acme");
  assert.deepEqual(askedOf("acme"), ["upgrade", "verify"]);
  trial.clock.now = new Date("2026-01-02T12:00:00Z");
  replace(trial.fleet, given(deploymentText("acme", { tlsIssuer: "other" })));
  assert.equal((await goOn("acme", { anytime: true })).isSettled, true);
});

onFleet("the window of a deployment.yaml holds where the operator has said no other", async () => {
  const maintenanceWindow = { days: ["fri" as const], from: "03:00", hours: 2, timeZone: "Europe/Berlin" };
  trial.add("acme");
  await goOn("acme");
  replace(trial.fleet, given(deploymentText("acme", { maintenanceWindow })));
  assert.match((await goOn("acme")).why, /waits for its window, from 2026-01-02T02:00/);
  assert.match((await rollOut({})).why ?? "", /acme may be changed from 2026-01-02T02:00/);
  trial.clock.now = new Date("2026-01-02T02:00:00Z");
  assert.equal((await rollOut()).state, "finished");
});

onFleet("it is taken away after a word and a backup, and its name is not used again", async () => {
  trial.add("acme");
  await goOn("acme");
  assert.throws(() => moved(recordOf("acme"), "deprovisioning", "now"), codeIs("FLEET_STATE_WRONG", /nobody has approved/));
  approveRemoval(trial.fleet, "acme", removal("the contract ended"), trial.who);
  assert.throws(() => moved(recordOf("acme"), "deprovisioning", "now"), codeIs("FLEET_STATE_WRONG", /no backup/));
  askedOf("acme");
  trial.fake.fails.add("acme:copy-out");
  assert.equal((await goOn("acme")).state, "ready", "no backup, no end");
  trial.fake.fails.clear();
  assert.equal((await goOn("acme")).state, "gone");
  assert.deepEqual(askedOf("acme"), ["copy-out", "copy-out", "uninstall", "deprovision"]);
  assert.ok(recordOf("acme").backup?.id.startsWith("backup-"));
  assert.throws(() => trial.add("acme"), codeIs("FLEET_MEMBER_EXISTS", /gone/));
  assert.throws(() => approveRemoval(trial.fleet, "acme", removal("again"), trial.who), codeIs("FLEET_STATE_WRONG", /nothing/));
});

onFleet("the same wish once more, while it is taken away, begins nothing anew", async () => {
  trial.add("acme");
  await goOn("acme");
  trial.fake.fails.add("acme:deprovision");
  approveRemoval(trial.fleet, "acme", removal("it ended"), trial.who);
  assert.equal((await goOn("acme")).state, "deprovisioning");
  askedOf("acme");
  trial.fake.fails.clear();
  trial.clock.now = new Date("2026-01-05T12:00:00Z");
  approveRemoval(trial.fleet, "acme", removal("it ended, I said"), trial.who);
  assert.equal((await goOn("acme")).state, "gone");
  assert.deepEqual(askedOf("acme"), ["deprovision"]);
});

test("where a person says so, and only then, it goes without a backup", async () => {
  trial.add("acme");
  await goOn("acme");
  trial.fake.fails.add("acme:copy-out");
  approveRemoval(trial.fleet, "acme", removal("it ended"), trial.who);
  assert.match((await goOn("acme")).why, /it was told to/);
  approveRemoval(trial.fleet, "acme", { ...removal("it ended"), wish: { kind: "without" } }, trial.who);
  assert.equal((await goOn("acme")).state, "gone");
  assert.match(
    trial.fleet
      .log("acme")
      .entries.map(({ detail }) => detail)
      .join("; "),
    /it ended; without a backup/,
  );
});

onFleet("a backup that exists is named, and what nobody used needs none", async () => {
  trial.add("acme");
  await goOn("acme");
  const before = { id: "acme-1", at: "2025-01-01T00:00:00.000Z" };
  approveRemoval(trial.fleet, "acme", { reason: "it ended", wish: { kind: "named", id: before.id }, backup: before }, trial.who);
  askedOf("acme");
  assert.equal((await goOn("acme")).state, "gone");
  assert.deepEqual(askedOf("acme"), ["uninstall", "deprovision"]);
  assert.deepEqual(recordOf("acme").backup, before);
  trial.add("early");
  trial.fake.fails.add("early:preflight");
  await goOn("early");
  approveRemoval(trial.fleet, "early", removal("a mistake"), trial.who);
  askedOf("early");
  assert.equal((await goOn("early")).state, "gone");
  assert.deepEqual(askedOf("early"), [], "nothing was made, nothing is taken away");
});

onFleet("what is suspended is left alone", async () => {
  trial.add("acme");
  await goOn("acme");
  suspend(trial.fleet, "acme", "an audit", trial.who);
  replace(trial.fleet, given(deploymentText("acme", { tlsIssuer: "letsencrypt" })));
  askedOf("acme");
  assert.equal((await goOn("acme")).state, "suspended");
  assert.deepEqual(askedOf("acme"), []);
  unsuspend(trial.fleet, "acme", trial.who);
  assert.throws(() => unsuspend(trial.fleet, "acme", trial.who), codeIs("FLEET_STATE_WRONG", /not left alone/));
  assert.equal((await goOn("acme")).state, "ready");
});

onFleet("Ctrl-C stops between steps and degrades nothing", async () => {
  trial.add("acme");
  const interruption = new AbortController();
  const tell = (line: string): void => void (/provision:/.test(line) && interruption.abort());
  const outcome = await reconcile(trial.fleet, "acme", { ...trial.options, tell, signal: interruption.signal });
  assert.deepEqual([outcome.state, outcome.why], ["provisioning", "it was asked to stop"]);
  askedOf("acme");
  assert.equal((await goOn("acme")).state, "ready");
  assert.deepEqual(askedOf("acme"), ["configure", "install", "verify"]);
});

onFleet("deployments that share something are refused, unless the other is gone", async () => {
  add(trial.fleet, given(deploymentText("one")), trial.who);
  const two = deploymentText("two", { fqdn: "one.example.org" });
  assert.throws(() => add(trial.fleet, given(two), trial.who), codeIs("FLEET_SHARED", /one\.example\.org/));
  add(trial.fleet, given(deploymentText("three")), trial.who);
  assert.throws(
    () => replace(trial.fleet, given(deploymentText("three", { fqdn: "one.example.org" }))),
    codeIs("FLEET_SHARED", /one\.example\.org/),
  );
  approveRemoval(trial.fleet, "one", removal("a mistake"), trial.who);
  await goOn("one");
  add(trial.fleet, given(two), trial.who);
  assert.throws(() => trial.fleet.read("none"), codeIs("FLEET_MEMBER_UNKNOWN", /./));
  assert.throws(() => trial.fleet.read("../one"), codeIs("FLEET_MEMBER_UNKNOWN", /./));
});

const RINGS = [
  ["inner", "internal"],
  ["first", "canary"],
  ["second", "canary"],
  ["late", "stable"],
] as const;

const rollOut = async (begin: Partial<Begin> | null = null, resumed = false): Promise<Rollout> => {
  const held = holdRollout(trial.fleet, trial.who);
  try {
    const at = trial.clock.now.toISOString();
    if (begin !== null)
      held.commit(begun(held.read(), { to: "0.2.0", soakMinutes: {}, replace: false, ...begin }, at), { what: "begun", detail: "" });
    if (resumed) held.commit({ ...held.read(), state: "running" }, { what: "resumed", detail: "" });
    return await runRollout(trial.fleet, held, trial.options);
  } finally {
    held.release();
  }
};
const running = () => RINGS.map(([name]) => recordOf(name).runs);
const fleetOfFour = async (): Promise<void> => {
  for (const [name, ring] of RINGS) {
    trial.add(name, ring);
    await goOn(name);
  }
  trial.fake.asked.length = 0;
};

onFleet("a version goes ring by ring", async () => {
  await fleetOfFour();
  assert.equal((await rollOut({})).state, "finished");
  assert.deepEqual(running(), ["0.2.0", "0.2.0", "0.2.0", "0.2.0"]);
  const upgrades = trial.fake.asked.filter((id) => id.endsWith(":upgrade"));
  assert.deepEqual(upgrades, ["inner:upgrade", "first:upgrade", "second:upgrade", "late:upgrade"]);
  assert.equal(rolloutLog(trial.fleet).fault, null);
});

onFleet("one that is not well halts everything later; resume goes on", async () => {
  await fleetOfFour();
  trial.fake.fails.add("first:verify");
  const halted = await rollOut({});
  assert.deepEqual([halted.state, halted.why], ["halted", "first is degraded: api: it does not answer"]);
  assert.deepEqual(running(), ["0.2.0", "0.2.0", "0.1.0", "0.1.0"]);
  assert.equal((await rollOut()).state, "halted", "nothing goes on by itself");
  const held = holdRollout(trial.fleet, trial.who);
  assert.throws(() => begun(held.read(), { to: "0.3.0", soakMinutes: {}, replace: false }, "now"), codeIs("FLEET_ROLLOUT_OTHER", /halted/));
  held.release();
  assert.equal((await rollOut(null, true)).state, "halted", "it is not well yet");
  trial.fake.fails.clear();
  assert.equal((await rollOut(null, true)).state, "finished");
  assert.deepEqual(running(), ["0.2.0", "0.2.0", "0.2.0", "0.2.0"]);
  assert.equal(trial.fake.asked.filter((id) => id === "first:upgrade").length, 1, "it had it already");
});

onFleet("an upgrade that fails halts too", async () => {
  await fleetOfFour();
  trial.fake.fails.add("inner:upgrade");
  assert.match((await rollOut({})).why ?? "", /^inner is degraded: the driver could not upgrade: it was told to$/);
  assert.deepEqual(running(), ["0.1.0", "0.1.0", "0.1.0", "0.1.0"]);
});

onFleet("a ring soaks, and is looked at before the next gets it", async () => {
  await fleetOfFour();
  const soakMinutes = { internal: 30, canary: 60 };
  assert.match((await rollOut({ soakMinutes })).why ?? "", /^ring internal soaks until 2026-01-01T12:30/);
  const entries = rolloutLog(trial.fleet).entries.length;
  await rollOut();
  assert.equal(rolloutLog(trial.fleet).entries.length, entries, "waiting is told once");
  trial.clock.now = new Date("2026-01-01T12:30:00Z");
  trial.fake.asked.length = 0;
  assert.match((await rollOut()).why ?? "", /^ring canary soaks until 2026-01-01T13:30/);
  assert.equal(trial.fake.asked[0], "inner:verify");
  trial.clock.now = new Date("2026-01-01T14:00:00Z");
  trial.fake.fails.add("second:verify");
  assert.match((await rollOut()).why ?? "", /^second is degraded/, "well at first, and not after its soak");
  assert.equal(recordOf("late").runs, "0.1.0");
});

onFleet("a rollout that somebody is at stops after the deployment it is at, when it is asked to", async () => {
  await fleetOfFour();
  let isAsked = false;
  const tell = trial.options.tell;
  trial.options.tell = (line) => {
    tell(line);
    if (line.startsWith("first: upgrading") && !isAsked) {
      isAsked = isAtWork(trial.fleet);
      askToPause(trial.fleet, "other@there", "a call came in");
    }
  };
  const paused = await rollOut({});
  assert.deepEqual([isAsked, paused.state, paused.why], [true, "paused", "a call came in"]);
  assert.deepEqual(running(), ["0.2.0", "0.2.0", "0.1.0", "0.1.0"]);
  assert.match(rolloutLog(trial.fleet).entries.at(-1)?.detail ?? "", /^other@there: /);
  assert.equal((await rollOut(null, true)).state, "finished");
});

onFleet("a wish that came when the rollout had ended is not one about the next", async () => {
  await fleetOfFour();
  const tell = trial.options.tell;
  trial.options.tell = (line) => {
    tell(line);
    if (line.endsWith(": finished")) askToPause(trial.fleet, "other@there", "too late");
  };
  assert.equal((await rollOut({})).state, "finished");
  trial.options.tell = tell;
  const next = await rollOut({ to: "0.3.0" });
  assert.deepEqual([next.state, next.to, running()[0]], ["finished", "0.3.0", "0.3.0"]);
});

onFleet("what is suspended is passed by, and a version waits for a window", async () => {
  await fleetOfFour();
  trial.add("picky", "early", "fri 02:00-04:00");
  await goOn("picky");
  suspend(trial.fleet, "first", "an audit", trial.who);
  const waiting = await rollOut({});
  assert.match(waiting.why ?? "", /^ring early: picky may be changed from 2026-01-02T02:00/);
  assert.deepEqual(running(), ["0.2.0", "0.1.0", "0.2.0", "0.1.0"]);
  trial.clock.now = new Date("2026-01-02T02:00:00Z");
  assert.equal((await rollOut()).state, "finished");
  assert.equal(recordOf("picky").runs, "0.2.0");
  assert.equal(recordOf("first").runs, "0.1.0");
  assert.equal(readRollout(trial.fleet).to, "0.2.0");
});

onFleet("one worker at a time, and the lease of who is gone is taken over with a greater number", () => {
  trial.add("acme");
  const held = trial.fleet.hold("acme");
  assert.throws(() => trial.fleet.hold("acme"), codeIs("FLEET_LEASED", /^operator@here holds its lease until/));
  held.release();
  const again = trial.fleet.hold("acme");
  assert.equal(again.lease.fence, held.lease.fence + 1);
  assert.throws(() => held.commit(held.read(), { what: "late", detail: "" }), codeIs("FLEET_LEASE_LOST", /./));
  const folder = trial.fleet.read("acme").folder;
  const file = join(folder, `lease-${again.lease.fence}.json`);
  const content = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...content, host: "elsewhere", until: Date.now() + 60_000 }));
  assert.throws(() => trial.fleet.hold("acme"), codeIs("FLEET_LEASED", /./), "a process elsewhere cannot be asked");
  writeFileSync(file, JSON.stringify({ ...content, host: "elsewhere", until: Date.now() - 1 }));
  const third = trial.fleet.hold("acme");
  assert.equal(third.lease.fence, again.lease.fence + 1);
  assert.throws(() => again.commit(again.read(), { what: "late", detail: "" }), codeIs("FLEET_LEASE_LOST", /./));
  again.release();
  assert.throws(() => trial.fleet.hold("acme"), codeIs("FLEET_LEASED", /./), "who was slow gives nothing back");
  third.release();
});

const TAMPERED: readonly { what: string; change: (lines: string[]) => string[]; says: RegExp }[] = [
  {
    what: "an entry is changed",
    change: (lines) => lines.with(2, (lines[2] ?? "").replace("operator@here", "nobody@here")),
    says: /entry 3 was changed/,
  },
  { what: "an entry is left out", change: (lines) => lines.toSpliced(2, 1), says: /entry 3 is missing/ },
  { what: "the end is cut off", change: (lines) => lines.slice(0, -2), says: /the log ends with entry/ },
  { what: "all of it is gone", change: () => [], says: /the log ends with entry 0/ },
];
for (const { what, change, says } of TAMPERED)
  onFleet(`the log tells: ${what}`, async () => {
    trial.add("acme");
    await goOn("acme");
    const file = join(trial.fleet.read("acme").folder, "log.jsonl");
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    writeFileSync(
      file,
      change(lines)
        .map((line) => `${line}\n`)
        .join(""),
    );
    assert.match(trial.fleet.log("acme").fault ?? "", says);
  });

onFleet("a log whose last line was cut off is as it was before it, and goes on", async () => {
  trial.add("acme");
  await goOn("acme");
  const { folder } = trial.fleet.read("acme");
  appendFileSync(join(folder, "log.jsonl"), '{"version":1,"seq":9');
  assert.equal(trial.fleet.log("acme").fault, null);
  suspend(trial.fleet, "acme", "an audit", trial.who);
  assert.equal(trial.fleet.log("acme").fault, null);
});

onFleet("a record that is damaged is told, not guessed", () => {
  trial.add("acme");
  const file = join(trial.fleet.read("acme").folder, "record.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"requested"', '"ready to go"'));
  assert.throws(() => trial.fleet.read("acme"), codeIs("FLEET_RECORD_INVALID", /./));
  assert.throws(() => trial.fleet.hold("acme"), codeIs("FLEET_RECORD_INVALID", /./));
});
