/** Whether the cluster's network plugin enforces NetworkPolicies: something that only policies keep a pod from is tried with and without. */
import { note, ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import type { Reached } from "@touchstone/core/model/reach";
import { contains } from "../kubernetes/network.ts";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import type { Check } from "./check.ts";
import { answersAbout } from "./probe.ts";

const ID = "policies";

export type PolicyFacts = {
  /** The API server as a pod under policies saw it, and as one under none did; or why nothing was seen. */
  denied: Reached | string;
  open: Reached | string;
  /** Networks that the policies of the pod under policies let it reach. */
  allowed: readonly string[];
};

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Networks that the policies of dataplanes open. */
export const allowedNetworks = (objects: readonly Manifest[]): string[] =>
  objects
    .filter(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.labels?.["app.kubernetes.io/component"] === "dataplane")
    .flatMap((policy) => list(at(policy, "spec", "egress")))
    .flatMap((rule) => list(at(rule, "to")))
    .map((peer) => at(peer, "ipBlock", "cidr"))
    .filter((cidr) => typeof cidr === "string");

const isWithin = (address: string, networks: readonly string[]): boolean =>
  networks.some((network) => contains(network, `${address}/${address.includes(":") ? 128 : 32}`));

export const judgePolicies = ({ denied, open, allowed }: PolicyFacts): Finding => {
  if (typeof denied === "string" || typeof open === "string") return unseen(ID, typeof denied === "string" ? denied : String(open));
  if (open.stopped !== null)
    return unseen(
      ID,
      `a pod under no policy of ours does not reach the API server either (${open.reason ?? "no answer"}): other policies are at work, or it is elsewhere`,
    );
  if (denied.stopped !== null) return ok(ID, "they are enforced: a pod under them does not reach what a pod without them reaches");
  if (denied.addresses.some((address) => isWithin(address, allowed)))
    return unseen(
      ID,
      `the networks of the datastores hold the address of the API server (${denied.addresses.join(", ")}), by which this would be seen`,
    );
  return problem(
    ID,
    "they are not enforced: a pod reached the API server, which its policies do not list",
    "a network plugin that enforces NetworkPolicies (Calico, Cilium, those of the clouds where switched on)",
    "switch it on, or install one; without it, the policies of the chart are words",
  );
};

export const policies: Check = {
  id: ID,
  looks: "the address of the API server, from a pod under the policies of a dataplane and from one under none",
  needs: "out of reach under policies that do not list it",
  look: async ({ inside, rendered }) => {
    const objects = await rendered();
    if (!objects.some(({ kind }) => kind === "NetworkPolicy"))
      return [
        note(
          ID,
          "networkPolicy.enabled is false: everything reaches everything",
          "policies",
          "switch them on, unless others keep this namespace closed",
        ),
      ];
    const ends = await inside();
    const first = (answers: Reached[] | string): Reached | string =>
      typeof answers === "string" ? answers : (answers[0] ?? "it was not tried");
    const [denied, open] = [first(answersAbout(ends, "worker", "denied")), first(answersAbout(ends, "open", "open"))];
    return [judgePolicies({ denied, open, allowed: allowedNetworks(objects) })];
  },
};
