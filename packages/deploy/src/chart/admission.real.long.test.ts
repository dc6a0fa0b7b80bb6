/**
 * Every object that the chart makes, shown to a real API server, which keeps none (dryRun=All): with strict validation of fields, and each
 * pod, of Jobs, CronJobs and hooks as well, in a namespace that enforces the restricted Pod Security Standard.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { openKubectl, type Kubectl } from "../cluster/kubectl.ts";
import { podTemplateOf, titleOf, type Manifest } from "../kubernetes/manifest.ts";
import { onRealCluster, startCluster, titled } from "../trial/backend.ts";
import type { Cluster } from "../trial/cluster.ts";
import { NAMESPACE, openHelm } from "../trial/helm.ts";
import { trialTools } from "../trial/tools.ts";
import { CHART_FOLDER } from "./write.ts";

onRealCluster();
const tools = await trialTools();
const opened = await openHelm();
const CI = join(CHART_FOLDER, "ci");
const EXAMPLES = readdirSync(CI).toSorted();

/** The pods that objects would make, as pods. */
const podsOf = (objects: readonly Manifest[]): object[] =>
  objects.flatMap((object, index) => {
    const template = podTemplateOf(object);
    if (template === null) return [];
    const { serviceAccountName: _, ...spec } = template.spec;
    const metadata = { name: `${object.metadata.name.slice(0, 40)}-${index}`, labels: template.metadata.labels };
    // An account that is not there yet would be refused before anything else is looked at.
    return [{ apiVersion: "v1", kind: "Pod", metadata, spec: { ...spec, restartPolicy: "Never" } }];
  });

suite(titled("what the chart makes"), { skip: tools.absent ?? opened.absent ?? false }, () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  before(async () => {
    cluster = await startCluster();
    kubectl = openKubectl({ kubeconfig: cluster.kubeconfig, context: null, namespace: NAMESPACE }, tools.env);
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await kubectl.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels } });
  });
  after(() => cluster?.close());

  const shown = (objects: readonly object[]) =>
    kubectl.run(["create", "--dry-run=server", "--validate=strict", "-o", "name", "-f", "-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
    });

  test("a pod that is not restricted is refused: this server looks", async () => {
    const { status, stderr } = await shown([
      { apiVersion: "v1", kind: "Pod", metadata: { name: "open" }, spec: { containers: [{ name: "a", image: "a:1" }] } },
    ]);
    assert.notEqual(status, 0);
    assert.match(stderr, /violates PodSecurity "restricted:latest"/);
  });

  for (const example of EXAMPLES)
    test(`${example}: every object is taken, and every pod`, async () => {
      const objects = await opened.template([join(CI, example)]);
      const taken = await shown(objects);
      assert.equal(taken.status, 0, taken.stderr);
      assert.doesNotMatch(taken.stderr, /would violate|unknown field|deprecated/);
      assert.equal(taken.stdout.trim().split("\n").length, objects.length, objects.map(titleOf).join(", "));
      const pods = podsOf(objects);
      const run = await shown(pods);
      assert.equal(run.status, 0, run.stderr);
      assert.equal(run.stdout.trim().split("\n").length, pods.length);
    });
});
