/**
 * A cluster for tests: the API of Kubernetes over HTTP on the loopback, objects in memory, controllers that pretend. It takes nothing
 * that an API server would refuse (fields, meaning, the restricted Pod Security Standard, changes of what cannot change, conflicts of
 * field owners), and runs nothing.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Duplex } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { forbidden, reviewed, verbOf, type May } from "./access.ts";
import { runControllers, type Fate } from "./controllers.ts";
import { groupsOf, OPENAPI_2, openApiOf, openApiRoots, resourceListOf, versionOf } from "./discovery.ts";
import { execAnswer, refuseUpgrade, type Exec } from "./exec.ts";
import { JsonObject } from "./fields.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { logAnswer, type Logs } from "./logs.ts";
import { mapOf, metadataOf, openObjects, textIn, type Objects, type Seen } from "./objects.ts";
import { escalation, mayOf, refused, type People } from "./people.ts";
import { readProtobuf } from "./protobuf.ts";
import { answer, refusal, type Answer, type Request } from "./requests.ts";
import { apiVersionOf, resourceOf, RESOURCES, type Resource } from "./resources.ts";
import { CERTIFICATE, CERTIFICATE_KEY } from "./tls.ts";
import { listed, watch } from "./watching.ts";

export type Cluster = {
  kubeconfig: string;
  /** A kubeconfig of who has this token. */
  kubeconfigOf: (token: string) => Promise<string>;
  /** As they are now; in a real cluster, a moment later. */
  objects: Seen;
  /** Asks for an object; null where there is none. */
  find: (kind: string, namespace: string, name: string) => Promise<JsonObject | null>;
  /** Names of objects that do not come to a good end, and images whose pods do not; may be changed while it runs. */
  failing: Set<string>;
  /** What a Secret holds, in base64; nothing where there is none. */
  secret: (namespace: string, name: string) => Promise<Record<string, string>>;
  /** Says how it is with an object, as its controller would. */
  setStatus: (kind: string, namespace: string, name: string, status: JsonObject) => Promise<void>;
  /** What containers have said; may be changed while it runs. */
  logs: Logs;
  /** What is in a namespace, as `kind/name`, besides events and what every namespace has. */
  names: (namespace: string) => Promise<string[]>;
  /** Waits until no pod of a namespace is about to go: one has its time to end. */
  gone: (namespace: string) => Promise<void>;
  close: () => Promise<void>;
};

export type ClusterOptions = {
  /** Whether kinds of operators are there: those of Prometheus, KEDA, the Gateway API, CloudNativePG. */
  operators?: boolean;
  /** Minor version: 35 of 1.35. */
  minor?: string;
  /** Who may come in, by token, and nobody else; `kubeconfig` is then of a master of the cluster. Without it nobody is asked who they are. */
  people?: People;
  /** What who asks may do, where nobody is asked who they are; everything where nothing is said. */
  may?: May;
  /** What a pod has written; nothing where nothing is said. */
  log?: (pod: JsonObject) => string;
  /** What a command in a pod says; nobody may run one where nothing is said. */
  exec?: Exec;
  /** How it is with a pod, instead of coming to its end. */
  podStatus?: Fate["podStatus"];
};

const MINOR = "35";

const bodyOf = async (request: IncomingMessage): Promise<JsonObject> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  const bytes = Buffer.concat(parts);
  if (bytes.length === 0) return {};
  // An apply patch is YAML, of which JSON is a part.
  return (request.headers["content-type"] ?? "").includes("protobuf")
    ? readProtobuf(bytes)
    : JsonObject.parse(parse(bytes.toString("utf8")));
};

/** Answers about the cluster itself; null for what is about objects. */
const aboutItself = (path: string, resources: readonly Resource[], minor: string): JsonObject | null => {
  if (path === "/version") return versionOf(minor);
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
  if (path === "/apis") return groupsOf(resources);
  if (path === "/openapi/v3") return openApiRoots(resources);
  if (path.startsWith("/openapi/v3/")) return openApiOf(path.slice("/openapi/v3/".length), resources);
  const [, apiVersion] = /^\/(?:api|apis)\/([^/]+(?:\/[^/]+)?)$/.exec(path) ?? [];
  return apiVersion !== undefined && resources.some((resource) => apiVersionOf(resource) === apiVersion)
    ? resourceListOf(apiVersion, resources)
    : null;
};

