/**
 * Nodes of a real cluster that run nothing: what is scheduled on them becomes ready, what comes to an end comes to it, what is deleted is
 * gone, and volumes are there. A test says what fails. (kubelet and a provisioner of volumes, in as far as an API server sees them.)
 */
import { Manifest, podTemplateOf } from "../../kubernetes/manifest.ts";
import { missingFor, type Fate } from "../controllers.ts";
import { sameJson, type Json, type JsonObject } from "../fields.ts";
import { mapOf, metadataOf, specOf, textIn, type Seen } from "../objects.ts";
import { resourceOf } from "../resources.ts";
import { MERGE_PATCH, type Api } from "./api.ts";

const LOOK_MS = 100;
export const PROVISIONER = "trial.touchstone.dev/volumes";
const SELECTED = "volume.kubernetes.io/selected-node";
const ROOM = { cpu: "16", memory: "64Gi", "ephemeral-storage": "200Gi", pods: "110" };

const [POD, CLAIM, REPLICA_SET] = [resourceOf("Pod"), resourceOf("PersistentVolumeClaim"), resourceOf("ReplicaSet")];
const [JOB, STORAGE_CLASS] = [resourceOf("Job"), resourceOf("StorageClass")];

/** So that a server hands on the WebSocket of a command in a pod as it is: https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/ */
const FEATURES = ["ExtendWebSocketsToKubelet"];

