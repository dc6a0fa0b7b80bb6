/** What a bundle is made of, as it is in the cluster: nothing here is redacted yet. Each piece is there, or says why it is not. */
import { z } from "zod";
import { toErrorInfo, userError } from "@touchstone/core/errors";
import type { Helm } from "../cluster/helm.ts";
import type { Kubectl } from "../cluster/kubectl.ts";
import { chartValuesOf } from "../deployment/chart-values.ts";
import { manifestsOf, type Manifest } from "../kubernetes/manifest.ts";
import type { Site } from "../release/site.ts";
import { logsOf, readLog, tailOf } from "./logs.ts";

/** `content`: a text (a log) or a value, which becomes YAML. */
export type Piece = { path: string; content: unknown } | { path: string; why: string };

/** Where helm is not there, or has no release, the rest is worth having. */
export type Ground = Omit<Site, "helm"> & { helm: Helm | { why: string } };

/** Kinds in the namespace, by the names kubectl knows them by. Those of operators are none where there is no such operator. */
const NAMESPACED = [
  "configmaps",
  "cronjobs.batch",
  "deployments.apps",
  "endpointslices.discovery.k8s.io",
  "horizontalpodautoscalers.autoscaling",
  "httproutes.gateway.networking.k8s.io",
  "ingresses.networking.k8s.io",
  "jobs.batch",
  "leases.coordination.k8s.io",
  "limitranges",
  "networkpolicies.networking.k8s.io",
  "persistentvolumeclaims",
  "poddisruptionbudgets.policy",
  "pods",
  "replicasets.apps",
  "resourcequotas",
  "rolebindings.rbac.authorization.k8s.io",
  "roles.rbac.authorization.k8s.io",
  "scaledobjects.keda.sh",
  "serviceaccounts",
  "services",
  "statefulsets.apps",
  "clusters.postgresql.cnpg.io",
  "certificates.cert-manager.io",
  "externalsecrets.external-secrets.io",
] as const;
/** Of the cluster itself, what decides whether pods find a place. */
const OF_CLUSTER = ["nodes", "storageclasses.storage.k8s.io", "ingressclasses.networking.k8s.io"] as const;

/** A namespace that is shared may hold thousands; ours has dozens. */
const OBJECTS_PER_KIND_MAX = 300;
const LOGS_MAX = 200;

/** Throws ABORTED. */
export const stopIf = ({ aborted }: AbortSignal): void => {
  if (aborted) throw userError("ABORTED");
};

const attempt = async (path: string, read: () => Promise<unknown>): Promise<Piece> => {
  try {
    return { path, content: await read() };
  } catch (thrown) {
    return { path, why: toErrorInfo(thrown).why };
  }
};

/** Objects of a kind, or why they cannot be listed. */
export const listedOf = async (kubectl: Kubectl, kinds: string, namespace?: null): Promise<{ objects: Manifest[] } | { why: string }> => {
  try {
    return { objects: await kubectl.list(kinds, namespace === null ? { namespace } : {}) };
  } catch (thrown) {
    return { why: toErrorInfo(thrown).why };
  }
};

type Listed = { objects: Manifest[]; failed: { kind: string; why: string }[] };

/** Objects of all of these kinds that there are: with one request where all may be read, otherwise kind by kind. */
const listedOfKinds = async ({ kubectl, signal }: Ground, kinds: readonly string[], namespace?: null): Promise<Listed> => {
  const known = await kubectl.run(["api-resources", "--verbs", "list", "-o", "name"]);
  const there = new Set(known.stdout.split("\n"));
  const asked = known.status === 0 ? kinds.filter((kind) => there.has(kind)) : kinds;
  const together = asked.length === 0 ? { objects: [] } : await listedOf(kubectl, asked.join(","), namespace);
  if ("objects" in together) return { objects: together.objects, failed: [] };
  const listed: Listed = { objects: [], failed: [] };
  for (const kind of asked) {
    stopIf(signal);
    const one = await listedOf(kubectl, kind, namespace);
    if ("why" in one) listed.failed.push({ kind, why: one.why });
    else listed.objects.push(...one.objects);
  }
  return listed;
};

