/** Logs of containers as the API serves them: what a test says they have said. */
import type { ServerResponse } from "node:http";
import { refusal } from "./requests.ts";

/** By `pod/container`, and `pod/container/previous` for the one before. A pod of which nothing is said has said nothing. */
export type Logs = Map<string, string>;

const lastLines = (text: string, count: number): string => {
  const lines = text.split("\n");
  const ended = text.endsWith("\n") ? 1 : 0;
  return lines.slice(Math.max(0, lines.length - ended - count)).join("\n");
};

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.35/#read-log-pod-v1-core, as far as it is asked. */
export const logAnswer = (logs: Logs, pod: string, query: URLSearchParams, response: ServerResponse): void => {
  const container = query.get("container") ?? "";
  const isPrevious = query.get("previous") === "true";
  const text = logs.get(isPrevious ? `${pod}/${container}/previous` : `${pod}/${container}`);
  if (text === undefined && isPrevious) {
    const { status, body } = refusal(400, "BadRequest", `previous terminated container "${container}" in pod "${pod}" not found`);
    return void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }
  const tail = lastLines(text ?? "", Number(query.get("tailLines") ?? Number.MAX_SAFE_INTEGER));
  const bytes = Buffer.from(tail).subarray(0, Number(query.get("limitBytes") ?? Number.MAX_SAFE_INTEGER));
  response.writeHead(200, { "content-type": "text/plain" }).end(bytes);
};
