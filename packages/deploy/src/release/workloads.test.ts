/** How many pods are ready, and why the others are not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manifest } from "../kubernetes/manifest.ts";
import { workloadOf, workloadText } from "./workloads.ts";

const labels = { app: "api" };
const deployment = (replicas: number | undefined, status: object, generation = 2): Manifest => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "api", generation },
  spec: { replicas, selector: { matchLabels: labels } },
  status,
});
const pod = (status: object, of = labels): Manifest => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "api-1", labels: of }, status });
const ready = (count: number) => ({ observedGeneration: 2, updatedReplicas: count, readyReplicas: count });
const unavailable = { conditions: [{ type: "Available", status: "False", reason: "MinimumReplicasUnavailable", message: "not enough" }] };

const check = (name: string, object: Manifest, pods: Manifest[], isReady: boolean, said: string): void =>
  void test(name, () => {
    const workload = workloadOf(object, pods);
    assert.equal(workload.isReady, isReady);
    assert.equal(workloadText(workload), `Deployment api: ${said}`);
  });

check("all ready", deployment(2, ready(2)), [], true, "2 of 2 ready");
check("none wanted", deployment(0, ready(0)), [], true, "0 of 0 ready");
check("one wanted where nothing is said", deployment(undefined, ready(1)), [], true, "1 of 1 ready");
check("no status yet", deployment(1, {}), [], false, "0 of 1 ready");
check("the controller has not seen it yet", deployment(1, { ...ready(1), observedGeneration: 1 }), [], false, "1 of 1 ready");
check("old pods are ready, new ones are not", deployment(2, { ...ready(2), updatedReplicas: 1 }), [], false, "2 of 2 ready");
check(
  "the old pod stays until the new one is ready",
  deployment(1, { ...ready(1), replicas: 2 }),
  [],
  false,
  "1 of 1 ready, 1 of before the change is still there",
);
check("what Kubernetes says", deployment(2, { ...ready(1), ...unavailable }), [], false, "1 of 2 ready, not enough");
check(
  "pods that may not be made",
  deployment(2, {
    ...ready(0),
    conditions: [...unavailable.conditions, { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota" }],
  }),
  [],
  false,
  "0 of 2 ready, exceeded quota",
);
check(
  "what a pod waits for comes first",
  deployment(1, { ...ready(0), ...unavailable }),
  [pod({ containerStatuses: [{ name: "api", state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } }] })],
  false,
  "0 of 1 ready, ImagePullBackOff: no such image",
);
check(
  "a pod that is being made waits for nothing",
  deployment(1, { ...ready(0), ...unavailable }),
  [pod({ containerStatuses: [{ name: "api", state: { waiting: { reason: "ContainerCreating" } } }] })],
  false,
  "0 of 1 ready, not enough",
);
check(
  "a pod that fits nowhere",
  deployment(1, ready(0)),
  [pod({ conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes are available" }] })],
  false,
  "0 of 1 ready, Unschedulable: 0/3 nodes are available",
);
check(
  "a container that ends",
  deployment(1, ready(0)),
  [pod({ containerStatuses: [{ name: "api", state: { terminated: { reason: "Error", exitCode: 3 } } }] })],
  false,
  "0 of 1 ready, container api ended with status 3",
);
check(
  "a pod of another workload",
  deployment(1, ready(0)),
  [pod({ containerStatuses: [{ name: "x", state: { waiting: { reason: "CrashLoopBackOff" } } }] }, { app: "other" })],
  false,
  "0 of 1 ready",
);
