/**
 * The life of a release by the product's own commands, with the real helm and kubectl, against a cluster in memory: what works, what
 * goes wrong on the way, and what the next command makes of it.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { toErrorInfo, type ErrorCode } from "@touchstone/core/errors";
import { CHART_FOLDER } from "../chart/write.ts";
import { openHelm, type Helm } from "../cluster/helm.ts";
import { openKubectl, type Kubectl } from "../cluster/kubectl.ts";
import { lockHolder, takeLock } from "../cluster/lock.ts";
import { deploymentIn } from "../deployment/read.ts";
import { at } from "../kubernetes/manifest.ts";
import { startCluster, type Cluster } from "../trial/cluster.ts";
import { RESOURCES } from "../trial/resources.ts";
import { trialTools } from "../trial/tools.ts";
import { diffOf, type DeploymentDiff } from "./diff.ts";
import { install } from "./install.ts";
import { readRecord } from "./record.ts";
import { rollback } from "./rollback.ts";
import type { Site } from "./site.ts";
import { statusOf } from "./status.ts";
import { uninstall } from "./uninstall.ts";
import { upgrade, type UpgradeOptions } from "./upgrade.ts";
import { verify } from "./verify.ts";

const tools = await trialTools();
const NAMESPACE = "quality";
const API = "quality-touchstone";
const WORKERS = `${API}-dataplane-default`;
const COMMAND_LINE = join(import.meta.dirname, "../../../cli/src/main.ts");
/** A value of a Secret, which must be in nothing that is told or kept. */
const CANARY = "canary-7f3a";
/** Long enough for a busy machine where all goes well, short where it cannot. */
const [PATIENT, SHORT] = [60, 4];

let cluster: Cluster;
let kubectl: Kubectl;
let helm: Helm;
let folder: string;
let told: string[] = [];

/** A deployment whose workers run an image of this tag, from a chart in this folder. */
const described = (tag: string, { chart = "", more = "" } = {}): string =>
  `version: 1\nname: quality\nmodel: customer\nfqdn: quality.invalid\nsize: small\ncluster: {namespace: ${NAMESPACE}}\nrelease: {chart: "${chart}"}\nvalues: {images: {dataplane: {tag: "${tag}"}}${more}}\n`;
const site = (text: string, signal = new AbortController().signal): Site => {
  told = [];
  return { deployment: deploymentIn(text, "deployment.yaml"), kubectl, helm, tell: (line) => void told.push(line), signal };
};
const TO: UpgradeOptions = { preflight: null, timeoutSeconds: PATIENT };
const access = () => ({ kubeconfig: cluster.kubeconfig, context: null, namespace: NAMESPACE });

const DEPLOYMENTS = RESOURCES.filter(({ kind }) => kind === "Deployment")[0] ?? assert.fail("the trial has no Deployments");

const codeIs = (code: ErrorCode, why?: RegExp) => (thrown: unknown) => {
  const info = toErrorInfo(thrown);
  assert.equal(info.code, code, String(thrown));
  if (why !== undefined) assert.match(info.why, why);
  return true;
};
/** As the cluster has it, without a program being started for it: this is asked often. */
const workloadNow = (name: string): unknown =>
  cluster.objects.list(DEPLOYMENTS, NAMESPACE).find((object) => at(object, "metadata", "name") === name) ?? null;
const tagOf = (name = WORKERS): string =>
  String(at(workloadNow(name), "spec", "template", "spec", "containers", 0, "image"))
    .split(":")
    .at(-1) ?? "";
const replicasOf = (name: string): unknown => at(workloadNow(name), "spec", "replicas");
const standing = async (): Promise<string> => {
  const newest = (await helm.history("quality")).at(-1);
  return newest === undefined ? "none" : `${newest.revision} ${newest.status}`;
};
const lastOutcome = async (): Promise<string> => {
  const last = (await readRecord(kubectl)).operations.at(-1);
  return `${last?.kind} ${last?.outcome}`;
};
const makeSecret = (name: string, stringData: object, type = "Opaque") =>
  kubectl.create({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: NAMESPACE }, type, stringData });

