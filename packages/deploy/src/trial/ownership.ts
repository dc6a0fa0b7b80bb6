/**
 * Who owns which field, and what becomes of it: server-side apply with its conflicts, and plain writes, which take what they change
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/). Pure: objects and owners in, objects and owners out.
 */
import type { Definition } from "../kubernetes/definition.ts";
import { fieldsOf, objectOf, sameJson, type Fields, type JsonObject } from "./fields.ts";

/** Ways of fields by the name of who set them last. */
export type Owners = ReadonlyMap<string, ReadonlySet<string>>;
export type Owned = { object: JsonObject; owners: Owners };
export type Conflict = { field: string; manager: string };
export type Applied = { kind: "applied"; owned: Owned } | { kind: "conflict"; conflicts: Conflict[] };

/** What the server keeps about an object is nobody's. */
const isServers = (field: string): boolean =>
  /^(apiVersion|kind|status)(\/|$)/.test(field) ||
  /^metadata\/(name|namespace|uid|resourceVersion|generation|creationTimestamp|managedFields)(\/|$)/.test(field);

const claimable = (fields: Fields): Set<string> => new Set([...fields.keys()].filter((field) => !isServers(field)));

const without = (owners: Owners, taken: ReadonlySet<string>, keeper: string): Map<string, ReadonlySet<string>> =>
  new Map([...owners].map(([manager, fields]) => [manager, manager === keeper ? fields : fields.difference(taken)]));

/** A field that is given by one and lies under, or above, what another owns is the same field. */
const ownersOf = (owners: Owners, field: string, besides: string): string[] =>
  [...owners].flatMap(([manager, fields]) => (manager !== besides && fields.has(field) ? [manager] : []));

export type Apply = { manager: string; force: boolean; definition: Definition | null };

/** Applies what a manager wants. What it wanted before and does not any more goes, unless somebody else wants it too. */
export const apply = (live: Owned | null, wanted: JsonObject, { manager, force, definition }: Apply): Applied => {
  const given = fieldsOf(wanted, definition);
  const claimed = claimable(given);
  const before = fieldsOf(live?.object ?? {}, definition);
  const owners = live?.owners ?? new Map<string, ReadonlySet<string>>();
  const changed = new Set([...claimed].filter((field) => !sameJson(before.get(field)?.value, given.get(field)?.value)));
  const conflicts = [...changed].flatMap((field) => ownersOf(owners, field, manager).map((other) => ({ field, manager: other })));
  if (conflicts.length > 0 && !force) return { kind: "conflict", conflicts };
  const dropped = (owners.get(manager) ?? new Set<string>()).difference(claimed);
  const merged = new Map(before);
  for (const field of dropped) if (ownersOf(owners, field, manager).length === 0) merged.delete(field);
  for (const [field, leaf] of given) merged.set(field, leaf);
  // An empty map or list that has something in it now is no leaf any more.
  for (const field of given.keys()) for (const parent of parentsOf(field)) if (!given.has(parent)) merged.delete(parent);
  return { kind: "applied", owned: { object: objectOf(merged), owners: without(owners, changed, manager).set(manager, claimed) } };
};

const parentsOf = (field: string): string[] => {
  const steps = field.split("/");
  return steps.slice(1).map((_, at) => steps.slice(0, at + 1).join("/"));
};

/** A plain write: the object becomes what was sent, and who sent it owns what changed. */
export const write = (live: Owned | null, object: JsonObject, manager: string, definition: Definition | null): Owned => {
  const before = fieldsOf(live?.object ?? {}, definition);
  const after = fieldsOf(object, definition);
  const owners = live?.owners ?? new Map<string, ReadonlySet<string>>();
  const there = claimable(after);
  const changed = new Set([...there].filter((field) => !sameJson(before.get(field)?.value, after.get(field)?.value)));
  const kept = new Map([...without(owners, changed, manager)].map(([name, fields]) => [name, fields.intersection(there)]));
  return { object, owners: kept.set(manager, (kept.get(manager) ?? new Set<string>()).union(changed)) };
};
