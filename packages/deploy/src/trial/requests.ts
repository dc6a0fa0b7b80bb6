/** What a request to a trial cluster does to its objects: the verbs of the API, with an API server's refusals. */
import { isDeepStrictEqual } from "node:util";
import type { Definition } from "../kubernetes/definition.ts";
import { fieldProblems } from "../kubernetes/validate.ts";
import { Manifest, podTemplateOf } from "../kubernetes/manifest.ts";
import { restrictedViolations } from "../kubernetes/restricted.ts";
import { meaningProblems } from "../kubernetes/semantics.ts";
import { TwiceInList, type JsonObject } from "./fields.ts";
import { definitionAt, mapOf, metadataOf, numberIn, specOf, textIn, type Objects, type Place } from "./objects.ts";
import { apply, write, type Owned } from "./ownership.ts";
import { RESOURCES, type Resource } from "./resources.ts";
import { patched } from "./strategic.ts";

export type Answer = { status: number; body: JsonObject };
export type Request = {
  verb: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  place: Place;
  subresource: string | null;
  body: JsonObject;
  /** How the body of a PATCH is meant. */
  patch: "apply" | "merge" | "strategic" | null;
  manager: string;
  force: boolean;
  dryRun: boolean;
};

export const refusal = (status: number, reason: string, message: string, causes: JsonObject[] = []): Answer => ({
  status,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", code: status, reason, message, details: { causes } },
});

const notFound = ({ resource, name }: Place): Answer => refusal(404, "NotFound", `${resource.plural} "${name}" not found`);
const ENFORCE = "pod-security.kubernetes.io/enforce";

/** Parts that cannot be changed once there: a way to them, by kind. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["selector"],
  Job: ["selector", "template"],
  PersistentVolumeClaim: ["storageClassName", "accessModes"],
  RoleBinding: ["roleRef"],
  ClusterRoleBinding: ["roleRef"],
};

const immutableChanges = ({ kind }: Resource, before: JsonObject, after: JsonObject): string[] =>
  (IMMUTABLE[kind] ?? []).filter((part) => {
    const [a, b] = kind.endsWith("RoleBinding") ? [before, after] : [specOf(before), specOf(after)];
    return !isDeepStrictEqual(a[part], b[part]);
  });

const NAMESPACES = RESOURCES.find(({ kind }) => kind === "Namespace");

/** Only the namespaces that say so are restricted. Kubernetes would warn of a Deployment and refuse its pods: here it is refused at once. */
const podSecurityProblems = (manifest: Manifest, namespace: string | null, objects: Objects): string[] => {
  if (namespace === null || NAMESPACES === undefined) return [];
  const within = objects.find({ resource: NAMESPACES, namespace: null, name: namespace })?.object;
  const level = textIn(mapOf(metadataOf(within ?? {})["labels"]), ENFORCE);
  const template = podTemplateOf(manifest);
  return level === "restricted" && template !== null
    ? restrictedViolations(template).map((why) => `violates PodSecurity "restricted:latest": ${why}`)
    : [];
};

/** An event is kept beside what it tells of. */
const elsewhere = ({ resource, namespace }: Place, object: JsonObject): string[] => {
  const where = textIn(mapOf(object["involvedObject"]), "namespace") ?? "";
  return resource.kind === "Event" && where !== namespace
    ? [`involvedObject.namespace: Invalid value: "${where}": does not match event.namespace`]
    : [];
};

/** Whether an object may be as it would be; null when it may. */
const judge = (place: Place, before: Owned | null, object: JsonObject, objects: Objects): Answer | null => {
  const parsed = Manifest.safeParse({ ...object, metadata: { ...metadataOf(object), name: place.name } });
  if (!parsed.success) return refusal(400, "BadRequest", parsed.error.message);
  const unknown = fieldProblems(parsed.data) ?? [];
  if (unknown.length > 0) return refusal(400, "BadRequest", `strict decoding error: ${unknown.join(", ")}`);
  const changed = before === null ? [] : immutableChanges(place.resource, before.object, object);
  const invalid = [
    ...meaningProblems(parsed.data),
    ...elsewhere(place, object),
    ...changed.map((part) => `spec.${part}: Invalid value: field is immutable`),
  ];
  if (invalid.length > 0) return refusal(422, "Invalid", `${place.resource.kind} "${place.name}" is invalid: ${invalid.join("; ")}`);
  const insecure = podSecurityProblems(parsed.data, place.namespace, objects);
  return insecure.length > 0
    ? refusal(403, "Forbidden", `${place.resource.plural} "${place.name}" is forbidden: ${insecure.join("; ")}`)
    : null;
};

/** RFC 7386. */
const merged = (into: JsonObject, patch: JsonObject): JsonObject => {
  const result: JsonObject = { ...into };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (typeof value === "object" && !Array.isArray(value)) result[key] = merged(mapOf(result[key]), value);
    else result[key] = value;
  }
  return result;
};

const patchedBy = (patch: Request["patch"], live: JsonObject, body: JsonObject, definition: Definition | null): JsonObject =>
  patch === "strategic" ? patched(live, body, definition) : merged(live, body);

/** Any address of the range that clusters usually have for services. */
const CLUSTER_IP = "10.96.0.10";

/** With what the server adds where nobody says it, as far as helm 3 asks for it. */
const completed = ({ resource }: Place, before: Owned | null, object: JsonObject): JsonObject => {
  const spec = specOf(object);
  if (resource.kind === "Deployment") return { ...object, spec: { replicas: 1, ...spec } };
  if (resource.kind !== "Service") return object;
  return { ...object, spec: { clusterIP: specOf(before?.object ?? {})["clusterIP"] ?? CLUSTER_IP, ...spec } };
};

