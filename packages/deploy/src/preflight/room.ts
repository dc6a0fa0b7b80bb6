/**
 * Whether the cluster has the room: what is free on nodes that take our pods, against everything that may run at once, and whether each
 * pod fits a node. The usual size is promised to fit into 16 cores and 80 GB.
 */
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import type { SizeName } from "../chart/sizes.ts";
import type { PodTemplate } from "../kubernetes/manifest.ts";
import {
  amountText,
  atLeastNothing,
  bytesText,
  coresText,
  lacking,
  MEASURES,
  minus,
  NOTHING,
  plus,
  podAsks,
  totalOf,
  type Amounts,
  type PodAsk,
} from "./amounts.ts";
import type { Check } from "./check.ts";
import type { Ground } from "./ground.ts";
import { nodeRooms, takes, type NodeRoom } from "./nodes.ts";

const ID = "room";
/** Of the usual size, as it is required before an installation: packages/deploy/src/chart/sizes.ts asks for less. */
const REQUIRED: Readonly<Partial<Record<SizeName, Amounts>>> = { medium: { cpu: 16, memory: 80e9, "ephemeral-storage": 0 } };
const SMALLER = "add nodes, choose a smaller size in deployment.yaml, or take away what else runs there";

const amountsText = ({ cpu, memory }: Amounts): string => `${coresText(cpu)} and ${bytesText(memory)}`;

export type RoomFacts = { asks: readonly PodAsk[]; nodes: readonly NodeRoom[]; size: SizeName; grows: boolean };

/** What is short is a problem; where machines are added by themselves, it is worth knowing. */
const short = ({ grows }: RoomFacts, found: string, needs: string, todo: string): Finding =>
  grows ? note(ID, `${found}; an autoscaler is there`, needs, `see that it may add as much; or ${todo}`) : problem(ID, found, needs, todo);

const totalFinding = (facts: RoomFacts): Finding => {
  const { asks, nodes, size } = facts;
  const open = nodes.filter((node) => asks.some(({ template }) => takes(node, template)));
  const free = open.map((node) => atLeastNothing(node.free)).reduce(plus, NOTHING);
  const asked = totalOf(asks);
  const closed = nodes.flatMap(({ name, closed: why }) => (why === null ? [] : [`${name} is ${why}`]));
  const found = `${amountsText(free)} free on ${open.length} of ${nodes.length} nodes${closed.length === 0 ? "" : ` (${closed.join(", ")})`}`;
  const needs = `${amountsText(asked)} for size ${size}, every replica and task at once`;
  if (lacking(asked, free).some((measure) => measure !== "ephemeral-storage")) return short(facts, found, needs, SMALLER);
  const required = REQUIRED[size];
  if (required !== undefined && lacking(required, free).length > 0)
    return note(ID, found, `${amountsText(required)}, as size ${size} is promised; it asks for ${amountsText(asked)}`, SMALLER);
  return ok(ID, `${found}; size ${size} asks for ${amountsText(asked)}`);
};

const PLACEMENT = "give nodes the labels that placement.nodeSelector names, and tolerations to their taints, in values of deployment.yaml";

/** Why no node takes one pod of it as things are; null when one does. */
const fitFinding = (facts: RoomFacts, { by, each, template }: PodAsk): Finding | null => {
  const open = facts.nodes.filter((node) => takes(node, template));
  const what = MEASURES.filter((measure) => each[measure] > 0).map((measure) => amountText(measure, each[measure]));
  const needs = `a node that takes a pod of ${what.join(", ")}`;
  if (open.length === 0) return short(facts, `no node takes the pods of ${by}: its labels or taints say otherwise`, needs, PLACEMENT);
  if (open.some(({ free }) => lacking(each, free).length === 0)) return null;
  const isLarge = open.some(({ allocatable }) => lacking(each, allocatable).length === 0);
  const best = open.map(({ free }) => free).toSorted((a, b) => b.memory - a.memory)[0] ?? NOTHING;
  const free = MEASURES.filter((measure) => each[measure] > 0).map((measure) => amountText(measure, Math.max(0, best[measure])));
  const found = `no node ${isLarge ? "has so much free" : "is so large"} for a pod of ${by}: the best has ${free.join(", ")} free`;
  return short(facts, found, needs, `nodes for the size; or smaller pods (size, or resources of the group, in deployment.yaml)`);
};

/** Pods that find no place when the largest are placed first, each where it fits: not the scheduler's way, and rarely worse than it. */
export const unplaced = (asks: readonly PodAsk[], nodes: readonly NodeRoom[]): string[] => {
  const left = nodes.map((node) => ({ node, free: node.free }));
  return asks
    .flatMap(({ by, count, each, template }) =>
      Array.from({ length: count }, (): [string, Amounts, PodTemplate | null] => [by, each, template]),
    )
    .toSorted(([, a], [, b]) => b.memory - a.memory || b.cpu - a.cpu)
    .flatMap(([by, each, template]) => {
      const place = left.find(({ node, free }) => takes(node, template) && lacking(each, free).length === 0);
      if (place === undefined) return [by];
      place.free = minus(place.free, each);
      return [];
    });
};

/** What the nodes mean for everything that may run on them. */
export const judgeRoom = (facts: RoomFacts): Finding[] => {
  if (facts.nodes.length === 0) return [problem(ID, "the cluster has no node", "nodes", "add some")];
  const total = totalFinding(facts);
  const misfits = facts.asks.flatMap((ask) => fitFinding(facts, ask) ?? []);
  if (total.state === "problem" || misfits.length > 0) return [total, ...misfits];
  const homeless = unplaced(facts.asks, facts.nodes);
  return homeless.length === 0
    ? [total]
    : [
        total,
        note(
          ID,
          `the free room lies in pieces: no place for ${[...new Set(homeless)].join(", ")} when everything runs at once`,
          "nodes whose free room holds whole pods",
          "add a node, or fewer and larger ones",
        ),
      ];
};

/** Karpenter by its API, the cluster autoscaler by what it writes (kubernetes/autoscaler, also where a cloud runs it). One that cannot be seen is taken for none. */
const growsByItself = async ({ site: { kubectl }, apis }: Ground): Promise<boolean> =>
  [...(await apis())].some((api) => api.startsWith("karpenter.sh/")) ||
  (await kubectl.get("configmaps", "cluster-autoscaler-status", "kube-system").catch(() => null)) !== null;

export const room: Check = {
  id: ID,
  looks: "what nodes may give, less what running pods ask for, on the nodes that take our pods by their labels, taints and architecture",
  needs:
    "room for every replica and task at once (size medium: 16 cores and 80 GB), and a node for the largest pod; less is a note where an autoscaler adds nodes",
  look: async (ground) => {
    const { site, rendered, nodes, pods } = ground;
    const where = { namespace: site.kubectl.access.namespace, release: site.deployment.name };
    const asks = podAsks(await rendered());
    return judgeRoom({
      asks,
      nodes: nodeRooms(await nodes(), await pods(), where),
      size: site.deployment.size,
      grows: await growsByItself(ground),
    });
  },
};
