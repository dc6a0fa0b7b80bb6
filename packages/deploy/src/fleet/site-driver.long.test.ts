/** A deployment of a fleet from its beginning to its end, with the real helm in a cluster in memory. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { CHART_FOLDER } from "../chart/write.ts";
import { openKubectl } from "../cluster/kubectl.ts";
import { preflight } from "../preflight/preflight.ts";
import { startCluster } from "../trial/backend.ts";
import type { Cluster } from "../trial/cluster.ts";
import { deploymentText, trialFleet, type TrialFleet } from "../trial/fleet.ts";
import { NAMESPACE, READY } from "../trial/ready-cluster.ts";
import { trialTools } from "../trial/tools.ts";
import { add, approveRemoval } from "./operator.ts";
import { reconcile, type Outcome } from "./reconcile.ts";
import type { Rollout } from "./rollout.ts";
import { begun, holdRollout, runRollout } from "./run-rollout.ts";
import { openSiteDriver } from "./site-driver.ts";

/** What a cluster without pods and without a name can be asked. */
const LOOKED_AT = ["kubernetes", "storage", "secrets", "release"];
const tools = await trialTools();

suite("a fleet by helm", { skip: tools.absent ?? false }, () => {
  let cluster: Cluster;
  let trial: TrialFleet;
  const chart = mkdtempSync(join(tmpdir(), "touchstone-chart-"));
  before(async () => {
    cluster = await startCluster();
    trial = trialFleet();
    trial.options.openDriver = openSiteDriver(tools.env, (site) => preflight(site, { only: LOOKED_AT }));
    cpSync(CHART_FOLDER, chart, { recursive: true });
    const kubectl = openKubectl({ kubeconfig: cluster.kubeconfig, context: null, namespace: NAMESPACE }, tools.env);
    for (const object of READY) assert.ok(await kubectl.create(object));
  });
  after(async () => {
    rmSync(chart, { recursive: true, force: true });
    trial.close();
    await cluster.close();
  });

  const version = (next: string): void => {
    const file = join(chart, "Chart.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace(/^version: .*$/m, `version: ${next}`));
  };
  const goOn = (): Promise<Outcome> => reconcile(trial.fleet, "acme", trial.options);
  const rollOut = async (to: string): Promise<Rollout> => {
    const held = holdRollout(trial.fleet, trial.who);
    try {
      held.commit(begun(held.read(), { to, soakMinutes: {}, replace: true }, trial.clock.now.toISOString()), { what: "begun", detail: to });
      return await runRollout(trial.fleet, held, trial.options);
    } finally {
      held.release();
    }
  };

  test("it is installed, and that is found the next time", async () => {
    version("1.0.0");
    const text = deploymentText("acme", {
      fqdn: "quality.example.org",
      store: "external",
      cluster: { namespace: NAMESPACE },
      secrets: { certificate: "certificate" },
      release: { chart },
    });
    add(trial.fleet, { text, file: "acme.yaml", kubeconfig: cluster.kubeconfig, window: null }, trial.who);
    const outcome = await goOn();
    assert.deepEqual({ state: outcome.state, runs: outcome.runs }, { state: "ready", runs: "1.0.0" }, outcome.why);
    assert.ok((await cluster.names(NAMESPACE)).includes("Deployment/acme-touchstone"));
    assert.equal((await goOn()).isSettled, true);
  });

  test("a folder has one version, and no other is made of it", async () => {
    const halted = await rollOut("2.0.0");
    assert.equal(halted.state, "halted");
    assert.match(halted.why ?? "", /the chart of acme is a folder, of version 1\.0\.0/);
  });

  test("a version is rolled out, after a backup", async () => {
    version("2.0.0");
    const rollout = await rollOut("2.0.0");
    assert.equal(rollout.state, "finished", rollout.why ?? "");
    assert.equal(trial.fleet.read("acme").record.runs, "2.0.0");
    assert.ok((await cluster.names(NAMESPACE)).some((name) => name.startsWith("Job/acme-touchstone-backup-")));
  });

  test("one that does not come up is rolled back, and halts the rollout", async () => {
    version("3.0.0");
    cluster.failing.add("acme-touchstone-migrate");
    const rollout = await rollOut("3.0.0");
    cluster.failing.clear();
    assert.equal(rollout.state, "halted");
    assert.match(rollout.why ?? "", /^acme is degraded: /);
  });

  test("it is taken away after a backup of its own, whatever the chart is by then", async () => {
    version("4.0.0");
    approveRemoval(trial.fleet, "acme", { reason: "it ended", backupId: null }, trial.who);
    const outcome = await goOn();
    assert.equal(outcome.state, "gone", outcome.why);
    const { record } = trial.fleet.read("acme");
    assert.match(record.backup?.id ?? "", /^acme-touchstone-backup-/);
    assert.ok(!(await cluster.names(NAMESPACE)).includes("Deployment/acme-touchstone"));
    assert.equal(trial.fleet.log("acme").fault, null);
  });
});
