/** A deployment of a fleet from its beginning to its end, with the real helm in a cluster in memory. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { problem, type Finding } from "@touchstone/core/model/finding";
import { CHART_FOLDER } from "../chart/write.ts";
import { openKubectl } from "../cluster/kubectl.ts";
import { sha256Of } from "../deployment/digest.ts";
import { at } from "../kubernetes/manifest.ts";
import { deploymentIn } from "../deployment/read.ts";
import { kubeconfigOf } from "../infra/addons.ts";
import { preflight } from "../preflight/preflight.ts";
import type { Site } from "../release/site.ts";
import { startCluster, titled } from "../trial/backend.ts";
import type { Cluster } from "../trial/cluster.ts";
import type { Said } from "../trial/exec.ts";
import { deploymentText, trialFleet, type TrialFleet } from "../trial/fleet.ts";
import { NAMESPACE, readyHere } from "../trial/ready-cluster.ts";
import { codeIs } from "../trial/thrown.ts";
import { trialTools } from "../trial/tools.ts";
import { backupFile, backupIds } from "./backups.ts";
import type { Task } from "./driver.ts";
import { add, approveRemoval, takeBackup } from "./operator.ts";
import { reconcile, type Outcome } from "./reconcile.ts";
import type { Rollout } from "./rollout.ts";
import { begun, holdRollout, runRollout } from "./run-rollout.ts";
import { openSiteDriver } from "./site-driver.ts";
import type { BackupWish } from "./states.ts";

/** What a cluster without pods and without a name can be asked. */
const LOOKED_AT = ["kubernetes", "storage", "secrets", "release"];
const tools = await trialTools();

/** What the store sends, more than goes into one part of a stream, and not text. */
const STORE = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
const whole = (bytes: Buffer): Said => ({ stdout: bytes, stderr: `${sha256Of(bytes)}  ${bytes.length} bytes\n` });

