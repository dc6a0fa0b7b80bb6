/** Nodes, and which pods they take: labels, taints, and what the images are made for. */
import { z } from "zod";
import { Expressions, holds, type Expression } from "../kubernetes/expressions.ts";
import type { Manifest, PodTemplate } from "../kubernetes/manifest.ts";
import { amountsIn, isOwn, isRunning, minus, NOTHING, plus, requestOfPod, type Amounts } from "./amounts.ts";

const Taint = z.looseObject({ key: z.string(), value: z.string().default(""), effect: z.string() });
const Node = z.looseObject({
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
  spec: z.looseObject({ unschedulable: z.boolean().default(false), taints: z.array(Taint).default([]) }).prefault({}),
  status: z
    .looseObject({
      allocatable: z.record(z.string(), z.unknown()).default({}),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    })
    .prefault({}),
});
const Toleration = z.looseObject({
  key: z.string().default(""),
  operator: z.string().default("Equal"),
  value: z.string().default(""),
  effect: z.string().default(""),
});
const Placement = z.looseObject({
  nodeSelector: z.record(z.string(), z.string()).default({}),
  tolerations: z.array(Toleration).default([]),
  affinity: z
    .looseObject({
      nodeAffinity: z
        .looseObject({
          requiredDuringSchedulingIgnoredDuringExecution: z
            .looseObject({ nodeSelectorTerms: z.array(z.looseObject({ matchExpressions: Expressions })) })
            .optional(),
        })
        .prefault({}),
    })
    .prefault({}),
});

export type NodeRoom = {
  name: string;
  labels: Readonly<Record<string, string>>;
  taints: readonly z.infer<typeof Taint>[];
  /** Why it takes no pods of ours at all; null when it does. */
  closed: string | null;
  allocatable: Amounts;
  free: Amounts;
};

/** The images are built for these alone (packages/deploy/src/images). */
const OS = "linux";
const ARCH = "amd64";

const closedBecause = ({ metadata: { labels }, spec, status }: z.infer<typeof Node>): string | null => {
  if (spec.unschedulable) return "cordoned";
  if (!status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True")) return "not ready";
  const [os, arch] = [labels["kubernetes.io/os"] ?? OS, labels["kubernetes.io/arch"] ?? ARCH];
  return os === OS && arch === ARCH ? null : `${os}/${arch}`;
};

/** Nodes with what is free on them, once the pods of the release itself are gone. */
export const nodeRooms = (
  nodes: readonly Manifest[],
  pods: readonly Manifest[],
  { namespace, release }: { namespace: string; release: string },
): NodeRoom[] => {
  const held = new Map<string, Amounts>();
  for (const pod of pods.filter((one) => isRunning(one) && !isOwn(one, namespace, release))) {
    const on = z.looseObject({ spec: z.looseObject({ nodeName: z.string().default("") }) }).parse(pod).spec.nodeName;
    held.set(on, plus(held.get(on) ?? NOTHING, requestOfPod(pod)));
  }
  return nodes.map((manifest) => {
    const node = Node.parse(manifest);
    const allocatable = amountsIn(node.status.allocatable);
    const { name, labels } = node.metadata;
    const free = minus(allocatable, held.get(name) ?? NOTHING);
    return { name, labels, taints: node.spec.taints, closed: closedBecause(node), allocatable, free };
  });
};

const tolerates = (tolerations: readonly z.infer<typeof Toleration>[], taint: z.infer<typeof Taint>): boolean =>
  tolerations.some(
    ({ key, operator, value, effect }) =>
      (effect === "" || effect === taint.effect) &&
      (key === "" ? operator === "Exists" : key === taint.key && (operator === "Exists" || value === taint.value)),
  );

/** Nodes are also selected by numbers that labels tell. */
const holdsOnNode = (expression: Expression, labels: Readonly<Record<string, string>>): boolean => {
  const { key, operator, values } = expression;
  if (operator === "Gt") return Number(labels[key]) > Number(values[0]);
  if (operator === "Lt") return Number(labels[key]) < Number(values[0]);
  return holds(expression, labels) ?? false;
};

/** Whether a node takes pods of this template, room aside (kubernetes.io/docs/concepts/scheduling-eviction). */
export const takes = ({ closed, labels, taints }: NodeRoom, template: PodTemplate | null): boolean => {
  const { nodeSelector, tolerations, affinity } = Placement.parse(template?.spec ?? {});
  const terms = affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return (
    closed === null &&
    taints.every((taint) => taint.effect === "PreferNoSchedule" || tolerates(tolerations, taint)) &&
    Object.entries(nodeSelector).every(([key, value]) => labels[key] === value) &&
    (terms === undefined || terms.some(({ matchExpressions }) => matchExpressions.every((expression) => holdsOnNode(expression, labels))))
  );
};
