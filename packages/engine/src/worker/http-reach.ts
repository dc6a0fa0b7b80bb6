/**
 * Requests to a control plane from Node, outward only: through a proxy where the environment names one (HTTPS_PROXY, NO_PROXY), and
 * with a certificate authority of one's own: besides the known ones, or alone where the control plane is in the same cluster.
 */
import { readFileSync } from "node:fs";
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { rootCertificates } from "node:tls";
import { TLS_OLDEST } from "@touchstone/core/client/tls-oldest";
import { userError } from "@touchstone/core/errors";

export type HttpOptions = {
  /** Address of the control plane, without `/api`. */
  server: string;
  /** Path of a PEM file with further authorities. */
  authority?: string | undefined;
  /** Path of a PEM file with the only authorities that are trusted; it is read again when it changes. */
  serverAuthority?: string | undefined;
  /** Past any proxy: the control plane is in the same network. */
  direct?: boolean;
  environment?: NodeJS.ProcessEnv;
};

export type HttpReach = {
  /** The address without a slash at its end. */
  root: string;
  request: (path: string, options: RequestOptions, onResponse: (response: IncomingMessage) => void) => ClientRequest;
};

const besides = (path: string | undefined): string[] | undefined => {
  if (path === undefined) return undefined;
  try {
    return [...rootCertificates, readFileSync(path, "utf8")];
  } catch {
    throw userError("OPTION_INVALID", "--authority", `the file ${path} cannot be read`);
  }
};

/**
 * The authorities of a file, for each new connection as they are then: a Secret's files are replaced under a process that runs. Meanwhile
 * there may be none, or a half: then it is the one before. Throws OPTION_INVALID where there was none.
 */
const alone = (path: string | undefined): (() => { ca?: string; allowPartialTrustChain?: true }) => {
  if (path === undefined) return () => ({});
  let last: string | null = null;
  const read = (): string => {
    try {
      const text = readFileSync(path, "utf8");
      if (text.includes("-----END CERTIFICATE-----")) last = text;
    } catch {
      // What was read before holds.
    }
    if (last === null) throw userError("OPTION_INVALID", "--server-authority", `${path} cannot be read, or holds no certificates in PEM`);
    return last;
  };
  read();
  // It is trusted itself, whoever has issued it: the authority of a cluster is often one of a company's.
  return () => ({ ca: read(), allowPartialTrustChain: true });
};

/** How to reach a control plane. Throws OPTION_INVALID. */
export const httpReach = ({ server, authority, serverAuthority, direct = false, environment = process.env }: HttpOptions): HttpReach => {
  const base = URL.parse(server);
  if (base === null || !/^https?:$/.test(base.protocol))
    throw userError("OPTION_INVALID", "--server", "it is an address such as https://touchstone.example.org");
  const isSecure = base.protocol === "https:";
  const ca = besides(authority);
  const only = alone(serverAuthority);
  if (serverAuthority !== undefined && !isSecure)
    throw userError("OPTION_INVALID", "--server-authority", `it is for https, and ${base.origin} is none`);
  const settings = { keepAlive: true, ...(direct ? {} : { proxyEnv: environment }) };
  // What an agent is made with holds over what a request says: with both files, the only authorities are those of the second.
  const trust = ca === undefined || serverAuthority !== undefined ? {} : { ca };
  const agent = isSecure ? new HttpsAgent({ ...settings, ...trust }) : new HttpAgent(settings);
  const root = base.href.replace(/\/+$/, "");
  return {
    root,
    request: (path, options, onResponse) =>
      isSecure
        ? httpsRequest(`${root}${path}`, { agent, minVersion: TLS_OLDEST, ...only(), ...options }, onResponse)
        : httpRequest(`${root}${path}`, { agent, ...options }, onResponse),
  };
};