/** Ends the lease of who was killed, for which a person would wait half a minute. */
const endLease = async (): Promise<void> => {
  const lease = await kubectl.get("leases.coordination.k8s.io", "touchstone-deploy");
  await kubectl.replace({ ...lease, spec: { ...Object(lease?.["spec"]), renewTime: "2026-01-01T00:00:00.000000Z" } });
};

const childrenOf = async (pid: number): Promise<number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ").filter(Boolean).map(Number);

/** Runs the command as a person would, and kills it and helm once `isTime`. */
const killed = async (args: readonly string[], isTime: () => boolean): Promise<void> => {
  const child = spawn(process.execPath, [COMMAND_LINE, "deploy", ...args, "--kubeconfig", cluster.kubeconfig], {
    env: tools.env,
    stdio: "ignore",
    detached: true,
  });
  const end = new Promise((resolve) => child.once("exit", resolve));
  try {
    while (child.exitCode === null && !isTime()) await sleep(20);
    assert.equal(child.exitCode, null, "it ended before it could be killed");
    const pid = child.pid ?? 0;
    for (const one of [...(await childrenOf(pid)), pid]) process.kill(one, "SIGKILL");
  } finally {
    child.kill("SIGKILL");
    await end;
  }
};

/** The chart as another version, with an annotation or without. */
const chartOfVersion = async (version: string, annotation = ""): Promise<string> => {
  const chart = join(folder, version);
  await cp(CHART_FOLDER, chart, { recursive: true });
  const file = join(chart, "Chart.yaml");
  const text = (await readFile(file, "utf8")).replace(/^version: .*$/m, `version: ${version}`);
  await writeFile(file, text.replace("annotations:\n", `annotations:\n${annotation}`));
  return chart;
};

