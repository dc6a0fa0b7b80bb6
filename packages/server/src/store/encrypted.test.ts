/** A store by TLS: what is said where its other end offers none, or has a certificate that is not good. Only that much of Postgres answers here. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createSecureContext, TLSSocket } from "node:tls";
import { newAuthority, type Issued } from "../trial/authority.ts";
import { openStore } from "./database.ts";

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** Its answer to who asks for TLS (https://www.postgresql.org/docs/15/protocol-flow.html#id-1.10.6.7.11), and TLS after that. */
const portOf = async (issued: Issued | null): Promise<number> => {
  const answer = (socket: Socket): void => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => {
      socket.write(issued === null ? "N" : "S");
      if (issued === null) return;
      const secureContext = createSecureContext({ cert: issued.certificate, key: issued.key });
      new TLSSocket(socket, { isServer: true, secureContext }).on("error", () => socket.destroy());
    });
  };
  const server = createServer(answer).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
};

const authority = newAuthority("Company");
const folder = mkdtempSync(join(tmpdir(), "touchstone-encrypted-"));
after(() => rmSync(folder, { recursive: true }));
const known = join(folder, "ca.crt");
writeFileSync(known, authority.certificate);

const CASES: readonly { what: string; issued: Issued | null; trusts?: string; says: RegExp }[] = [
  { what: "no TLS", issued: null, says: /it offers no TLS.*sslmode=disable/ },
  {
    what: "an authority that is not known",
    issued: authority.issue({ names: ["localhost"] }),
    says: /certificate.*authority that is not known.*authorities.*sslrootcert/,
  },
  { what: "another name", issued: authority.issue({ names: ["db.example.org"] }), trusts: known, says: /certificate is for another name/ },
  {
    what: "past its end",
    issued: authority.issue({ names: ["localhost"], fromDays: -9, toDays: -1 }),
    trusts: known,
    says: /certificate has expired/,
  },
];

for (const { what, issued, trusts, says } of CASES)
  test(what, async () => {
    const url = `postgres://a:canary@localhost:${await portOf(issued)}/store?sslmode=verify-full${trusts === undefined ? "" : `&sslrootcert=${trusts}`}`;
    await assert.rejects(openStore({ url, folder: "" }), (thrown) => {
      assert.ok(thrown instanceof Error);
      assert.match(thrown.message, says);
      assert.doesNotMatch(thrown.message, /canary/);
      return true;
    });
  });
