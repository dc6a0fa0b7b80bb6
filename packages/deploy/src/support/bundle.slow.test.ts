/** A bundle of an installation by the real helm, read by the real kubectl, from a cluster in memory whose every corner holds a secret. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { userError } from "@touchstone/core/errors";
import { chartValuesOf } from "../deployment/chart-values.ts";
import { deploymentIn } from "../deployment/read.ts";
import { openHelm } from "../cluster/helm.ts";
import { openKubectl, type Kubectl } from "../cluster/kubectl.ts";
import { chartOf } from "../release/chart.ts";
import { BARE, CANARIES, seenIn } from "../trial/canaries.ts";
import { startCluster, titled } from "../trial/backend.ts";
import type { Cluster } from "../trial/cluster.ts";
import { trialTools } from "../trial/tools.ts";
import { bundle } from "./bundle.ts";
import { helmPieces, type Ground } from "./gather.ts";
import { codeIs } from "../trial/thrown.ts";

const tools = await trialTools();
const NAMESPACE = "quality";
const deployment = deploymentIn(
  `version: 1\nname: acme\nmodel: customer\nfqdn: quality.example.org\nsize: small\ncluster: { namespace: ${NAMESPACE} }\n`,
  "deployment.yaml",
);
const base64 = (text: string): string => Buffer.from(text).toString("base64");

suite(titled("a bundle of diagnostics"), { skip: tools.absent ?? false }, () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let ground: Ground;
  const named = (name: string) => ({ name, namespace: NAMESPACE });
  const create = (apiVersion: string, kind: string, name: string, rest: object, metadata: object = {}) =>
    kubectl.create({ apiVersion, kind, metadata: { ...named(name), ...metadata }, ...rest });

  before(async () => {
    cluster = await startCluster();
    const access = { kubeconfig: cluster.kubeconfig, context: null, namespace: NAMESPACE };
    kubectl = openKubectl(access, tools.env);
    const helm = await openHelm(access, tools.env);
    ground = { deployment, kubectl, helm, tell: () => undefined, signal: new AbortController().signal };
    await kubectl.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    await create("v1", "Secret", "touchstone-store", { data: { DATABASE_URL: base64(`postgres://touchstone:${BARE.text}@db/x`) } });
    await create("v1", "Secret", "touchstone-keys", { data: { TOUCHSTONE_SECRET_KEYS: "YQ==", TOUCHSTONE_TOKEN_KEY: "YQ==" } });
    await create("v1", "Secret", "touchstone-dataplanes", { data: { default: base64(BARE.text) } });
    const values = { ...chartValuesOf(deployment), commonLabels: { team: "data" } };
    await helm.good("install", ["install", "acme", ...chartOf(deployment)], { values });
    await create(
      "v1",
      "ConfigMap",
      "canaries",
      { data: Object.fromEntries(CANARIES.map(({ text }, at) => [`c${at}`, text])) },
      { annotations: Object.fromEntries(CANARIES.map(({ text }, at) => [`example.org/c${at}`, text])) },
    );
    const env = CANARIES.map(({ text }, at) => ({ name: `C${at}`, value: text }));
    await create("v1", "Pod", "api-0", {
      spec: { containers: [{ name: "api", image: "example.org/api:1", env, args: CANARIES.map(({ text }) => text) }] },
    });
    await kubectl.create({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "fast" },
      provisioner: "example.org/disk",
    });
    await create("v1", "Event", "api-0.1", {
      message: `Failed: ${CANARIES.map(({ text }) => text).join("\n")}`,
      reason: "Failed",
      involvedObject: { kind: "Pod", name: "api-0", namespace: NAMESPACE },
      lastTimestamp: "2026-11-26T00:00:00Z",
    });
    cluster.logs.set("api-0/api", `starting\n${CANARIES.map(({ text }) => text).join("\n")}\nsigning in as ${BARE.text}\nready\n`);
  });
  after(async () => {
    if ("close" in ground.helm) await ground.helm.close();
    await cluster.close();
  });

  test("everything is in it but secrets, and the index says what could not be had", async () => {
    const { archive, index } = await bundle(ground, { looks: { "preflight.yaml": () => Promise.reject(new Error("no look")) } });
    const told = gunzipSync(archive).toString("utf8");
    for (const canary of [...CANARIES, BARE]) assert.deepEqual(seenIn(told, canary), [], canary.name);
    const paths = index.files.map(({ path }) => path);
    for (const path of [
      "deployment.yaml",
      "events.yaml",
      "helm/history.yaml",
      "helm/manifest.yaml",
      "helm/values.yaml",
      "logs/api-0/api.log",
      "objects/ConfigMap/canaries.yaml",
      "objects/Deployment/acme-touchstone.yaml",
      "objects/Pod/api-0.yaml",
      "secrets.yaml",
      "versions.yaml",
    ])
      assert.ok(paths.includes(path), path);
    assert.match(told, /starting\n[\s\S]*ready\n/);
    assert.match(told, /name: TOUCHSTONE_TOKEN_KEY\n\s+digest: [a-f0-9]{16}/);
    assert.match(told, /team: data/);
    assert.deepEqual(
      index.missing.map(({ path }) => path),
      ["preflight.yaml"],
    );
  });

  test("what may not be read is said, kind by kind, and the rest is there", async () => {
    const refused = userError("TOOL_FAILED", "kubectl", "list", "it is forbidden");
    const list: Kubectl["list"] = (kinds, options) =>
      /secrets|nodes/.test(kinds) ? Promise.reject(refused) : kubectl.list(kinds, options);
    const { index } = await bundle({ ...ground, kubectl: { ...kubectl, list }, helm: { why: "not asked" } });
    assert.deepEqual(
      index.missing.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
      [
        { path: "helm", why: "not asked" },
        { path: "objects/nodes", why: "it is forbidden" },
        { path: "secrets.yaml", why: "it is forbidden" },
      ],
    );
    assert.equal(index.secretsKnown, null);
    assert.ok(index.files.some(({ path }) => path === "objects/StorageClass/fast.yaml"));
  });

  test("one that was stopped is none, and neither is one of a cluster that does not answer", async () => {
    const quick: Ground = { ...ground, helm: { why: "not asked" } };
    await assert.rejects(bundle({ ...quick, signal: AbortSignal.abort() }), codeIs("ABORTED"));
    const nowhere = join(dirname(cluster.kubeconfig), "nowhere");
    await writeFile(nowhere, (await readFile(cluster.kubeconfig, "utf8")).replace(/127\.0\.0\.1:\d+/, "127.0.0.1:9"));
    const away = openKubectl({ kubeconfig: nowhere, context: null, namespace: NAMESPACE }, tools.env);
    await assert.rejects(bundle({ ...quick, kubectl: away }), codeIs("CLUSTER_UNREACHABLE"));
  });

  test("without helm, and of a cluster without the release, the rest is there", async () => {
    const { index } = await bundle({ ...ground, helm: { why: "no helm is on the PATH" } });
    assert.deepEqual(index.missing, [{ path: "helm", why: "no helm is on the PATH" }]);
    const other = await helmPieces({ ...ground, deployment: { ...deployment, name: "other" } });
    assert.deepEqual(other, [{ path: "helm", why: "there is no release other" }]);
    assert.ok(index.files.some(({ path }) => path === "logs/api-0/api.log"));
  });
});
