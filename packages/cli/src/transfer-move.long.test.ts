/** A deployment moves to another cluster: real stores, the real kubectl and helm over two clusters, and a kill after each step before it is written down. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openClient } from "@touchstone/core/client/client";
import { toErrorInfo } from "@touchstone/core/errors";
import { CHART_FOLDER } from "@touchstone/deploy/chart/write";
import { openHelm, type Helm } from "@touchstone/deploy/cluster/helm";
import { openKubectl, type Kubectl } from "@touchstone/deploy/cluster/kubectl";
import { chartValuesOf } from "@touchstone/deploy/deployment/chart-values";
import { Deployment } from "@touchstone/deploy/deployment/deployment";
import { at as within } from "@touchstone/deploy/kubernetes/manifest";
import { newKeyPair, privateKeyIn } from "@touchstone/deploy/supply/key";
import { signDocument } from "@touchstone/deploy/supply/signature";
import { operatorIn } from "@touchstone/deploy/transfer/accept";
import { destroy, oldPlaceFindings } from "@touchstone/deploy/transfer/give-up";
import { handedOver } from "@touchstone/deploy/transfer/hand-over";
import { runSteps, type Step } from "@touchstone/deploy/transfer/journal";
import { moveInSteps, type MoveIn } from "@touchstone/deploy/transfer/move-in";
import { copyStore, type MovableStore } from "@touchstone/deploy/transfer/move-out";
import { openTransfer } from "@touchstone/deploy/transfer/papers";
import { deploymentsOf, freeze, thaw } from "@touchstone/deploy/transfer/workloads";
import { isOnRealCluster, startCluster, titled } from "@touchstone/deploy/trial/backend";
import type { Cluster } from "@touchstone/deploy/trial/cluster";
import { trialTools } from "@touchstone/deploy/trial/tools";
import { issueToken } from "@touchstone/server/auth/tokens";
import { readKeyRing } from "@touchstone/server/auth/seal";
import { readConfig } from "@touchstone/server/config";
import { insertConnection, openSecrets } from "@touchstone/server/store/connections";
import type { Store } from "@touchstone/server/store/database";
import { openPods, type Pods } from "@touchstone/server/trial/pods";
import { trialStore } from "@touchstone/server/trial/store";
import { openTrial, type Trial } from "@touchstone/server/trial/trial";
import { movesOf } from "./movable-store.ts";
import { httpTransport } from "./service/http-transport.ts";
import { DEPLOYMENT, NAMESPACE, openTransferGround, RELEASE, secretsIn, type TransferGround } from "./transfer-ground.ts";
import { codeIs } from "@touchstone/deploy/trial/thrown";

const tools = await trialTools();
const HOUR_MS = 3_600_000;
/** They look every fifteen seconds. */
const SCALES_MS = 90_000;
const LOOK_MS = 500;

/** The stores are those of a control plane of the server's; a move opens them as the command does, but for where they are. */
const config = readConfig({}, { DATABASE_URL: "postgres://trial", TOUCHSTONE_SECRET_KEYS: "none" });
const movable = (store: Store): MovableStore => movesOf((work) => work(store), config);

let at: TransferGround;
let target: Cluster;
let kubectl: Kubectl;
let helm: Helm;
let store: Store;
let connection: number;
let move: MoveIn;
const address = "203.0.113.1";
let installed: ReturnType<typeof platform> | undefined;
const opened: { trial: Trial; pods: Pods }[] = [];
const signal = new AbortController().signal;
const deployment = Deployment.parse(DEPLOYMENT);
const old = () => ({ kubectl: at.kubectl, release: RELEASE, signal });
const replicas = async () => (await deploymentsOf(at.kubectl, RELEASE)).map((one) => within(one, "spec", "replicas"));