suite("the life of a release", { skip: tools.absent ?? false }, () => {
  before(async () => {
    cluster = await startCluster();
    kubectl = openKubectl(access(), tools.env);
    helm = await openHelm(access(), tools.env);
    folder = await mkdtemp(join(tmpdir(), "touchstone-release-"));
  });
  after(async () => {
    await helm.close();
    await cluster.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("nothing is there, and that is said", async () => {
    const status = await statusOf(site(described("0.1.0")));
    assert.deepEqual([status.release, status.isReady, status.lock, status.operation], [null, false, null, null]);
    const { changes, from } = await diffOf(site(described("0.1.0")));
    assert.ok(from === null && changes.length > 10 && changes.every(({ change }) => change === "made"));
    assert.equal((await verify(site(described("0.1.0")))).at(0)?.state, "problem");
  });

  test("an upgrade of nothing is refused", async () => {
    await kubectl.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    await assert.rejects(upgrade(site(described("0.1.0")), TO), codeIs("DEPLOY_NOT_INSTALLED"));
    await kubectl.remove("namespace", NAMESPACE);
  });

  test("without its Secrets nothing is installed; the namespace is made, restricted", async () => {
    await assert.rejects(
      install(site(described("0.1.0")), { preflight: null, createSecrets: true }),
      codeIs("DEPLOY_SECRETS_MISSING", /^Secret touchstone-store, key DATABASE_URL$/),
    );
    assert.match(told.join("\n"), /made namespace quality/);
    const namespace = await kubectl.get("namespace", NAMESPACE);
    assert.equal(namespace?.metadata.labels?.["pod-security.kubernetes.io/enforce"], "restricted");
    assert.equal(await kubectl.get("secret", "touchstone-keys"), null, "all or nothing");
    await makeSecret("touchstone-store", { DATABASE_URL: `postgres://touchstone:${CANARY}@db/touchstone` });
  });

  test("a cluster that is not ready stops it", async () => {
    const problem = { subject: "room", state: "problem" as const, found: "2 cores are free", needs: "16", todo: "add a node" };
    const look = () => Promise.resolve([problem]);
    await assert.rejects(
      install(site(described("0.1.0")), { preflight: look, createSecrets: true }),
      codeIs("DEPLOY_PREFLIGHT", /2 cores.*16/),
    );
    assert.match(told.join("\n"), /made Secret touchstone-keys[\s\S]*keep a copy[\s\S]*kubectl -n quality get secret touchstone-keys/);
    assert.equal(await standing(), "none");
  });

  test("an installation that is killed is taken away by the next, which installs", async () => {
    cluster.failing.add(API);
    const file = join(folder, "deployment.yaml");
    await writeFile(file, described("0.1.0"));
    await killed(["install", "--file", file, "--skip-preflight"], () => workloadNow(API) !== null);
    cluster.failing.clear();
    assert.equal(await standing(), "1 pending-install");
    assert.equal((await statusOf(site(described("0.1.0")))).operation?.outcome, "running", "its lock is still alive");
    await assert.rejects(install(site(described("0.1.0")), { preflight: null }), codeIs("DEPLOY_LOCKED"));
    await endLease();
    assert.equal((await statusOf(site(described("0.1.0")))).operation?.outcome, "killed");
    const { outcome, revision, next } = await install(site(described("0.1.0")), { preflight: null, timeoutSeconds: PATIENT });
    assert.deepEqual([outcome, revision], ["installed", 1]);
    assert.match(told.join("\n"), /install by .* was cut off, and left revision 1 pending-install\nputting it right: uninstalling/);
    assert.match(next.join("\n"), /exec deployment\/quality-touchstone -- touchstone db setup-code/);
    assert.equal(await lastOutcome(), "install succeeded");
  });

  test("installed again it says so, and otherwise says which command", async () => {
    assert.equal((await install(site(described("0.1.0")), { preflight: null })).outcome, "unchanged");
    await assert.rejects(install(site(described("0.1.1")), { preflight: null }), codeIs("DEPLOY_INSTALLED_OTHERWISE"));
    assert.equal(await standing(), "1 deployed");
  });

  test("it is found to work", async () => {
    const findings = await verify(site(described("0.1.0")));
    assert.deepEqual(findings.map(({ subject, state }) => `${subject} ${state}`).toSorted(), [
      "address unseen",
      "check ok",
      `${API} ok`,
      `${WORKERS} ok`,
      "release ok",
    ]);
    const status = await statusOf(site(described("0.1.0")));
    assert.ok(status.isReady && status.release?.revision === 1 && status.url === "https://quality.invalid");
  });

  test("an upgrade shows what changes and does it; without a change there is nothing to do", async () => {
    let patch = "";
    const options: UpgradeOptions = { ...TO, backup: true, onDiff: ({ changes }) => (patch = changes.map((one) => one.patch).join("\n")) };
    assert.equal((await upgrade(site(described("0.1.1")), options)).outcome, "upgraded");
    assert.match(patch, /^-\s+image: .*dataplane:0\.1\.0$/m);
    assert.match(told.join("\n"), /backing the store up: job .*\nthe backup is whole\nupgrading/);
    assert.equal(tagOf(), "0.1.1");
    assert.equal((await upgrade(site(described("0.1.1")), TO)).outcome, "unchanged");
    assert.equal(await standing(), "2 deployed");
  });

  test("a migration that fails changes no pod, and is rolled back", async () => {
    cluster.failing.add(`${API}-migrate`);
    await assert.rejects(upgrade(site(described("0.1.2")), TO), codeIs("DEPLOY_ROLLED_BACK", /pre-upgrade|hook|migrate/));
    cluster.failing.clear();
    assert.deepEqual([tagOf(), await standing(), await lastOutcome()], ["0.1.1", "4 deployed", "upgrade rolled-back"]);
  });

  test("pods that do not become ready are rolled back, and why is told", async () => {
    cluster.failing.add("localhost/touchstone/dataplane:0.1.3");
    await assert.rejects(
      upgrade(site(described("0.1.3")), { ...TO, timeoutSeconds: SHORT }),
      codeIs("DEPLOY_ROLLED_BACK", /dataplane-default: 0 of 1 ready, it was told to fail/),
    );
    assert.deepEqual([tagOf(), await standing()], ["0.1.1", "6 deployed"]);
    cluster.failing.clear();
  });

  test("a check that fails after the pods are ready is rolled back", async () => {
    cluster.failing.add(`${API}-check-api`);
    await assert.rejects(upgrade(site(described("0.1.4")), TO), codeIs("DEPLOY_ROLLED_BACK"));
    assert.equal((await verify(site(described("0.1.1")))).find(({ subject }) => subject === "check")?.state, "problem");
    cluster.failing.clear();
    assert.deepEqual([tagOf(), await standing()], ["0.1.1", "8 deployed"]);
  });

  test("an upgrade that is killed is rolled back by the next, which upgrades", async () => {
    cluster.failing.add("localhost/touchstone/dataplane:0.1.5");
    const file = join(folder, "deployment.yaml");
    await writeFile(file, described("0.1.5"));
    await killed(["upgrade", "--file", file, "--skip-preflight"], () => tagOf() === "0.1.5");
    cluster.failing.clear();
    assert.equal(await standing(), "9 pending-upgrade");
    await endLease();
    assert.equal((await upgrade(site(described("0.1.6")), TO)).outcome, "upgraded");
    assert.match(told.join("\n"), /upgrade by .* was cut off, and left revision 9 pending-upgrade\nputting it right: back to revision 8/);
    assert.deepEqual([tagOf(), await standing()], ["0.1.6", "11 deployed"]);
    assert.deepEqual(
      (await readRecord(kubectl)).operations.slice(-2).map(({ outcome }) => outcome),
      ["killed", "succeeded"],
    );
  });

  test("a person who stops it is told how it is, and the lock is free", async () => {
    cluster.failing.add("localhost/touchstone/dataplane:0.1.7");
    const stop = new AbortController();
    const over = new AbortController();
    const work = upgrade(site(described("0.1.7"), stop.signal), TO).finally(() => over.abort());
    const refused = assert.rejects(work, codeIs("DEPLOY_INTERRUPTED", /revision 12 is .*the last good one is 11/));
    while (tagOf() !== "0.1.7" && !over.signal.aborted) await sleep(20);
    stop.abort();
    await refused;
    cluster.failing.clear();
    assert.equal(await lockHolder(kubectl), null);
    assert.equal(await lastOutcome(), "upgrade interrupted");
    assert.equal((await rollback(site(described("0.1.6")), { timeoutSeconds: PATIENT })).to, 11);
    assert.equal(tagOf(), "0.1.6");
  });

  test("one at a time", async () => {
    const lock = await takeLock(kubectl, "upgrade by somebody else");
    for (const act of [
      () => upgrade(site(described("0.1.8")), TO),
      () => rollback(site(described("0.1.8"))),
      () => uninstall(site(described("0.1.8"))),
    ])
      await assert.rejects(act(), codeIs("DEPLOY_LOCKED", /somebody else/));
    assert.match((await statusOf(site(described("0.1.8")))).lock?.holder ?? "", /somebody else/);
    await lock.release();
  });

  test("what somebody changed by hand is told with its owner, and taken only where it is said; what was deleted comes back", async () => {
    await kubectl.run(["scale", "deployment", WORKERS, "--replicas=7"]);
    await kubectl.remove("service", API);
    const three = described("0.1.6", { more: ", dataplanes: {groups: {default: {replicas: 3}}}" });
    const diffs: DeploymentDiff[] = [];
    const options: UpgradeOptions = { ...TO, onDiff: (diff) => void diffs.push(diff) };
    await assert.rejects(upgrade(site(three), options), codeIs("DEPLOY_FIELDS_TAKEN", /\.spec\.replicas is kubectl/));
    assert.deepEqual(
      diffs[0]?.conflicts.map(({ object, field }) => `${object} ${field}`),
      [`Deployment ${WORKERS} .spec.replicas`],
    );
    const drift = diffs[0]?.drift ?? [];
    assert.match(drift.map(({ patch }) => patch).join("\n"), /^-\s+replicas: 7\n\+\s+replicas: 1$/m);
    assert.deepEqual(drift.at(-1), { object: `Service ${API}`, change: "missing", patch: "" });
    assert.equal(replicasOf(WORKERS), 7);
    await upgrade(site(three), { ...TO, takeFields: true });
    assert.equal(replicasOf(WORKERS), 3);
    assert.notEqual(await kubectl.get("service", API), null);
  });

  test("back to a number, and to none", async () => {
    assert.equal((await rollback(site(described("0.1.6")), { revision: 2, timeoutSeconds: PATIENT })).to, 2);
    assert.equal(tagOf(), "0.1.1");
    await assert.rejects(rollback(site(described("0.1.6")), { revision: 99 }), codeIs("DEPLOY_NO_REVISION", /11 \(touchstone-0\.1\.0/));
  });

  test("a version only a registry can have is not asked of a folder", async () => {
    await assert.rejects(async () => upgrade(site(described("0.1.6")), { ...TO, to: "9.9.9" }), codeIs("OPTION_INVALID"));
  });

  test("a migration that cannot be taken back is not rolled back: restore steps are told, and the way on is open", async () => {
    const next = described("0.2.0", { chart: await chartOfVersion("0.2.0", '  touchstone.dev/rollback: "false"\n') });
    cluster.failing.add("localhost/touchstone/dataplane:0.2.0");
    const file = join(folder, "deployment.yaml");
    await writeFile(file, next);
    await killed(["upgrade", "--file", file, "--skip-preflight"], () => tagOf() === "0.2.0");
    await endLease();
    await assert.rejects(upgrade(site(next), { ...TO, timeoutSeconds: SHORT }), codeIs("DEPLOY_NOT_REVERSIBLE"));
    assert.match(told.join("\n"), /its migration cannot be taken back, so revision \d+ is struck out/);
    assert.deepEqual([tagOf(), (await standing()).split(" ")[1]], ["0.2.0", "failed"]);
    cluster.failing.clear();
    await assert.rejects(rollback(site(next)), codeIs("DEPLOY_NOT_REVERSIBLE"));
  });

  test("what is uninstalled is gone, and what stays is said", async () => {
    const { removed, stays } = await uninstall(site(described("0.2.0")), { timeoutSeconds: PATIENT });
    assert.ok(removed);
    assert.ok(stays.includes(`PersistentVolumeClaim ${API}-backup`) && stays.includes("Secret touchstone-keys"));
    assert.deepEqual(
      cluster.names(NAMESPACE).filter((name) => /^(Pod|Deployment|Service|Ingress)\//.test(name)),
      [],
    );
    assert.equal(await standing(), "none");
    assert.equal((await uninstall(site(described("0.2.0")))).removed, false);
  });

  test("with its data, Secrets and volumes go too; the record stays, and no secret is in it", async () => {
    const record = JSON.stringify(await kubectl.get("configmap", "touchstone-deploy"));
    const { stays } = await uninstall(site(described("0.2.0")), { deleteData: true });
    assert.deepEqual(stays, ["your Postgres, with everything in it", "namespace quality, with the record of what was done"]);
    assert.deepEqual(
      cluster.names(NAMESPACE).filter((name) => /^(Secret|PersistentVolumeClaim)\//.test(name)),
      [],
    );
    assert.match(record, /cut off/);
    assert.doesNotMatch(record, /canary|tsdp_|k1:/);
  });
});
