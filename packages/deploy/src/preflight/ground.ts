/** What checks look at, each asked for once: the objects that would be installed, and what the cluster has. */
import { chartOf } from "../release/chart.ts";
import type { Site } from "../release/site.ts";
import { chartValuesOf } from "../deployment/chart-values.ts";
import { Manifest, manifestsOf } from "../kubernetes/manifest.ts";

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

export const openGround = (site: Site, now = new Date()): Ground => {
  const { kubectl, helm, deployment } = site;
  return {
    site,
    now,
    rendered: once(async () => {
      const { stdout } = await helm.good("render the chart", ["template", deployment.name, ...chartOf(deployment)], {
        values: chartValuesOf(deployment),
        signal: site.signal,
      });
      return manifestsOf(stdout);
    }),
    namespace: once(() => kubectl.get("namespaces", kubectl.access.namespace)),
    nodes: once(() => kubectl.list("nodes")),
    pods: once(() => kubectl.list("pods", { namespace: null })),
    within: (kinds) => kubectl.list(kinds),
    apis: once(async () => groupsIn(await kubectl.raw("/apis"))),
  };
};