/** Where there are controllers, an autoscaler brings the API to its least before anybody counts. */
const autoscaled = async (): Promise<void> => {
  for (const until = Date.now() + SCALES_MS; isOnRealCluster(); await sleep(LOOK_MS)) {
    const scalers = await at.kubectl.list("horizontalpodautoscalers.autoscaling");
    if (scalers.every((one) => Number(within(one, "status", "currentReplicas")) >= Number(within(one, "spec", "minReplicas")))) return;
    assert.ok(Date.now() < until, "no autoscaler does its work");
  }
};

/** The platform as it is installed in the target: over its store, with its Secrets. */
const platform = async () => {
  const secrets = await secretsIn(target);
  const tokenKey = Buffer.from(secrets.tokenKey, "base64");
  const trial = await openTrial({ store, tokenKey });
  const pods = await openPods(trial, secrets);
  opened.push({ trial, pods });
  const { id } = await store.db.selectFrom("user").where("email", "=", "admin@example.org").select("id").executeTakeFirstOrThrow();
  const { token } = await issueToken(store.db, tokenKey, { userId: id, name: "anew", expiresAt: new Date(Date.now() + HOUR_MS) });
  return openClient({ server: pods.url, token, transport: httpTransport({ server: pods.url }), agent: "test" });
};

/** Each step is killed once after its work and before it is written down. */
const killed = (steps: readonly Step[], seen: Set<string>): Step[] =>
  steps.map((step) => ({
    ...step,
    run: async () => {
      const note = await step.run();
      if (seen.has(step.name)) return note;
      seen.add(step.name);
      throw new Error(`killed after ${step.name}`);
    },
  }));

