/** What an API server asks others: a node for the log of a container, and who the bearer of a token is. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { JsonObject } from "../fields.ts";
import { logAnswer, type Logs } from "../logs.ts";
import { specOf, textIn } from "../objects.ts";
import type { People } from "../people.ts";
import { CERTIFICATE, CERTIFICATE_KEY } from "../tls.ts";

export type Asked = {
  logs: Logs;
  /** What a pod has written, where `logs` say nothing of any. */
  log: (namespace: string, pod: string) => string;
  people: People | undefined;
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

const answer = async (request: IncomingMessage, response: ServerResponse, { logs, log, people }: Asked): Promise<void> => {
  const url = new URL(request.url ?? "/", "https://node");
  const [, kind, namespace = "", pod = "", container = ""] = url.pathname.split("/");
  if (kind === "who") {
    const review = JsonObject.parse(JSON.parse(await textOf(request)));
    return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whoIs(review, people)));
  }
  if (kind !== "containerLogs") return void response.writeHead(404).end();
  url.searchParams.set("container", container);
  if (logs.size > 0) return logAnswer(logs, pod, url.searchParams, response);
  response.writeHead(200, { "content-type": "text/plain" }).end(log(namespace, pod));
};

export type Answering = { port: number; close: () => Promise<void> };

/** Answers until it is closed. */
export const startAnswering = async (asked: Asked): Promise<Answering> => {
  const server = createServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, (request, response) => {
    answer(request, response, asked).catch((thrown: unknown) => response.writeHead(500).end(String(thrown)));
  });
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
