/**
 * Which proxy leads to a URL, as the environment says it: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in capitals or not. There is no
 * standard; this is what curl, Node's own agent and Go have in common (about.gitlab.com/blog/2021/01/27/we-need-to-talk-no-proxy).
 */
import { isIP } from "node:net";
import { inNetworks, readNetwork } from "./addresses.ts";

const PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

type Target = { host: string; port: string };

/** One entry of NO_PROXY: `*`, a host, a domain with all below it (`example.org`, `.example.org`, `*.example.org`), an address, a network; each with a port or not. */
const isExcepted = (entry: string, { host, port }: Target): boolean => {
  if (entry === "*") return true;
  const network = readNetwork(entry);
  if (network !== null) return isIP(host) !== 0 && inNetworks([network])(host);
  const [, name = entry, itsPort] = /^(.+?):(\d+)$/.exec(entry) ?? [];
  if (itsPort !== undefined && itsPort !== port) return false;
  const domain = name.replace(/^\*?\./, "");
  return host === domain || host.endsWith(`.${domain}`);
};

export const proxyOf = (environment: Readonly<Record<string, string | undefined>>) => {
  const read = (name: string): string | undefined => environment[name.toLowerCase()] || environment[name] || undefined;
  const excepted = (read("NO_PROXY") ?? "")
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "");
  return ({ protocol, hostname, port }: URL): string | null => {
    const host = hostname
      .replace(/^\[(.*)\]$/, "$1")
      .replace(/\.$/, "")
      .toLowerCase();
    const target = { host, port: port === "" ? (PORTS[protocol] ?? "") : port };
    if (excepted.some((entry) => isExcepted(entry, target))) return null;
    return read(protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY") ?? null;
  };
};
