/** The API from beside it: real listeners, with certificates that are right and wrong. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createPlain, type RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { after, test } from "node:test";
import type { Finding } from "@touchstone/core/model/finding";
import { newAuthority, type Asked as Wanted } from "@touchstone/server/trial/authority";
import { newGround } from "../terminal-ground.ts";
import { askApi, judgeApi } from "./api.ts";

const ground = newGround();
const own = newAuthority("Cluster");
const trusted = ground.write("ca.crt", own.certificate);
const stranger = ground.write("stranger.crt", newAuthority("Somebody else").certificate);
const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
  ground.remove();
});

const portOf = async (server: Server): Promise<number> => {
  servers.push(server);
  server.listen(0, "localhost");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
};
const ready: RequestListener = (_request, response) => void response.end("ok");
const secure = async (wanted: Wanted): Promise<string> => {
  const { certificate, key } = own.issue(wanted);
  return `https://localhost:${await portOf(createServer({ cert: certificate, key }, ready))}`;
};

const check = async (server: string, authority: string | null, expected: readonly [Finding["state"], RegExp][]): Promise<void> => {
  const findings = judgeApi(server, await askApi({ server, authority }), new Date());
  assert.deepEqual(
    findings.map(({ state }) => state),
    expected.map(([state]) => state),
    JSON.stringify(findings),
  );
  for (const [index, [, says]] of expected.entries()) assert.match(JSON.stringify(findings[index]), says);
};

test("by plain http", async () => {
  await check(`http://localhost:${await portOf(createPlain(ready))}`, null, [["ok", /takes requests/]]);
  const waiting = createPlain((_request, response) => void response.writeHead(503).end("starting"));
  await check(`http://localhost:${await portOf(waiting)}`, null, [["problem", /answers 503/]]);
  await check("http://127.0.0.1:9", null, [["problem", /nothing listens there/]]);
});

test("by https, with the authority of the cluster", async () => {
  const good = await secure({ names: ["localhost"] });
  await check(good, trusted, [
    ["ok", /takes requests/],
    ["ok", /by its authority, until 20\d\d/],
  ]);
  await check(good, stranger, [["problem", /not trusted.*ca\.crt.*internal-certificate/]]);
  await check(good, ground.path("none.crt"), [["problem", /none\.crt with its authority cannot be read/]]);
  await check(await secure({ names: ["elsewhere.svc"] }), trusted, [["problem", /another name.*internal-certificate/]]);
  await check(await secure({ names: ["localhost"], fromDays: -9, toDays: -1 }), trusted, [
    ["problem", /has expired.*internal-certificate/],
  ]);
  await check(await secure({ names: ["localhost"], fromDays: -360, toDays: 5 }), trusted, [
    ["ok", /takes requests/],
    ["note", /in 4 days.*renews it/],
  ]);
  // A day's, which is renewed eight hours before its end.
  await check(await secure({ names: ["localhost"], fromDays: -0.6, toDays: 0.4 }), trusted, [
    ["ok", /takes requests/],
    ["ok", /by its authority, until/],
  ]);
});
