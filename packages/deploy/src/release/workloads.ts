/** The workloads of a release, and why those that are not ready are not. Pure but for `workloadsOf`. */
import { z } from "zod";
import type { Kubectl } from "../cluster/kubectl.ts";
import { at, type Manifest } from "../kubernetes/manifest.ts";

export type Workload = {
  kind: string;
  name: string;
  component: string;
  ready: number;
  wanted: number;
  isReady: boolean;
  /** Why it is not ready, as Kubernetes tells it; null when it is, or nothing is told. */
  why: string | null;
};

const Status = z.looseObject({
  observedGeneration: z.number().default(0),
  replicas: z.number().default(0),
  updatedReplicas: z.number().default(0),
  readyReplicas: z.number().default(0),
  conditions: z
    .array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string().default(""), message: z.string().default("") }))
    .default([]),
});

const PodStatus = z.looseObject({
  phase: z.string().default(""),
  conditions: z
    .array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string().default(""), message: z.string().default("") }))
    .default([]),
  containerStatuses: z
    .array(
      z.looseObject({
        name: z.string(),
        state: z
          .looseObject({
            waiting: z.looseObject({ reason: z.string().default(""), message: z.string().default("") }).optional(),
            terminated: z.looseObject({ reason: z.string().default(""), exitCode: z.number().default(0) }).optional(),
          })
          .default({}),
      }),
    )
    .default([]),
});

const COMPONENT = "app.kubernetes.io/component";
const INSTANCE = "app.kubernetes.io/instance";
const USUAL_WAITING = new Set(["ContainerCreating", "PodInitializing"]);

const numberAt = (object: Manifest, otherwise: number, ...keys: string[]): number => {
  const value = at(object, ...keys);
  return typeof value === "number" ? value : otherwise;
};

/** What keeps one pod from running, in words of Kubernetes; null when nothing does. */
export const podTrouble = (pod: Manifest): string | null => {
  const { data: status } = PodStatus.safeParse(pod["status"] ?? {});
  const waiting = status?.containerStatuses.find(({ state }) => state.waiting !== undefined && !USUAL_WAITING.has(state.waiting.reason));
  if (waiting?.state.waiting !== undefined) {
    const { reason, message } = waiting.state.waiting;
    return message === "" ? reason : `${reason}: ${message}`;
  }
  const unscheduled = status?.conditions.find(({ type, status: is }) => type === "PodScheduled" && is === "False");
  if (unscheduled !== undefined) return `${unscheduled.reason}: ${unscheduled.message}`;
  const stopped = status?.containerStatuses.find(({ state }) => (state.terminated?.exitCode ?? 0) !== 0);
  return stopped === undefined ? null : `container ${stopped.name} ended with status ${stopped.state.terminated?.exitCode ?? 1}`;
};

const selects = (workload: Manifest, pod: Manifest): boolean => {
  const labels = Object.entries(Object(at(workload, "spec", "selector", "matchLabels")));
  return labels.length > 0 && labels.every(([key, value]) => pod.metadata.labels?.[key] === value);
};

export const workloadOf = (object: Manifest, pods: readonly Manifest[]): Workload => {
  const wanted = numberAt(object, 1, "spec", "replicas");
  const { data: status } = Status.safeParse(object["status"] ?? {});
  const isSeen = (status?.observedGeneration ?? 0) >= numberAt(object, 0, "metadata", "generation");
  const ready = status?.readyReplicas ?? 0;
  const updated = status?.updatedReplicas ?? 0;
  // In a rolling change old pods stay until new ones are ready, and are counted as ready until then.
  const old = Math.max(0, (status?.replicas ?? 0) - updated);
  const isReady = isSeen && ready >= wanted && updated >= wanted && old === 0;
  // Pods that may not be made (a quota, Pod Security) are nowhere to be found, and only this tells of them.
  const refused = status?.conditions.find(({ type, status: is }) => type === "ReplicaFailure" && is === "True");
  const condition = refused ?? status?.conditions.find(({ type, status: is }) => type === "Available" && is === "False");
  const trouble = pods
    .filter((pod) => selects(object, pod))
    .map(podTrouble)
    .find((one) => one !== null);
  const waiting = old === 0 ? null : `${old} of before the change ${old === 1 ? "is" : "are"} still there`;
  const told = condition === undefined ? waiting : condition.message || condition.reason;
  return {
    kind: object.kind,
    name: object.metadata.name,
    component: object.metadata.labels?.[COMPONENT] ?? "",
    ready,
    wanted,
    isReady,
    why: isReady ? null : (trouble ?? told),
  };
};

/** The workloads of a release, as the cluster has them. */
export const workloadsOf = async (kubectl: Kubectl, release: string): Promise<Workload[]> => {
  const selector = `${INSTANCE}=${release}`;
  const [objects, pods] = await Promise.all([kubectl.list("deployments.apps", { selector }), kubectl.list("pods", { selector })]);
  return objects.map((object) => workloadOf(object, pods));
};

export const workloadText = ({ kind, name, ready, wanted, why }: Workload): string =>
  `${kind} ${name}: ${ready} of ${wanted} ready${why === null ? "" : `, ${why}`}`;
