/**
 * An object as its fields: each leaf with the way to it. Lists that Kubernetes merges by keys (containers by name, ports by number and
 * protocol) are entered element by element; other lists, and maps that it takes as a whole, are leaves. This is how server-side apply
 * sees objects (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy).
 */
import { z } from "zod";
import { resolved, type Definition } from "../kubernetes/definition.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export const Json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(Json), z.record(z.string(), Json)]),
);
export const JsonObject: z.ZodType<JsonObject> = z.record(z.string(), Json);

/** A step on the way to a leaf: a key of a map, or an element of a list by its keys. */
type Step = { key: string } | { element: JsonObject };
export type Leaf = { steps: readonly Step[]; value: Json };
/** Leaves by the text of their way. */
export type Fields = ReadonlyMap<string, Leaf>;

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Where keys of a list are left out, they are the usual ones. */
const USUAL_KEYS: Readonly<Record<string, Json>> = { protocol: "TCP" };

const keysOf = (element: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.map((name) => [name, element[name] ?? USUAL_KEYS[name] ?? null]));

const textOf = (steps: readonly Step[]): string => steps.map((step) => ("key" in step ? step.key : JSON.stringify(step.element))).join("/");

/** The definition of what is below a key. */
export const inner = (definition: Definition | null, key: string): Definition | null => {
  const within = definition?.properties?.[key] ?? definition?.additionalProperties;
  return typeof within === "object" ? resolved(within) : null;
};

/** Thrown for a list that has two elements of the same keys: such an object has no fields. */
export class TwiceInList extends Error {}

const walk = (value: Json, definition: Definition | null, steps: readonly Step[], found: Map<string, Leaf>): void => {
  if (isObject(value) && Object.keys(value).length > 0 && definition?.["x-kubernetes-map-type"] !== "atomic") {
    for (const [key, one] of Object.entries(value)) walk(one, inner(definition, key), [...steps, { key }], found);
    return;
  }
  const names = definition?.["x-kubernetes-list-map-keys"];
  if (Array.isArray(value) && value.length > 0 && definition?.["x-kubernetes-list-type"] === "map" && names !== undefined) {
    const of = definition.items === undefined ? null : resolved(definition.items);
    const seen = new Set<string>();
    for (const element of value) {
      if (!isObject(element)) throw new Error(`${textOf(steps)} holds something that is no object`);
      const step = { element: keysOf(element, names) };
      if (seen.has(textOf([step]))) throw new TwiceInList(`duplicate entries for key ${JSON.stringify(step.element)} in ${textOf(steps)}`);
      seen.add(textOf([step]));
      walk(element, of, [...steps, step], found);
    }
    return;
  }
  found.set(textOf(steps), { steps, value });
};

/** The fields of an object, of a definition where there is one: without, every list is a leaf. */
export const fieldsOf = (object: JsonObject, definition: Definition | null): Fields => {
  const found = new Map<string, Leaf>();
  walk(object, definition, [], found);
  return found;
};

const elementOf = (list: Json[], keys: JsonObject, names: readonly string[]): JsonObject => {
  for (const element of list) if (isObject(element) && JSON.stringify(keysOf(element, names)) === JSON.stringify(keys)) return element;
  const added = structuredClone(keys);
  list.push(added);
  return added;
};

/** Sets one leaf in an object that is being put together. */
const put = (object: JsonObject, { steps, value }: Leaf): void => {
  let place = object;
  steps.forEach((step, at) => {
    if (!("key" in step)) return;
    const next = steps[at + 1];
    if (next === undefined) {
      place[step.key] = structuredClone(value);
    } else if ("key" in next) {
      const child = place[step.key];
      const map = isObject(child) ? child : {};
      place[step.key] = map;
      place = map;
    } else {
      const child = place[step.key];
      const list = Array.isArray(child) ? child : [];
      place[step.key] = list;
      place = elementOf(list, next.element, Object.keys(next.element));
    }
  });
};

/** The object that has these fields. */
export const objectOf = (fields: Fields): JsonObject => {
  const object: JsonObject = {};
  for (const leaf of fields.values()) put(object, leaf);
  return object;
};

export const sameJson = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
