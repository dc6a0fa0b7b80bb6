/**
 * A cluster for tests: the API of Kubernetes over HTTP on the loopback, objects in memory, controllers that pretend. It takes nothing
 * that an API server would refuse (fields, meaning, the restricted Pod Security Standard, changes of what cannot change, conflicts of
 * field owners), and runs nothing.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { runControllers } from "./controllers.ts";
import { groupsOf, OPENAPI_2, openApiOf, openApiRoots, resourceListOf, versionOf } from "./discovery.ts";
import { JsonObject } from "./fields.ts";
import { metadataOf, openObjects, textIn, type Objects } from "./objects.ts";
import { logAnswer, type Logs } from "./logs.ts";
import { readProtobuf } from "./protobuf.ts";
import { answer, refusal, type Answer, type Request } from "./requests.ts";
import { apiVersionOf, RESOURCES, type Resource } from "./resources.ts";
import { listed, watch } from "./watching.ts";

export type Cluster = {
  kubeconfig: string;
  objects: Objects;
  /** Names of objects that do not come to a good end, and images whose pods do not; may be changed while it runs. */
  failing: Set<string>;
  /** What containers have said; may be changed while it runs. */
  logs: Logs;
  /** Kinds and names that are there, as `kind/name`. */
  names: (namespace: string) => string[];
  close: () => Promise<void>;
};

export type ClusterOptions = {
  /** Whether kinds of operators are there: those of Prometheus, KEDA, the Gateway API, CloudNativePG. */
  operators?: boolean;
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
const aboutItself = (path: string, resources: readonly Resource[]): JsonObject | null => {
  if (path === "/version") return versionOf(MINOR);
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

const patchOf = (type: string): Request["patch"] | undefined =>
  type.includes("apply-patch") ? "apply" : type.includes("merge-patch") && !type.includes("strategic") ? "merge" : undefined;

const ask = async (objects: Objects, address: Address, query: URLSearchParams, request: IncomingMessage): Promise<Answer> => {
  const verb = VERBS.find((one) => one === request.method);
  const type = request.headers["content-type"] ?? "";
  const patch = verb === "PATCH" ? patchOf(type) : null;
  if (verb === undefined) return refusal(405, "MethodNotAllowed", `${String(request.method)} is not served`);
  if (patch === undefined) return refusal(415, "UnsupportedMediaType", `a patch of ${type} is not served`);
  const body = await bodyOf(request);
  const name = address.name ?? textIn(metadataOf(body), "name") ?? "";
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

const handle = async (
  { objects, logs }: { objects: Objects; logs: Logs },
  resources: readonly Resource[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const url = new URL(request.url ?? "/", "http://cluster");
  const send = ({ status, body }: Answer) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (url.pathname === "/openapi/v2") return void response.writeHead(200, { "content-type": OPENAPI_2.type }).end(OPENAPI_2.body);
  const itself = request.method === "GET" ? aboutItself(url.pathname, resources) : null;
  if (itself !== null) return send({ status: 200, body: itself });
  const address = addressOf(url.pathname, resources);
  if (address === null) return send(refusal(404, "NotFound", "the server could not find the requested resource"));
  const asked = { ...address, query: url.searchParams };
  if (address.subresource === "log") return logAnswer(logs, address.name ?? "", url.searchParams, response);
  if (request.method !== "GET" || address.name !== null) return send(await ask(objects, address, url.searchParams, request));
  return url.searchParams.get("watch") === "true" || url.searchParams.get("watch") === "1"
    ? watch(objects, asked, response)
    : send({ status: 200, body: listed(objects, asked) });
};

const writeKubeconfig = async (port: number): Promise<{ folder: string; file: string }> => {
  const folder = await mkdtemp(join(tmpdir(), "touchstone-cluster-"));
  const file = join(folder, "kubeconfig");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "trial", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "trial", user: {} }],
    contexts: [{ name: "trial", context: { cluster: "trial", user: "trial" } }],
    "current-context": "trial",
  };
  await writeFile(file, stringify(config), { mode: 0o600 });
  return { folder, file };
};

export const startCluster = async ({ operators = true }: ClusterOptions = {}): Promise<Cluster> => {
  const resources = RESOURCES.filter(({ custom }) => operators || custom !== true);
  const objects = openObjects();
  const failing = new Set<string>();
  const logs: Logs = new Map();
  const stopControllers = runControllers(objects, { fails: (name) => failing.has(name) });
  const server = createServer((request, response) => {
    handle({ objects, logs }, resources, request, response).catch((thrown: unknown) => {
      response.writeHead(500, { "content-type": "application/json" });
      response.end(JSON.stringify(refusal(500, "InternalError", String(thrown)).body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const { folder, file } = await writeKubeconfig(typeof address === "object" && address !== null ? address.port : 0);
  return {
    kubeconfig: file,
    objects,
    failing,
    logs,
    names: (namespace) =>
      resources
        .flatMap((resource) => objects.list(resource, resource.namespaced ? namespace : null))
        .map((object) => `${textIn(object, "kind") ?? ""}/${textIn(metadataOf(object), "name") ?? ""}`),
    close: async () => {
      stopControllers();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
};