/** When an object would have been made that is only tried. */
const timed = (object: JsonObject): JsonObject => ({
  ...object,
  metadata: { creationTimestamp: new Date().toISOString().replace(/\.\d+/, ""), ...metadataOf(object) },
});

const keep = (objects: Objects, place: Place, before: Owned | null, given: Owned, { dryRun }: Request): Answer => {
  const owned = { ...given, object: completed(place, before, given.object) };
  const refused = judge(place, before, owned.object, objects);
  if (refused !== null) return refused;
  return { status: before === null ? 201 : 200, body: dryRun ? timed(owned.object) : objects.save(place, owned) };
};

const applyRequest = (objects: Objects, request: Request, before: Owned | null): Answer => {
  const { place, manager, force } = request;
  const result = apply(before, request.body, { manager, force, definition: definitionAt(place.resource) });
  if (result.kind === "applied") return keep(objects, place, before, result.owned, request);
  const causes = result.conflicts.map(({ field, manager: other }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with "${other}"`,
    field: `.${field.replaceAll("/", ".")}`,
  }));
  const told = causes.map(({ message, field }) => `${message}: ${field}`).join(", ");
  return refusal(409, "Conflict", `Apply failed with ${causes.length} conflict${causes.length === 1 ? "" : "s"}: ${told}`, causes);
};

const scaleOf = ({ name, namespace }: Place, object: JsonObject): JsonObject => ({
  apiVersion: "autoscaling/v1",
  kind: "Scale",
  metadata: { name, namespace, resourceVersion: metadataOf(object)["resourceVersion"] ?? "" },
  spec: { replicas: numberIn(specOf(object), "replicas", 1) },
  status: { replicas: numberIn(specOf(object), "replicas", 1) },
});

const scale = (objects: Objects, request: Request, before: Owned): Answer => {
  const { place, verb, body, manager } = request;
  if (verb === "GET") return { status: 200, body: scaleOf(place, before.object) };
  const object = { ...before.object, spec: { ...specOf(before.object), replicas: numberIn(specOf(body), "replicas", 1) } };
  const answer = keep(objects, place, before, write(before, object, manager, definitionAt(place.resource)), request);
  return answer.status < 300 ? { status: 200, body: scaleOf(place, answer.body) } : answer;
};

/** Who writes over what somebody else has written since is refused (optimistic concurrency). */
const isOutdated = (body: JsonObject, before: Owned): boolean => {
  const seen = textIn(metadataOf(body), "resourceVersion");
  return seen !== null && seen !== "" && seen !== metadataOf(before.object)["resourceVersion"];
};

const replace = (objects: Objects, request: Request, before: Owned | null): Answer => {
  const { place, body, manager } = request;
  if (before === null) return notFound(place);
  if (isOutdated(body, before))
    return refusal(
      409,
      "Conflict",
      `Operation cannot be fulfilled on ${place.resource.plural} "${place.name}": the object has been modified; please apply your changes to the latest version and try again`,
    );
  return keep(objects, place, before, write(before, body, manager, definitionAt(place.resource)), request);
};

/** Whether it is another one than who deletes it has seen. */
const isOther = (body: JsonObject, before: Owned): boolean =>
  Object.entries(mapOf(body["preconditions"])).some(([key, value]) => value !== metadataOf(before.object)[key]);

const remove = (objects: Objects, { place, body, dryRun }: Request, before: Owned | null): Answer => {
  if (before !== null && isOther(body, before))
    return refusal(409, "Conflict", `Operation cannot be fulfilled on ${place.resource.plural} "${place.name}": Precondition failed`);
  return (dryRun ? before : objects.remove(place)) === null
    ? notFound(place)
    : { status: 200, body: { kind: "Status", apiVersion: "v1", status: "Success" } };
};

const change = (objects: Objects, request: Request): Answer => {
  const { verb, place, body, patch, manager, subresource } = request;
  const before = objects.find(place);
  if (subresource === "scale" && before !== null) return scale(objects, request, before);
  if (subresource !== null) return notFound(place);
  const definition = definitionAt(place.resource);
  switch (verb) {
    case "GET":
      return before === null ? notFound(place) : { status: 200, body: before.object };
    case "POST":
      if (before !== null) return refusal(409, "AlreadyExists", `${place.resource.plural} "${place.name}" already exists`);
      return keep(objects, place, null, write(null, body, manager, definition), request);
    case "PUT":
      return replace(objects, request, before);
    case "PATCH":
      if (patch === "apply") return applyRequest(objects, request, before);
      if (before === null) return notFound(place);
      return keep(objects, place, before, write(before, patchedBy(patch, before.object, body, definition), manager, definition), request);
    case "DELETE":
      return remove(objects, request, before);
    default:
      return verb satisfies never;
  }
};

/** What a Secret is given as text is kept as the bytes it means. */
const withoutText = ({ stringData, ...rest }: JsonObject): JsonObject => {
  if (stringData === undefined) return rest;
  const bytes = Object.entries(mapOf(stringData)).map(([key, value]): [string, string] => [
    key,
    Buffer.from(String(value)).toString("base64"),
  ]);
  return { ...rest, data: { ...mapOf(rest["data"]), ...Object.fromEntries(bytes) } };
};

/** Does what a request about one object asks for. */
export const answer = (objects: Objects, request: Request): Answer => {
  try {
    return change(objects, request.place.resource.kind === "Secret" ? { ...request, body: withoutText(request.body) } : request);
  } catch (thrown) {
    if (thrown instanceof TwiceInList) return refusal(422, "Invalid", thrown.message);
    throw thrown;
  }
};
