/**
 * Volumes of classes that keep them (reclaimPolicy Retain), made for a trial: each is set to go with its claim as soon as it is there
 * (kubernetes.io/docs/tasks/administer-cluster/change-pv-reclaim-policy). Only one that was made for the claim is: what was there before,
 * and was bound to it, stays as it is.
 */
import type { Kubectl } from "../cluster/kubectl.ts";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import { PROBE_LABEL } from "./probe-plan.ts";
import { answersTo } from "./rights.ts";

const MADE_BY = "pv.kubernetes.io/provisioned-by";
const GOES = JSON.stringify({ spec: { persistentVolumeReclaimPolicy: "Delete" } });
const VOLUMES = "persistentvolumes";

/** One that a driver has made, and that would outlive its claim. */
const isKeptOne = (volume: Manifest): boolean =>
  at(volume, "spec", "persistentVolumeReclaimPolicy") === "Retain" && volume.metadata.annotations?.[MADE_BY] !== undefined;

export const mayReleaseVolumes = async (kubectl: Kubectl, signal: AbortSignal): Promise<boolean> => {
  const rights = ["get", "list", "patch"].map((verb) => ({ verb, group: "", resource: VOLUMES, namespace: null }));
  return (await answersTo(kubectl, rights, signal)).every((answer) => answer === true);
};

const release = async (kubectl: Kubectl, { metadata: { name } }: Manifest): Promise<boolean> =>
  (await kubectl.run(["patch", VOLUMES, name, "--type=merge", "-p", GOES])).status === 0;

/** Sets the volumes of a trial's claims to go with them. Names of those that stay. */
export const releaseVolumes = async (kubectl: Kubectl, id: string): Promise<string[]> => {
  const claims = await kubectl.list("persistentvolumeclaims", { selector: `${PROBE_LABEL}=${id}` });
  const names = claims.map((claim) => at(claim, "spec", "volumeName")).filter((name) => typeof name === "string");
  const stays: string[] = [];
  for (const name of names) {
    const volume = await kubectl.get(VOLUMES, name);
    if (volume === null || at(volume, "spec", "persistentVolumeReclaimPolicy") !== "Retain") continue;
    if (!isKeptOne(volume) || !(await release(kubectl, volume))) stays.push(name);
  }
  return stays;
};

/** Those that a killed trial has left: its claims are gone by then. */
export const releaseLeftVolumes = async (kubectl: Kubectl): Promise<void> => {
  const isLeft = (volume: Manifest): boolean =>
    isKeptOne(volume) &&
    at(volume, "status", "phase") === "Released" &&
    at(volume, "spec", "claimRef", "namespace") === kubectl.access.namespace &&
    String(at(volume, "spec", "claimRef", "name")).startsWith("touchstone-preflight-");
  for (const volume of await kubectl.list(VOLUMES)) if (isLeft(volume)) await release(kubectl, volume);
};
