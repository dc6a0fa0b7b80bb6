/** The objects of a trial cluster, with their owners, versions, and those who watch. */
import { randomUUID } from "node:crypto";
import type { Definition } from "../kubernetes/definition.ts";
import { definitionOf } from "../kubernetes/definition.ts";
import { JsonObject, sameJson, type Json } from "./fields.ts";
import type { Owned } from "./ownership.ts";
import { apiVersionOf, type Resource } from "./resources.ts";

export type Place = { resource: Resource; namespace: string | null; name: string };
export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";
export type Listener = (type: ChangeType, resource: Resource, object: JsonObject) => void;

const mapOf = (value: Json | undefined): JsonObject => JsonObject.safeParse(value).data ?? {};
export const metadataOf = (object: JsonObject): JsonObject => mapOf(object["metadata"]);
export const specOf = (object: JsonObject): JsonObject => mapOf(object["spec"]);
export const textIn = (map: JsonObject, key: string): string | null => {
  const value = map[key];
  return typeof value === "string" ? value : null;
};
export const numberIn = (map: JsonObject, key: string, otherwise: number): number => {
  const value = map[key];
  return typeof value === "number" ? value : otherwise;
};
export { mapOf };

export const definitionAt = (resource: Resource): Definition | null =>
  definitionOf({ apiVersion: apiVersionOf(resource), kind: resource.kind });

const keyOf = ({ resource, namespace, name }: Place): string => [resource.group, resource.plural, namespace ?? "", name].join("/");

export type Objects = {
  find: (place: Place) => Owned | null;
  list: (resource: Resource, namespace: string | null) => JsonObject[];
  /** Puts an object in its place, as new or changed; its generation grows when its specification is another. */
  save: (place: Place, owned: Owned) => JsonObject;
  /** Says how it is with an object, which is no change of it. */
  setStatus: (place: Place, status: JsonObject) => void;
  remove: (place: Place) => JsonObject | null;
  version: () => string;
  listen: (listener: Listener) => () => void;
};

/** What somebody sees who only looks. */
export type Seen = Pick<Objects, "find" | "list" | "listen">;

/** Ids of those that an object belongs to. */
const ownersOf = (object: JsonObject): (Json | undefined)[] => {
  const owners = metadataOf(object)["ownerReferences"];
  return Array.isArray(owners) ? owners.map((owner: Json) => mapOf(owner)["uid"]) : [];
};

export const openObjects = (): Objects => {
  const stored = new Map<string, { place: Place; owned: Owned }>();
  const listeners = new Set<Listener>();
  let version = 1;
  const tell: Listener = (type, resource, object) => {
    for (const listener of listeners) listener(type, resource, object);
  };
  const save = (place: Place, { object, owners }: Owned): JsonObject => {
    const before = stored.get(keyOf(place))?.owned.object;
    const known = metadataOf(before ?? {});
    const isOther = before !== undefined && !sameJson(before["spec"], object["spec"]);
    const saved: JsonObject = {
      ...object,
      apiVersion: apiVersionOf(place.resource),
      kind: place.resource.kind,
      metadata: {
        ...metadataOf(object),
        name: place.name,
        ...(place.namespace === null ? {} : { namespace: place.namespace }),
        uid: known["uid"] ?? randomUUID(),
        creationTimestamp: known["creationTimestamp"] ?? new Date().toISOString().replace(/\.\d+/, ""),
        generation: numberIn(known, "generation", 0) + (before === undefined || isOther ? 1 : 0),
        resourceVersion: String(++version),
      },
      ...(before?.["status"] === undefined ? {} : { status: before["status"] }),
    };
    stored.set(keyOf(place), { place, owned: { object: saved, owners } });
    tell(before === undefined ? "ADDED" : "MODIFIED", place.resource, saved);
    return saved;
  };
  /** What belongs to an object goes after it, as Kubernetes' garbage collector does it. */
  const remove = (place: Place): JsonObject | null => {
    const entry = stored.get(keyOf(place));
    if (entry === undefined) return null;
    stored.delete(keyOf(place));
    const gone = { ...entry.owned.object, metadata: { ...metadataOf(entry.owned.object), resourceVersion: String(++version) } };
    tell("DELETED", place.resource, gone);
    const uid = metadataOf(gone)["uid"];
    for (const other of stored.values()) if (ownersOf(other.owned.object).includes(uid)) remove(other.place);
    return gone;
  };
  return {
    find: (place) => stored.get(keyOf(place))?.owned ?? null,
    list: (resource, namespace) =>
      [...stored.values()]
        .filter(({ place }) => place.resource === resource && (namespace === null || place.namespace === namespace))
        .map(({ owned }) => owned.object),
    save,
    setStatus: (place, status) => {
      const entry = stored.get(keyOf(place));
      if (entry === undefined) return;
      const { object, owners } = entry.owned;
      const changed = { ...object, status, metadata: { ...metadataOf(object), resourceVersion: String(++version) } };
      stored.set(keyOf(place), { place, owned: { object: changed, owners } });
      tell("MODIFIED", place.resource, changed);
    },
    remove,
    version: () => String(version),
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
