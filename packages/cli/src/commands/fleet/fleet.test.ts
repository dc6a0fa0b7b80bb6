/** `touchstone fleet` as an operator types it, with a driver that pretends: a session from the first deployment to the last. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { toErrorInfo, type ErrorCode } from "@touchstone/core/errors";
import { fakeDriver } from "@touchstone/deploy/trial/fleet-driver";
import { deploymentText } from "@touchstone/deploy/trial/fleet";
import { newKeyPair } from "@touchstone/deploy/supply/key";
import type { Channel } from "@touchstone/deploy/deployment/deployment";
import type { Values } from "../command.ts";
import { fleetGroup } from "./index.ts";
import { soakIn } from "./upgrade.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-fleet-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const fake = fakeDriver();
const { commands } = fleetGroup(
  () => fake.driver,
  () => () => fake.hands,
);

type Ran = { status: number; stdout: string; json: unknown };
const run = async (verb: string, args: string[] = [], values: Values = {}): Promise<Ran> => {
  const command = commands.find(({ usage }) => usage.split(" ")[0] === verb);
  assert.ok(command, verb);
  let stdout = "";
  const terminal = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: () => true },
    signal: new AbortController().signal,
    colour: false,
  };
  const status = await command.run(args, { folder: join(folder, "fleet"), ...values }, terminal);
  return { status, stdout, json: values["json"] === true ? JSON.parse(stdout) : null };
};
const refused = (code: ErrorCode, verb: string, args: string[] = [], values: Values = {}): Promise<void> =>
  assert.rejects(run(verb, args, values), (thrown) => (assert.equal(toErrorInfo(thrown).code, code, String(thrown)), true));

const describe = (name: string, channel: Channel): string => {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, deploymentText(name, { channel }));
  return file;
};

test("an empty fleet says so", async () => {
  assert.match((await run("list")).stdout, /^no deployments/);
  assert.equal((await run("log")).stdout.includes("nothing was done yet"), true);
  await refused("FLEET_MEMBER_UNKNOWN", "show", ["acme"]);
  await refused("FLEET_MEMBER_UNKNOWN", "apply", ["acme"]);
  await refused("FLEET_ROLLOUT_NONE", "resume");
  await refused("FLEET_ROLLOUT_NONE", "pause");
  await refused("DEPLOYMENT_INVALID", "add", [join(folder, "nothing.yaml")]);
  const file = describe("lone", "stable");
  await refused("OPTION_INVALID", "add", [file], { folder: file });
  await refused("OPTION_INVALID", "add", [file], { kubeconfig: join(folder, "no-kubeconfig") });
});

test("three are taken in and brought to ready", async () => {
  for (const [name, channel] of [
    ["inner", "internal"],
    ["acme", "canary"],
    ["globex", "stable"],
  ] as const)
    assert.match((await run("add", [describe(name, channel)])).stdout, new RegExp(`^${name} is requested`));
  await refused("FLEET_MEMBER_EXISTS", "add", [join(folder, "acme.yaml")]);
  const applied = await run("apply");
  assert.equal(applied.status, 0);
  assert.match(applied.stdout, /acme is ready\nglobex is ready\ninner is ready\n$/);
  const shown = await run("show", ["acme"]);
  assert.match(shown.stdout, /^state +ready$/m);
  assert.match(shown.stdout, /^done +install /m);
});

test("one that is not well halts a rollout; then it goes on", async () => {
  fake.fails.add("acme:verify");
  const halted = await run("upgrade", [], { to: "0.2.0" });
  assert.equal(halted.status, 1);
  assert.match(halted.stdout, /rollout of 0\.2\.0: halted: acme is degraded: api: it does not answer\n/);
  const { json } = await run("list", [], { json: true });
  const runs = Reflect.get(Object(json), "deployments").map((one: { name: string; runs: string }) => `${one.name} ${one.runs}`);
  assert.deepEqual(runs, ["acme 0.2.0", "globex 0.1.0", "inner 0.2.0"]);
  await refused("FLEET_ROLLOUT_OTHER", "upgrade", [], { to: "0.3.0" });
  assert.equal((await run("apply")).status, 1);
  fake.fails.clear();
  const resumed = await run("resume");
  assert.equal(resumed.status, 0);
  assert.match(resumed.stdout, /rollout of 0\.2\.0: finished\n$/);
});

test("a rollout that soaks is paused and resumed", async () => {
  const waiting = await run("upgrade", [], { to: "0.3.0", soak: ["30"] });
  assert.equal(waiting.status, 0);
  assert.match(waiting.stdout, /rollout of 0\.3\.0: running: ring internal soaks until /);
  assert.match((await run("pause", [], { reason: "a holiday" })).stdout, /paused: a holiday/);
  assert.equal((await run("apply")).status, 0, "what stands still on purpose is not wrong");
  assert.match((await run("resume")).stdout, /ring internal soaks/);
  assert.equal((await run("upgrade", [], { to: "0.3.0", replace: true })).status, 0);
});

test("one is left alone, and gone on with", async () => {
  assert.match((await run("pause", ["acme"], { reason: "an audit" })).stdout, /left alone/);
  await refused("FLEET_STATE_WRONG", "pause", ["acme"]);
  assert.match((await run("resume", ["acme"])).stdout, /acme is ready\n$/);
});

test("one is taken away, on somebody's word", async () => {
  await refused("CONFIRMATION_MISSING", "remove", ["acme"], { reason: "it ended" });
  await refused("CONFIRMATION_MISSING", "remove", ["acme"], { yes: true, confirm: "globex", reason: "it ended" });
  await refused("OPTION_INVALID", "remove", ["acme"], { yes: true, confirm: "acme" });
  const sure = { yes: true, confirm: "acme", reason: "it ended" };
  await refused("FLEET_BACKUP_UNKNOWN", "remove", ["acme"], { ...sure, backupId: "snapshot-7" });
  await refused("OPTION_INVALID", "remove", ["acme"], { ...sure, backupId: "snapshot-7", withoutBackup: true });
  const removed = await run("remove", ["acme"], { yes: true, confirm: "acme", reason: "it ended" });
  assert.equal(removed.status, 0);
  assert.match(removed.stdout, /acme is gone\n$/);
  const log = await run("log", ["acme"]);
  assert.equal(log.status, 0);
  for (const what of ["added", "end install", "suspended", "removal approved", "end copy-out", "gone"])
    assert.ok(log.stdout.includes(what), what);
  assert.match(log.stdout, /whole: \d+ entries\n$/);
  assert.match((await run("log")).stdout, /halted/);
});

test("one is handed over, on somebody's word; without one nothing begins", async () => {
  const sure = { yes: true, confirm: "globex", reason: "they take it over" };
  await refused("OPTION_INVALID", "transfer", ["give", "globex"]);
  await refused("FLEET_MEMBER_UNKNOWN", "transfer", ["export", "nobody"], sure);
  await refused("CONFIRMATION_MISSING", "transfer", ["export", "globex"], { ...sure, confirm: "acme" });
  await refused("OPTION_INVALID", "transfer", ["export", "globex"], sure);
  await refused("OPTION_INVALID", "transfer", ["revoke", "globex"]);
  await refused("FLEET_STATE_WRONG", "transfer", ["cancel", "globex"], { yes: true });
  const key = join(folder, "operator.pem");
  writeFileSync(key, newKeyPair().privatePem);
  const begun = await run("transfer", ["export", "globex"], { ...sure, key, party: "Operator", operatorDomain: "operator.example" });
  assert.match(begun.stdout, /globex is transferring\nwaits for what the customer signs/);
  await refused("FLEET_HANDED_OVER", "pause", ["globex"]);
  await refused("FLEET_HANDED_OVER", "backup", ["globex"]);
  assert.equal((await run("transfer", ["cancel", "globex"], { yes: true })).stdout.endsWith("globex is ready\n"), true);
  assert.match((await run("backup", ["globex"])).stdout, /copy-out is done/);
  await refused("CONFIRMATION_MISSING", "transfer", ["destroy", "globex"], { yes: true, reason: "it runs there" });
  await refused("OPTION_INVALID", "transfer", ["destroy", "globex"], { yes: true, confirm: "globex" });
  await refused("FLEET_STATE_WRONG", "transfer", ["destroy", "globex"], sure);
});

test("a deployment whose files are damaged is told by its name, and stops no other", async () => {
  const fleet = { folder: join(folder, "damaged") };
  await run("add", [describe("lone", "stable")], fleet);
  await run("add", [describe("other", "stable")], fleet);
  rmSync(join(fleet.folder, "deployments", "lone", "deployment.yaml"));
  const list = await run("list", [], fleet);
  assert.equal(list.status, 1);
  assert.match(list.stdout, /^lone +unreadable .*lone\/deployment\.yaml.*\n^other +requested/m);
  const applied = await run("apply", [], fleet);
  assert.equal(applied.status, 1);
  assert.match(applied.stdout, /^lone is unreadable: .*lone\/deployment\.yaml.*\nother is ready\n/m);
  // A rollout has to know all of them.
  await refused("FLEET_RECORD_INVALID", "upgrade", [], { ...fleet, to: "1.1.0" });
  const waits = await run("apply", [], fleet);
  assert.match(waits.stdout, /rollout of 1\.1\.0: running: it waits until lone can be read/);
  await refused("FLEET_RECORD_INVALID", "apply", ["lone"], fleet);
});

const SOAKS: readonly { given: string[]; is: object | null }[] = [
  { given: [], is: {} },
  { given: ["60"], is: { internal: 60, canary: 60, early: 60, stable: 60 } },
  { given: ["60", "canary=120"], is: { internal: 60, canary: 120, early: 60, stable: 60 } },
  { given: ["canary=0"], is: { canary: 0 } },
  ...["", "-1", "1.5", "beta=60", "canary=", "99999"].map((one) => ({ given: [one], is: null })),
];
for (const { given, is } of SOAKS)
  test(`soak ${JSON.stringify(given)}`, () => {
    if (is !== null) return assert.deepEqual(soakIn(given), is);
    assert.throws(
      () => soakIn(given),
      (thrown) => toErrorInfo(thrown).code === "OPTION_INVALID",
    );
  });
