/**
 * A request that a route's own contract accepts, made from that contract: least values of what is required, ids of real objects
 * where a name or a need says which. So tests call routes that were not there when the tests were written.
 */
import { z } from "zod";
import type { Need, Route } from "@touchstone/core/routes/contract";

/** Ids of objects by noun: `container` stands for `container_id`, for `{id}` below `/containers`, and for what needs name so. */
export type Ids = Readonly<Record<string, number | string>>;

type Schema = {
  $ref?: string;
  $defs?: Record<string, Schema>;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  type?: string;
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minItems?: number;
  minLength?: number;
  minimum?: number;
};

/** An id that no object has. */
const NOBODY = 999_999;

const nounOf = (key: string): string => key.replace(/_ids?$/, "");

let made = 0;

const text = ({ format, minLength = 1 }: Schema, key: string): string => {
  const word = `x${++made}`;
  if (format === "email" || key === "email") return `${word}@example.org`;
  if (format === "uuid") return "00000000-0000-4000-8000-000000000000";
  if (format === "date-time") return "2026-01-01T00:00:00Z";
  return word.padEnd(minLength, "x");
};

const exampleOf = (schema: Schema, key: string, ids: Ids, defs: Readonly<Record<string, Schema>>): unknown => {
  const inner = (part: Schema | undefined, name: string) => exampleOf(part ?? {}, name, ids, defs);
  if (schema.$ref !== undefined) return inner(defs[schema.$ref.slice("#/$defs/".length)], key);
  if ("const" in schema) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const [option] = (schema.anyOf ?? schema.oneOf ?? []).filter(({ type }) => type !== "null");
  if (option !== undefined) return inner(option, key);
  switch (schema.type) {
    case "object":
      return Object.fromEntries((schema.required ?? []).map((name) => [name, inner(schema.properties?.[name], name)]));
    case "array":
      return Array.from({ length: schema.minItems ?? 0 }, () => inner(schema.items, key));
    case "integer":
    case "number":
      return key.endsWith("_id") || key.endsWith("_ids") ? (ids[nounOf(key)] ?? NOBODY) : Math.max(schema.minimum ?? 1, 1);
    case "boolean":
      return false;
    default:
      return text(schema, key);
  }
};

const generated = (schema: z.ZodType, ids: Ids): unknown => {
  const json: Schema = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;
  return exampleOf(json, "", ids, json.$defs ?? {});
};

/** Puts a value at `a.*.b`; a list that is empty gets an element. */
const put = (target: unknown, steps: readonly string[], value: unknown): unknown => {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (step === "*")
    return Array.isArray(target) && target.length > 0 ? target.map((each) => put(each, rest, value)) : [put({}, rest, value)];
  const mapping = target !== null && typeof target === "object" ? target : {};
  return { ...mapping, [step]: put(Reflect.get(mapping, step), rest, value) };
};

const namesOf = (need: Need): readonly { noun: string; at: string }[] => (need.kind === "team" ? need.of : []);

/** With the ids of the objects that the route's needs name. */
const withNamed = (value: unknown, part: "query" | "body", need: Need, ids: Ids): unknown => {
  let result = value;
  for (const { noun, at } of namesOf(need)) {
    const [place, ...steps] = at.split(".");
    if (place === part) result = put(result, steps, ids[noun]);
  }
  return result;
};

/** `/containers/{id}/profiles/{profile_id}`: what each parameter is an id of. */
const pathOf = (route: Route, ids: Ids): { path: string; isKnown: boolean } => {
  let isKnown = true;
  const steps = route.path.split("/").map((step, at, all) => {
    if (!step.startsWith("{")) return step;
    const name = step.slice(1, -1);
    const named = namesOf(route.needs).find((one) => one.at === `params.${name}`);
    // The path says it more closely than the need: a computed field is a field as well.
    const own = name === "id" || name === "name" ? (all[at - 1] ?? "").replace(/s$/, "") : nounOf(name);
    const noun = ids[own] === undefined ? (named?.noun ?? own) : own;
    const id = ids[noun];
    if (id === undefined) isKnown = false;
    return String(id ?? (name === "name" ? "nobody" : NOBODY));
  });
  return { path: steps.join("/"), isKnown };
};

export type Example = {
  method: string;
  path: string;
  body: unknown;
  /** Whether every object of the path is one that exists. */
  isKnown: boolean;
  /** What of the example the contract does not accept; null when it is whole. */
  fault: string | null;
};

/** A request for a route. `given` is its body where none can be made from the contract. */
export const requestFor = (route: Route, ids: Ids, given: unknown): Example => {
  const { path, isKnown } = pathOf(route, ids);
  const query = route.query === undefined ? {} : withNamed(generated(route.query, ids), "query", route.needs, ids);
  const body = given ?? (route.body === undefined ? undefined : withNamed(generated(route.body, ids), "body", route.needs, ids));
  const entries = Object.entries(query as Record<string, unknown>).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)]),
  );
  const search = new URLSearchParams(entries).toString();
  const accepted = route.body?.safeParse(body);
  return {
    method: route.method,
    path: search === "" ? path : `${path}?${search}`,
    body,
    isKnown,
    fault: accepted === undefined || accepted.success ? null : z.prettifyError(accepted.error),
  };
};
