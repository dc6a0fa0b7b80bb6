/** Messages of a dataplane over HTTP. */
import type { IncomingMessage } from "node:http";
import type { Send } from "./client.ts";
import { isLasting, networkFailure } from "./http-failure.ts";
import { httpReach, type HttpOptions } from "./http-reach.ts";

/** A message without an answer for so long has none. */
const TIMEOUT_MS = 60_000;

const textOf = async (response: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts).toString("utf8");
};

/** Something between the two (a proxy, a load balancer) may answer with a page. */
const parsed = (text: string): unknown => {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
};

/** How to send to a control plane; what does not pass by itself is rejected as a UserError. Throws OPTION_INVALID. */
export const httpSend = (options: HttpOptions): Send => {
  const { root, request } = httpReach(options);
  return (path, body, { token, signal, timeoutMs, trace = null }) =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(text),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(trace === null ? {} : { traceparent: trace }),
      };
      const settings = { method: "POST", headers, timeout: timeoutMs ?? TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
      const sent = request(`/api${path}`, settings, (response) => {
        textOf(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: parsed(answer) }), reject);
      });
      sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
      sent.on("error", (thrown) => reject(isLasting(thrown) ? networkFailure(root, thrown) : thrown));
      sent.end(text);
    });
};
