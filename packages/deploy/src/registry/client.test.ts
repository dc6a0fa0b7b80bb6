/** Where the login of a registry goes, and where it does not: servers on the loopback, each port an origin of its own. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { toErrorInfo } from "@touchstone/core/errors";
import { codeIs } from "../trial/thrown.ts";
import { CERTIFICATE, CERTIFICATE_KEY } from "../trial/tls.ts";
import { openRepository } from "./client.ts";

const known = getCACertificates("default");
setDefaultCACertificates([...known, CERTIFICATE]);
const folder = mkdtempSync(join(tmpdir(), "touchstone-registry-client-"));
const LOGIN = Buffer.from("me:mine").toString("base64");

type Origin = { host: string; asked: { method: string; url: string; authorization: string | undefined }[] };
const open: (() => Promise<unknown>)[] = [];
after(async () => {
  await Promise.all(open.map((close) => close()));
  setDefaultCACertificates(known);
  rmSync(folder, { recursive: true, force: true });
});

/** A server that remembers what it was asked. */
const startOrigin = async (answer: RequestListener, isSecure = false): Promise<Origin> => {
  const asked: Origin["asked"] = [];
  const listener: RequestListener = (request, response) => {
    const { method = "", url = "", headers } = request;
    asked.push({ method, url, authorization: headers.authorization });
    request.resume();
    answer(request, response);
  };
  const server = isSecure ? createSecureServer({ key: CERTIFICATE_KEY, cert: CERTIFICATE }, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const at = server.address();
  return { host: `127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}`, asked };
};

const repositoryAt = (registry: string, auth: string | null = LOGIN, signal = new AbortController().signal) => {
  const file = join(folder, `${registry.replace(":", "-")}.json`);
  writeFileSync(file, JSON.stringify({ auths: auth === null ? {} : { [registry]: { auth } } }));
  return openRepository({ registry, repository: "a" }, { signal, env: { HELM_REGISTRY_CONFIG: file } });
};
const isIn = ({ headers: { authorization } }: IncomingMessage): boolean => authorization === `Basic ${LOGIN}`;
const created: RequestListener = (_, response) => void response.writeHead(201).end();
const authorizations = ({ asked }: Origin) => asked.map(({ authorization }) => authorization);

/** Begins an upload for who is let in, and says where it goes on. */
const uploadsTo =
  (location: string): RequestListener =>
  (request, response) => {
    if (!isIn(request)) return void response.writeHead(401, { "www-authenticate": "Basic" }).end();
    if (request.method === "POST") return void response.writeHead(202, { location }).end();
    response.writeHead(404).end();
  };

test("an upload that goes on elsewhere takes no login there", async () => {
  const elsewhere = await startOrigin(created);
  const registry = await startOrigin(uploadsTo(`http://${elsewhere.host}/upload?state=1`));
  await repositoryAt(registry.host).writeBlob(Buffer.from("{}"));
  assert.deepEqual(authorizations(elsewhere), [undefined]);
  assert.equal(authorizations(registry).at(-1), `Basic ${LOGIN}`);
});

test("an upload that would leave https is not begun there", async () => {
  const elsewhere = await startOrigin(created);
  const registry = await startOrigin(uploadsTo(`http://${elsewhere.host}/upload`), true);
  // Another spelling of this machine, to which tools speak https.
  const written = repositoryAt(registry.host.replace("127.0.0.1", "127.1")).writeBlob(Buffer.from("{}"));
  await assert.rejects(written, codeIs("REGISTRY_UNREACHABLE", /leads away from https/));
  assert.equal(registry.asked.at(-1)?.method, "POST");
  assert.deepEqual(elsewhere.asked, []);
});

const LOCATIONS: readonly [location: string, why: RegExp][] = [
  ["http://[", /status 202/],
  ["http://somebody:canary-7f3a@127.0.0.1:1/upload", /with a user in it/],
];
for (const [location, why] of LOCATIONS)
  test(`an upload to ${location} is refused, and not quoted`, async () => {
    const registry = await startOrigin(uploadsTo(location));
    await assert.rejects(repositoryAt(registry.host).writeBlob(Buffer.from("{}")), (thrown) => {
      assert.doesNotMatch(JSON.stringify(toErrorInfo(thrown)), /canary/);
      return codeIs("REGISTRY_UNREACHABLE", why)(thrown);
    });
  });

test("who is redirected to does not get the login by asking for it", async () => {
  for (const challenge of ["Basic", "token"]) {
    const elsewhere: Origin = await startOrigin((_, response) => {
      const header = challenge === "Basic" ? challenge : `Bearer realm="http://${elsewhere.host}/token"`;
      response.writeHead(401, { "www-authenticate": header }).end();
    });
    const registry = await startOrigin((request, response) => {
      response.writeHead(307, { location: `http://${elsewhere.host}${request.url}` }).end();
    });
    await assert.rejects(repositoryAt(registry.host).manifest("stable"), codeIs("REGISTRY_REFUSED", /leads elsewhere.*401/));
    assert.deepEqual([...authorizations(registry), ...authorizations(elsewhere)], [undefined, undefined], challenge);
  }
});

test("who is let in and redirected takes no login along", async () => {
  const elsewhere = await startOrigin((_, response) => void response.end("{}"));
  const registry = await startOrigin((request, response) => {
    if (isIn(request)) response.writeHead(307, { location: `http://${elsewhere.host}/` }).end();
    else response.writeHead(401, { "www-authenticate": "Basic" }).end();
  });
  assert.equal(String((await repositoryAt(registry.host).manifest("stable"))?.bytes), "{}");
  assert.deepEqual(authorizations(elsewhere), [undefined]);
});

test("a login with line breaks in it is sent as it was meant", async () => {
  const registry = await startOrigin((request, response) => {
    if (isIn(request)) response.end("{}");
    else response.writeHead(401, { "www-authenticate": "Basic" }).end();
  });
  const wrapped = `${LOGIN.slice(0, 4)}\n${LOGIN.slice(4)}\n`;
  assert.equal(String((await repositoryAt(registry.host, wrapped).manifest("stable"))?.bytes), "{}");
});

/** Wants a token, and gives this one. */
const withToken = async (token: string): Promise<Origin> => {
  const registry: Origin = await startOrigin((request, response) => {
    if (request.url?.startsWith("/token") === true) return void response.end(JSON.stringify({ token }));
    response.writeHead(401, { "www-authenticate": `Bearer realm="http://${registry.host}/token"` }).end();
  });
  return registry;
};

test("a token that no header can carry is not told", async () => {
  const registry = await withToken("canary\n7f3a");
  await assert.rejects(repositoryAt(registry.host).manifest("stable"), (thrown) => {
    assert.doesNotMatch(JSON.stringify(toErrorInfo(thrown)), /canary|7f3a/);
    return codeIs("REGISTRY_UNREACHABLE", /to be sent as a header/)(thrown);
  });
});

test("an old token does not ask for a new one", async () => {
  const registry = await withToken("old");
  const repository = repositoryAt(registry.host, null);
  for (const name of ["one", "other"]) await assert.rejects(repository.manifest(name), codeIs("REGISTRY_REFUSED"));
  const tokens = registry.asked.filter(({ url }) => url.startsWith("/token"));
  assert.deepEqual(
    tokens.map(({ authorization }) => authorization),
    [undefined, undefined],
  );
});

test("who stops while an answer arrives is told that it was stopped", async () => {
  const stop = new AbortController();
  const registry = await startOrigin((_, response) => {
    response.writeHead(200).write("{");
    // Once what has arrived is being read.
    setTimeout(() => stop.abort(), 100);
  });
  await assert.rejects(repositoryAt(registry.host, null, stop.signal).manifest("stable"), codeIs("ABORTED"));
});
