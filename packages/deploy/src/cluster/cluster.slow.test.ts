/** The tools and the lock, with the real kubectl and helm, against a cluster in memory. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { startCluster, titled } from "../trial/backend.ts";
import type { Cluster } from "../trial/cluster.ts";
import { trialTools } from "../trial/tools.ts";
import { openHelm } from "./helm.ts";
import { openKubectl, type Kubectl } from "./kubectl.ts";
import { lockHolder, takeLock } from "./lock.ts";
import { codeIs } from "../trial/thrown.ts";

const tools = await trialTools();

suite(titled("access to a cluster"), { skip: tools.absent ?? false }, () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  const access = () => ({ kubeconfig: cluster.kubeconfig, context: null, namespace: "quality" });
  before(async () => {
    cluster = await startCluster();
    kubectl = openKubectl(access(), tools.env);
    await kubectl.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "quality" } });
  });
  after(() => cluster.close());

  test("objects are made, read, replaced and removed", async () => {
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "one", namespace: "quality", labels: { of: "try" } },
      data: { a: "1" },
    };
    assert.equal(await kubectl.get("configmap", "one"), null);
    assert.equal(await kubectl.create(object), true);
    assert.equal(await kubectl.create(object), false);
    const found = await kubectl.get("configmap", "one");
    assert.deepEqual(found?.["data"], { a: "1" });
    assert.equal(await kubectl.replace({ ...found, data: { a: "2" } }), true);
    assert.equal(await kubectl.replace({ ...found, data: { a: "3" } }), false, "it was changed meanwhile");
    assert.deepEqual(
      (await kubectl.list("configmaps", { selector: "of=try" })).map(({ metadata }) => metadata.name),
      ["one"],
    );
    await kubectl.remove("configmap", "one");
    await kubectl.remove("configmap", "one");
    assert.deepEqual(await kubectl.list("configmaps", { selector: "of=try" }), []);
    assert.deepEqual(await kubectl.list("nosuchthings.example.org"), []);
    assert.equal(Reflect.get(Object(await kubectl.raw("/version")), "major"), "1");
    assert.equal(await kubectl.raw("/apis/example.org/v1"), null);
  });

  test("a cluster that does not answer is told as such", async () => {
    const nowhere = openKubectl({ ...access(), context: "elsewhere" }, tools.env);
    await assert.rejects(nowhere.get("configmap", "one"), codeIs("CLUSTER_UNREACHABLE"));
  });

  test("one change at a time", async () => {
    const lock = await takeLock(kubectl, "upgrade");
    assert.match((await lockHolder(kubectl))?.holder ?? "", /upgrade/);
    await assert.rejects(takeLock(kubectl, "rollback"), codeIs("DEPLOY_LOCKED"));
    await lock.release();
    assert.equal(await lockHolder(kubectl), null);
    const both = await Promise.allSettled([takeLock(kubectl, "a"), takeLock(kubectl, "b")]);
    assert.equal(both.filter(({ status }) => status === "fulfilled").length, 1);
    for (const one of both) if (one.status === "fulfilled") await one.value.release();
  });

  test("the lock of who was killed ends by itself", async () => {
    await takeLock(kubectl, "killed").then((lock) => lock.release());
    const left = await kubectl.get("leases.coordination.k8s.io", "touchstone-deploy");
    const spec = { holderIdentity: "gone", leaseDurationSeconds: 30, renewTime: "2026-01-01T00:00:00.000000Z", leaseTransitions: 7 };
    await kubectl.replace({ ...left, spec });
    const lock = await takeLock(kubectl, "next");
    assert.equal(
      Reflect.get(Object((await kubectl.get("leases.coordination.k8s.io", "touchstone-deploy"))?.["spec"]), "leaseTransitions"),
      8,
    );
    await lock.release();
  });

  test("helm says what there is", async () => {
    const helm = await openHelm(access(), tools.env);
    assert.equal(helm.major, 4);
    assert.equal(await helm.status("quality"), null);
    assert.deepEqual(await helm.history("quality"), []);
    await assert.rejects(helm.good("install it", ["install", "quality", "/nowhere"]), codeIs("TOOL_FAILED"));
    await helm.close();
  });
});
