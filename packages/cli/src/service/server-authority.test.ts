/** Whom a dataplane trusts: with an authority that is the only one, no other, whatever else is said. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { after, test } from "node:test";
import { httpReach } from "@touchstone/engine/worker/http-reach";
import { newAuthority } from "@touchstone/server/trial/authority";
import { newGround } from "../terminal-ground.ts";

const ground = newGround();
const [own, stranger] = [newAuthority("Cluster"), newAuthority("Somebody else")];
const [ownFile, strangerFile] = [ground.write("own.crt", own.certificate), ground.write("stranger.crt", stranger.certificate)];
const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
  ground.remove();
});

const { certificate, key } = own.issue({ names: ["localhost"] });
const server = createServer(
  { cert: certificate, key },
  (_request, response) => void response.writeHead(204, { connection: "close" }).end(),
);

const status = (trust: { authority?: string; serverAuthority?: string }): Promise<number> =>
  new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const { request } = httpReach({ server: `https://localhost:${port}`, direct: true, environment: {}, ...trust });
    request("/", {}, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .once("error", reject)
      .end();
  });

test("an authority besides the known ones, or the only one", async () => {
  server.listen(0, "localhost");
  servers.push(server);
  await once(server, "listening");
  assert.equal(await status({ authority: ownFile }), 204);
  assert.equal(await status({ serverAuthority: ownFile }), 204);
  assert.equal(await status({ authority: strangerFile, serverAuthority: ownFile }), 204);
  await assert.rejects(status({ authority: ownFile, serverAuthority: strangerFile }), { code: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" });
});
