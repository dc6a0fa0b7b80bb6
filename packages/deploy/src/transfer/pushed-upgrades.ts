/**
 * Pushed upgrades end with the operator's ownership: the permit trusts the operator's keys, and the updater that follows it has rights in
 * the cluster. A customer who wants them goes on with the updater, once they have allowed it with keys they trust.
 */
import type { Kubectl } from "../cluster/kubectl.ts";
import type { Deployment } from "../deployment/deployment.ts";
import type { Manifest } from "../kubernetes/manifest.ts";
import { PERMIT_NAME, UPDATER_COMPONENT } from "../updater/permit.ts";
import { clusterBindings } from "./bindings.ts";

const KINDS = "cronjobs.batch,rolebindings.rbac.authorization.k8s.io,roles.rbac.authorization.k8s.io,serviceaccounts";

const labelsOf = ({ name }: Pick<Deployment, "name">): [string, string][] => [
  ["app.kubernetes.io/instance", name],
  ["app.kubernetes.io/component", UPDATER_COMPONENT],
];

/** Takes the permit away, and the updater where the deployment has none. Answers the names of what is gone. */
export const endPushedUpgrades = async (kubectl: Kubectl, deployment: Pick<Deployment, "name" | "upgrades">): Promise<string[]> => {
  const ended: string[] = [];
  const end = async (kind: string, name: string): Promise<void> => {
    await kubectl.remove(kind.toLowerCase(), name);
    ended.push(`${kind} ${name}`);
  };
  // First, so that no look that begins now does anything.
  if ((await kubectl.get("configmap", PERMIT_NAME)) !== null) await end("ConfigMap", PERMIT_NAME);
  if (deployment.upgrades !== "none") return ended;
  const labels = labelsOf(deployment);
  const isUpdaters = ({ metadata }: Manifest): boolean => labels.every(([key, value]) => metadata.labels?.[key] === value);
  const found = [
    ...(await kubectl.list(KINDS, { selector: labels.map((label) => label.join("=")).join(",") })),
    ...((await clusterBindings(kubectl)) ?? []).filter(isUpdaters),
  ];
  for (const { kind, metadata } of found) await end(kind, metadata.name);
  return ended;
};
