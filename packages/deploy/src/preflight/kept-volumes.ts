/**
 * Volumes of classes that keep them (reclaimPolicy Retain), made for a trial: each is set to go with its claim as soon as it is there
 * (kubernetes.io/docs/tasks/administer-cluster/change-pv-reclaim-policy). Only one that was made for that very claim: what was there before,
 * and was bound to it, may have somebody's data in it. It stays as it is, and is told.
 */
import type { Kubectl } from "../cluster/kubectl.ts";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import { PROBE_LABEL } from "./probe-plan.ts";
import { answersTo } from "./rights.ts";

const MADE_BY = "pv.kubernetes.io/provisioned-by";
const GOES = JSON.stringify({ spec: { persistentVolumeReclaimPolicy: "Delete" } });
const VOLUMES = "persistentvolumes";

/** Those that stay, by name: made for a trial and not to be let go, or not known to be made for it. */
export type Staying = { ours: string[]; others: string[] };

const keeps = (volume: Manifest): boolean => at(volume, "spec", "persistentVolumeReclaimPolicy") === "Retain";

/**
 * A driver names what it makes after the claim that it makes it for (kubernetes-sigs/sig-storage-lib-external-provisioner). A volume that an
 * administrator has rescued keeps the name of its first claim, whichever it is bound to now.
 */
const isMadeFor = (volume: Manifest, uid: unknown): boolean =>
  typeof uid === "string" &&
  volume.metadata.name === `pvc-${uid}` &&
  at(volume, "spec", "claimRef", "uid") === uid &&
  volume.metadata.annotations?.[MADE_BY] !== undefined;

const madeAt = ({ metadata }: Manifest): number => Date.parse(String(metadata["creationTimestamp"]));

export const mayReleaseVolumes = async (kubectl: Kubectl, signal: AbortSignal): Promise<boolean> => {
  const rights = ["get", "list", "patch"].map((verb) => ({ verb, group: "", resource: VOLUMES, namespace: null }));
  return (await answersTo(kubectl, rights, signal)).every((answer) => answer === true);
};

const release = async (kubectl: Kubectl, { metadata: { name } }: Manifest): Promise<boolean> =>
  (await kubectl.run(["patch", VOLUMES, name, "--type=merge", "-p", GOES])).status === 0;

/** Sets the volumes of a trial's claims to go with them. */
export const releaseVolumes = async (kubectl: Kubectl, id: string): Promise<Staying> => {
  const stays: Staying = { ours: [], others: [] };
  for (const claim of await kubectl.list("persistentvolumeclaims", { selector: `${PROBE_LABEL}=${id}` })) {
    const name = at(claim, "spec", "volumeName");
    const volume = typeof name === "string" ? await kubectl.get(VOLUMES, name) : null;
    if (volume === null || !keeps(volume)) continue;
    if (!isMadeFor(volume, claim.metadata["uid"]) || !(madeAt(volume) >= madeAt(claim))) stays.others.push(volume.metadata.name);
    else if (!(await release(kubectl, volume))) stays.ours.push(volume.metadata.name);
  }
  return stays;
};

/** Lets those go that a killed trial has left: its claims are gone by then. */
export const releaseLeftVolumes = async (kubectl: Kubectl): Promise<Staying> => {
  const isLeft = (volume: Manifest): boolean =>
    keeps(volume) &&
    at(volume, "status", "phase") === "Released" &&
    at(volume, "spec", "claimRef", "namespace") === kubectl.access.namespace &&
    String(at(volume, "spec", "claimRef", "name")).startsWith("touchstone-preflight-");
  const stays: Staying = { ours: [], others: [] };
  for (const volume of (await kubectl.list(VOLUMES)).filter(isLeft)) {
    if (!isMadeFor(volume, at(volume, "spec", "claimRef", "uid"))) stays.others.push(volume.metadata.name);
    else if (!(await release(kubectl, volume))) stays.ours.push(volume.metadata.name);
  }
  return stays;
};

/** What somebody has to do about them; nothing where none stays. */
export const stayingText = ({ ours, others }: Staying): string[] => [
  ...(ours.length === 0 ? [] : [`delete by hand what the trial has left, volume and disk: ${ours.join(", ")}`]),
  ...(others.length === 0
    ? []
    : [
        `was bound to the trial for a moment, and may have been there before: look what is in it, and clear its claimRef: ${others.join(", ")}`,
      ]),
];
