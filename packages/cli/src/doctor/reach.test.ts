/** Connections tried for real, on the loopback: what listens, what does not, names, certificates, and what answers wrongly. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { reachedIn, reachTarget, type Reached } from "@touchstone/core/model/reach";
import { CERTIFICATE, CERTIFICATE_KEY } from "@touchstone/deploy/trial/tls";
import { ISSUING, LEAF, LEAF_KEY, ROOT } from "@touchstone/deploy/trial/certificates";
import { reach, type ReachOptions } from "./reach.ts";

const closing: Server[] = [];
const listening = async <T extends Server>(server: T): Promise<number> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(server);
  return (server.address() as AddressInfo).port;
};

const volume = mkdtempSync(join(tmpdir(), "touchstone-volume-"));
after(() => rmSync(volume, { recursive: true, force: true }));

let open: number;
let closed: number;
let secure: number;
let plain: number;
let store: number;
let silent: number;
before(async () => {
  store = await listening(
    createHttps({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, (_, response) => response.writeHead(403).end("<Error/>")),
  );
  silent = await listening(createServer((socket) => void socket.on("error", () => undefined)));
  open = await listening(createServer((socket) => socket.end()));
  const gone = createServer();
  closed = await listening(gone);
  gone.close();
  secure = await listening(
    createHttps({ cert: LEAF + ISSUING, key: LEAF_KEY }, (request, response) => {
      response.setHeader("date", new Date(Date.now() + 3_600_000).toUTCString());
      response.writeHead(request.url === "/api/health" ? 200 : 503).end("{}");
    }),
  );
  plain = await listening(
    createHttp((request, response) => {
      const issuer = request.url?.startsWith("/liar") === true ? "http://localhost/other" : `http://localhost:${plain}`;
      response.writeHead(request.url?.includes("/nothing") === true ? 404 : 200).end(JSON.stringify({ issuer }));
    }),
  );
});
after(() => {
  for (const server of closing) server.close();
});

const OURS = { authorities: [CERTIFICATE] };
const ALLOWED = { TOUCHSTONE_OUTBOUND_ALLOW: "localhost" };
type Case = { what: string; target: () => string; options?: Partial<ReachOptions>; stopped: Reached["stopped"]; says?: RegExp };

const CASES: readonly Case[] = [
  { what: "a port that listens", target: () => `tcp=127.0.0.1:${open}`, stopped: null },
  { what: "a port that does not", target: () => `tcp=127.0.0.1:${closed}`, stopped: "connection", says: /nothing listens/ },
  { what: "a name that is none", target: () => "tcp=no.such.host.invalid:5432", stopped: "name", says: /no such host|EAI_AGAIN/ },
  { what: "no port at all", target: () => "tcp=localhost", stopped: "name", says: /HOST:PORT/ },
  { what: "one that ought to be denied, and is not", target: () => `denied=127.0.0.1:${open}`, stopped: null },
  { what: "one that ought to be denied, and is", target: () => `denied=127.0.0.1:${closed}`, stopped: "connection" },
  {
    what: "the API server, by the variables of a pod",
    target: () => "open=api-server",
    options: { env: { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "1" } },
    stopped: "connection",
  },
  {
    what: "https with a certificate for another name",
    target: () => `https=https://localhost:${secure}/api/health`,
    options: { authorities: [ROOT] },
    stopped: "certificate",
    says: /another name/,
  },
  {
    what: "https by an authority that nobody knows",
    target: () => `https=https://localhost:${secure}/api/health`,
    stopped: "certificate",
    says: /not trusted|UNABLE_TO_GET_ISSUER/,
  },
  { what: "https where http is spoken", target: () => `https=https://localhost:${plain}/`, stopped: "certificate" },
  { what: "https where nothing listens", target: () => `https=https://localhost:${closed}/`, stopped: "connection" },
  { what: "what is no URL", target: () => "https=nothing", stopped: "name" },
  { what: "an object store that wants to know who asks", target: () => `web=https://127.0.0.1:${store}/`, options: OURS, stopped: null },
  { what: "one by an authority that nobody knows", target: () => `web=https://127.0.0.1:${store}/`, stopped: "certificate" },
  { what: "one where nothing listens", target: () => `web=https://127.0.0.1:${closed}/`, stopped: "connection", says: /nothing listens/ },
  { what: "one of a name that is none", target: () => "web=https://no.such.host.invalid/", stopped: "name" },
  { what: "one that is no URL", target: () => "web=nothing", stopped: "name" },
  {
    what: "one that takes a connection and says nothing",
    target: () => `web=https://127.0.0.1:${silent}/`,
    options: { timeoutMs: 300 },
    stopped: "connection",
    says: /connected to, and no answer comes: large packets/,
  },
  {
    what: "one behind a proxy, which knows its name",
    target: () => `web=https://127.0.0.1:${store}/`,
    options: { ...OURS, env: { HTTPS_PROXY: "http://127.0.0.1:1" } },
    stopped: "connection",
    says: /^through the proxy: /,
  },
  {
    what: "one behind what is no proxy, whose password stays where it is",
    target: () => `web=https://127.0.0.1:${store}/`,
    options: { ...OURS, env: { HTTPS_PROXY: "http://user:secret@proxy.example:notaport" } },
    stopped: "connection",
    says: /^what the environment says of the proxy is no URL of one$/,
  },
  {
    what: "one that the proxy is not for",
    target: () => `web=https://127.0.0.1:${store}/`,
    options: { ...OURS, env: { HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "127.0.0.1" } },
    stopped: null,
  },
  { what: "a provider", target: () => `issuer=http://localhost:${plain}`, options: { env: ALLOWED }, stopped: null },
  {
    what: "a provider that says it is another",
    target: () => `issuer=http://localhost:${plain}/liar`,
    options: { env: ALLOWED },
    stopped: "answer",
    says: /discovery document/,
  },
  {
    what: "a provider without a document",
    target: () => `issuer=http://localhost:${plain}/nothing`,
    options: { env: ALLOWED },
    stopped: "answer",
    says: /404/,
  },
  { what: "a provider of a private network", target: () => `issuer=https://localhost:${secure}`, stopped: "connection", says: /this host/ },
  { what: "a volume", target: () => `volume=${volume}`, stopped: null },
  { what: "a volume that is not mounted", target: () => `volume=${volume}/none`, stopped: "answer", says: /not there/ },
  { what: "a bucket by nobody", target: () => "bucket=s3://backups/prod", stopped: "answer", says: /has none of AWS_ACCESS_KEY_ID/ },
  { what: "a bucket of no store", target: () => "bucket=ftp://backups", stopped: "answer", says: /begins with none of/ },
  { what: "a store without a URL", target: () => "store=url", stopped: "name", says: /DATABASE_URL/ },
  {
    what: "a store that is not there",
    target: () => "store=url",
    options: { env: { DATABASE_URL: "postgres://a:hidden@127.0.0.1:1/b" } },
    stopped: "connection",
    says: /ECONNREFUSED/,
  },
];

for (const { what, target, options, stopped, says } of CASES)
  test(what, async () => {
    const text = target();
    const read = reachTarget(text) ?? assert.fail(text);
    const found = await reach(read, { env: {}, patienceMs: 0, timeoutMs: 3_000, ...options });
    assert.equal(found.stopped, stopped, found.reason ?? "");
    if (says !== undefined) assert.match(found.reason ?? "", says);
    assert.ok(!JSON.stringify(found).includes("hidden"));
    assert.deepEqual(reachedIn(`(node:1) Warning\n${JSON.stringify(found)}\n{"kind":`), [found]);
  });

test("what was written into a volume is taken away again", () => assert.deepEqual(readdirSync(volume), []));

test("it is tried again until it is as it should be", async () => {
  const late = createServer((socket) => socket.end());
  const port = await listening(late);
  late.close();
  const pending = reach({ kind: "tcp", to: `127.0.0.1:${port}` }, { env: {}, patienceMs: 8_000 });
  const again = createServer((socket) => socket.end()).listen(port, "127.0.0.1");
  await once(again, "listening");
  closing.push(again);
  assert.equal((await pending).stopped, null);
});

test("texts that are no targets", () => {
  for (const text of ["", "tcp", "tcp=", "udp=a:1", "tcp=a b"]) assert.equal(reachTarget(text), null, text);
});
