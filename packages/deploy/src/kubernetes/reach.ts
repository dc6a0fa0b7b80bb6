/**
 * What NetworkPolicies let through (https://kubernetes.io/docs/concepts/services-networking/network-policies/): a pod that no policy of a
 * direction selects is open in it; one that is selected gets what the union of those policies allows. A connection needs both ends.
 */
import { z } from "zod";
import { Expressions, holds } from "./expressions.ts";
import { contains } from "./network.ts";
import type { Manifest } from "./manifest.ts";

const Selector = z.looseObject({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: Expressions,
});
const Peer = z.looseObject({
  podSelector: Selector.optional(),
  namespaceSelector: Selector.optional(),
  ipBlock: z.looseObject({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
});
const Ports = z
  .array(z.looseObject({ port: z.union([z.number(), z.string()]).optional(), protocol: z.string().default("TCP") }))
  .default([]);
const Policy = z.looseObject({
  metadata: z.looseObject({ namespace: z.string() }),
  spec: z.looseObject({
    podSelector: Selector,
    policyTypes: z.array(z.string()),
    ingress: z.array(z.looseObject({ from: z.array(Peer).default([]), ports: Ports })).default([]),
    egress: z.array(z.looseObject({ to: z.array(Peer).default([]), ports: Ports })).default([]),
  }),
});

type Labels = Readonly<Record<string, string>>;
/** One end of a connection: a pod, or an address outside. */
export type End =
  | { kind: "pod"; namespace: string; namespaceLabels: Labels; labels: Labels; ports: Readonly<Record<string, number>> }
  | { kind: "address"; address: string };
export type Connection = { from: End; to: End; port: number; protocol: "TCP" | "UDP" };

const selects = (selector: z.infer<typeof Selector>, labels: Labels): boolean =>
  Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value) &&
  selector.matchExpressions.every((expression) => {
    const isSo = holds(expression, labels);
    if (isSo === null) throw new Error(`${expression.operator} is no operator of a selector`);
    return isSo;
  });

const within = (cidr: string, address: string): boolean => contains(cidr, `${address}/${address.includes(":") ? 128 : 32}`);

/** Whether a peer of a policy in a namespace means that end. */
const means = (peer: z.infer<typeof Peer>, namespace: string, end: End): boolean => {
  if (peer.ipBlock !== undefined)
    return (
      end.kind === "address" && within(peer.ipBlock.cidr, end.address) && !peer.ipBlock.except.some((inner) => within(inner, end.address))
    );
  if (end.kind === "address") return false;
  const isNamespace =
    peer.namespaceSelector === undefined ? end.namespace === namespace : selects(peer.namespaceSelector, end.namespaceLabels);
  return isNamespace && (peer.podSelector === undefined || selects(peer.podSelector, end.labels));
};

const takes = (ports: z.infer<typeof Ports>, to: End, { port, protocol }: Connection): boolean =>
  ports.length === 0 ||
  ports.some((one) => {
    const number = typeof one.port === "string" ? (to.kind === "pod" ? to.ports[one.port] : undefined) : one.port;
    return one.protocol === protocol && (one.port === undefined || number === port);
  });

/** The policies among these objects that hold for a pod of these labels. */
export const policiesFor = (objects: readonly Manifest[], labels: Labels): Manifest[] =>
  objects.filter((object) => object.kind === "NetworkPolicy" && selects(Policy.parse(object).spec.podSelector, labels));

type Direction = "Ingress" | "Egress";

const lets = (policies: readonly z.infer<typeof Policy>[], direction: Direction, connection: Connection): boolean => {
  const [own, other] = direction === "Ingress" ? [connection.to, connection.from] : [connection.from, connection.to];
  if (own.kind === "address") return true;
  const selecting = policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === own.namespace && spec.policyTypes.includes(direction) && selects(spec.podSelector, own.labels),
  );
  if (selecting.length === 0) return true;
  return selecting.some(({ metadata, spec }) => {
    const rules =
      direction === "Ingress"
        ? spec.ingress.map(({ from, ports }) => ({ peers: from, ports }))
        : spec.egress.map(({ to, ports }) => ({ peers: to, ports }));
    return rules.some(
      ({ peers, ports }) =>
        (peers.length === 0 || peers.some((peer) => means(peer, metadata.namespace, other))) && takes(ports, connection.to, connection),
    );
  });
};

/** Whether a connection is possible under the policies among these objects. */
export const reaches = (objects: readonly Manifest[], connection: Connection): boolean => {
  const policies = objects.filter(({ kind }) => kind === "NetworkPolicy").map((object) => Policy.parse(object));
  return lets(policies, "Egress", connection) && lets(policies, "Ingress", connection);
};
