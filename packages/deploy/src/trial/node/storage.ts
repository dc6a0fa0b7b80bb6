/**
 * Volumes of a trial cluster with nodes: a folder on the node that the scheduler has picked, as a `local` volume, whose group kubelet sets
 * as a pod asks for. What is deleted with its claim is taken away.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Json, JsonObject } from "../fields.ts";
import { mapOf, metadataOf, specOf, textIn } from "../objects.ts";
import type { Api } from "../real/api.ts";

const PROVISIONER = "trial.touchstone.dev/local";
export const STORAGE_CLASS = "trial-local";
const SELECTED = "volume.kubernetes.io/selected-node";
const VOLUMES = "/api/v1/persistentvolumes";

const CLASS: JsonObject = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: STORAGE_CLASS, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: PROVISIONER,
  volumeBindingMode: "WaitForFirstConsumer",
};

const volumeFor = (claim: JsonObject, node: string, path: string): JsonObject => {
  const spec = specOf(claim);
  const { name = "", namespace = "", uid = "" } = metadataOf(claim);
  const requests: Json = mapOf(mapOf(spec["resources"])["requests"]);
  const here = { key: "kubernetes.io/hostname", operator: "In", values: [node] };
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `pvc-${String(uid)}`, annotations: { "pv.kubernetes.io/provisioned-by": PROVISIONER } },
    spec: {
      capacity: requests,
      accessModes: spec["accessModes"] ?? [],
      persistentVolumeReclaimPolicy: "Delete",
      storageClassName: STORAGE_CLASS,
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace, uid },
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
    },
  };
};

/** Looks after claims until the API is closed. `folder`: where a node keeps its volumes. */
export const runStorage = async (api: Api, folder: (node: string) => string): Promise<void> => {
  await api.good("POST", "/apis/storage.k8s.io/v1/storageclasses", CLASS);
  const quietly = (work: Promise<unknown>): void => {
    // The server has gone, or somebody was faster.
    work.catch(() => undefined);
  };
  await api.follow("/api/v1/persistentvolumeclaims", (type, claim) => {
    const node = textIn(mapOf(metadataOf(claim)["annotations"]), SELECTED);
    const isWaiting = textIn(mapOf(claim["status"]), "phase") === "Pending" && textIn(specOf(claim), "volumeName") === null;
    if (type === "DELETED" || node === null || !isWaiting || textIn(specOf(claim), "storageClassName") !== STORAGE_CLASS) return;
    const path = join(folder(node), textIn(metadataOf(claim), "uid") ?? "");
    mkdirSync(path, { recursive: true });
    quietly(api.ask("POST", VOLUMES, volumeFor(claim, node, path)));
  });
  await api.follow(VOLUMES, (type, volume) => {
    const path = textIn(mapOf(specOf(volume)["local"]), "path");
    if (type === "DELETED" || path === null || !["Released", "Failed"].includes(textIn(mapOf(volume["status"]), "phase") ?? "")) return;
    rmSync(path, { recursive: true, force: true });
    quietly(api.ask("DELETE", `${VOLUMES}/${textIn(metadataOf(volume), "name") ?? ""}`));
  });
};