suite(titled("a fleet by helm"), { skip: tools.absent ?? false }, () => {
  let cluster: Cluster;
  let trial: TrialFleet;
  const asked: string[] = [];
  let sent: Said = whole(STORE);
  const chart = mkdtempSync(join(tmpdir(), "touchstone-chart-"));
  before(async () => {
    cluster = await startCluster({
      // The pod that waits to be asked for the store.
      podStatus: (pod) =>
        /-out-/.test(String(at(pod, "metadata", "labels", "batch.kubernetes.io/job-name"))) ? { phase: "Running" } : null,
      exec: (_pod, command) => {
        asked.push(command.join(" "));
        return sent;
      },
    });
    trial = trialFleet();
    trial.options.openDriver = openSiteDriver(tools.env, (site) => preflight(site, { only: LOOKED_AT }));
    cpSync(CHART_FOLDER, chart, { recursive: true });
    const kubectl = openKubectl({ kubeconfig: cluster.kubeconfig, context: null, namespace: NAMESPACE }, tools.env);
    for (const object of readyHere()) assert.ok(await kubectl.create(object));
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

  test("a cluster that was made only now is looked at, from inside too, before the first installation", async () => {
    const looks: boolean[] = [];
    const folder = mkdtempSync(join(tmpdir(), "touchstone-cloud-"));
    after(() => rmSync(folder, { recursive: true, force: true }));
    const tooSmall = async ({ kubectl }: Site): Promise<Finding[]> => {
      looks.push((await kubectl.get("namespace", "cloudy")) !== null);
      return [problem("room", "2 cores are free", "4", "add nodes")];
    };
    const driver = openSiteDriver(tools.env, tooSmall)({ driver: "terraform", kubeconfig: null });
    const deployment = deploymentIn(
      deploymentText("cloudy", {
        size: "small",
        cloud: { provider: "aws", region: "eu-central-1" },
        cluster: { namespace: "cloudy" },
        release: { chart },
      }),
      "cloudy.yaml",
    );
    const task: Task = {
      deployment,
      wanted: null,
      folder,
      key: "k",
      backup: null,
      transfer: null,
      tell: () => undefined,
      signal: trial.options.signal,
    };
    assert.match((await driver.preflight(task)).said, /still to be made/);
    mkdirSync(join(folder, "infra"));
    cpSync(cluster.kubeconfig, kubeconfigOf(join(folder, "infra")));
    await assert.rejects(driver.install(task), codeIs("DEPLOY_PREFLIGHT", /room: 2 cores are free/));
    assert.deepEqual(looks, [true], "the namespace to look from is there by then");
    assert.ok(!(await cluster.names("cloudy")).some((name) => name.startsWith("Deployment/")));
  });

  test("a chart that nobody whose signature counts has signed starts nothing, not even what would look", async () => {
    const looks: Site[] = [];
    const driver = openSiteDriver(
      tools.env,
      async (site) => (looks.push(site), []),
    )({ driver: "existing-cluster", kubeconfig: cluster.kubeconfig });
    const signers = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n";
    const text = deploymentText("unsigned", { cluster: { namespace: NAMESPACE }, release: { chart, signers } });
    const task: Task = {
      deployment: deploymentIn(text, "unsigned.yaml"),
      wanted: null,
      folder: trial.fleet.read("acme").folder,
      key: "k",
      backup: null,
      transfer: null,
      tell: () => undefined,
      signal: trial.options.signal,
    };
    await assert.rejects(driver.preflight(task), codeIs("CHART_UNSIGNED"));
    assert.deepEqual(looks, []);
  });

  test("a folder has one version, and no other is made of it", async () => {
    const halted = await rollOut("2.0.0");
    assert.equal(halted.state, "halted");
    assert.match(halted.why ?? "", /the chart of acme is the folder \/.*, of version 1\.0\.0: only one from a registry/);
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

  const recordOf = () => trial.fleet.read("acme").record;
  const wanted = (wish: BackupWish) => approveRemoval(trial.fleet, "acme", { reason: "it ended", wish, backup: null }, trial.who);
  const isInstalled = async (): Promise<boolean> => (await cluster.names(NAMESPACE)).includes("Deployment/acme-touchstone");
  /** Their pods go after them. */
  const outJobs = async (): Promise<string[]> => (await cluster.names(NAMESPACE)).filter((name) => /^Job\/.*-backup-out-/.test(name));

  const NOT_TAKEN: readonly { what: string; said: Said; why: RegExp }[] = [
    {
      what: "the stream is cut short",
      said: { ...whole(STORE), stdout: STORE.subarray(1) },
      why: /99999 bytes came, .*; 100000 bytes were sent/,
    },
    { what: "a byte is another", said: { ...whole(STORE), stdout: STORE.with(7, 1) }, why: /100000 bytes came/ },
    { what: "no sum is told", said: { stdout: STORE }, why: /without a sum/ },
    {
      what: "the store cannot be read",
      said: { stderr: "no route to the store\n", status: 2 },
      why: /pod acme-touchstone-backup-out-.*: /,
    },
  ];
  for (const { what, said, why } of NOT_TAKEN)
    test(`nothing is taken away where its backup does not come whole: ${what}`, async () => {
      sent = said;
      wanted({ kind: "new" });
      const outcome = await goOn();
      assert.match(outcome.why, why);
      assert.ok(await isInstalled());
      assert.deepEqual([backupIds(trial.fleet.read("acme").folder), await outJobs()], [[], []], "nothing of it stays");
    });

  test("a backup is taken out of the cluster at any time, and is what was sent", async () => {
    sent = whole(STORE);
    const { backup = "" } = await takeBackup(trial.fleet, "acme", trial.options);
    assert.equal(asked.at(-1), "touchstone db backup -");
    const { folder } = trial.fleet.read("acme");
    assert.deepEqual(readFileSync(backupFile(folder, backup)), STORE);
    assert.deepEqual([backupIds(folder), await outJobs()], [[backup], []]);
    writeFileSync(backupFile(folder, backup), "something else");
    wanted({ kind: "named", id: backup });
    assert.match((await goOn()).why, /is not what was taken out/, "it is looked at once more");
    assert.ok(await isInstalled());
    writeFileSync(backupFile(folder, backup), STORE);
  });

  test("it is taken away after a backup of its own, whatever the chart is by then", async () => {
    version("4.0.0");
    // A removal that waits for its backup is described by the last word about it.
    const outcome = await goOn();
    assert.equal(outcome.state, "gone", outcome.why);
    assert.match(recordOf().backup?.id ?? "", /^acme-[0-9a-f]{12}$/);
    assert.ok(!(await isInstalled()));
    assert.equal(trial.fleet.log("acme").fault, null);
  });
});
