/**
 * A strategic merge patch, as kubectl and helm 3 send them: maps are merged, lists whose elements have a key are merged by it, what is
 * null goes, and directives say the rest ($patch, $retainKeys, $deleteFromPrimitiveList, $setElementOrder). Pure.
 * https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
import { resolved, type Definition } from "../kubernetes/definition.ts";
import { inner, isObject, sameJson, type Json, type JsonObject } from "./fields.ts";

const PATCH = "$patch";
const RETAIN = "$retainKeys";
const LIST_DIRECTIVE = /^\$(deleteFromPrimitiveList|setElementOrder)\/(.+)$/;

const merges = (definition: Definition | null): boolean => (definition?.["x-kubernetes-patch-strategy"] ?? "").split(",").includes("merge");

const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

type OfElements = { key: string; definition: Definition | null };

/** Merges elements by their key; one that says `$patch: delete` goes, and so do all others where one says `$patch: replace`. */
const mergedElements = (before: readonly Json[], patch: readonly Json[], { key, definition }: OfElements): Json[] => {
  const given = patch.filter(isObject);
  const result = given.some((one) => one[PATCH] === "replace") ? [] : [...before];
  for (const element of given) {
    const at = result.findIndex((one) => isObject(one) && sameJson(one[key], element[key]));
    const live = result[at];
    if (element[PATCH] === "replace") continue;
    if (element[PATCH] === "delete") {
      if (at >= 0) result.splice(at, 1);
    } else if (isObject(live)) result[at] = patched(live, element, definition);
    else result.push(patched({}, element, definition));
  }
  return result;
};

const mergedLists = (before: readonly Json[], patch: readonly Json[], definition: Definition | null): Json[] => {
  if (!merges(definition)) return [...patch];
  const key = definition?.["x-kubernetes-patch-merge-key"];
  if (key !== undefined)
    return mergedElements(before, patch, { key, definition: definition?.items === undefined ? null : resolved(definition.items) });
  return [...before, ...patch.filter((one) => !before.some((other) => sameJson(one, other)))];
};

/** Elements that the order names come in it, where others were the others stay. */
const ordered = (list: readonly Json[], order: readonly Json[], key: string | undefined): Json[] => {
  const placeOf = (element: Json): number =>
    order.findIndex((one) =>
      key !== undefined && isObject(one) && isObject(element) ? sameJson(one[key], element[key]) : sameJson(one, element),
    );
  const named = list.filter((one) => placeOf(one) >= 0).toSorted((a, b) => placeOf(a) - placeOf(b));
  return list.map((one) => (placeOf(one) >= 0 ? (named.shift() ?? one) : one));
};

/** What directives about a list beside them say: which elements go, and their order. */
const directed = (result: JsonObject, patch: JsonObject, definition: Definition | null): void => {
  for (const [name, value] of Object.entries(patch)) {
    const [, directive, field = ""] = LIST_DIRECTIVE.exec(name) ?? [];
    const list = result[field];
    if (directive === undefined || !Array.isArray(list)) continue;
    result[field] =
      directive === "setElementOrder"
        ? ordered(list, listOf(value), inner(definition, field)?.["x-kubernetes-patch-merge-key"])
        : list.filter((one) => !listOf(value).some((other) => sameJson(one, other)));
  }
};

/** An object with a patch of its definition; without one, as of what Kubernetes does not know, lists are replaced. */
export const patched = (live: JsonObject, patch: JsonObject, definition: Definition | null): JsonObject => {
  const kept = patch[RETAIN] === undefined ? null : new Set(listOf(patch[RETAIN]));
  const result: JsonObject =
    patch[PATCH] === "replace" ? {} : Object.fromEntries(Object.entries(live).filter(([key]) => kept === null || kept.has(key)));
  if (patch[PATCH] === "delete") return {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$")) continue;
    const before = result[key];
    if (value === null) delete result[key];
    else if (isObject(value)) result[key] = patched(isObject(before) ? before : {}, value, inner(definition, key));
    else if (Array.isArray(value)) result[key] = mergedLists(listOf(before), value, inner(definition, key));
    else result[key] = value;
  }
  directed(result, patch, definition);
  return result;
};
