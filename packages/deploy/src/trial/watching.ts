/** Lists and watches: which objects are meant, and how changes are told. */
import type { ServerResponse } from "node:http";
import type { JsonObject } from "./fields.ts";
import { mapOf, metadataOf, textIn, type Objects } from "./objects.ts";
import { apiVersionOf, type Resource } from "./resources.ts";

const labelsFit = (labels: JsonObject, selector: string): boolean =>
  selector.split(",").every((term) => {
    const [, key = "", operator = "", value = ""] = /^([^=!]+)(!=|==|=)(.*)$/.exec(term) ?? [];
    if (operator === "") return term.trim() in labels;
    return (labels[key] === value) === (operator !== "!=");
  });

const fieldsFit = (object: JsonObject, selector: string): boolean =>
  selector.split(",").every((term) => {
    const [, field = "", value = ""] = /^([^=]+)==?(.*)$/.exec(term) ?? [];
    const [part = "", key] = field.split(".");
    return (key === undefined ? textIn(object, part) : textIn(mapOf(object[part]), key)) === value;
  });

const fits = (object: JsonObject, query: URLSearchParams): boolean => {
  const [labels, fields] = [query.get("labelSelector"), query.get("fieldSelector")];
  return (
    (labels === null || labels === "" || labelsFit(mapOf(metadataOf(object)["labels"]), labels)) &&
    (fields === null || fields === "" || fieldsFit(object, fields))
  );
};

export type Asked = { resource: Resource; namespace: string | null; query: URLSearchParams };

const found = (objects: Objects, { resource, namespace, query }: Asked): JsonObject[] =>
  objects.list(resource, namespace).filter((object) => fits(object, query));

export const listed = (objects: Objects, asked: Asked): JsonObject => ({
  kind: `${asked.resource.kind}List`,
  apiVersion: apiVersionOf(asked.resource),
  metadata: { resourceVersion: objects.version() },
  items: found(objects, asked),
});

/** Tells changes until the other end has had enough. */
export const watch = (objects: Objects, asked: Asked, response: ServerResponse): void => {
  const { resource, namespace, query } = asked;
  const tell = (type: string, object: JsonObject) => response.write(`${JSON.stringify({ type, object })}\n`);
  response.writeHead(200, { "content-type": "application/json" });
  const initial = query.get("sendInitialEvents") === "true";
  const since = Number(query.get("resourceVersion") ?? 0);
  for (const object of found(objects, asked))
    if (initial || Number(textIn(metadataOf(object), "resourceVersion")) > since) tell("ADDED", object);
  if (initial)
    tell("BOOKMARK", {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { resourceVersion: objects.version(), annotations: { "k8s.io/initial-events-end": "true" } },
    });
  response.flushHeaders();
  const stop = objects.listen((type, of, object) => {
    if (of === resource && (namespace === null || textIn(metadataOf(object), "namespace") === namespace) && fits(object, query))
      tell(type, object);
  });
  response.on("close", stop);
};
