/** What is in a real cluster, as its watches tell it: to look at without asking, a moment behind the server. */
import type { JsonObject } from "../fields.ts";
import { metadataOf, textIn, type Listener, type Seen } from "../objects.ts";
import { rootOf, type Resource } from "../resources.ts";
import type { Api } from "./api.ts";

const keyOf = (namespace: string | null, name: string): string => `${namespace ?? ""}/${name}`;

/** Looks at these kinds from now on. */
export const openSeen = async (api: Api, resources: readonly Resource[]): Promise<Seen> => {
  const kept = new Map<Resource, Map<string, JsonObject>>();
  const listeners = new Set<Listener>();
  const ofKind = (resource: Resource): Map<string, JsonObject> => {
    const map = kept.get(resource) ?? new Map<string, JsonObject>();
    kept.set(resource, map);
    return map;
  };
  await Promise.all(
    resources.map((resource) => {
      const map = ofKind(resource);
      return api.follow(`/${rootOf(resource)}/${resource.plural}`, (type, given) => {
        const object = { ...given, apiVersion: rootOf(resource).replace(/^apis?\//, ""), kind: resource.kind };
        const key = keyOf(textIn(metadataOf(object), "namespace"), textIn(metadataOf(object), "name") ?? "");
        if (type === "DELETED") map.delete(key);
        else map.set(key, object);
        for (const listener of listeners) listener(type, resource, object);
      });
    }),
  );
  return {
    find: ({ resource, namespace, name }) => {
      const object = ofKind(resource).get(keyOf(namespace, name));
      return object === undefined ? null : { object, owners: new Map() };
    },
    list: (resource, namespace) =>
      [...ofKind(resource).values()].filter((object) => namespace === null || textIn(metadataOf(object), "namespace") === namespace),
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
