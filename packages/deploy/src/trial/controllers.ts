/**
 * What controllers and nodes would make of objects, without running anything: a Deployment becomes available when all that its pods
 * name is there; a Job or a Pod comes to its end. A test says which of them fail.
 */
import { createHash } from "node:crypto";
import { Manifest, podTemplateOf, type PodTemplate } from "../kubernetes/manifest.ts";
import type { JsonObject } from "./fields.ts";
import { metadataOf, numberIn, specOf, textIn, mapOf, type Objects, type Place } from "./objects.ts";
import { resourceOf, RESOURCES, type Resource } from "./resources.ts";

export type Fate = {
  /** Whether what is called so, an object or an image, does not come to a good end. */
  fails: (name: string) => boolean;
  /** How it is with a pod, where it does not come to its end; null for one that does. */
  podStatus?: (pod: JsonObject) => JsonObject | null;
};

/** A controller is not instant: who waits for it sees the object before. */
const DELAY_MS = 20;

const SECRET = RESOURCES.find(({ kind }) => kind === "Secret");
const NAMED: readonly { kind: string; in: (template: PodTemplate) => { name: string; keys: string[] }[] }[] = [
  {
    kind: "ServiceAccount",
    in: ({ spec }) => (spec.serviceAccountName === undefined ? [] : [{ name: spec.serviceAccountName, keys: [] }]),
  },
  {
    kind: "Secret",
    in: ({ spec }) => [...keyReferences(spec.containers, "secretKeyRef"), ...volumeReferences(spec, "secret", "secretName")],
  },
  {
    kind: "ConfigMap",
    in: ({ spec }) => [
      ...keyReferences(spec.containers, "configMapKeyRef"),
      ...volumeReferences(spec, "configMap", "name"),
      ...spec.containers.flatMap(({ envFrom }) =>
        envFrom.flatMap(({ configMapRef }) => (configMapRef === undefined ? [] : [{ name: configMapRef.name, keys: [] }])),
      ),
    ],
  },
  { kind: "PersistentVolumeClaim", in: ({ spec }) => volumeReferences(spec, "persistentVolumeClaim", "claimName") },
];

const asObject = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value ?? {}));

const keyReferences = (containers: PodTemplate["spec"]["containers"], reference: string): { name: string; keys: string[] }[] =>
  containers.flatMap(({ env }) =>
    env.flatMap(({ valueFrom }) => {
      const named = mapOf(asObject(valueFrom)[reference]);
      const [name, key] = [textIn(named, "name"), textIn(named, "key")];
      return name === null || key === null ? [] : [{ name, keys: [key] }];
    }),
  );

const volumeReferences = ({ volumes }: PodTemplate["spec"], kind: string, field: string): { name: string; keys: string[] }[] =>
  volumes.flatMap((volume) => {
    const source = mapOf(asObject(volume)[kind]);
    const name = textIn(source, field);
    const items = Array.isArray(source["items"]) ? source["items"] : [];
    return name === null ? [] : [{ name, keys: items.flatMap((item) => textIn(mapOf(item), "key") ?? []) }];
  });

/** What a pod names and is not there: it would wait for it. */
export const missingFor = (template: PodTemplate, namespace: string, objects: Pick<Objects, "find">): string[] =>
  NAMED.flatMap(({ kind, in: references }) => {
    const resource = RESOURCES.find((one) => one.kind === kind);
    return references(template).flatMap(({ name, keys }) => {
      const found = resource === undefined ? null : objects.find({ resource, namespace, name });
      if (found === null) return [`${kind} ${name}`];
      const data = { ...mapOf(found.object["data"]), ...mapOf(found.object["stringData"]) };
      return resource === SECRET || kind === "ConfigMap"
        ? keys.filter((key) => !(key in data)).map((key) => `${kind} ${name}, key ${key}`)
        : [];
    });
  });

const condition = (type: string, isTrue: boolean, reason: string, message = ""): JsonObject => ({
  type,
  status: isTrue ? "True" : "False",
  reason,
  message,
});

/** Whether pods of before a change stay until those after it are ready, and were. */
const keepsOld = (object: JsonObject): boolean => {
  const rolling = mapOf(mapOf(specOf(object)["strategy"])["rollingUpdate"]);
  return numberIn(rolling, "maxUnavailable", 1) === 0 && numberIn(mapOf(object["status"]), "readyReplicas", 0) > 0;
};

