/** A control plane that ends TLS itself, and what it asks through a proxy and of servers of the company's own authority: over real connections. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer as createPlain, request as plainRequest } from "node:http";
import { createServer, get } from "node:https";
import { connect, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { UserError } from "@touchstone/core/errors";
import { readConfig } from "../config.ts";
import { start, type Started } from "../start.ts";
import { newSamlKey, pem } from "../trial/saml.ts";
import { layStore } from "../trial/store.ts";
import { followCertificate, ownFiles, readAuthorities, readCertificate } from "./certificate.ts";
import { guardedFetch, outbound } from "./ssrf.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-tls-"));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const key = newSamlKey("localhost");
const other = newSamlKey("localhost");
const paths = { tls_cert: file("cert.pem", pem(key.certificate)), tls_key: file("key.pem", key.privateKey) };

const closing: Server[] = [];
const portOf = async (server: Server): Promise<number> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(server);
  return (server.address() as AddressInfo).port;
};

let started: Started;
before(async () => {
  await layStore(join(folder, "data"));
  const config = readConfig({ port: "0", data: join(folder, "data"), log_level: "silent", ...paths }, {});
  started = await start({ config, version: "0.0.0-test" });
});
after(async () => {
  await started.stop();
  for (const server of closing) server.close();
  rmSync(folder, { recursive: true });
});

/** Asks over TLS, trusting one certificate; answers the status, a header, and whose certificate it was. */
const ask = (port: number, ca: string, path = "/api/health"): Promise<{ status: number; strict: boolean; serial: string }> =>
  new Promise((resolve, reject) => {
    get({ host: "localhost", port, path, ca, agent: false }, (answer) => {
      const peer = (answer.socket as TLSSocket).getPeerX509Certificate();
      answer.resume();
      resolve({
        status: answer.statusCode ?? 0,
        strict: answer.headers["strict-transport-security"] !== undefined,
        serial: peer?.fingerprint256 ?? "",
      });
    }).on("error", reject);
  });

test("with a certificate of its own it answers by https, and says that it is to be asked so", async () => {
  const url = new URL(started.url);
  assert.equal(url.protocol, "https:");
  const answer = await ask(Number(url.port), pem(key.certificate));
  assert.deepEqual([answer.status, answer.strict], [200, true]);
  await assert.rejects(ask(Number(url.port), pem(other.certificate)), /self-signed certificate/);
  const plain = plainRequest({ host: "127.0.0.1", port: url.port, path: "/api/health" });
  await assert.rejects(new Promise((resolve, reject) => plain.on("response", resolve).on("error", reject).end()));
});

test("a certificate that is renewed is used without a new start; one that is broken is not", async () => {
  const renewed = { tls_cert: file("renewed.pem", pem(key.certificate)), tls_key: file("renewed.key", key.privateKey) };
  const server = createServer({ cert: pem(key.certificate), key: key.privateKey }, (_, response) => response.end());
  const port = await portOf(server);
  const told: unknown[] = [];
  const files = ownFiles(renewed);
  const used = (await readCertificate(files)) ?? assert.fail();
  const following = followCertificate(server, { files, used }, (error) => void told.push(error), 20);
  const until = async (count: number): Promise<void> => {
    while (told.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const before = (await ask(port, pem(key.certificate))).serial;
  file("renewed.key", other.privateKey);
  file("renewed.pem", pem(other.certificate));
  utimesSync(renewed.tls_cert, new Date(), new Date(Date.now() + 5_000));
  await until(1);
  while (told.at(-1) !== null) await until(told.length + 1);
  const after = (await ask(port, pem(other.certificate))).serial;
  assert.notEqual(after, before);
  file("renewed.pem", "broken");
  utimesSync(renewed.tls_cert, new Date(), new Date(Date.now() + 10_000));
  const count = told.length;
  await until(count + 1);
  assert.ok(told.at(-1) instanceof UserError);
  assert.equal((await ask(port, pem(other.certificate))).serial, after, "the one before it stays");
  following.stop();
});

test("files that do not fit are refused, and nothing of them is told", async () => {
  const cases: { name: string; given: typeof paths | { tls_cert: string | null; tls_key: string | null } }[] = [
    { name: "no key", given: { ...paths, tls_key: null } },
    { name: "no certificate", given: { ...paths, tls_cert: null } },
    { name: "no such file", given: { ...paths, tls_cert: join(folder, "none.pem") } },
    { name: "the key of another", given: { ...paths, tls_key: file("other.key", other.privateKey) } },
    { name: "no PEM", given: { ...paths, tls_cert: file("text.pem", "hello") } },
  ];
  for (const { name, given } of cases)
    await assert.rejects(
      readCertificate(ownFiles(given)),
      (thrown) => thrown instanceof UserError && thrown.info.code === "SETTING_INVALID" && !thrown.message.includes("PRIVATE"),
      name,
    );
  assert.equal(await readCertificate(ownFiles({ tls_cert: null, tls_key: null })), null);
  await assert.rejects(readAuthorities(join(folder, "none.pem")), /TOUCHSTONE_OUTBOUND_CA/);
});

/** An identity provider with a certificate of the company's own authority. */
const idp = async (): Promise<number> =>
  portOf(createServer({ cert: pem(key.certificate), key: key.privateKey }, (_, answer) => answer.end("from the provider")));

test("a provider under the company's own authority is asked when that is named, and not otherwise", async () => {
  const url = `https://localhost:${await idp()}/`;
  await assert.rejects(guardedFetch(outbound(["localhost"]))(url), /self-signed certificate/);
  const authorities = await readAuthorities(paths.tls_cert);
  assert.equal(await (await guardedFetch(outbound(["localhost"], { authorities }))(url)).text(), "from the provider");
});

test("through a proxy: it is given the name, for https in a tunnel, and what is excepted goes past it", async () => {
  const port = await idp();
  const seen: string[] = [];
  const proxy = createPlain((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.end("from the proxy");
  });
  // Wherever it is asked to lead, here is the provider.
  proxy.on("connect", (request, socket) => {
    seen.push(`CONNECT ${request.url}`);
    const there = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      there.pipe(socket).pipe(there);
    });
    for (const end of [socket, there]) end.on("error", () => there.destroy());
  });
  const through = `http://127.0.0.1:${await portOf(proxy)}`;
  const authorities = await readAuthorities(paths.tls_cert);
  const environment = { HTTPS_PROXY: through, HTTP_PROXY: through, NO_PROXY: "past.example" };
  const policy = { ...outbound(["localhost", "plain.example"], { environment, authorities }), resolve: async () => [] };
  const fetch = guardedFetch(policy);
  assert.equal(await (await fetch("https://localhost/metadata")).text(), "from the provider");
  assert.equal(await (await fetch("http://plain.example/x")).text(), "from the proxy");
  assert.deepEqual(seen, ["CONNECT localhost:443", "GET http://plain.example/x"]);
  const refused = (url: string, names: string[] = []) =>
    assert.rejects(
      guardedFetch({ ...policy, resolve: async () => names })(url),
      (thrown) => thrown instanceof UserError && thrown.info.code === "ADDRESS_REFUSED",
      url,
    );
  await refused("https://past.example/");
  await refused("https://169.254.169.254/latest");
  await refused("https://inside.example/", ["10.0.0.1"]);
  assert.equal(seen.length, 2, "what is refused here is not left to the proxy");
});
