/** Which StorageClasses the volumes of a deployment are of. Pure. */
import { at, podTemplateOf, type Manifest } from "../kubernetes/manifest.ts";

const DEFAULT = "storageclass.kubernetes.io/is-default-class";

/** A volume that is asked for: by whom, and of which class; empty for the cluster's default. */
export type VolumeAsk = { by: string; storageClass: string };

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Volumes that these objects ask for: claims, those made for each worker, and those of CloudNativePG. */
export const volumeAsks = (objects: readonly Manifest[]): VolumeAsk[] =>
  objects.flatMap((object): VolumeAsk[] => {
    const by = `${object.kind} ${object.metadata.name}`;
    if (object.kind === "PersistentVolumeClaim") return [{ by, storageClass: text(at(object, "spec", "storageClassName")) }];
    if (object.kind === "Cluster") return [{ by, storageClass: text(at(object, "spec", "storage", "storageClass")) }];
    return (podTemplateOf(object)?.spec.volumes ?? []).flatMap((volume) =>
      at(volume, "ephemeral") === undefined
        ? []
        : [{ by, storageClass: text(at(volume, "ephemeral", "volumeClaimTemplate", "spec", "storageClassName")) }],
    );
  });

export const isDefault = ({ metadata }: Manifest): boolean => metadata.annotations?.[DEFAULT] === "true";

/** The class that a name means, where there is one. */
export const classNamed = (name: string, classes: readonly Manifest[]): Manifest | undefined =>
  name === "" ? classes.findLast(isDefault) : classes.find(({ metadata }) => metadata.name === name);

/** Its volumes stay when their claims are gone: one that was made to try it would too, unless it is set otherwise before. */
export const isKept = (storageClass: Manifest): boolean => storageClass["reclaimPolicy"] === "Retain";
/** Its volumes were made by hand, and may have something in them. */
const isByHand = (storageClass: Manifest): boolean => storageClass["provisioner"] === "kubernetes.io/no-provisioner";

/** Why a class is not tried, and what to do about it. */
export type Untried = { why: string; todo: string };

/** Null where it is tried. `mayChangeVolumes`: whether who asks may say that a volume goes with its claim. */
export const untriedBecause = (storageClass: Manifest, mayChangeVolumes: boolean): Untried | null => {
  if (isByHand(storageClass))
    return {
      why: "its volumes are made by hand and keep what is in them",
      todo: "see that there is one for each claim of this deployment",
    };
  return !isKept(storageClass) || mayChangeVolumes
    ? null
    : {
        why: "it keeps its volumes (reclaimPolicy Retain), and you may not patch persistentvolumes to let one go",
        todo: "let somebody look who may get, list and patch persistentvolumes, or make a claim by hand, and delete claim, volume and disk",
      };
};

/** The classes that are asked for, as they are asked for. */
export const askedClasses = (objects: readonly Manifest[]): string[] => [
  ...new Set(volumeAsks(objects).map(({ storageClass }) => storageClass)),
];

/** Those of them of which a claim is made to try them. */
export const triedClasses = (objects: readonly Manifest[], classes: readonly Manifest[], mayChangeVolumes: boolean): string[] =>
  askedClasses(objects).filter((asked) => {
    const found = classNamed(asked, classes);
    return found !== undefined && untriedBecause(found, mayChangeVolumes) === null;
  });
