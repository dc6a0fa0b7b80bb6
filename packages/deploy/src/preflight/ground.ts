/** What checks look at, each asked for once: the objects that would be installed, and what the cluster has. */
import { chartOf } from "../release/chart.ts";
import type { Site } from "../release/site.ts";
import { chartValuesOf } from "../deployment/chart-values.ts";
import { lookup } from "node:dns/promises";
import { userError } from "@touchstone/core/errors";
import { Manifest, manifestsOf } from "../kubernetes/manifest.ts";
import { mayReleaseVolumes } from "./kept-volumes.ts";
import { runProbes, type ProbeEnds } from "./probe.ts";

export type Ground = {
  site: Site;
  now: Date;
  /** The objects of the chart with the values of this deployment. Throws what helm says. */
  rendered: () => Promise<Manifest[]>;
  /** Null before it exists. */
  namespace: () => Promise<Manifest | null>;
  nodes: () => Promise<Manifest[]>;
  /** Pods of all namespaces. */
  pods: () => Promise<Manifest[]>;
  /** Objects of kinds in the namespace of the deployment. */
  within: (kinds: string) => Promise<Manifest[]>;
  /** `group/version` of every API that is served. */
  apis: () => Promise<ReadonlySet<string>>;
  /** Whether who asks may say what becomes of a volume whose claim is gone. */
  mayChangeVolumes: () => Promise<boolean>;
  /** What pods inside the namespace saw. Throws NAMESPACE_MISSING before there is one. */
  inside: () => Promise<ProbeEnds>;
  /** Addresses of a name, as this machine knows it; none for one that it does not know. */
  resolve: (name: string) => Promise<string[]>;
};

export type Resolve = Ground["resolve"];

const systemResolve: Resolve = async (name) => {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
};

const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
};

const groupsIn = (document: unknown): Set<string> => {
  const found = new Set<string>();
  for (const [, version = ""] of JSON.stringify(document ?? {}).matchAll(/"groupVersion":"([^"]+)"/g)) found.add(version);
  return found;
};

export const openGround = (site: Site, now: Date, resolve: Resolve = systemResolve): Ground => {
  const { kubectl, helm, deployment } = site;
  const namespace = once(() => kubectl.get("namespaces", kubectl.access.namespace));
  const rendered = once(async () => {
    const { stdout } = await helm.good("render the chart", ["template", deployment.name, ...chartOf(deployment)], {
      values: chartValuesOf(deployment),
      signal: site.signal,
    });
    return manifestsOf(stdout);
  });
  const mayChangeVolumes = once(() => mayReleaseVolumes(kubectl, site.signal));
  return {
    site,
    now,
    resolve,
    rendered,
    namespace,
    inside: once(async () => {
      if ((await namespace()) === null) throw userError("NAMESPACE_MISSING", kubectl.access.namespace);
      return runProbes(site, await rendered(), now, mayChangeVolumes);
    }),
    mayChangeVolumes,
    nodes: once(() => kubectl.list("nodes")),
    pods: once(() => kubectl.list("pods", { namespace: null })),
    within: (kinds) => kubectl.list(kinds),
    apis: once(async () => groupsIn(await kubectl.raw("/apis"))),
  };
};
