/**
 * Where a request comes from: the address that limits are counted by, and whether its browser speaks https. Headers that proxies
 * add are believed only of proxies that the settings name; anybody can write them.
 */
import { isIP } from "node:net";
import { plainAddress } from "./addresses.ts";

export type Caller = {
  address: string;
  secure: boolean;
  /** The origin that this installation has for the caller's browser. */
  origin: string;
  /** What the client calls itself. */
  agent: string;
};

export type CallerSettings = {
  /** Null where any host name may lead here. */
  baseUrl: string | null;
  secureCookies: "auto" | "always" | "never";
  isTrustedProxy: (address: string) => boolean;
};

/** What a listener says of itself with each request, where it is for those who come by no proxy. */
export const INSIDE = { isInside: true } as const;

/** At the listener inside a cluster nobody stands between: there no header says who somebody is. */
export const settingsAt = (environment: unknown, settings: CallerSettings): CallerSettings =>
  typeof environment === "object" && environment !== null && "isInside" in environment
    ? { ...settings, isTrustedProxy: () => false }
    : settings;

const AGENT_CHARACTERS_MAX = 200;

/**
 * The nearest hop that is no trusted proxy: `X-Forwarded-For` is read from its end, where the trusted ones wrote. A trusted
 * proxy that names nobody is taken for the caller itself.
 */
const callerAddress = (peer: string, forwarded: string | null, isTrusted: CallerSettings["isTrustedProxy"]): string => {
  let nearest = plainAddress(peer);
  const hops = (forwarded ?? "").split(",").map((hop) => plainAddress(hop.trim().replace(/^\[(.+)\](:\d+)?$/, "$1")));
  while (isTrusted(nearest)) {
    const hop = hops.pop();
    if (hop === undefined || isIP(hop) === 0) return nearest;
    nearest = hop;
  }
  return nearest;
};

const isSecure = (request: Request, peer: string, settings: CallerSettings): boolean => {
  if (settings.secureCookies !== "auto") return settings.secureCookies === "always";
  if (settings.baseUrl !== null) return settings.baseUrl.startsWith("https:");
  const forwarded = settings.isTrustedProxy(peer) ? request.headers.get("x-forwarded-proto") : null;
  return (forwarded ?? new URL(request.url).protocol.slice(0, -1)) === "https";
};

/** `peer` is the address at the other end of the connection. */
export const callerOf = (request: Request, peer: string, settings: CallerSettings): Caller => {
  const secure = isSecure(request, peer, settings);
  const host = request.headers.get("host") ?? new URL(request.url).host;
  return {
    address: callerAddress(peer, request.headers.get("x-forwarded-for"), settings.isTrustedProxy),
    secure,
    origin: settings.baseUrl ?? `${secure ? "https" : "http"}://${host}`,
    agent: (request.headers.get("user-agent") ?? "").slice(0, AGENT_CHARACTERS_MAX),
  };
};

/** What limits are counted by: an IPv6 address has neighbours by the billion in its /64, all of one owner (RFC 6177). */
export const limitKey = ({ address }: Caller): string => {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
};
