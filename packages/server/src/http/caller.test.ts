/** Whose request it is: which headers are believed, and of whom. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inNetworks, readNetwork } from "./addresses.ts";
import { callerOf, INSIDE, limitKey, settingsAt, type CallerSettings } from "./caller.ts";

const proxies = ["10.0.0.0/8", "fd00::/8"].map((text) => readNetwork(text)!);
const SETTINGS: CallerSettings = { baseUrl: null, secureCookies: "auto", isTrustedProxy: inNetworks(proxies) };

const ADDRESSES: { name: string; peer: string; forwarded?: string; address: string }[] = [
  { name: "nobody between", peer: "198.51.100.7", address: "198.51.100.7" },
  { name: "a header of the caller's own", peer: "198.51.100.7", forwarded: "1.2.3.4", address: "198.51.100.7" },
  { name: "a proxy of ours", peer: "10.0.0.1", forwarded: "198.51.100.7", address: "198.51.100.7" },
  { name: "what the caller wrote before it", peer: "10.0.0.1", forwarded: "1.2.3.4, 198.51.100.7", address: "198.51.100.7" },
  { name: "two of ours", peer: "10.0.0.1", forwarded: "198.51.100.7, 10.0.0.2", address: "198.51.100.7" },
  { name: "a proxy that says nothing", peer: "10.0.0.1", address: "10.0.0.1" },
  { name: "a proxy that says nonsense", peer: "10.0.0.1", forwarded: "unknown", address: "10.0.0.1" },
  { name: "an IPv4 peer on an IPv6 socket", peer: "::ffff:10.0.0.1", forwarded: "198.51.100.7", address: "198.51.100.7" },
  { name: "IPv6, with brackets and port", peer: "fd00::1", forwarded: "[2001:db8::7]:4711", address: "2001:db8::7" },
  { name: "a zone", peer: "fe80::1%eth0", address: "fe80::1" },
  { name: "a test in process", peer: "", address: "" },
];

test("the address is that of the nearest hop nobody vouches for", () => {
  for (const { name, peer, forwarded, address } of ADDRESSES) {
    const request = new Request("http://host/api", { headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded } });
    assert.equal(callerOf(request, peer, SETTINGS).address, address, name);
  }
});

test("at the listener inside, no header says who somebody is", () => {
  const request = new Request("http://host/api", { headers: { "x-forwarded-for": "198.51.100.7" } });
  const address = (environment: unknown) => callerOf(request, "10.0.0.1", settingsAt(environment, SETTINGS)).address;
  assert.deepEqual(
    [address({ incoming: {}, ...INSIDE }), address({ incoming: {} }), address(undefined)],
    ["10.0.0.1", "198.51.100.7", "198.51.100.7"],
  );
});

const SECURE: {
  name: string;
  settings?: Partial<CallerSettings>;
  peer?: string;
  proto?: string;
  url?: string;
  secure: boolean;
  origin: string;
}[] = [
  { name: "plain", secure: false, origin: "http://host" },
  { name: "own certificate", url: "https://host/api", secure: true, origin: "https://host" },
  { name: "a proxy in front", peer: "10.0.0.1", proto: "https", secure: true, origin: "https://host" },
  { name: "a header of the caller's own", proto: "https", secure: false, origin: "http://host" },
  { name: "the base URL says so", settings: { baseUrl: "https://q.example" }, secure: true, origin: "https://q.example" },
  {
    name: "the base URL says no",
    settings: { baseUrl: "http://q.example" },
    url: "https://host/api",
    secure: false,
    origin: "http://q.example",
  },
  { name: "always", settings: { secureCookies: "always" }, secure: true, origin: "https://host" },
  { name: "never", settings: { secureCookies: "never" }, url: "https://host/api", secure: false, origin: "http://host" },
];

test("whether the browser speaks https, and what it calls us", () => {
  for (const { name, settings = {}, peer = "198.51.100.7", proto, url = "http://host/api", secure, origin } of SECURE) {
    const request = new Request(url, { headers: proto === undefined ? {} : { "x-forwarded-proto": proto } });
    const caller = callerOf(request, peer, { ...SETTINGS, ...settings });
    assert.deepEqual([caller.secure, caller.origin], [secure, origin], name);
  }
});

test("neighbours in one IPv6 network count as one", () => {
  const cases: [string, string][] = [
    ["198.51.100.7", "198.51.100.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::9", "2001:db8:0:0::/64"],
    ["2001:0db8:0000:0000::9", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["", ""],
  ];
  for (const [address, key] of cases) assert.equal(limitKey({ address, secure: false, origin: "", agent: "" }), key, address);
});

test("networks are read strictly", () => {
  const cases: [string, boolean][] = [
    ["10.0.0.0/8", true],
    ["10.0.0.1", true],
    ["::1", true],
    ["fd00::/8", true],
    ["10.0.0.0/33", false],
    ["10.0.0.0/8/8", false],
    ["10.0.0.0/-1", false],
    ["10.0.0", false],
    ["example.org", false],
    ["", false],
  ];
  for (const [text, good] of cases) assert.equal(readNetwork(text) !== null, good, text);
});
