/** Amounts of what pods ask for and nodes have: cores, bytes of memory, bytes of disk. */
import { z } from "zod";
import { at, podTemplateOf, type Container, type Manifest, type PodTemplate } from "../kubernetes/manifest.ts";
import { readQuantity } from "../kubernetes/quantity.ts";

export const MEASURES = ["cpu", "memory", "ephemeral-storage"] as const;
export type Measure = (typeof MEASURES)[number];
export type Amounts = Readonly<Record<Measure, number>>;

export const NOTHING: Amounts = { cpu: 0, memory: 0, "ephemeral-storage": 0 };

const amountsBy = (of: (measure: Measure) => number): Amounts => ({
  cpu: of("cpu"),
  memory: of("memory"),
  "ephemeral-storage": of("ephemeral-storage"),
});
export const plus = (a: Amounts, b: Amounts): Amounts => amountsBy((measure) => a[measure] + b[measure]);
export const minus = (a: Amounts, b: Amounts): Amounts => amountsBy((measure) => a[measure] - b[measure]);
export const times = (a: Amounts, count: number): Amounts => amountsBy((measure) => a[measure] * count);
const most = (a: Amounts, b: Amounts): Amounts => amountsBy((measure) => Math.max(a[measure], b[measure]));
export const atLeastNothing = (a: Amounts): Amounts => most(a, NOTHING);
export const lacking = (needed: Amounts, there: Amounts): Measure[] => MEASURES.filter((measure) => needed[measure] > there[measure]);

/** Amounts as Kubernetes writes them; what is not said is nothing. */
export const amountsIn = (quantities: Readonly<Record<string, unknown>>): Amounts =>
  amountsBy((measure) => readQuantity(quantities[measure] ?? 0) ?? 0);

export const coresText = (cores: number): string => `${Math.floor(cores * 10) / 10} cores`;
export const bytesText = (bytes: number): string => `${Math.floor(bytes / 1e8) / 10} GB`;
export const amountText = (measure: Measure, amount: number): string =>
  measure === "cpu" ? coresText(amount) : `${bytesText(amount)} of ${measure === "memory" ? "memory" : "disk"}`;

/** Of requests, a container that only has limits asks for these (pkg/apis/core/v1/defaults.go). */
const requestOf = ({ resources }: Container): Amounts => amountsIn({ ...resources.limits, ...resources.requests });

/** What a scheduler counts for a pod: its containers together, or the largest that runs before them (KEP-753 for those that stay). */
export const podRequest = ({ spec }: PodTemplate): Amounts => {
  const staying = spec.initContainers.filter((container) => container["restartPolicy"] === "Always");
  const before = spec.initContainers.filter((container) => container["restartPolicy"] !== "Always");
  const together = [...spec.containers, ...staying].map(requestOf).reduce(plus, NOTHING);
  const overhead = amountsIn(z.record(z.string(), z.unknown()).catch({}).parse(spec["overhead"]));
  return plus(before.map(requestOf).reduce(most, together), overhead);
};

/** Pods of one kind that an installation may have at the same time. */
export type PodAsk = { by: string; count: number; each: Amounts; template: PodTemplate | null };

const number = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);

/** The most replicas there may be, and those that an upgrade puts beside them. */
const replicasOf = (object: Manifest, objects: readonly Manifest[]): number => {
  const scaler = objects.find(
    ({ kind, spec }) =>
      (kind === "HorizontalPodAutoscaler" || kind === "ScaledObject") && at(spec, "scaleTargetRef", "name") === object.metadata.name,
  );
  const most = number(
    at(scaler, "spec", "maxReplicas") ?? at(scaler, "spec", "maxReplicaCount"),
    number(at(object, "spec", "replicas"), 1),
  );
  return most + number(at(object, "spec", "strategy", "rollingUpdate", "maxSurge"), 0);
};

/** Everything that may run at once: each replica there may be, each task once. What is suspended runs when nothing else does. */
export const podAsks = (objects: readonly Manifest[]): PodAsk[] =>
  objects.flatMap((object): PodAsk[] => {
    const by = `${object.kind} ${object.metadata.name}`;
    if (object.kind === "Cluster") {
      const requests = z
        .record(z.string(), z.unknown())
        .catch({})
        .parse(at(object, "spec", "resources", "requests"));
      return [{ by, count: number(at(object, "spec", "instances"), 1), each: amountsIn(requests), template: null }];
    }
    const template = podTemplateOf(object);
    if (template === null || at(object, "spec", "suspend") === true) return [];
    return [{ by, count: object.kind === "Deployment" ? replicasOf(object, objects) : 1, each: podRequest(template), template }];
  });

export const totalOf = (asks: readonly PodAsk[]): Amounts => asks.map(({ each, count }) => times(each, count)).reduce(plus, NOTHING);

/** Whether a pod takes room: one that has ended does not. */
export const isRunning = (pod: Manifest): boolean => !["Succeeded", "Failed"].includes(String(at(pod, "status", "phase")));

/** Whether a pod belongs to the release: what it holds now is free for it after. */
export const isOwn = ({ metadata }: Manifest, namespace: string, release: string): boolean =>
  metadata.namespace === namespace && metadata.labels?.["app.kubernetes.io/instance"] === release;

export const requestOfPod = (pod: Manifest): Amounts => {
  const template = podTemplateOf(pod);
  return template === null ? NOTHING : podRequest(template);
};
