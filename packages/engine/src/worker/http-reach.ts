/**
 * Requests to a control plane from Node, outward only: through a proxy where the environment names one (HTTPS_PROXY, NO_PROXY), and
 * with a certificate authority of one's own besides the known ones.
 */
import { readFileSync } from "node:fs";
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { rootCertificates } from "node:tls";
import { userError } from "@touchstone/core/errors";

export type HttpOptions = {
  /** Address of the control plane, without `/api`. */
  server: string;
  /** Path of a PEM file with further authorities. */
  authority?: string | undefined;
  environment?: NodeJS.ProcessEnv;
};

export type HttpReach = {
  /** The address without a slash at its end. */
  root: string;
  request: (path: string, options: RequestOptions, onResponse: (response: IncomingMessage) => void) => ClientRequest;
};

const authorities = (path: string | undefined): string[] | undefined => {
  if (path === undefined) return undefined;
  try {
    return [...rootCertificates, readFileSync(path, "utf8")];
  } catch {
    throw userError("OPTION_INVALID", "--authority", `the file ${path} cannot be read`);
  }
};

/** How to reach a control plane. Throws OPTION_INVALID. */
export const httpReach = ({ server, authority, environment = process.env }: HttpOptions): HttpReach => {
  const base = URL.parse(server);
  if (base === null || !/^https?:$/.test(base.protocol))
    throw userError("OPTION_INVALID", "--server", "it is an address such as https://touchstone.example.org");
  const isSecure = base.protocol === "https:";
  const ca = authorities(authority);
  const settings = { keepAlive: true, proxyEnv: environment };
  const agent = isSecure ? new HttpsAgent({ ...settings, ...(ca === undefined ? {} : { ca }) }) : new HttpAgent(settings);
  const root = base.href.replace(/\/+$/, "");
  return {
    root,
    request: (path, options, onResponse) => (isSecure ? httpsRequest : httpRequest)(`${root}${path}`, { agent, ...options }, onResponse),
  };
};
