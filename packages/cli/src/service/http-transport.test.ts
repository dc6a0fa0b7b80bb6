/** What stands between a program and its server, and fails: each on real sockets, each as an error that says what to do. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createSocketServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openClient } from "@touchstone/core/client/client";
import { UserError } from "@touchstone/core/errors";
import { system } from "@touchstone/core/routes/system";
import { newAuthority } from "@touchstone/server/trial/authority";
import { httpTransport } from "./http-transport.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-transport-"));
const closing: (() => void)[] = [];
after(() => {
  closing.forEach((close) => close());
  rmSync(folder, { recursive: true, force: true });
});

/** Of nobody: made for this test, for the name localhost, valid for a hundred years, signed by itself. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgD70KpgshVjICErBF
q9ZYHLWhSymTZnwdw2e9uWivmyKhRANCAATn6EsKwspb83QDLN8a18CqUA7c/HP2
nuimikH2hifQH3W9/AJN5ww6V2DnLZ9iYd8UsfNbwo5Z/c0SbmCSHbEi
-----END PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUXGabeGPfJuY8GerEIkCBUX8+Q+wwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjAxNTc0OFoYDzIxMjYxMTAy
MDE1NzQ4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATn6EsKwspb83QDLN8a18CqUA7c/HP2nuimikH2hifQH3W9/AJN5ww6
V2DnLZ9iYd8UsfNbwo5Z/c0SbmCSHbEio2kwZzAdBgNVHQ4EFgQUNXNz2bE3e4Q2
4ymPKpvZpdiXy3EwHwYDVR0jBBgwFoAUNXNz2bE3e4Q24ymPKpvZpdiXy3EwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SQAwRgIhAMpFVWlu9uEUk1k+23U1VcpRUrm5e+aEqSqs9FtdydLrAiEAyY1QFNSH
D54chGeyDMvshJQwMDr68Qxuvzu6RtDJVjo=
-----END CERTIFICATE-----
`;
const authority = join(folder, "authority.pem");
writeFileSync(authority, CERTIFICATE);

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      closing.push(() => server.close());
      resolve((server.address() as AddressInfo).port);
    });
  });
const plain = async (handler: RequestListener): Promise<string> => {
  const server = createServer(handler);
  closing.push(() => server.closeAllConnections());
  return `http://127.0.0.1:${await listening(server)}`;
};

const STATUS = JSON.stringify({ status: "ok", version: "1", api_version: "1.0", setup_needed: false, now: "2031-01-01T00:00:00Z" });
const answering: RequestListener = (_request, response) => void response.end(STATUS);

type Options = { authority?: string; environment?: NodeJS.ProcessEnv; signal?: AbortSignal };
const ask = (server: string, { signal, environment = {}, ...options }: Options = {}) =>
  openClient({ server, token: null, transport: httpTransport({ server, environment, ...options }), agent: "test", signal }).ask(
    system.status,
  );

const failure = async (asking: Promise<unknown>): Promise<string> => {
  try {
    await asking;
  } catch (thrown) {
    assert.ok(thrown instanceof UserError, String(thrown));
    return `${thrown.info.code} ${thrown.info.why}`;
  }
  return "it went well";
};

test("a server that answers", async () => {
  assert.equal((await ask(`${await plain(answering)}/`)).version, "1");
});

test("nobody there", async () => {
  const server = createSocketServer();
  const port = await listening(server);
  server.close();
  assert.match(await failure(ask(`http://127.0.0.1:${port}`)), /^SERVER_UNREACHABLE nothing listens there/);
  assert.match(await failure(ask("http://nowhere.invalid")), /^SERVER_UNREACHABLE .*(name|looked up)/);
});

test("somebody else there", async () => {
  const rude = createSocketServer((socket) => socket.on("error", () => undefined).end("SSH-2.0-OpenSSH_9.9\r\n"));
  assert.match(
    await failure(ask(`http://127.0.0.1:${await listening(rude)}`)),
    /^SERVER_UNREACHABLE what listens there does not speak http/,
  );
  const cutting = createSocketServer((socket) => socket.on("error", () => undefined).once("data", () => socket.destroy()));
  assert.match(await failure(ask(`http://127.0.0.1:${await listening(cutting)}`)), /^SERVER_UNREACHABLE the connection was closed/);
  const half = await plain((_request, response) => {
    response.writeHead(200, { "content-length": "1000" }).write("{");
    setTimeout(() => response.destroy(), 20);
  });
  assert.match(await failure(ask(half)), /^SERVER_UNREACHABLE the connection was closed/);
});

test("certificates", async () => {
  const server = createSecureServer({ key: KEY, cert: CERTIFICATE }, answering);
  const port = await listening(server);
  assert.match(await failure(ask(`https://localhost:${port}`)), /^SERVER_UNTRUSTED it is signed by itself/);
  assert.match(await failure(ask(`https://127.0.0.1:${port}`, { authority })), /^SERVER_UNTRUSTED it is for another host/);
  assert.equal((await ask(`https://localhost:${port}`, { authority })).status, "ok");
  assert.match(
    await failure(ask(`${await plain(answering)}`.replace("http:", "https:"))),
    /^SERVER_UNREACHABLE what listens there does not speak https/,
  );
});

test("a proxy of the environment", async () => {
  const proxied: string[] = [];
  const proxy = await plain((request, response) => {
    proxied.push(request.url ?? "");
    response.end(STATUS);
  });
  await ask("http://touchstone.example.org", { environment: { HTTP_PROXY: proxy } });
  assert.deepEqual(proxied, ["http://touchstone.example.org/api/status"]);
});

test("silence, and an interrupt", async () => {
  const silent = await plain(() => undefined);
  const sent = httpTransport({ server: silent, environment: {} }).send({
    method: "GET",
    path: "/",
    headers: {},
    body: null,
    silenceMs: 50,
  });
  assert.match(await failure(sent), /^SERVER_SILENT nothing came/);
  assert.match(await failure(ask(silent, { signal: AbortSignal.timeout(20) })), /^ABORTED/);
});

test("addresses that are none", () => {
  for (const server of ["", "touchstone", "ftp://x"]) assert.throws(() => httpTransport({ server }), /--server/);
  assert.throws(() => httpTransport({ server: "http://x", authority: "/nowhere.pem" }), /--authority/);
});

test("an authority that alone is trusted: whoever issued it, as its file says at the time, and no other", async () => {
  const company = newAuthority("Company");
  const cluster = company.under("Cluster");
  const { certificate, key } = cluster.issue({ names: ["localhost"] });
  const server = createSecureServer({ cert: certificate, key }, answering);
  closing.push(() => server.closeAllConnections());
  const address = `https://localhost:${await listening(server)}`;
  const serverAuthority = join(folder, "cluster.crt");
  writeFileSync(serverAuthority, cluster.certificate);
  const transport = httpTransport({ server: address, environment: {}, serverAuthority });
  const asking = () => openClient({ server: address, token: null, transport, agent: "test" }).ask(system.status);
  assert.equal((await asking()).version, "1", "it need not be a root");
  const known = httpTransport({ server: address, environment: {}, authority });
  const doubted = openClient({ server: address, token: null, transport: known, agent: "test" }).ask(system.status);
  assert.match(await failure(doubted), /^SERVER_UNTRUSTED an authority that is not known here/);
  writeFileSync(serverAuthority, newAuthority("Another").certificate);
  assert.match(
    await failure(asking()),
    /^SERVER_UNTRUSTED an authority that is not known here/,
    "by the same transport, some moments later",
  );
  // While a Secret's file is written there may be nothing in it: what it said before holds.
  writeFileSync(serverAuthority, company.certificate + cluster.certificate);
  assert.equal((await asking()).version, "1");
  writeFileSync(serverAuthority, "");
  assert.equal((await asking()).version, "1");
});
