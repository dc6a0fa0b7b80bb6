/**
 * The life of a release by the product's own acts, with the real helm and kubectl, against a cluster in memory: what works, and what goes
 * wrong on the way.
 */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { takeLock } from "../cluster/lock.ts";
import { titled } from "../trial/backend.ts";
import { API, CANARY, described, NAMESPACE, openTrialSite, PATIENT, SHORT, WORKERS, type TrialSite } from "../trial/site.ts";
import { codeIs } from "../trial/thrown.ts";
import { byHelm, trialTools } from "../trial/tools.ts";
import { diffOf, type DeploymentDiff } from "./diff.ts";
import { install } from "./install.ts";
import { forget } from "./kept-revision.ts";
import { rollback } from "./rollback.ts";
import { statusOf } from "./status.ts";
import { uninstall } from "./uninstall.ts";
import { upgrade, type UpgradeOptions } from "./upgrade.ts";
import { verify } from "./verify.ts";

const tools = await trialTools();
const { major } = tools;
const TO: UpgradeOptions = { preflight: null, timeoutSeconds: PATIENT };

let on: TrialSite;

suite(titled(byHelm("the life of a release")), { skip: tools.absent ?? false }, () => {
  before(async () => {
    on = await openTrialSite(tools.env);
  });
  after(() => on.close());

  test("nothing is there, and that is said", async () => {
    const status = await statusOf(on.site(described("0.1.0")));
    assert.deepEqual([status.release, status.isReady, status.lock, status.operation], [null, false, null, null]);
    const { changes, from } = await diffOf(on.site(described("0.1.0")));
    assert.ok(from === null && changes.length > 10 && changes.every(({ change }) => change === "made"));
    assert.equal((await verify(on.site(described("0.1.0")))).at(0)?.state, "problem");
  });

  test("an upgrade of nothing is refused, and so is a way back", async () => {
    await on.kubectl.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    await assert.rejects(upgrade(on.site(described("0.1.0")), TO), codeIs("DEPLOY_NOT_INSTALLED"));
    await assert.rejects(rollback(on.site(described("0.1.0")), {}), codeIs("DEPLOY_NOT_INSTALLED"));
    await on.kubectl.remove("namespace", NAMESPACE);
  });

  test("without its Secrets nothing is installed; the namespace is made, restricted", async () => {
    await assert.rejects(
      install(on.site(described("0.1.0")), { preflight: null, createSecrets: true }),
      codeIs("DEPLOY_SECRETS_MISSING", /^Secret touchstone-store, key DATABASE_URL$/),
    );
    assert.match(on.told(), /made namespace quality/);
    const namespace = await on.kubectl.get("namespace", NAMESPACE);
    assert.equal(namespace?.metadata.labels?.["pod-security.kubernetes.io/enforce"], "restricted");
    assert.equal(await on.kubectl.get("secret", "touchstone-keys"), null, "all or nothing");
    await on.makeSecret("touchstone-store", { DATABASE_URL: `postgres://touchstone:${CANARY}@db/touchstone` });
  });

  test("a cluster that is not ready stops it", async () => {
    const problem = { subject: "room", state: "problem" as const, found: "2 cores are free", needs: "16", todo: "add a node" };
    const look = () => Promise.resolve([problem]);
    await assert.rejects(
      install(on.site(described("0.1.0")), { preflight: look, createSecrets: true }),
      codeIs("DEPLOY_PREFLIGHT", /2 cores.*16/),
    );
    assert.match(on.told(), /made Secret touchstone-keys[\s\S]*keep a copy[\s\S]*kubectl -n quality get secret touchstone-keys/);
    assert.equal(await on.standing(), "none");
  });

  test("with its Secrets it is installed, tested, and the next step is told", async () => {
    const { outcome, revision, next } = await install(on.site(described("0.1.0")), { preflight: null, timeoutSeconds: PATIENT });
    assert.deepEqual([outcome, revision], ["installed", 1]);
    assert.match(next.join("\n"), /exec deployment\/quality-touchstone -- touchstone db setup-code/);
    assert.equal(await on.lastOutcome(), "install succeeded");
  });

  test("installed again it says so, and otherwise says which command", async () => {
    assert.equal((await install(on.site(described("0.1.0")), { preflight: null })).outcome, "unchanged");
    await assert.rejects(install(on.site(described("0.1.1")), { preflight: null }), codeIs("DEPLOY_INSTALLED_OTHERWISE"));
    assert.equal(await on.standing(), "1 deployed");
  });

  test("it is found to work", async () => {
    const findings = await verify(on.site(described("0.1.0")));
    assert.deepEqual(findings.map(({ subject, state }) => `${subject} ${state}`).toSorted(), [
      "address unseen",
      "check ok",
      `${API} ok`,
      `${WORKERS} ok`,
      "release ok",
    ]);
    const status = await statusOf(on.site(described("0.1.0")));
    assert.ok(status.isReady && status.release?.revision === 1 && status.url === "https://quality.invalid");
  });

  test("an upgrade shows what changes and does it; without a change there is nothing to do", async () => {
    let patch = "";
    const options: UpgradeOptions = { ...TO, backup: true, onDiff: ({ changes }) => (patch = changes.map((one) => one.patch).join("\n")) };
    assert.equal((await upgrade(on.site(described("0.1.1")), options)).outcome, "upgraded");
    assert.match(patch, /^-\s+image: .*dataplane:0\.1\.0$/m);
    assert.match(on.told(), /backing the store up: job .*\nthe backup is whole\nupgrading/);
    assert.equal(await on.tagNow(), "0.1.1");
    assert.equal((await upgrade(on.site(described("0.1.1")), TO)).outcome, "unchanged");
    assert.equal(await on.standing(), "2 deployed");
  });

  test("a migration that fails changes no pod, and is rolled back", async () => {
    on.cluster.failing.add(`${API}-migrate`);
    await assert.rejects(upgrade(on.site(described("0.1.2")), TO), codeIs("DEPLOY_ROLLED_BACK", /pre-upgrade|hook|migrate/));
    on.cluster.failing.clear();
    assert.deepEqual([await on.tagNow(), await on.standing(), await on.lastOutcome()], ["0.1.1", "4 deployed", "upgrade rolled-back"]);
  });

  test("pods that do not become ready are rolled back, and why is told", async () => {
    on.cluster.failing.add("localhost/touchstone/dataplane:0.1.3");
    await assert.rejects(
      upgrade(on.site(described("0.1.3")), { ...TO, timeoutSeconds: SHORT }),
      codeIs("DEPLOY_ROLLED_BACK", /dataplane-default: 0 of 1 ready, (CreateContainerError: )?it was told to fail/),
    );
    assert.deepEqual([await on.tagNow(), await on.standing()], ["0.1.1", "6 deployed"]);
    on.cluster.failing.clear();
  });

  test("a check that fails after the pods are ready is rolled back", async () => {
    on.cluster.failing.add(`${API}-check`);
    await assert.rejects(upgrade(on.site(described("0.1.4")), TO), codeIs("DEPLOY_ROLLED_BACK"));
    assert.equal((await verify(on.site(described("0.1.1")))).find(({ subject }) => subject === "check")?.state, "problem");
    on.cluster.failing.clear();
    assert.deepEqual([await on.tagNow(), await on.standing()], ["0.1.1", "8 deployed"]);
  });

  /** What of the release the upgrade leaves out, with a migration that fails: it is there still, and helm alone finds no way back. */
  const LEFT_OUT: readonly [string, string, RegExp][] = [
    ["a Job of another image", ", global: {imageRegistry: registry.invalid}", /left out .*Job /],
    ["a volume and CronJobs", ", backup: {enabled: false}", /left out .*CronJob quality-touchstone-backup.*: noted in it/],
  ];
  // A migration that has failed stays, to be looked at; a backup that was made goes with its CronJob.
  const NOT_OURS = /^(Pod|ReplicaSet|Secret|Event|EndpointSlice)\/|-migrate$|^Job\/.*-backup-[a-z0-9]+$/;
  const namesOfOurs = async () => (await on.cluster.names(NAMESPACE)).filter((name) => !NOT_OURS.test(name)).toSorted();
  const revisionsNow = async () => (await on.helm.history("quality")).map(({ revision }) => revision);
  for (const [title, more, told] of LEFT_OUT)
    test(`a way back over what an upgrade has left out: ${title}`, async () => {
      on.cluster.failing.add(`${API}-migrate`);
      const before = await namesOfOurs();
      const revisions = await revisionsNow();
      await assert.rejects(upgrade(on.site(described("0.1.1", { more })), TO), codeIs("DEPLOY_ROLLED_BACK", /migrate/));
      on.cluster.failing.clear();
      assert.match(on.told(), told);
      assert.deepEqual(await namesOfOurs(), before);
      assert.match(await on.standing(), /deployed$/);
      const last = revisions.at(-1) ?? 0;
      assert.deepEqual(await revisionsNow(), [...revisions, last + 1, last + 2], "no revision is struck");
    });

  test("a way back that cannot be gone is told with what made it needed, and a rollback goes it", async () => {
    on.cluster.failing.add(`${API}-migrate`);
    const before = await namesOfOurs();
    const site = on.site(described("0.1.1", { more: ", backup: {enabled: false}" }));
    const isHelms = (object: object) => JSON.stringify(object).includes("sh.helm.release.v1");
    const replace = async (object: object) => !isHelms(object) && on.kubectl.replace(object);
    await assert.rejects(
      upgrade({ ...site, kubectl: { ...on.kubectl, replace } }, TO),
      codeIs("DEPLOY_ROLLBACK_FAILED", /migrate.*; on the way back: somebody has changed it meanwhile/s),
    );
    on.cluster.failing.clear();
    assert.match(await on.standing(), /failed$/);
    await rollback(on.site(described("0.1.1")), { timeoutSeconds: PATIENT });
    assert.deepEqual([await namesOfOurs(), (await on.standing()).split(" ")[1]], [before, "deployed"]);
  });

  test("a way back over what an upgrade that ran well has left out and kept", async () => {
    const before = await namesOfOurs();
    const revisions = await revisionsNow();
    await upgrade(on.site(described("0.1.1", { more: ", backup: {enabled: false}" })), TO);
    assert.deepEqual(
      (await namesOfOurs()).filter((name) => /^(CronJob|PersistentVolumeClaim)\//.test(name)),
      [`PersistentVolumeClaim/${API}-backup`],
    );
    assert.equal((await rollback(on.site(described("0.1.1")), { timeoutSeconds: PATIENT })).to, revisions.at(-1));
    assert.match(on.told(), /left out PersistentVolumeClaim quality-touchstone-backup, still there/);
    assert.deepEqual(await namesOfOurs(), before);
    assert.equal((await revisionsNow()).length, revisions.length + 2, "no revision is struck");
  });

  test("a revision is struck only as it was when it was read", async () => {
    const name = "sh.helm.release.v1.quality.v900";
    await on.makeSecret(name, { release: "" });
    const site = on.site(described("0.1.1"));
    const changing = async (kind: string, one: string) => {
      const found = await on.kubectl.get(kind, one);
      await on.kubectl.replace({ ...found, data: { release: "MQ==" } });
      return found;
    };
    await assert.rejects(forget({ ...site, kubectl: { ...on.kubectl, get: changing } }, 900), codeIs("TOOL_FAILED", /precondition/i));
    assert.notEqual(await on.kubectl.get("secret", name), null);
    await forget(site, 900);
    assert.equal(await on.kubectl.get("secret", name), null);
  });

  test("one at a time", async () => {
    const lock = await takeLock(on.kubectl, "upgrade by somebody else");
    for (const act of [
      () => upgrade(on.site(described("0.1.8")), TO),
      () => rollback(on.site(described("0.1.8"))),
      () => uninstall(on.site(described("0.1.8"))),
    ])
      await assert.rejects(act(), codeIs("DEPLOY_LOCKED", /somebody else/));
    assert.match((await statusOf(on.site(described("0.1.8")))).lock?.holder ?? "", /somebody else/);
    await lock.release();
  });

  const BY_HAND = "what somebody changed by hand";
  test(`${BY_HAND} is told, and changed back: helm 3 knows no owners`, { skip: major > 3 }, async () => {
    await on.kubectl.run(["scale", "deployment", WORKERS, "--replicas=7"]);
    await on.kubectl.remove("service", API);
    const three = described("0.1.6", { more: ", dataplanes: {groups: {default: {replicas: 3}}}" });
    const taking = async () => upgrade(on.site(three), { ...TO, takeFields: true });
    await assert.rejects(taking, codeIs("OPTION_INVALID", /helm 3 knows no owners/));
    const diffs: DeploymentDiff[] = [];
    await upgrade(on.site(three), { ...TO, onDiff: (diff) => void diffs.push(diff) });
    assert.match((diffs[0]?.drift ?? []).map(({ patch }) => patch).join("\n"), /^-\s+replicas: 7\n\+\s+replicas: 1$/m);
    assert.deepEqual([diffs[0]?.conflicts, await on.replicasNow()], [[], 3]);
    assert.notEqual(await on.kubectl.get("service", API), null);
  });

  test(`${BY_HAND} is told with its owner, and taken only where it is said; what was deleted comes back`, { skip: major < 4 }, async () => {
    await on.kubectl.run(["scale", "deployment", WORKERS, "--replicas=7"]);
    await on.kubectl.remove("service", API);
    const three = described("0.1.6", { more: ", dataplanes: {groups: {default: {replicas: 3}}}" });
    const diffs: DeploymentDiff[] = [];
    const options: UpgradeOptions = { ...TO, onDiff: (diff) => void diffs.push(diff) };
    await assert.rejects(upgrade(on.site(three), options), codeIs("DEPLOY_FIELDS_TAKEN", /\.spec\.replicas is kubectl/));
    assert.deepEqual(
      diffs[0]?.conflicts.map(({ object, field }) => `${object} ${field}`),
      [`Deployment ${WORKERS} .spec.replicas`],
    );
    const drift = diffs[0]?.drift ?? [];
    assert.match(drift.map(({ patch }) => patch).join("\n"), /^-\s+replicas: 7\n\+\s+replicas: 1$/m);
    assert.deepEqual(drift.at(-1), { object: `Service ${API}`, change: "missing", patch: "" });
    assert.equal(await on.replicasNow(), 7);
    await upgrade(on.site(three), { ...TO, takeFields: true });
    assert.equal(await on.replicasNow(), 3);
    assert.notEqual(await on.kubectl.get("service", API), null);
  });

  test("back to a number, and to none", async () => {
    assert.equal((await rollback(on.site(described("0.1.6")), { revision: 2, timeoutSeconds: PATIENT })).to, 2);
    assert.equal(await on.tagNow(), "0.1.1");
    await assert.rejects(rollback(on.site(described("0.1.6")), { revision: 99 }), codeIs("DEPLOY_NO_REVISION", /9 \(touchstone-0\.1\.0/));
  });

  test("a version only a registry can have is not asked of a folder", async () => {
    await assert.rejects(async () => upgrade(on.site(described("0.1.6")), { ...TO, to: "9.9.9" }), codeIs("OPTION_INVALID"));
  });

  test("an older chart than the one that runs does not come by itself", async () => {
    const before = await on.standing();
    const older = on.site(described("0.1.6", { chart: await on.chartOfVersion("0.0.9", "") }));
    await assert.rejects(upgrade(older, TO), codeIs("DEPLOY_OLDER", /^version 0\.1\.0 of the chart runs, and this is 0\.0\.9/));
    assert.equal(await on.standing(), before);
  });

  test("what is uninstalled is gone, and what stays is said", async () => {
    const { removed, stays } = await uninstall(on.site(described("0.2.0")), { timeoutSeconds: PATIENT });
    assert.ok(removed);
    assert.ok(stays.includes(`PersistentVolumeClaim ${API}-backup`) && stays.includes("Secret touchstone-keys"));
    assert.deepEqual(
      (await on.cluster.names(NAMESPACE)).filter((name) => /^(Pod|Deployment|Service|Ingress)\//.test(name)),
      [],
    );
    assert.equal(await on.standing(), "none");
    assert.equal((await uninstall(on.site(described("0.2.0")))).removed, false);
  });

  test("with its data, Secrets and volumes go too; the record stays, and no secret is in it", async () => {
    const record = JSON.stringify(await on.kubectl.get("configmap", "touchstone-deploy"));
    const { stays } = await uninstall(on.site(described("0.2.0")), { deleteData: true });
    assert.deepEqual(stays, ["your Postgres, with everything in it", "namespace quality, with the record of what was done"]);
    assert.deepEqual(
      (await on.cluster.names(NAMESPACE)).filter((name) => /^(Secret|PersistentVolumeClaim)\//.test(name)),
      [],
    );
    assert.match(record, /touchstone-0\.1\.0/);
    assert.doesNotMatch(record, /canary|tsdp_|k1:/);
  });
});
