/** Whether the volumes that would be asked for can be made. */
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import type { Manifest } from "../kubernetes/manifest.ts";
import type { Check } from "./check.ts";
import { isDefault, volumeAsks, type VolumeAsk } from "./storage-classes.ts";

const ID = "storage";
const text = (value: unknown): string => (typeof value === "string" ? value : "");

const classFindings = (name: string, by: string, storage: Manifest): Finding[] => {
  const provisioner = text(storage["provisioner"]);
  const found = `StorageClass ${name} (${provisioner})`;
  const notes = [
    ...(/^kubernetes\.io\/(?!no-provisioner)/.test(provisioner)
      ? [note(ID, `${found} is of a driver that was taken out of Kubernetes`, "a CSI driver", "make a StorageClass of the CSI driver")]
      : []),
    ...(provisioner === "kubernetes.io/no-provisioner"
      ? [
          note(
            ID,
            `${found} makes no volumes by itself`,
            "a volume for each claim",
            "make the volumes by hand, or name a class that makes them",
          ),
        ]
      : []),
    ...(storage["allowVolumeExpansion"] === true
      ? []
      : [
          note(
            ID,
            `${found} lets no volume grow`,
            "allowVolumeExpansion: true",
            "set it before the volumes are full; what is there stays as it is",
          ),
        ]),
    ...(text(storage["volumeBindingMode"]) === "WaitForFirstConsumer"
      ? []
      : [
          note(
            ID,
            `${found} makes a volume before it is known where its pod runs`,
            "volumeBindingMode: WaitForFirstConsumer",
            "name another class, or the pod may wait for ever in another zone than its volume",
          ),
        ]),
  ];
  return [ok(ID, `${found} for ${by}`), ...notes];
};

/** What the classes of a cluster mean for the volumes that are asked for. */
export const judgeStorage = (asks: readonly VolumeAsk[], classes: readonly Manifest[]): Finding[] => {
  if (asks.length === 0) return [ok(ID, "no volume is asked for")];
  const defaults = classes.filter(isDefault).map(({ metadata }) => metadata.name);
  const names = classes.map(({ metadata }) => metadata.name).join(", ") || "none";
  return [...new Set(asks.map(({ storageClass }) => storageClass))].flatMap((asked): Finding[] => {
    const by = asks.filter(({ storageClass }) => storageClass === asked).map((ask) => ask.by);
    const some = by.length === 1 ? (by[0] ?? "") : `${by[0]} and ${by.length - 1} more`;
    const name = asked === "" ? defaults.at(-1) : asked;
    if (name === undefined)
      return [
        problem(
          ID,
          `no StorageClass is the default; there are: ${names}`,
          `one for ${some}`,
          "say cluster.storageClass in deployment.yaml, or mark one as the default",
        ),
      ];
    const found = classes.find(({ metadata }) => metadata.name === name);
    if (found === undefined)
      return [
        problem(
          ID,
          `there is no StorageClass ${name}; there are: ${names}`,
          `it, for ${some}`,
          "make it, or say another in cluster.storageClass",
        ),
      ];
    const many =
      asked === "" && defaults.length > 1
        ? [
            note(
              ID,
              `${defaults.length} StorageClasses are the default: ${defaults.join(", ")}`,
              "one",
              "say cluster.storageClass in deployment.yaml",
            ),
          ]
        : [];
    return [...classFindings(name, some, found), ...many];
  });
};

export const storage: Check = {
  id: ID,
  looks: "the StorageClasses that the volumes of this deployment are of",
  needs: "the named one, or one default; of a CSI driver, with expansion, bound when the pod is placed",
  look: async ({ rendered, site: { kubectl } }) => judgeStorage(volumeAsks(await rendered()), await kubectl.list("storageclasses")),
};
