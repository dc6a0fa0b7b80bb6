/** A deployment as the values of the chart. Pure, and nothing that the chart would say by itself. */
import type { Values } from "../chart/values.ts";
import type { Deployment } from "./deployment.ts";

type Tree = { [key: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** As Helm merges values: maps key by key, everything else is replaced by the later. */
export const merged = (under: Tree, over: Tree): Tree => {
  const result: Tree = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = result[key];
    result[key] = isTree(before) && isTree(value) ? merged(before, value) : value;
  }
  return result;
};

/** Without what says nothing: empty texts, lists and maps, and undefined. */
const said = (value: Tree): Tree =>
  Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      const kept = isTree(inner) ? said(inner) : inner;
      const isEmpty =
        kept === undefined || kept === "" || (Array.isArray(kept) && kept.length === 0) || (isTree(kept) && Object.keys(kept).length === 0);
      return isEmpty ? [] : [[key, kept]];
    }),
  );

const egressOf = ({ networks }: Deployment) => Object.values(networks.datastores).map(({ cidrs, ports }) => ({ cidrs, ports }));

/** Whether pods of dataplanes are made here: a group that is `null` is left out, and where nothing is said there is the usual one. */
const hasGroups = ({ values }: Deployment): boolean => {
  const dataplanes = values["dataplanes"];
  const groups = isTree(dataplanes) && isTree(dataplanes["groups"]) ? dataplanes["groups"] : {};
  return Object.values({ default: {}, ...groups }).some((group) => group !== null);
};

/** The demo is one pod with a dataplane in it, which makes its own keys; Secrets are for all else. */
const secretsOf = (deployment: Deployment): Tree => {
  const { secrets, store } = deployment;
  if (store === "demo") return { dataplanes: { groups: { default: null } } };
  return {
    keys: { existingSecret: secrets.keys },
    dataplanes: {
      ...(hasGroups(deployment) ? { existingSecret: secrets.dataplanes } : {}),
      groups: { default: { egress: egressOf(deployment) } },
    },
  };
};

/** Values that `helm` takes for this deployment: what follows from it, and over that what it says itself in `values`. */
export const chartValuesOf = (deployment: Deployment): Tree => {
  const { cluster, release, secrets, store, networks, tlsIssuer, internalIssuer } = deployment;
  const following: Values = {
    fqdn: deployment.fqdn,
    size: deployment.size,
    global: { imageRegistry: release.imageRegistry },
    images: {
      controlPlane: { digest: release.digests.controlPlane },
      dataplane: { digest: release.digests.dataplane },
      updater: { digest: release.digests.updater },
      pullSecrets: release.pullSecrets,
    },
    store: {
      mode: store,
      ...(store === "external" ? { existingSecret: secrets.store } : {}),
      demo: { storageClass: store === "demo" ? cluster.storageClass : "" },
      cloudnativepg: { storageClass: store === "cloudnativepg" ? cluster.storageClass : "" },
    },
    backup: { storageClass: cluster.storageClass },
    ingress: {
      className: cluster.ingressClass,
      tls: { existingSecret: secrets.certificate ?? "", issuer: { name: tlsIssuer ?? "" } },
    },
    internalTls: { existingSecret: secrets.internal ?? "", issuer: internalIssuer ?? {} },
    networkPolicy: {
      store: networks.store,
      identityProviders: networks.identityProviders.map(({ cidrs, ports }) => ({ cidrs, ports })),
    },
    updater: { grade: deployment.upgrades, egress: deployment.updater.networks.map(({ cidrs, ports }) => ({ cidrs, ports })) },
  };
  return merged(merged(said(following), said(secretsOf(deployment))), deployment.values);
};
