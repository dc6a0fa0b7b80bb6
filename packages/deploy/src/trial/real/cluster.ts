/**
 * The same trial cluster as `../cluster.ts`, of real parts: the API server with all that it admits and refuses, RBAC, the controllers and
 * the scheduler of Kubernetes, over etcd. Only its nodes pretend: no image is pulled and no packet filtered.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster, ClusterOptions } from "../cluster.ts";
import type { JsonObject } from "../fields.ts";
import { writeKubeconfig } from "../kubeconfig.ts";
import type { Logs } from "../logs.ts";
import { mapOf, metadataOf, textIn, type Seen } from "../objects.ts";
import { resourceOf, RESOURCES, rootOf, type Resource } from "../resources.ts";
import { startAnswering } from "./answers.ts";
import { MERGE_PATCH, type Api } from "./api.ts";
import { addNodes, PROVISIONER, runNodes } from "./nodes.ts";
import { addOperators } from "./operators.ts";
import { startPrograms } from "./programs.ts";
import { openSeen } from "./seen.ts";

const LOOK_MS = 100;
/** A rolling change, or what owns others, takes its controllers some seconds; a busy machine longer. */
const GONE_MS = 60_000;

/** What a cluster offers to all: volumes, of the class that is meant where none is named. */
const STORAGE: JsonObject = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "trial", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: PROVISIONER,
  allowVolumeExpansion: true,
  volumeBindingMode: "WaitForFirstConsumer",
};

/** What a controller keeps in every namespace. */
const EVERYWHERE = new Set(["ConfigMap/kube-root-ca.crt", "ServiceAccount/default"]);
/** What has no list. */
const UNLISTED = new Set(["SelfSubjectAccessReview"]);

const pathOf = (resource: Resource, namespace: string | null): string =>
  `/${rootOf(resource)}/${resource.namespaced && namespace !== null ? `namespaces/${namespace}/` : ""}${resource.plural}`;

const namesIn = async (api: Api, all: readonly Resource[], namespace: string): Promise<string[]> => {
  const resources = all.filter(({ namespaced, kind }) => namespaced && kind !== "Event");
  const lists = await Promise.all(resources.map((resource) => api.good("GET", pathOf(resource, namespace))));
  return lists.flatMap(({ items }, index) =>
    (Array.isArray(items) ? items : [])
      .map((item) => `${resources[index]?.kind ?? ""}/${textIn(metadataOf(mapOf(item)), "name") ?? ""}`)
      .filter((name) => !EVERYWHERE.has(name)),
  );
};

const found = async (api: Api, kind: string, namespace: string, name: string): Promise<JsonObject | null> => {
  const { status, body } = await api.ask("GET", `${pathOf(resourceOf(kind), namespace)}/${name}`);
  return status === 200 ? body : null;
};

/** What a test asks about objects. */
const lookingAt = (api: Api, seen: Seen, resources: readonly Resource[]) => ({
  objects: seen,
  names: (namespace: string) => namesIn(api, resources, namespace),
  find: (kind: string, namespace: string, name: string) => found(api, kind, namespace, name),
  secret: async (namespace: string, name: string): Promise<Record<string, string>> => {
    const data = mapOf((await found(api, "Secret", namespace, name))?.["data"]);
    return Object.fromEntries(Object.keys(data).map((key) => [key, textIn(data, key) ?? ""]));
  },
  setStatus: async (kind: string, namespace: string, name: string, status: JsonObject) => {
    await api.good("PATCH", `${pathOf(resourceOf(kind), namespace)}/${name}/status`, { status }, MERGE_PATCH);
  },
});

/** Nobody's pods are left; the server takes a namespace away only when all in it is gone, and so does a test that looks. */
const gone = async (api: Api, namespace: string): Promise<void> => {
  for (const end = Date.now() + GONE_MS; Date.now() < end; await sleep(LOOK_MS)) {
    const { items } = await api.good("GET", `/api/v1/namespaces/${namespace}/pods`);
    const going = (Array.isArray(items) ? items : []).filter((pod) => "deletionTimestamp" in metadataOf(mapOf(pod)));
    if (going.length === 0) return;
  }
};

/** Starts one. Throws where its programs are not there, or a test wants what only the one in memory can pretend. */
export const startRealCluster = async (options: ClusterOptions): Promise<Cluster> => {
  if (options.may !== undefined || options.minor !== undefined) throw new Error("a real cluster has its own version, and asks RBAC");
  const folder = await mkdtemp(join(tmpdir(), "touchstone-cluster-"));
  const closing: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const one of closing.toReversed()) await one();
  };
  const failing = new Set<string>();
  const logs: Logs = new Map();
  let seen: Seen | null = null;
  const podResource = resourceOf("Pod");
  try {
    const answering = await startAnswering({
      logs,
      pod: (namespace, name) => seen?.find({ resource: podResource, namespace, name })?.object,
      options,
    });
    closing.push(answering.close);
    const programs = await startPrograms(folder, answering.port);
    closing.push(programs.close);
    const { api, kubeconfig, port } = programs;
    const withOperators = options.operators ?? true;
    if (withOperators) await addOperators(api);
    const resources = RESOURCES.filter(({ custom, kind }) => (withOperators || custom !== true) && !UNLISTED.has(kind));
    seen = await openSeen(api, resources);
    const podStatus = options.podStatus;
    closing.push(runNodes(api, seen, { fails: (name) => failing.has(name), ...(podStatus === undefined ? {} : { podStatus }) }));
    await addNodes(api, answering.port);
    await api.good("POST", "/apis/storage.k8s.io/v1/storageclasses", STORAGE);
    let count = 0;
    return {
      kubeconfig,
      kubeconfigOf: (token) => writeKubeconfig(`https://127.0.0.1:${port}`, join(folder, `kubeconfig-${++count}`), token),
      failing,
      logs,
      ...lookingAt(api, seen, resources),
      gone: (namespace) => gone(api, namespace),
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
};
