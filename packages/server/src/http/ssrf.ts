/**
 * Requests to addresses that users gave (server-side request forgery, OWASP). A name is resolved first, each of its addresses must
 * be public, and the connection goes to an address that was looked at: what the name means a moment later does not matter. What an
 * operator has in their own network is named in a setting. A redirect is a new address, and looked at like one.
 */
import { lookup } from "node:dns/promises";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { userError } from "@touchstone/core/errors";
import { inNetworks, plainAddress, readNetwork, type Network } from "./addresses.ts";
import { proxyOf } from "./proxy.ts";

const TIMEOUT_MS = 10_000;
/** Metadata of a federation's single member, keys and tokens are kilobytes. */
const ANSWER_BYTES_MAX = 2 * 1024 ** 2;
const REDIRECTS_MAX = 3;

/** What is not on the public Internet, by the IANA registries of special-purpose addresses, and two cloud addresses that look public. */
const SPECIAL: readonly (readonly [string, string])[] = [
  ["0.0.0.0/8", "this host"],
  ["10.0.0.0/8", "a private network"],
  ["100.64.0.0/10", "a carrier's network"],
  ["127.0.0.0/8", "this host"],
  ["169.254.0.0/16", "link-local, where clouds keep credentials"],
  ["172.16.0.0/12", "a private network"],
  ["192.0.0.0/24", "reserved"],
  ["192.0.2.0/24", "for documentation"],
  ["192.88.99.0/24", "a relay"],
  ["192.168.0.0/16", "a private network"],
  ["198.18.0.0/15", "for benchmarks"],
  ["198.51.100.0/24", "for documentation"],
  ["203.0.113.0/24", "for documentation"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  // Azure's host agent answers here: learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
  ["168.63.129.16/32", "a cloud's own service"],
  ["2001::/23", "a tunnel or reserved"],
  ["2001:db8::/32", "for documentation"],
  ["2002::/16", "a tunnel"],
  ["3fff::/20", "for documentation"],
];
const special = SPECIAL.map(([text, reason]) => ({ within: inNetworks([networkOf(text)]), reason }));
/** The only part of IPv6 that is given out to the Internet. Loopback, private, link-local, multicast and mapped ones lie outside. */
const isGlobalUnicast = inNetworks([networkOf("2000::/3")]);

function networkOf(text: string): Network {
  const network = readNetwork(text);
  if (network === null) throw new Error(`not a network: ${text}`);
  return network;
}

/** Why an address is not asked; null for a public one. */
export const notPublic = (address: string): string | null => {
  const plain = plainAddress(address);
  if (isIP(plain) === 0) return "not an address";
  const found = special.find(({ within }) => within(plain));
  if (found !== undefined) return found.reason;
  return isIP(plain) === 6 && !isGlobalUnicast(plain) ? "not on the public Internet" : null;
};

export type Outbound = {
  /** Hosts and networks of the operator's own. */
  allow: { hosts: ReadonlySet<string>; isInside: (address: string) => boolean };
  resolve: (host: string) => Promise<string[]>;
  /** The proxy that leads to a URL; null where the way is direct. */
  proxyOf: (url: URL) => string | null;
  /** Authorities to trust in the place of the known ones. */
  authorities: readonly string[] | undefined;
};

type Way = { environment?: Readonly<Record<string, string | undefined>>; authorities?: readonly string[] | undefined };

/** What the settings name, with the system's own resolver. */
export const outbound = (words: readonly string[], { environment = {}, authorities }: Way = {}): Outbound => {
  const networks = words.map(readNetwork);
  return {
    allow: {
      hosts: new Set(words.filter((_, i) => networks[i] === null).map((word) => word.toLowerCase())),
      isInside: inNetworks(networks.filter((network) => network !== null)),
    },
    resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    proxyOf: proxyOf(environment),
    authorities,
  };
};

/**
 * Addresses that a URL may be asked at. A name that is not known here may be known to the proxy: what it leads to is then the proxy's
 * to say. Throws ADDRESS_REFUSED.
 */
export const checkedAddresses = async (url: URL, { allow, resolve, proxyOf: proxy }: Outbound): Promise<string[]> => {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  const refuse = (reason: string) => userError("ADDRESS_REFUSED", host, reason);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse("only https is asked");
  if (url.username !== "" || url.password !== "") throw refuse("an address holds no user and password");
  const addresses = isIP(host) === 0 ? await resolve(host).catch(() => []) : [host];
  if (addresses.length === 0 && proxy(url) === null) throw refuse("the name is not known");
  const own = allow.hosts.has(host.toLowerCase());
  const isInside = addresses.length > 0 && addresses.every(allow.isInside);
  if (url.protocol === "http:" && !own && !isInside) throw refuse("only https is asked outside your own network");
  for (const address of addresses) {
    const reason = own || allow.isInside(address) ? null : notPublic(address);
    if (reason !== null) throw refuse(`its address is ${reason}`);
  }
  return addresses;
};

export type Asked = {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal | undefined;
};
export type GuardedFetch = (url: string, asked?: Asked) => Promise<Response>;

const bodyText = (body: unknown): string | Uint8Array | null => {
  if (body === undefined || body === null) return null;
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError("a body of this kind is not sent");
};

const bytesOf = async (answer: IncomingMessage, host: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw userError("ADDRESS_REFUSED", host, `it answered with more than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** How the connection is made: to the addresses that were looked at, or through the proxy, which is given the name. */
const wayTo = (url: URL, addresses: readonly string[], { proxyOf: proxy, authorities }: Outbound): RequestOptions => {
  const ca = authorities === undefined ? {} : { ca: [...authorities] };
  const through = proxy(url);
  if (through !== null) {
    const proxyEnv = { HTTP_PROXY: through, HTTPS_PROXY: through };
    return { agent: url.protocol === "https:" ? new HttpsAgent({ proxyEnv, ...ca }) : new HttpAgent({ proxyEnv }) };
  }
  const pinned = addresses.map((address) => ({ address, family: isIP(address) }));
  return {
    agent: url.protocol === "https:" ? new HttpsAgent(ca) : false,
    lookup: (_host, { all }, done) => (all === true ? done(null, pinned) : done(null, pinned[0]!.address, pinned[0]!.family)),
  };
};

/** One request over a connection of its own. */
const exchange = async (url: URL, addresses: readonly string[], policy: Outbound, asked: Asked): Promise<Response> => {
  const body = bodyText(asked.body);
  const options: RequestOptions = {
    method: asked.method ?? "GET",
    headers: { ...asked.headers, ...(body === null ? {} : { "content-length": String(Buffer.byteLength(body)) }) },
    signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(asked.signal === undefined ? [] : [asked.signal])]),
    ...wayTo(url, addresses, policy),
  };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options, resolve);
    sent.once("error", reject);
    sent.end(body ?? undefined);
  });
  const bytes = await bytesOf(answer, url.host);
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headersDistinct)) for (const each of value ?? []) headers.append(name, each);
  const status = answer.statusCode ?? 502;
  return new Response([204, 205, 304].includes(status) ? null : new Uint8Array(bytes), { status, headers });
};

/** A `fetch` for addresses of users. Throws ADDRESS_REFUSED before anything is sent. */
export const guardedFetch =
  (policy: Outbound): GuardedFetch =>
  async (address, asked = {}) => {
    let url = new URL(address);
    for (let hops = 0; ; hops++) {
      const answer = await exchange(url, await checkedAddresses(url, policy), policy, asked);
      const location = answer.status >= 300 && answer.status < 400 ? answer.headers.get("location") : null;
      // What is sent along (a secret, a code) was meant for the first address only.
      if (location === null || (asked.method ?? "GET") !== "GET" || asked.headers?.["authorization"] !== undefined) return answer;
      if (hops === REDIRECTS_MAX) throw userError("ADDRESS_REFUSED", url.host, "it sends from one address to another");
      url = new URL(location, url);
    }
  };
