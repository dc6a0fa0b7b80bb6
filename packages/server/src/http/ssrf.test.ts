/** Addresses of users: which are asked, in every spelling, and that the connection goes where was looked. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { after, before, test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import { checkedAddresses, guardedFetch, notPublic, outbound, type Outbound } from "./ssrf.ts";

const ADDRESSES: [string, boolean][] = [
  ["8.8.8.8", true],
  ["1.1.1.1", true],
  ["172.15.255.255", true],
  ["172.32.0.0", true],
  ["100.63.255.255", true],
  ["100.128.0.0", true],
  ["192.167.255.255", true],
  ["2606:4700:4700::1111", true],
  ["2a00:1450:4001:80b::200e", true],
  ["0.0.0.0", false],
  ["10.1.2.3", false],
  ["100.64.0.1", false],
  ["100.100.100.200", false],
  ["127.0.0.1", false],
  ["127.255.255.254", false],
  ["168.63.129.16", false],
  ["169.254.169.254", false],
  ["172.16.0.1", false],
  ["172.31.255.255", false],
  ["192.0.0.192", false],
  ["192.168.1.1", false],
  ["198.18.0.1", false],
  ["203.0.113.9", false],
  ["224.0.0.1", false],
  ["255.255.255.255", false],
  ["::", false],
  ["::1", false],
  ["::ffff:127.0.0.1", false],
  ["::ffff:7f00:1", false],
  ["::ffff:8.8.8.8", true],
  ["::127.0.0.1", false],
  ["64:ff9b::7f00:1", false],
  ["64:ff9b::808:808", false],
  ["2001::1", false],
  ["2001:db8::1", false],
  ["2002:7f00:1::", false],
  ["fc00::1", false],
  ["fd00:ec2::254", false],
  ["fe80::1", false],
  ["fe80::1%eth0", false],
  ["fec0::1", false],
  ["ff02::1", false],
  ["not an address", false],
];

test("what is public and what is not", () => {
  for (const [address, good] of ADDRESSES) assert.equal(notPublic(address) === null, good, address);
});

/** Names as a resolver of this test knows them. */
const NAMES: Record<string, string[]> = {
  "public.example": ["8.8.8.8"],
  "inside.example": ["10.0.0.5"],
  "both.example": ["8.8.8.8", "127.0.0.1"],
  "six.example": ["::ffff:a9fe:a9fe"],
  "idp.internal": ["10.9.9.9"],
};
const policy = (words: string[] = []): Outbound => ({ ...outbound(words), resolve: async (host) => NAMES[host] ?? [] });

const URLS: { url: string; allow?: string[]; good: boolean }[] = [
  { url: "https://public.example/x", good: true },
  { url: "https://public.example./x", good: true },
  { url: "https://8.8.8.8/", good: true },
  { url: "http://public.example/", good: false },
  { url: "ftp://public.example/", good: false },
  { url: "file:///etc/passwd", good: false },
  { url: "https://user:pw@public.example/", good: false },
  { url: "https://unknown.example/", good: false },
  { url: "https://inside.example/", good: false },
  { url: "https://both.example/", good: false },
  { url: "https://six.example/", good: false },
  { url: "https://127.0.0.1/", good: false },
  { url: "https://127.1/", good: false },
  { url: "https://2130706433/", good: false },
  { url: "https://0x7f.0.0.1/", good: false },
  { url: "https://0177.0.0.1/", good: false },
  { url: "https://[::1]/", good: false },
  { url: "https://[::ffff:127.0.0.1]/", good: false },
  { url: "https://①②⑦.0.0.1/", good: false },
  { url: "https://169.254.169.254/latest/meta-data/", good: false },
  { url: "https://idp.internal/", allow: ["idp.internal"], good: true },
  { url: "http://IDP.internal/", allow: ["idp.internal"], good: true },
  { url: "http://idp.internal/", allow: ["10.9.0.0/16"], good: true },
  { url: "https://idp.internal/", allow: ["10.8.0.0/16"], good: false },
  { url: "https://inside.example/", allow: ["idp.internal"], good: false },
  { url: "https://both.example/", allow: ["127.0.0.1"], good: true },
  { url: "http://both.example/", allow: ["127.0.0.1"], good: false },
];

test("URLs in every spelling", async () => {
  for (const { url, allow, good } of URLS) {
    const outcome = await checkedAddresses(new URL(url), policy(allow)).then(
      () => true,
      (thrown) => {
        assert.equal(thrown instanceof UserError && thrown.info.code, "ADDRESS_REFUSED", url);
        return false;
      },
    );
    assert.equal(outcome, good, `${url} with ${allow?.join() ?? "nothing"} allowed`);
  }
});

const hits: string[] = [];
const handle = (request: IncomingMessage, response: ServerResponse) => {
  hits.push(`${request.method} ${request.headers.host} ${request.url}`);
  const to = new URL(request.url ?? "", "http://x").searchParams.get("to");
  if (to !== null) response.writeHead(302, { location: to }).end();
  else if (request.url === "/large") response.end(Buffer.alloc(3 * 1024 ** 2));
  else response.writeHead(200, { "content-type": "text/plain" }).end("hello");
};
const server = createServer(handle);
let port = 0;
before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  port = address !== null && typeof address === "object" ? address.port : 0;
});
after(() => server.close());

test("the connection goes to the address that was looked at, and a redirect is looked at too", async () => {
  let answers = [["127.0.0.1"]];
  const fetch = guardedFetch({ ...outbound(["127.0.0.1", "own.example"]), resolve: async () => answers.shift() ?? ["10.0.0.1"] });
  const refused = (url: string, asked = {}) =>
    fetch(url, asked).then(
      () => "asked",
      (thrown) => (thrown instanceof UserError ? thrown.info.code : String(thrown)),
    );
  const name = `http://name.example:${port}`;
  assert.equal(await (await fetch(`${name}/a`)).text(), "hello");
  answers = [];
  assert.equal(await refused(`${name}/rebound`), "ADDRESS_REFUSED");
  answers = [["127.0.0.1"]];
  assert.equal(await refused(`${name}/b?to=http://169.254.169.254/`), "ADDRESS_REFUSED");
  answers = [["127.0.0.1"], ["127.0.0.1"]];
  assert.equal(await (await fetch(`${name}/c?to=/d`)).text(), "hello");
  assert.equal(await refused(`http://127.0.0.1:${port}/e?to=/e?to=/e?to=/e?to=/e?to=/e`), "ADDRESS_REFUSED", "no chains");
  answers = [["127.0.0.1"]];
  assert.equal((await fetch(`${name}/f?to=/g`, { method: "POST", body: new URLSearchParams({ secret: "s" }) })).status, 302);
  assert.equal(await refused(`http://127.0.0.1:${port}/large`), "ADDRESS_REFUSED");
  assert.ok(!hits.some((hit) => hit.includes("rebound") || hit.endsWith(" /g")), hits.join("\n"));
});