const deploymentStatus = (object: JsonObject, isGood: boolean, why: string): JsonObject => {
  const replicas = numberIn(specOf(object), "replicas", 1);
  if (!isGood && keepsOld(object))
    return {
      observedGeneration: numberIn(metadataOf(object), "generation", 1),
      replicas: replicas + 1,
      updatedReplicas: 1,
      readyReplicas: replicas,
      availableReplicas: replicas,
      unavailableReplicas: 1,
      conditions: [condition("Available", true, "MinimumReplicasAvailable"), condition("Progressing", true, "ReplicaSetUpdated", why)],
    };
  const there = isGood ? replicas : 0;
  return {
    observedGeneration: numberIn(metadataOf(object), "generation", 1),
    replicas,
    updatedReplicas: replicas,
    readyReplicas: there,
    availableReplicas: there,
    unavailableReplicas: replicas - there,
    conditions: [
      condition("Available", isGood, isGood ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable", why),
      condition("Progressing", true, isGood ? "NewReplicaSetAvailable" : "ReplicaSetUpdated"),
    ],
  };
};

const jobStatus = (isGood: boolean, why: string): JsonObject => ({
  startTime: "2026-01-01T00:00:00Z",
  ...(isGood ? { succeeded: 1, completionTime: "2026-01-01T00:00:01Z" } : { failed: 1 }),
  conditions: [isGood ? condition("Complete", true, "CompletionsReached") : condition("Failed", true, "BackoffLimitExceeded", why)],
});

const JOB_NAME = "batch.kubernetes.io/job-name";
const JOB_UID = "batch.kubernetes.io/controller-uid";
const PODS = RESOURCES.find(({ kind }) => kind === "Pod");

/** The pod that a Job makes. */
const podOf = (job: JsonObject): JsonObject => {
  const template = mapOf(specOf(job)["template"]);
  const [name, uid] = ["name", "uid"].map((key) => textIn(metadataOf(job), key) ?? "");
  const labels = { ...mapOf(metadataOf(template)["labels"]), [JOB_NAME]: name ?? "", [JOB_UID]: uid ?? "" };
  return { apiVersion: "v1", kind: "Pod", metadata: { labels }, spec: template["spec"] ?? {} };
};

const PLACED = ["Deployment", "Job", "Pod"].map(resourceOf);

const claimsOf = (object: JsonObject): string[] => {
  const manifest = Manifest.safeParse(object).data;
  const template = manifest === undefined ? null : podTemplateOf(manifest);
  return template === null ? [] : volumeReferences(template.spec, "persistentVolumeClaim", "claimName").map(({ name }) => name);
};

/** Whether a pod has it: most classes of volumes wait for the first (volumeBindingMode: WaitForFirstConsumer). */
const isClaimed = (claim: JsonObject, objects: Objects): boolean => {
  const [name, namespace] = [textIn(metadataOf(claim), "name") ?? "", textIn(metadataOf(claim), "namespace")];
  if (textIn(mapOf(claim["status"]), "phase") === "Bound") return true;
  return PLACED.some((resource) => objects.list(resource, namespace).some((object) => claimsOf(object).includes(name)));
};

/** How it is with an object after a while; null for kinds about which nobody asks. */
const statusOf = (object: JsonObject, { resource, namespace, name }: Place, objects: Objects, fate: Fate): JsonObject | null => {
  const manifest = Manifest.safeParse(object).data;
  const template = manifest === undefined ? null : podTemplateOf(manifest);
  const missing = template === null || namespace === null ? [] : missingFor(template, namespace, objects);
  const named = [name, ...(template?.spec.containers.map(({ image }) => image) ?? [])];
  const isGood = missing.length === 0 && !named.some(fate.fails);
  const why = missing.length > 0 ? `waits for ${missing.join("; ")}` : isGood ? "" : "it was told to fail";
  switch (resource.kind) {
    case "Deployment":
      return deploymentStatus(object, isGood, why);
    case "Job":
      return fate.podStatus?.(podOf(object))?.["phase"] === "Running" && isGood
        ? { startTime: "2026-01-01T00:00:00Z", active: 1 }
        : jobStatus(isGood, why);
    case "Pod":
      return (
        fate.podStatus?.(object) ?? {
          phase: isGood ? "Succeeded" : "Failed",
          reason: why,
          conditions: [],
          startTime: "2026-01-01T00:00:00Z",
        }
      );
    case "PersistentVolumeClaim":
      return isClaimed(object, objects)
        ? { phase: "Bound", accessModes: specOf(object)["accessModes"] ?? [], capacity: { storage: "1Gi" } }
        : { phase: "Pending" };
    case "PodDisruptionBudget":
      return {
        observedGeneration: numberIn(metadataOf(object), "generation", 1),
        currentHealthy: 1,
        desiredHealthy: 1,
        disruptionsAllowed: 1,
        expectedPods: 1,
      };
    default:
      return null;
  }
};

const REPLICA_SETS = RESOURCES.find(({ kind }) => kind === "ReplicaSet");
const HASH_DIGITS = 10;

/** A Deployment makes a set of replicas for each template it has had, which goes with it; helm 3 asks the newest whether it is ready. */
const lookAfterReplicas = (objects: Objects, deployment: JsonObject): void => {
  if (REPLICA_SETS === undefined) return;
  const { metadata, spec } = { metadata: metadataOf(deployment), spec: specOf(deployment) };
  const [name = "", namespace] = [textIn(metadata, "name") ?? "", textIn(metadata, "namespace")];
  const template = mapOf(spec["template"]);
  const hash = createHash("sha256").update(JSON.stringify(template)).digest("hex").slice(0, HASH_DIGITS);
  const labels = { ...mapOf(metadataOf(template)["labels"]), "pod-template-hash": hash };
  const owner = { apiVersion: "apps/v1", kind: "Deployment", name, uid: metadata["uid"] ?? "", controller: true };
  const object = {
    metadata: { labels, ownerReferences: [owner], creationTimestamp: new Date().toISOString().replace(/\.\d+/, "") },
    spec: {
      replicas: spec["replicas"] ?? 1,
      selector: spec["selector"] ?? {},
      template: { ...template, metadata: { ...metadataOf(template), labels } },
    },
  };
  const place = { resource: REPLICA_SETS, namespace, name: `${name}-${hash}` };
  const { generation = 1 } = metadataOf(objects.save(place, { object, owners: new Map() }));
  const { readyReplicas = 0, availableReplicas = 0, replicas = 0 } = mapOf(deployment["status"]);
  objects.setStatus(place, { readyReplicas, availableReplicas, replicas, observedGeneration: generation });
};

const CLAIM = resourceOf("PersistentVolumeClaim");
const [VOLUME, CLASS] = [resourceOf("PersistentVolume"), resourceOf("StorageClass")];

const textsIn = (map: JsonObject, key: string): unknown[] => (Array.isArray(map[key]) ? map[key] : []);

/** Whether a volume that is there may be bound to a claim of that class before one is made; of sizes nobody here asks. */
const isFreeFor = (volume: JsonObject, claim: JsonObject, className: unknown): boolean => {
  const modes = textsIn(specOf(volume), "accessModes");
  return (
    mapOf(volume["status"])["phase"] === "Available" &&
    specOf(volume)["claimRef"] === undefined &&
    specOf(volume)["storageClassName"] === className &&
    textsIn(specOf(claim), "accessModes").every((mode) => modes.includes(mode))
  );
};

/** A claim gets a volume that is free, or its driver makes one, with what its class says of its end. */
const bindVolume = (objects: Objects, claim: JsonObject, bound: Place): void => {
  const spec = specOf(claim);
  if (spec["volumeName"] !== undefined) return;
  const isMeant = (one: JsonObject): boolean =>
    spec["storageClassName"] === undefined
      ? mapOf(metadataOf(one)["annotations"])["storageclass.kubernetes.io/is-default-class"] === "true"
      : metadataOf(one)["name"] === spec["storageClassName"];
  const found = objects.list(CLASS, null).find(isMeant) ?? {};
  const className = metadataOf(found)["name"];
  const uid = textIn(metadataOf(claim), "uid") ?? "";
  const free = objects.list(VOLUME, null).find((volume) => isFreeFor(volume, claim, className));
  const made: JsonObject = {
    metadata: { annotations: { "pv.kubernetes.io/provisioned-by": found["provisioner"] ?? "" } },
    spec: {
      persistentVolumeReclaimPolicy: found["reclaimPolicy"] ?? "Delete",
      accessModes: spec["accessModes"] ?? [],
      ...(className === undefined ? {} : { storageClassName: className }),
    },
  };
  const volume = free ?? made;
  const place = { resource: VOLUME, namespace: null, name: free === undefined ? `pvc-${uid}` : (textIn(metadataOf(free), "name") ?? "") };
  const claimRef = { namespace: bound.namespace ?? "", name: bound.name, uid };
  objects.save(place, { object: { ...volume, spec: { ...specOf(volume), claimRef } }, owners: objects.find(place)?.owners ?? new Map() });
  if (free !== undefined) objects.setStatus(place, { phase: "Bound" });
  const withVolume = { ...claim, spec: { ...spec, volumeName: place.name } };
  objects.save(bound, { object: withVolume, owners: objects.find(bound)?.owners ?? new Map() });
};

/** Whose claim is gone: it goes, or stays and waits for somebody. */
const endVolume = (objects: Objects, volume: JsonObject): void => {
  const place = { resource: VOLUME, namespace: null, name: textIn(metadataOf(volume), "name") ?? "" };
  if (specOf(volume)["persistentVolumeReclaimPolicy"] === "Delete") objects.remove(place);
  else objects.setStatus(place, { phase: "Released" });
};
const isReleased = (volume: JsonObject): boolean => mapOf(volume["status"])["phase"] === "Released";

/** A Job makes a pod, which is found by the Job's name and goes with it. */
const lookAfterPods = (objects: Objects, job: JsonObject, isGone: boolean): void => {
  const [name, namespace] = [textIn(metadataOf(job), "name") ?? "", textIn(metadataOf(job), "namespace")];
  if (PODS === undefined) return;
  const own = objects.list(PODS, namespace).filter((pod) => mapOf(metadataOf(pod)["labels"])[JOB_NAME] === name);
  if (isGone) for (const pod of own) objects.remove({ resource: PODS, namespace, name: textIn(metadataOf(pod), "name") ?? "" });
  if (isGone || own.length > 0) return;
  objects.save({ resource: PODS, namespace, name: `${name}-0` }, { object: podOf(job), owners: new Map() });
};

/** Looks after objects until it is told to stop. */
export const runControllers = (objects: Objects, fate: Fate): (() => void) => {
  const timers = new Set<NodeJS.Timeout>();
  const look = (resource: Resource, object: JsonObject): void => {
    const metadata = metadataOf(object);
    const place = { resource, namespace: textIn(metadata, "namespace"), name: textIn(metadata, "name") ?? "" };
    const now = objects.find(place)?.object;
    if (now === undefined) return;
    const status = statusOf(now, place, objects, fate);
    if (status === null || JSON.stringify(status) === JSON.stringify(now["status"])) return;
    objects.setStatus(place, status);
    if (resource.kind === "Deployment") lookAfterReplicas(objects, { ...now, status });
    if (resource.kind === "PersistentVolumeClaim" && status["phase"] === "Bound") bindVolume(objects, { ...now, status }, place);
  };
  const stopListening = objects.listen((type, resource, object) => {
    if (resource.kind === "Job") lookAfterPods(objects, object, type === "DELETED");
    if (type === "DELETED" && resource.kind === "PersistentVolumeClaim") {
      const volume = objects.find({ resource: VOLUME, namespace: null, name: textIn(specOf(object), "volumeName") ?? "" })?.object;
      if (volume !== undefined) endVolume(objects, volume);
    }
    if (type === "MODIFIED" && resource === VOLUME && isReleased(object) && specOf(object)["persistentVolumeReclaimPolicy"] === "Delete")
      endVolume(objects, object);
    if (type === "DELETED") return;
    const claimed = PLACED.includes(resource) ? claimsOf(object) : [];
    const timer = setTimeout(() => {
      timers.delete(timer);
      look(resource, object);
      const namespace = textIn(metadataOf(object), "namespace");
      for (const name of claimed) {
        const claim = objects.find({ resource: CLAIM, namespace, name })?.object;
        if (claim !== undefined) look(CLAIM, claim);
      }
    }, DELAY_MS);
    timers.add(timer);
  });
  return () => {
    stopListening();
    for (const timer of timers) clearTimeout(timer);
  };
};
