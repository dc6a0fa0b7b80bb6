/** The Deployments of a release: started anew and waited for, stopped, and started again as they were. Each the same however often. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { kubectlReason, type Kubectl } from "../cluster/kubectl.ts";
import { at, Manifest } from "../kubernetes/manifest.ts";

export type Component = "control-plane" | "dataplane";

const RESTARTED = "touchstone.dev/transfer-restart";
const REPLICAS_BEFORE = "touchstone.dev/replicas-before";
/** KEDA leaves a paused object alone: https://keda.sh/docs/latest/concepts/scaling-deployments/ */
const PAUSED = "autoscaling.keda.sh/paused";

const LOOK_MS = 500;
/** A rolling replacement of the largest size, pods that start within their five minutes one after the other. */
const PATIENCE_MS = 20 * 60_000;

const State = z.looseObject({
  metadata: z.looseObject({ name: z.string(), generation: z.number().default(0) }),
  spec: z.looseObject({ replicas: z.number().default(1) }),
  status: z
    .looseObject({
      observedGeneration: z.number().default(0),
      replicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      availableReplicas: z.number().default(0),
      conditions: z.array(z.looseObject({ type: z.string(), message: z.string().default("") })).default([]),
    })
    .prefault({}),
});

const selectorOf = (release: string, component?: Component): string =>
  `app.kubernetes.io/instance=${release},app.kubernetes.io/part-of=touchstone${component === undefined ? "" : `,app.kubernetes.io/component=${component}`}`;

export const deploymentsOf = (kubectl: Kubectl, release: string, component?: Component): Promise<Manifest[]> =>
  kubectl.list("deployments.apps", { selector: selectorOf(release, component) });

const patch = async (kubectl: Kubectl, kind: string, name: string, change: object): Promise<void> => {
  const ended = await kubectl.run(["patch", kind, name, "--type", "merge", "--patch", JSON.stringify(change)]);
  if (ended.status !== 0) throw userError("TOOL_FAILED", "kubectl", `change ${kind} ${name}`, kubectlReason(ended));
};

/** Whether all pods are of the last change and take requests; of one that was stopped, whether none is left. */
const hasSettled = (object: Manifest): boolean => {
  const { metadata, spec, status } = State.parse(object);
  return (
    status.observedGeneration >= metadata.generation &&
    status.updatedReplicas === spec.replicas &&
    status.replicas === spec.replicas &&
    status.availableReplicas === spec.replicas
  );
};

const whyNot = (object: Manifest): string => {
  const { metadata, status } = State.parse(object);
  return `${metadata.name}: ${status.availableReplicas} of its pods are ready${
    status.conditions
      .map(({ message }) => message)
      .find((text) => text !== "")
      ?.replace(/^/, ", ") ?? ""
  }`;
};

/** Waits until Deployments are as they should be. Throws TRANSFER_WAITS when patience ends. */
export const settled = async (
  kubectl: Kubectl,
  objects: () => Promise<Manifest[]>,
  { step, signal, patienceMs = PATIENCE_MS }: { step: string; signal: AbortSignal; patienceMs?: number },
): Promise<void> => {
  const until = Date.now() + patienceMs;
  for (;;) {
    const waiting = (await objects()).filter((object) => !hasSettled(object));
    const [first] = waiting;
    if (first === undefined) return;
    if (Date.now() > until)
      throw userError("TRANSFER_WAITS", step, whyNot(first), `see kubectl -n ${kubectl.access.namespace} describe deployment`);
    await sleep(LOOK_MS, undefined, { signal });
  }
};

type Restarting = { kubectl: Kubectl; release: string; signal: AbortSignal; patienceMs?: number };

/** Replaces the pods, once for each `mark`, and waits until the new ones are there. */
export const restart = async (component: Component, mark: string, { kubectl, release, ...waiting }: Restarting): Promise<void> => {
  const change = { spec: { template: { metadata: { annotations: { [RESTARTED]: mark } } } } };
  for (const { metadata } of await deploymentsOf(kubectl, release, component)) await patch(kubectl, "deployment", metadata.name, change);
  await settled(kubectl, () => deploymentsOf(kubectl, release, component), { step: `pods of the ${component} are replaced`, ...waiting });
};

const scaledObjects = (kubectl: Kubectl, release: string): Promise<Manifest[]> =>
  kubectl.list("scaledobjects.keda.sh", { selector: selectorOf(release) });

/** Stops everything that writes, and notes beside each how many there were. An autoscaler leaves alone what has no replicas. */
export const freeze = async ({ kubectl, release, ...waiting }: Restarting): Promise<number> => {
  for (const { metadata } of await scaledObjects(kubectl, release))
    await patch(kubectl, "scaledobject", metadata.name, { metadata: { annotations: { [PAUSED]: "true" } } });
  const all = await deploymentsOf(kubectl, release);
  for (const object of all) {
    const { metadata, spec } = State.parse(object);
    if (spec.replicas > 0)
      await patch(kubectl, "deployment", metadata.name, {
        metadata: { annotations: { [REPLICAS_BEFORE]: String(spec.replicas) } },
        spec: { replicas: 0 },
      });
  }
  await settled(kubectl, () => deploymentsOf(kubectl, release), { step: "all pods end", ...waiting });
  return all.length;
};

/** Takes a freeze back. Answers how many were started. */
export const thaw = async ({ kubectl, release, ...waiting }: Restarting): Promise<number> => {
  const frozen = (await deploymentsOf(kubectl, release)).filter(({ metadata }) => metadata.annotations?.[REPLICAS_BEFORE] !== undefined);
  for (const { metadata } of frozen)
    await patch(kubectl, "deployment", metadata.name, {
      metadata: { annotations: { [REPLICAS_BEFORE]: null } },
      spec: { replicas: Number(metadata.annotations?.[REPLICAS_BEFORE]) },
    });
  for (const { metadata } of await scaledObjects(kubectl, release))
    await patch(kubectl, "scaledobject", metadata.name, { metadata: { annotations: { [PAUSED]: null } } });
  await settled(kubectl, () => deploymentsOf(kubectl, release), { step: "pods start again", ...waiting });
  return frozen.length;
};

export const isStopped = (objects: readonly Manifest[]): boolean => objects.every((object) => at(object, "spec", "replicas") === 0);
