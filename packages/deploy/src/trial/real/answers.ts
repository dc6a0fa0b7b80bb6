/** What an API server asks others: a node for the log of a container and for a command in it, and who the bearer of a token is. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { Duplex } from "node:stream";
import type { ClusterOptions } from "../cluster.ts";
import { execAnswer, refuseUpgrade } from "../exec.ts";
import { JsonObject } from "../fields.ts";
import { logAnswer, type Logs } from "../logs.ts";
import { specOf, textIn } from "../objects.ts";
import type { People } from "../people.ts";
import { refusal } from "../requests.ts";
import { CERTIFICATE, CERTIFICATE_KEY } from "../tls.ts";

export type Asked = {
  logs: Logs;
  pod: (namespace: string, name: string) => JsonObject | undefined;
  /** `log` is asked where `logs` say nothing of any pod. */
  options: Pick<ClusterOptions, "log" | "exec" | "people">;
};

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication */
const whoIs = (review: JsonObject, people: People | undefined): JsonObject => {
  const person = people?.get(textIn(specOf(review), "token") ?? "");
  const user: JsonObject = person === undefined ? {} : { username: person.name, uid: person.name, groups: [...(person.groups ?? [])] };
  return { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", status: { authenticated: person !== undefined, user } };
};

const textOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
};

/** What a kubelet is asked: /containerLogs/NAMESPACE/POD/CONTAINER, /exec/NAMESPACE/POD/CONTAINER. */
const questionIn = (request: IncomingMessage) => {
  const url = new URL(request.url ?? "/", "https://node");
  const [, kind = "", namespace = "", pod = "", container = ""] = url.pathname.split("/");
  return { url, kind, namespace, pod, container };
};

const answer = async (request: IncomingMessage, response: ServerResponse, { logs, pod: podAt, options }: Asked): Promise<void> => {
  const { log, people } = options;
  const { url, kind, namespace, pod, container } = questionIn(request);
  if (kind === "who") {
    const review = JsonObject.parse(JSON.parse(await textOf(request)));
    return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whoIs(review, people)));
  }
  if (kind !== "containerLogs") return void response.writeHead(404).end();
  url.searchParams.set("container", container);
  if (logs.size > 0) return logAnswer(logs, pod, url.searchParams, response);
  const object = podAt(namespace, pod);
  response.writeHead(200, { "content-type": "text/plain" }).end(object === undefined ? "" : (log?.(object) ?? ""));
};

/** A command in a pod: the server hands on the stream of who asks, for the nodes say that they take it (`nodes.ts`). */
const upgrade = (request: IncomingMessage, socket: Duplex, { pod: podAt, options: { exec } }: Asked): void => {
  socket.on("error", () => socket.destroy());
  const { url, kind, namespace, pod } = questionIn(request);
  const object = kind === "exec" ? podAt(namespace, pod) : undefined;
  if (exec === undefined || object === undefined)
    return refuseUpgrade(socket, 404, refusal(404, "NotFound", "there is no such pod to run a command in").body);
  execAnswer(request, socket, exec(object, url.searchParams.getAll("command")));
};

export type Answering = { port: number; close: () => Promise<void> };

/** Answers until it is closed. */
export const startAnswering = async (asked: Asked): Promise<Answering> => {
  const server = createServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, (request, response) => {
    answer(request, response, asked).catch((thrown: unknown) => response.writeHead(500).end(String(thrown)));
  });
  server.on("upgrade", (request, socket) => upgrade(request, socket, asked));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