type Address = { resource: Resource; namespace: string | null; name: string | null; subresource: string | null };

/** What a path means, such as /apis/apps/v1/namespaces/quality/deployments/api/scale. */
const addressOf = (path: string, resources: readonly Resource[]): Address | null => {
  const parts = path.split("/").slice(1).map(decodeURIComponent);
  const apiVersion = parts[0] === "api" ? parts[1] : `${parts[1]}/${parts[2]}`;
  let rest = parts.slice(parts[0] === "api" ? 2 : 3);
  const isWithin = rest[0] === "namespaces" && rest.length > 2;
  const namespace = isWithin ? (rest[1] ?? null) : null;
  if (isWithin) rest = rest.slice(2);
  const resource = resources.find((one) => apiVersionOf(one) === apiVersion && one.plural === rest[0]);
  return resource === undefined ? null : { resource, namespace, name: rest[1] ?? null, subresource: rest[2] ?? null };
};

const VERBS: readonly Request["verb"][] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

const PATCHES = [
  ["apply-patch", "apply"],
  ["strategic-merge-patch", "strategic"],
  ["merge-patch", "merge"],
] as const;

const patchOf = (type: string): Request["patch"] | undefined => PATCHES.find(([name]) => type.includes(name))?.[1];

type Asked = { objects: Objects; address: Address; query: URLSearchParams; people: People | undefined };

const ask = async ({ objects, address, query, people }: Asked, request: IncomingMessage): Promise<Answer> => {
  const verb = VERBS.find((one) => one === request.method);
  const type = request.headers["content-type"] ?? "";
  const patch = verb === "PATCH" ? patchOf(type) : null;
  if (verb === undefined) return refusal(405, "MethodNotAllowed", `${String(request.method)} is not served`);
  if (patch === undefined) return refusal(415, "UnsupportedMediaType", `a patch of ${type} is not served`);
  const body = await bodyOf(request);
  const name = address.name ?? textIn(metadataOf(body), "name") ?? "";
  const given =
    people === undefined || verb === "GET" || verb === "DELETE"
      ? null
      : escalation(objects, people, request.headers.authorization, { ...address, name }, body);
  if (given !== null) return given;
  return answer(objects, {
    verb,
    place: { resource: address.resource, namespace: address.namespace, name },
    subresource: address.subresource,
    body,
    patch,
    manager: query.get("fieldManager") ?? (request.headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown",
    force: query.get("force") === "true",
    dryRun: query.get("dryRun") === "All",
  });
};

/** What a request about objects is refused or answered with before they are looked at; null where nothing stands in its way. */
const answeredBefore = async (address: Address, request: IncomingMessage, isWatch: boolean, may: May): Promise<Answer | null> => {
  const { resource, namespace, name, subresource } = address;
  const { group, plural, kind } = resource;
  if (kind === "SelfSubjectAccessReview") return reviewed(await bodyOf(request), may);
  const verb = verbOf(request.method ?? "GET", name !== null, isWatch);
  const wanted = { verb, group, resource: subresource === null ? plural : `${plural}/${subresource}`, namespace, name };
  return may(wanted) ? null : forbidden(wanted);
};

/** What who asks is told where they must not; null where they may. A review of what oneself may do is everybody's. */
const refusalOf = (
  objects: Objects,
  address: Address | null,
  people: People,
  request: IncomingMessage,
  isWatch: boolean,
): Answer | null => {
  const isReview = address?.resource.kind === "SelfSubjectAccessReview";
  const verb = verbOf(request.method ?? "GET", address?.name !== null, isWatch);
  return refused(objects, people, request.headers.authorization, address === null || isReview ? null : { ...address, verb });
};

type Ways = { objects: Objects; logs: Logs; resources: readonly Resource[]; options: ClusterOptions };

const handle = async ({ objects, logs, resources, options }: Ways, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? "/", "http://cluster");
  const send = ({ status, body }: Answer) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  const address = addressOf(url.pathname, resources);
  const isWatch = ["true", "1"].includes(url.searchParams.get("watch") ?? "");
  const { people, may = () => true } = options;
  const stopped = people === undefined ? null : refusalOf(objects, address, people, request, isWatch);
  if (stopped !== null) return send(stopped);
  if (url.pathname === "/openapi/v2") return void response.writeHead(200, { "content-type": OPENAPI_2.type }).end(OPENAPI_2.body);
  const itself = request.method === "GET" ? aboutItself(url.pathname, resources, options.minor ?? MINOR) : null;
  if (itself !== null) return send({ status: 200, body: itself });
  if (address === null) return send(refusal(404, "NotFound", "the server could not find the requested resource"));
  const asked = { ...address, query: url.searchParams };
  const theirs = people === undefined ? may : mayOf(objects, people, request.headers.authorization);
  const before = await answeredBefore(address, request, isWatch, theirs);
  if (before !== null) return send(before);
  if (address.subresource === "log") {
    if (logs.size > 0) return logAnswer(logs, address.name ?? "", url.searchParams, response);
    const pod = objects.find({ ...address, name: address.name ?? "" })?.object;
    return void response.writeHead(200, { "content-type": "text/plain" }).end(pod === undefined ? "" : (options.log?.(pod) ?? ""));
  }
  if (request.method !== "GET" || address.name !== null)
    return send(await ask({ objects, address, query: url.searchParams, people }, request));
  return isWatch ? watch(objects, asked, response) : send({ status: 200, body: listed(objects, asked) });
};