const objectPieces = ({ objects, failed }: Listed): Piece[] => {
  const kinds = [...new Set(objects.map(({ kind }) => kind))].toSorted();
  return [
    ...failed.map(({ kind, why }) => ({ path: `objects/${kind}`, why })),
    ...kinds.flatMap((kind): Piece[] => {
      const all = objects.filter((object) => object.kind === kind);
      const left = all.length - OBJECTS_PER_KIND_MAX;
      return [
        ...all.slice(0, OBJECTS_PER_KIND_MAX).map((object) => ({ path: `objects/${kind}/${object.metadata.name}.yaml`, content: object })),
        ...(left > 0 ? [{ path: `objects/${kind}`, why: `${left} more than the ${OBJECTS_PER_KIND_MAX} that a bundle takes` }] : []),
      ];
    }),
  ];
};

const logPieces = async (pods: readonly Manifest[], { kubectl, signal }: Ground): Promise<Piece[]> => {
  const all = pods.flatMap(logsOf);
  const pieces: Piece[] = [];
  for (const log of all.slice(0, LOGS_MAX)) {
    stopIf(signal);
    const path = `logs/${log.pod}/${log.container}${log.previous ? ".previous" : ""}.log`;
    const read = await readLog(log, kubectl, signal);
    pieces.push("why" in read ? { path, why: read.why } : { path, content: tailOf(read.text) });
  }
  if (all.length > LOGS_MAX) pieces.push({ path: "logs", why: `${all.length - LOGS_MAX} more than the ${LOGS_MAX} that a bundle takes` });
  return pieces;
};

const Happened = z.looseObject({ lastTimestamp: z.string().nullish(), eventTime: z.string().nullish() });

/** In the order in which they happened. */
const inOrder = (events: readonly Manifest[]): Manifest[] => {
  const timeOf = (event: Manifest): string => {
    const { lastTimestamp, eventTime } = Happened.parse(event);
    return lastTimestamp ?? eventTime ?? String(event.metadata["creationTimestamp"] ?? "");
  };
  return events.toSorted((a, b) => timeOf(a).localeCompare(timeOf(b), "en") || (a.metadata.name < b.metadata.name ? -1 : 1));
};

/** Objects of the namespace and of the cluster, events, and ends of logs. Secrets are read apart. */
export const clusterPieces = async (ground: Ground): Promise<Piece[]> => {
  const { kubectl, tell } = ground;
  tell("reading the objects of the namespace");
  const listed = await listedOfKinds(ground, NAMESPACED);
  const ofCluster = await listedOfKinds(ground, OF_CLUSTER, null);
  const events = await listedOf(kubectl, "events");
  tell("reading logs");
  const pods = listed.objects.filter(({ kind }) => kind === "Pod");
  return [
    ...objectPieces(listed),
    ...objectPieces(ofCluster),
    await attempt("objects/Namespace.yaml", () => kubectl.get("namespace", kubectl.access.namespace)),
    { path: "events.yaml", ...("why" in events ? events : { content: inOrder(events.objects) }) },
    ...(await logPieces(pods, ground)),
  ];
};

/** Manifests as objects where they are such, so that a Secret is known as one. */
const manifestIn = (text: string): unknown => {
  try {
    return manifestsOf(text);
  } catch {
    return text;
  }
};

/** What helm knows of the release: what it has installed, by which values, and when. */
export const helmPieces = async ({ helm, deployment: { name }, tell }: Ground): Promise<Piece[]> => {
  if ("why" in helm) return [{ path: "helm", why: helm.why }];
  tell("reading the release");
  const said = (...args: string[]) => helm.good(`read release ${name}`, args).then(({ stdout }) => stdout);
  const status = async (): Promise<unknown> => {
    const release = await helm.status(name);
    if (release === null) return null;
    const { notes: _notes, resources: _resources, ...info } = release.info;
    return { name: release.name, namespace: release.namespace, revision: release.version, ...info };
  };
  const history = await attempt("helm/history.yaml", () => helm.history(name));
  if ("content" in history && Array.isArray(history.content) && history.content.length === 0)
    return [{ path: "helm", why: `there is no release ${name}` }];
  return [
    history,
    await attempt("helm/status.yaml", status),
    await attempt("helm/values.yaml", async () => JSON.parse(await said("get", "values", name, "-o", "json"))),
    await attempt("helm/manifest.yaml", async () => manifestIn(await said("get", "manifest", name))),
    await attempt("helm/hooks.yaml", async () => manifestIn(await said("get", "hooks", name))),
  ];
};

/** What the deployment shall be, and what the chart gets of it. */
export const describedPieces = ({ deployment }: Ground): Piece[] => [
  { path: "deployment.yaml", content: deployment },
  { path: "values.yaml", content: chartValuesOf(deployment) },
];
