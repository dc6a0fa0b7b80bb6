/** Releases whose command was killed or stopped on its way, as a person or a machine would, and what the next command makes of it. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { lockHolder } from "../cluster/lock.ts";
import { titled } from "../trial/backend.ts";
import { API, described, NAMESPACE, openTrialSite, PATIENT, SHORT, type TrialSite } from "../trial/site.ts";
import { codeIs } from "../trial/thrown.ts";
import { byHelm, trialTools } from "../trial/tools.ts";
import { install } from "./install.ts";
import { readRecord } from "./record.ts";
import { rollback } from "./rollback.ts";
import { statusOf } from "./status.ts";
import { upgrade, type UpgradeOptions } from "./upgrade.ts";

const tools = await trialTools();
const { major } = tools;
const TO: UpgradeOptions = { preflight: null, timeoutSeconds: PATIENT };

let on: TrialSite;

suite(titled(byHelm("what was killed")), { skip: tools.absent ?? false }, () => {
  before(async () => {
    on = await openTrialSite(tools.env);
    await on.kubectl.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    await on.makeSecret("touchstone-store", { DATABASE_URL: "postgres://db/touchstone" });
    await on.makeSecret("touchstone-keys", { TOUCHSTONE_SECRET_KEYS: "k1:AAAA", TOUCHSTONE_TOKEN_KEY: "AAAA" });
    await on.makeSecret("touchstone-dataplanes", { default: "tsdp_0000" });
  });
  after(() => on.close());

  test("an installation that is killed is taken away by the next, which installs", async () => {
    on.cluster.failing.add(API);
    await on.killed("install", described("0.1.0"), () => on.isThere(API));
    on.cluster.failing.clear();
    assert.equal(await on.standing(), "1 pending-install");
    assert.equal((await statusOf(on.site(described("0.1.0")))).operation?.outcome, "running", "its lock is still alive");
    await assert.rejects(install(on.site(described("0.1.0")), { preflight: null }), codeIs("DEPLOY_LOCKED"));
    await on.endLease();
    assert.equal((await statusOf(on.site(described("0.1.0")))).operation?.outcome, "killed");
    const { outcome, revision, next } = await install(on.site(described("0.1.0")), { preflight: null, timeoutSeconds: PATIENT });
    assert.deepEqual([outcome, revision], ["installed", 1]);
    assert.match(on.told(), /install by .* was cut off, and left revision 1 pending-install\nputting it right: uninstalling/);
    assert.match(next.join("\n"), /exec deployment\/quality-touchstone -- touchstone db setup-code/);
    assert.equal(await on.lastOutcome(), "install succeeded");
  });

  test("an upgrade that is killed is rolled back by the next, which upgrades", async () => {
    on.cluster.failing.add("localhost/touchstone/dataplane:0.1.5");
    await on.killed("upgrade", described("0.1.5"), async () => (await on.tagNow()) === "0.1.5");
    on.cluster.failing.clear();
    assert.equal(await on.standing(), "2 pending-upgrade");
    await on.endLease();
    assert.equal((await upgrade(on.site(described("0.1.6")), TO)).outcome, "upgraded");
    assert.match(on.told(), /upgrade by .* was cut off, and left revision 2 pending-upgrade\nputting it right: back to revision 1/);
    assert.deepEqual([await on.tagNow(), await on.standing()], ["0.1.6", "4 deployed"]);
    assert.deepEqual(
      (await readRecord(on.kubectl)).operations.slice(-2).map(({ outcome }) => outcome),
      ["killed", "succeeded"],
    );
  });

  test("a command that is killed alone takes its helm with it, and the next begins where it was", async () => {
    on.cluster.failing.add("localhost/touchstone/dataplane:0.1.8");
    // Of two pods one may be missing in a rollout: helm 3 waits for the other.
    const two = described("0.1.8", { more: ", dataplanes: {groups: {default: {replicas: 2}}}" });
    await on.killed("upgrade", two, async () => (await on.tagNow()) === "0.1.8", { isAlone: true });
    on.cluster.failing.clear();
    // Helm, asked to end, may find the time to write that it has failed.
    assert.match(await on.standing(), /^5 (pending-upgrade|failed)$/);
    await on.endLease();
    assert.equal((await upgrade(on.site(described("0.1.6")), TO)).outcome, "unchanged");
    assert.match(
      on.told(),
      /was cut off(, and left revision 5 pending-upgrade| after revision 5 had failed)\nputting it right: back to revision 4/,
    );
    assert.deepEqual([await on.tagNow(), await on.standing()], ["0.1.6", "6 deployed"]);
  });

  test("a person who stops it is told how it is, and the lock is free", async () => {
    on.cluster.failing.add("localhost/touchstone/dataplane:0.1.7");
    const stop = new AbortController();
    const over = new AbortController();
    const work = upgrade(on.site(described("0.1.7"), stop.signal), TO).finally(() => over.abort());
    const refused = assert.rejects(work, codeIs("DEPLOY_INTERRUPTED", /revision 7 is .*the last good one is 6/));
    while ((await on.tagNow()) !== "0.1.7" && !over.signal.aborted) await sleep(20);
    stop.abort();
    await refused;
    on.cluster.failing.clear();
    assert.equal(await lockHolder(on.kubectl), null);
    assert.equal(await on.lastOutcome(), "upgrade interrupted");
    assert.equal((await rollback(on.site(described("0.1.6")), { timeoutSeconds: PATIENT })).to, 6);
    assert.equal(await on.tagNow(), "0.1.6");
  });

  test("a migration that cannot be taken back is not rolled back: restore steps are told, and the way on is open", async () => {
    const next = described("0.2.0", { chart: await on.chartOfVersion("0.2.0", '  touchstone.dev/rollback: "false"\n') });
    on.cluster.failing.add("localhost/touchstone/dataplane:0.2.0");
    await on.killed("upgrade", next, async () => (await on.tagNow()) === "0.2.0");
    await on.endLease();
    await assert.rejects(upgrade(on.site(next), { ...TO, timeoutSeconds: SHORT }), codeIs("DEPLOY_NOT_REVERSIBLE"));
    assert.match(on.told(), /its migration cannot be taken back, so revision \d+ is struck out/);
    // Of helm 3 it is this command that finds the pods not to be ready.
    assert.deepEqual([await on.tagNow(), (await on.standing()).split(" ")[1]], ["0.2.0", major === 3 ? "deployed" : "failed"]);
    if (major === 3) await assert.rejects(upgrade(on.site(next), TO), codeIs("DEPLOY_FAILED", /dataplane-default: 0 of 1 ready/));
    on.cluster.failing.clear();
    await assert.rejects(rollback(on.site(next)), codeIs("DEPLOY_NOT_REVERSIBLE"));
  });
});
