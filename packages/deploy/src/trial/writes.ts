/** What is written into a trial cluster by who uses it, apart from what its controllers make of that: the moments at which tests kill. */
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "./fields.ts";
import { mapOf, metadataOf, textIn, type Seen } from "./objects.ts";
import { RESOURCES } from "./resources.ts";

/** Made by controllers, or of their making; of a Lease only that it is taken counts, for it is renewed by the clock. */
const OF_CONTROLLERS = new Set(["Event", "Lease", "Node", "PersistentVolumeClaim", "Pod", "ReplicaSet"]);
/** Metadata that change with the status, or are a controller's. */
const BESIDES = new Set(["annotations", "generation", "managedFields", "resourceVersion"]);
const REVISION = "deployment.kubernetes.io/revision";

const without = (map: JsonObject, keys: ReadonlySet<string>): JsonObject =>
  Object.fromEntries(Object.entries(map).filter(([key]) => !keys.has(key)));

/** All of an object that is not how it is with it. */
const gist = (object: JsonObject): JsonObject => {
  const metadata = metadataOf(object);
  const annotations = without(mapOf(metadata["annotations"]), new Set([REVISION]));
  return { ...without(object, new Set(["status"])), metadata: { ...without(metadata, BESIDES), annotations } };
};

const keyOf = (kind: string, object: JsonObject): string => `${kind}/${textIn(metadataOf(object), "name") ?? ""}`;

/** Tells of each write in a namespace from now on, until it is told to stop. */
export const onWrites = (objects: Seen, namespace: string, tell: () => void): (() => void) => {
  const known = new Map(
    RESOURCES.filter(({ namespaced }) => namespaced).flatMap((resource) =>
      objects.list(resource, namespace).map((object): [string, JsonObject] => [keyOf(resource.kind, object), gist(object)]),
    ),
  );
  return objects.listen((type, { kind }, object) => {
    if (type === "DELETED" || textIn(metadataOf(object), "namespace") !== namespace) return;
    const [key, now] = [keyOf(kind, object), gist(object)];
    const isSame = isDeepStrictEqual(known.get(key), now);
    known.set(key, now);
    if (!isSame && (!OF_CONTROLLERS.has(kind) || (kind === "Lease" && type === "ADDED"))) tell();
  });
};
