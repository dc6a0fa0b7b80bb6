/** Messages over HTTP: to where, with what, through a proxy, and what becomes of answers that are none. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { backoffMs } from "./client.ts";
import { httpSend } from "./http-send.ts";

const closing: (() => void)[] = [];
after(() => closing.forEach((close) => close()));

const listen = (handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> =>
  new Promise((resolve) => {
    const server = createServer(handler).listen(0, "127.0.0.1", () => {
      closing.push(() => (server.closeAllConnections(), server.close()));
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });

test("a message goes below /api with its token, and its answer is read as JSON", async () => {
  const server = await listen((request, response) => {
    const { method, url, headers } = request;
    response.end(JSON.stringify({ method, url, authorization: headers.authorization ?? null }));
  });
  const send = httpSend({ server: `${server}/`, environment: {} });
  assert.deepEqual(await send("/dataplane/hello", { a: 1 }, { token: "t" }), {
    status: 200,
    body: { method: "POST", url: "/api/dataplane/hello", authorization: "Bearer t" },
  });
  assert.equal(Reflect.get((await send("/x", {}, { token: null })).body as object, "authorization"), null);
});

test("a proxy of the environment is used, and not for what is named in NO_PROXY", async () => {
  const proxied: string[] = [];
  const proxy = await listen((request, response) => {
    proxied.push(request.url ?? "");
    response.end('"from the proxy"');
  });
  const server = await listen((_, response) => void response.end('"direct"'));
  const through = httpSend({ server: "http://touchstone.example.org", environment: { HTTP_PROXY: proxy } });
  assert.equal((await through("/dataplane/claim", {}, { token: null })).body, "from the proxy");
  assert.deepEqual(proxied, ["http://touchstone.example.org/api/dataplane/claim"]);
  const past = httpSend({ server, environment: { HTTP_PROXY: proxy, NO_PROXY: "127.0.0.1" } });
  assert.equal((await past("/dataplane/claim", {}, { token: null })).body, "direct");
});

test("a page instead of JSON, silence, an abort, nobody there", async () => {
  const page = await listen((_, response) => void response.writeHead(502).end("<html>bad gateway</html>"));
  assert.deepEqual(await httpSend({ server: page, environment: {} })("/x", {}, { token: null }), { status: 502, body: null });
  const silent = httpSend({ server: await listen(() => undefined), environment: {} });
  await assert.rejects(silent("/x", {}, { token: null, timeoutMs: 50 }), /no answer in time/);
  await assert.rejects(silent("/x", {}, { token: null, signal: AbortSignal.timeout(20) }), /abort/i);
  await assert.rejects(httpSend({ server: "http://127.0.0.1:9", environment: {} })("/x", {}, { token: null }));
  for (const server of ["ftp://x", "touchstone", ""]) assert.throws(() => httpSend({ server }), /--server/);
  assert.throws(() => httpSend({ server: page, authority: "/nowhere.pem" }), /--authority/);
});

test("waiting grows, up to half a minute, and is spread over all of it", () => {
  assert.deepEqual(
    [0, 1, 5, 6, 50].map((attempt) => backoffMs(attempt, () => 1)),
    [500, 1000, 16_000, 30_000, 30_000],
  );
  assert.equal(
    backoffMs(9, () => 0),
    0,
  );
});