/** A request that goes over to a stream: a command in a pod. */
const upgrade = ({ objects, resources, options }: Ways, request: IncomingMessage, socket: Duplex): void => {
  socket.on("error", () => socket.destroy());
  const url = new URL(request.url ?? "/", "http://cluster");
  const address = addressOf(url.pathname, resources);
  const refuse = ({ status, body }: Answer): void => refuseUpgrade(socket, status, body);
  const stopped = options.people === undefined ? null : refusalOf(objects, address, options.people, request, false);
  if (stopped !== null) return refuse(stopped);
  const pod = address?.name == null ? undefined : objects.find({ ...address, name: address.name })?.object;
  if (options.exec === undefined || address?.subresource !== "exec" || pod === undefined)
    return refuse(refusal(404, "NotFound", "there is no such pod to run a command in"));
  execAnswer(request, socket, options.exec(pod, url.searchParams.getAll("command")));
};

/** Token of the master of a cluster that asks who comes. */
const MASTER = "trial-master";

export const startInMemory = async (options: ClusterOptions): Promise<Cluster> => {
  const { operators = true, podStatus, people } = options;
  people?.set(MASTER, { name: "trial", groups: ["system:masters"] });
  const resources = RESOURCES.filter(({ custom }) => operators || custom !== true);
  const objects = openObjects();
  const failing = new Set<string>();
  const logs: Logs = new Map();
  const fate: Fate = { fails: (name) => failing.has(name), ...(podStatus === undefined ? {} : { podStatus }) };
  const stopControllers = runControllers(objects, fate);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    handle({ objects, logs, resources, options }, request, response).catch((thrown: unknown) => {
      response.writeHead(500, { "content-type": "application/json" });
      response.end(JSON.stringify(refusal(500, "InternalError", String(thrown)).body));
    });
  };
  const server = people === undefined ? createServer(listener) : createSecureServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, listener);
  server.on("upgrade", (request, socket) => upgrade({ objects, logs, resources, options }, request, socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const origin = `${people === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), "touchstone-cluster-"));
  let count = 0;
  return {
    kubeconfig: await writeKubeconfig(origin, join(folder, "kubeconfig"), people === undefined ? null : MASTER),
    kubeconfigOf: (token) => writeKubeconfig(origin, join(folder, `kubeconfig-${++count}`), token),
    objects,
    failing,
    logs,
    find: async (kind, namespace, name) => objects.find({ resource: resourceOf(kind), namespace, name })?.object ?? null,
    secret: async (namespace, name) => {
      const data = mapOf(objects.find({ resource: resourceOf("Secret"), namespace, name })?.object["data"]);
      return Object.fromEntries(Object.keys(data).map((key) => [key, textIn(data, key) ?? ""]));
    },
    setStatus: async (kind, namespace, name, status) => objects.setStatus({ resource: resourceOf(kind), namespace, name }, status),
    names: async (namespace) =>
      resources
        .filter(({ namespaced, kind }) => namespaced && kind !== "Event")
        .flatMap((resource) => objects.list(resource, namespace))
        .map((object) => `${textIn(object, "kind") ?? ""}/${textIn(metadataOf(object), "name") ?? ""}`),
    gone: async () => undefined,
    close: async () => {
      stopControllers();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
};