suite(titled("a move"), { skip: tools.absent ?? false }, () => {
  before(async () => {
    at = await openTransferGround(tools);
    const ring = readKeyRing((await secretsIn(at.cluster)).ring);
    connection = await insertConnection(at.trial.store.db, ring, { name: "warehouse", type: "postgresql", password: "canary" });
    target = await startCluster();
    const access = { kubeconfig: target.kubeconfig, context: null, namespace: NAMESPACE };
    kubectl = openKubectl(access, tools.env);
    helm = await openHelm(access, tools.env);
    await kubectl.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    await kubectl.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "touchstone-store" },
      stringData: { DATABASE_URL: "postgres://b" },
    });
    store = await trialStore();
  });
  after(async () => {
    for (const { trial, pods } of opened) {
      await pods.close();
      await trial.close();
    }
    await helm?.close();
    await store?.close();
    await target?.close();
    await at?.close();
  });

  test("what writes is stopped, as often as one likes, and starts again as it was", async () => {
    await autoscaled();
    const before = await replicas();
    assert.ok(before.every((count) => Number(count ?? 1) > 0));
    await freeze(old());
    await freeze(old());
    assert.ok((await replicas()).every((count) => count === 0));
    assert.equal(await thaw(old()), before.length);
    assert.deepEqual(
      (await replicas()).map(Number),
      before.map((count) => Number(count ?? 1)),
    );
    await freeze(old());
  });

  test("a store that somebody still writes to is not handed over", async () => {
    const { db } = at.trial.store;
    const real = movable(at.trial.store);
    const written: MovableStore = {
      ...real,
      backup: async (file) => {
        await real.backup(file);
        await db.updateTable("user").set({ name: "changed meanwhile" }).where("id", "=", 1).execute();
      },
    };
    const refused = (thrown: unknown) => codeIs("TRANSFER_STILL_WRITTEN")(thrown) && /\buser \(/.test(toErrorInfo(thrown).why);
    await assert.rejects(copyStore(written, at.ground.path("store.gz")), refused);
  });

  test("the store is copied, and what is handed over is signed", async () => {
    const backupFile = at.ground.path("store.gz");
    const copied = await copyStore(movable(at.trial.store), backupFile);
    const key = privateKeyIn(newKeyPair().privatePem, "key");
    const site = { shape: "move", deployment, party: { name: "Operator", keyId: key.id }, state: null, client: null } as const;
    const operator = { subjects: ["Group operator:admins"], domain: "operator.example" };
    const oldHelm = await openHelm(at.kubectl.access, tools.env);
    const { document } = await handedOver({ ...site, operator, kubectl: at.kubectl, helm: oldHelm, store: copied }, new Date());
    await oldHelm.close();
    const transfer = openTransfer(JSON.stringify(signDocument(document, key)), "transfer.json", [key]);
    move = {
      document: transfer.document,
      transfer: transfer.digest,
      deployment,
      kubectl,
      helm,
      store: movable(store),
      backupFile,
      oldRing: (await secretsIn(at.cluster)).ring,
      operator: operatorIn(transfer.document),
      client: () => (installed ??= platform()),
      resolve: async () => [address],
      waitMs: 0,
      signal,
    };
  });

  test("one row that is another is found before anything else is done", async () => {
    const wrong = await trialStore();
    try {
      await movable(wrong).restore(move.backupFile);
      await wrong.db.updateTable("connection").set({ name: "warehouse " }).where("id", "=", connection).execute();
      const compare = moveInSteps({ ...move, store: movable(wrong) }).find(({ name }) => name === "compare");
      await assert.rejects(
        compare?.run() ?? Promise.resolve(),
        (thrown) => codeIs("TRANSFER_DIFFERS")(thrown) && /connection \(1, other contents\)/.test(toErrorInfo(thrown).why),
      );
    } finally {
      await wrong.close();
    }
  });

  test("another file than the one that was signed is refused", async () => {
    const [file] = moveInSteps({ ...move, backupFile: join(CHART_FOLDER, "Chart.yaml") });
    await assert.rejects(file?.run() ?? Promise.resolve(), codeIs("TRANSFER_OF_ANOTHER"));
  });

  test("the target is filled; it waits for people where people are needed; a kill after each step changes nothing", async () => {
    const seen = new Set<string>();
    const waits: string[] = [];
    let done = null;
    for (let tries = 0; done === null && tries < 20; tries++)
      try {
        done = await runSteps(killed(moveInSteps(move), seen), { kubectl, transfer: move.transfer, tell: () => undefined, signal });
      } catch (thrown) {
        const { code, what } = toErrorInfo(thrown);
        if (code !== "TRANSFER_WAITS") assert.match(String(thrown), /killed after/);
        else waits.push(what);
        if (/not installed/.test(what))
          await helm.good("install", ["install", RELEASE, CHART_FOLDER, "--wait", "--timeout", "60s"], {
            values: chartValuesOf(deployment),
          });
        if (/does not lead here/.test(what))
          await target.setStatus("Ingress", NAMESPACE, `${RELEASE}-touchstone`, { loadBalancer: { ingress: [{ ip: address }] } });
      }
    assert.deepEqual(
      done?.map(({ name }) => name),
      ["file", "restore", "compare", "keys", "dataplane-tokens", "installed", "dns", "accounts"],
    );
    assert.equal(waits.length, 2, waits.join("; "));
    const ring = readKeyRing((await secretsIn(target)).ring);
    assert.equal(ring.keys.size, 1);
    assert.deepEqual(await openSecrets(store.db, ring, connection), { password: "canary" });
    assert.deepEqual(Object.keys((await secretsIn(target)).dataplanes), ["default"]);
    for (const { trial } of opened) assert.deepEqual(trial.thrown, []);
  });

  test("the old place is left lying, or destroyed, and what is left is told", async () => {
    const findings = await oldPlaceFindings({ deployment, kubectl: at.kubectl });
    assert.deepEqual(
      findings.map(({ state }) => state),
      ["ok", "note"],
    );
    const oldHelm = await openHelm(at.kubectl.access, tools.env);
    await destroy({ deployment, kubectl: at.kubectl, helm: oldHelm }, () => undefined, new AbortController().signal);
    await destroy({ deployment, kubectl: at.kubectl, helm: oldHelm }, () => undefined, new AbortController().signal);
    await oldHelm.close();
    assert.deepEqual(
      (await oldPlaceFindings({ deployment, kubectl: at.kubectl })).map(({ found }) => found),
      ["nothing of it is there any more", "none is left in the old namespace"],
    );
  });
});