/** Four nodes that are ready; what is on them is asked of this port. */
export const addNodes = async (api: Api, port: number): Promise<void> => {
  const now = new Date().toISOString();
  await Promise.all(
    ["a", "b", "c", "d"].map(async (name) => {
      const labels = { "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": `trial-${name}` };
      await api.good("POST", "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name: `trial-${name}`, labels } });
      const status: JsonObject = {
        capacity: ROOM,
        allocatable: ROOM,
        declaredFeatures: FEATURES,
        addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
        conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", lastHeartbeatTime: now, lastTransitionTime: now }],
      };
      await api.good("PATCH", `/api/v1/nodes/trial-${name}/status`, { status }, MERGE_PATCH);
    }),
  );
};

const ownersOf = (object: JsonObject): JsonObject[] => {
  const owners = metadataOf(object)["ownerReferences"];
  return Array.isArray(owners) ? owners.map((owner: Json) => mapOf(owner)) : [];
};

/** Names of all that an object belongs to: of a pod its ReplicaSet and its Deployment, or its Job and its CronJob. */
const namesAbove = (object: JsonObject, namespace: string, seen: Seen): string[] =>
  ownersOf(object).flatMap((owner) => {
    const name = textIn(owner, "name") ?? "";
    const resource = textIn(owner, "kind") === "ReplicaSet" ? REPLICA_SET : textIn(owner, "kind") === "Job" ? JOB : null;
    const above = resource === null ? undefined : seen.find({ resource, namespace, name })?.object;
    return [name, ...(above === undefined ? [] : namesAbove(above, namespace, seen))];
  });

const containersOf = (pod: JsonObject, key = "containers"): JsonObject[] => {
  const list = specOf(pod)[key];
  return Array.isArray(list) ? list.map((one: Json) => mapOf(one)) : [];
};

const stated = (container: JsonObject, state: JsonObject, isReady: boolean): JsonObject => {
  const image = container["image"] ?? "";
  return { name: container["name"] ?? "", image, imageID: image, restartCount: 0, ready: isReady, started: isReady, state };
};

const conditions = (now: string, isReady: boolean): JsonObject[] =>
  ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map((type) => ({
    type,
    status: isReady || type === "PodScheduled" || type === "Initialized" ? "True" : "False",
    lastTransitionTime: now,
  }));

let addresses = 0;
const nextAddress = (): string => `10.244.${Math.floor(++addresses / 250) % 250}.${(addresses % 250) + 1}`;

/** How it is with a pod that nothing keeps from what it does. */
const goodStatus = (pod: JsonObject, now: string): JsonObject => {
  const isService = (textIn(specOf(pod), "restartPolicy") ?? "Always") === "Always";
  const ended = { terminated: { exitCode: 0, reason: "Completed", startedAt: now, finishedAt: now } };
  const ip = nextAddress();
  return {
    phase: isService ? "Running" : "Succeeded",
    startTime: now,
    hostIP: "127.0.0.1",
    hostIPs: [{ ip: "127.0.0.1" }],
    podIP: ip,
    podIPs: [{ ip }],
    conditions: conditions(now, isService),
    initContainerStatuses: containersOf(pod, "initContainers").map((one) => stated(one, ended, true)),
    containerStatuses: containersOf(pod).map((one) => stated(one, isService ? { running: { startedAt: now } } : ended, isService)),
  };
};

const badStatus = (pod: JsonObject, now: string, missing: readonly string[]): JsonObject => {
  const isService = (textIn(specOf(pod), "restartPolicy") ?? "Always") === "Always";
  const why =
    missing.length > 0
      ? { reason: "CreateContainerConfigError", message: `waits for ${missing.join("; ")}` }
      : { reason: "CreateContainerError", message: "it was told to fail" };
  // What is missing may still come; what was told to fail has run, where it runs but once.
  const state: JsonObject =
    isService || missing.length > 0 ? { waiting: why } : { terminated: { exitCode: 1, reason: "Error", startedAt: now, finishedAt: now } };
  return {
    phase: "waiting" in state ? "Pending" : "Failed",
    startTime: now,
    hostIP: "127.0.0.1",
    conditions: conditions(now, false),
    containerStatuses: containersOf(pod).map((one) => stated(one, state, false)),
  };
};

/** What of a status is not the time of day. */
const gist = (status: JsonObject): JsonObject => {
  const statuses = status["containerStatuses"];
  const states = Array.isArray(statuses) ? statuses.map((one: Json) => mapOf(mapOf(one)["state"])) : [];
  return {
    phase: status["phase"] ?? "",
    waiting: states.map((state) => mapOf(state["waiting"])["message"] ?? ""),
  };
};

const pathTo = (object: JsonObject, plural: string): string =>
  `/api/v1/namespaces/${textIn(metadataOf(object), "namespace")}/${plural}/${textIn(metadataOf(object), "name")}`;

const statusOf = (pod: JsonObject, seen: Seen, fate: Fate): JsonObject => {
  const now = new Date().toISOString().replace(/\.\d+/, "");
  const told = fate.podStatus?.(pod);
  if (told !== undefined && told !== null) return told;
  const namespace = textIn(metadataOf(pod), "namespace") ?? "";
  const template = podTemplateOf(Manifest.parse(pod));
  const missing = template === null ? [] : missingFor(template, namespace, seen);
  const images = containersOf(pod).map((one) => textIn(one, "image") ?? "");
  const fails = [textIn(metadataOf(pod), "name") ?? "", ...namesAbove(pod, namespace, seen), ...images].some(fate.fails);
  return missing.length > 0 || fails ? badStatus(pod, now, missing) : goodStatus(pod, now);
};

const lookAtPod = async (api: Api, pod: JsonObject, seen: Seen, fate: Fate): Promise<void> => {
  const uid = textIn(metadataOf(pod), "uid");
  if (textIn(metadataOf(pod), "deletionTimestamp") !== null) {
    const body = { kind: "DeleteOptions", apiVersion: "v1", gracePeriodSeconds: 0, preconditions: { uid } };
    await api.ask("DELETE", pathTo(pod, "pods"), body);
    return;
  }
  const before = mapOf(pod["status"]);
  const isOver = ["Succeeded", "Failed"].includes(textIn(before, "phase") ?? "");
  if (isOver || textIn(specOf(pod), "nodeName") === null) return;
  const status = statusOf(pod, seen, fate);
  if (!sameJson(gist(before), gist(status)))
    await api.ask("PATCH", `${pathTo(pod, "pods")}/status`, { metadata: { uid }, status }, MERGE_PATCH);
};

/** A volume for a claim whose pod has a place. */
const lookAtClaim = async (api: Api, claim: JsonObject, seen: Seen): Promise<void> => {
  const spec = specOf(claim);
  const [name, namespace, uid] = ["name", "namespace", "uid"].map((key) => textIn(metadataOf(claim), key) ?? "");
  const storageClass = textIn(spec, "storageClassName") ?? "";
  const found = seen.find({ resource: STORAGE_CLASS, namespace: null, name: storageClass })?.object;
  const isWaiting =
    textIn(mapOf(claim["status"]), "phase") === "Pending" && textIn(mapOf(metadataOf(claim)["annotations"]), SELECTED) !== null;
  if (!isWaiting || found === undefined || textIn(found, "provisioner") !== PROVISIONER) return;
  await api.ask("POST", "/api/v1/persistentvolumes", {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `pvc-${uid}`, annotations: { "pv.kubernetes.io/provisioned-by": PROVISIONER } },
    spec: {
      capacity: mapOf(mapOf(spec["resources"])["requests"]),
      accessModes: spec["accessModes"] ?? [],
      persistentVolumeReclaimPolicy: "Retain",
      storageClassName: storageClass,
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name: name ?? "", namespace: namespace ?? "", uid: uid ?? "" },
      hostPath: { path: `/trial/${uid}` },
    },
  });
};

/** Looks after pods and claims until it is told to stop. */
export const runNodes = (api: Api, seen: Seen, fate: Fate): (() => void) => {
  const busy = new Set<string>();
  const look = (object: JsonObject, work: () => Promise<void>): void => {
    const uid = textIn(metadataOf(object), "uid") ?? "";
    if (busy.has(uid)) return;
    busy.add(uid);
    void work()
      // The server has gone, or somebody was faster: the next look finds out.
      .catch(() => undefined)
      .finally(() => busy.delete(uid));
  };
  const timer = setInterval(() => {
    for (const pod of seen.list(POD, null)) look(pod, () => lookAtPod(api, pod, seen, fate));
    for (const claim of seen.list(CLAIM, null)) look(claim, () => lookAtClaim(api, claim, seen));
  }, LOOK_MS);
  return () => clearInterval(timer);
};
