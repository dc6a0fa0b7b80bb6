/**
 * Messages of a dataplane over HTTPS, outward only: through a proxy where the environment names one (HTTPS_PROXY, NO_PROXY), and with
 * a certificate authority of one's own besides the known ones.
 */
import { readFileSync } from "node:fs";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { rootCertificates } from "node:tls";
import { userError } from "@touchstone/core/errors";
import type { Send } from "./client.ts";

export type HttpOptions = {
  /** Address of the control plane, without `/api`. */
  server: string;
  /** Path of a PEM file with further authorities. */
  authority?: string | undefined;
  environment?: NodeJS.ProcessEnv;
};

/** A message without an answer for so long has none. */
const TIMEOUT_MS = 60_000;

const authorities = (path: string | undefined): string[] | undefined => {
  if (path === undefined) return undefined;
  try {
    return [...rootCertificates, readFileSync(path, "utf8")];
  } catch {
    throw userError("OPTION_INVALID", "--ca", `the file ${path} cannot be read`);
  }
};

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

/** How to reach a control plane. Throws OPTION_INVALID. */
export const httpSend = ({ server, authority, environment = process.env }: HttpOptions): Send => {
  const base = URL.parse(server);
  if (base === null || !/^https?:$/.test(base.protocol))
    throw userError("OPTION_INVALID", "--server", "it is an address such as https://touchstone.example.org");
  const isSecure = base.protocol === "https:";
  const ca = authorities(authority);
  const settings = { keepAlive: true, proxyEnv: environment };
  const agent = isSecure ? new HttpsAgent({ ...settings, ...(ca === undefined ? {} : { ca }) }) : new HttpAgent(settings);
  const root = base.href.replace(/\/+$/, "");
  return (path, body, { token, signal, timeoutMs, trace = null }) =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(text),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(trace === null ? {} : { traceparent: trace }),
      };
      const options = { method: "POST", agent, headers, timeout: timeoutMs ?? TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
      const sent = (isSecure ? httpsRequest : httpRequest)(`${root}/api${path}`, options, (response) => {
        textOf(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: parsed(answer) }), reject);
      });
      sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
      sent.on("error", reject);
      sent.end(text);
    });
};
