/**
 * `touchstone keys rotate` as a Job beside the control plane: from its own image, with its own settings, under the labels that network
 * policies let reach the store. The store needs to be reached from nowhere else.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { userError } from "@touchstone/core/errors";
import type { Kubectl } from "../cluster/kubectl.ts";
import { at, podTemplateOf, type Manifest } from "../kubernetes/manifest.ts";

const LOOK_MS = 500;
const DEADLINE_SECONDS = 3600;
/** A process that ended without a word is believed to live for a minute (packages/server/src/store/replicas.ts): these tries take ten. */
const TRIES = 6;
/** Kept for people to read its log, then cleared away by Kubernetes. */
const KEPT_SECONDS = 86_400;

const PROBES = ["startupProbe", "livenessProbe", "readinessProbe", "lifecycle", "ports"];

const without = (map: object, keys: readonly string[]): object =>
  Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));

/** Pure: the Job, from the Deployment of the API. Throws TRANSFER_NOT_POSSIBLE where that has no pods of its kind. */
export const rewrapJob = (api: Manifest, name: string, namespace: string): object => {
  const template = podTemplateOf(api);
  const [container] = template?.spec.containers ?? [];
  if (template === null || container === undefined)
    throw userError(
      "TRANSFER_NOT_POSSIBLE",
      api.metadata.name,
      "it is no Deployment of a control plane",
      "install the chart of this program first",
    );
  const labels = { ...template.metadata.labels, "app.kubernetes.io/component": "migration" };
  const pod = without(template.spec, ["initContainers", "affinity", "topologySpreadConstraints", "terminationGracePeriodSeconds"]);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace, labels },
    spec: {
      backoffLimit: TRIES,
      activeDeadlineSeconds: DEADLINE_SECONDS,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        metadata: { labels },
        spec: { ...pod, restartPolicy: "Never", containers: [{ ...without(container, PROBES), name: "rotate", args: ["keys", "rotate"] }] },
      },
    },
  };
};

const conditionOf = (job: Manifest, type: string): string | null => {
  const list = at(job, "status", "conditions");
  const found = Array.isArray(list) ? list.find((one) => at(one, "type") === type && at(one, "status") === "True") : undefined;
  return found === undefined ? null : String(at(found, "message") ?? "");
};

/** Runs it to its end. One that has failed before is tried anew. Throws TOOL_FAILED. */
export const rewrap = async (kubectl: Kubectl, api: Manifest, name: string, signal: AbortSignal): Promise<void> => {
  const before = await kubectl.get("job", name);
  if (before !== null && conditionOf(before, "Failed") !== null) await kubectl.remove("job", name);
  await kubectl.create(rewrapJob(api, name, kubectl.access.namespace));
  for (;;) {
    const job = await kubectl.get("job", name);
    if (job !== null && conditionOf(job, "Complete") !== null) return;
    const failure = job === null ? "it was deleted" : conditionOf(job, "Failed");
    if (failure !== null)
      throw userError("TOOL_FAILED", "touchstone keys rotate", `run in Job ${name}`, `${failure}; see kubectl logs job/${name}`);
    await sleep(LOOK_MS, undefined, { signal });
  }
};
