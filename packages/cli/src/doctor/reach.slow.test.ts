/** A store on a server of the system, tried as pods try it: before an installation, and beside one that runs. */
import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { serverBinaries, startServer, type TestServer } from "@touchstone/engine/enrichment/postgres-ground";
import { migrate, openStore } from "@touchstone/server/store/database";
import { newAuthority } from "@touchstone/server/trial/authority";
import { openIssuer, type Issuer } from "@touchstone/server/trial/issuer";
import { newGround } from "../terminal-ground.ts";
import { lookFromInside } from "./in-cluster.ts";
import { reach } from "./reach.ts";

const binaries = serverBinaries();

const ground = newGround();

/** The server writes the files itself, for nobody else may read its key, and takes them without a new start. */
const encrypt = (server: TestServer, certificate: string, key: string): Promise<void> =>
  server.admin(async (client) => {
    for (const [file, text] of [
      ["server.crt", certificate],
      ["server.key", key],
    ] as const)
      await client.query(`COPY (SELECT '${Buffer.from(text).toString("base64")}') TO PROGRAM 'umask 077; base64 -d > ${file}'`);
    await client.query("ALTER SYSTEM SET ssl = on");
    await client.query("SELECT pg_reload_conf()");
    // Told to the process that takes connections, which does it when it comes to it.
    for (let tries = 0; tries < 100; tries++) {
      const { rows } = await client.query<{ ssl: string }>("SHOW ssl");
      if (rows[0]?.ssl === "on") return;
      await sleep(50);
    }
    throw new Error("the server does not speak TLS");
  });

suite("a store on a server", { skip: binaries === null ? "there is no Postgres here" : false }, () => {
  let server: TestServer;
  let issuer: Issuer;
  before(async () => {
    server = await startServer(binaries ?? "");
    issuer = await openIssuer();
    await server.admin((client) => client.query("CREATE ROLE reader LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC"));
  });
  after(async () => {
    await issuer.close();
    await server.stop();
    ground.remove();
  });
  const tried = (user: string) => reach({ kind: "store", to: "url" }, { env: { DATABASE_URL: server.url(user) }, patienceMs: 0 });

  test("its owner may do what is needed", async () => {
    const { stopped, store, aheadSeconds } = await tried("admin");
    assert.equal(stopped, null);
    assert.ok((store?.serverVersion ?? 0) >= 150_000);
    assert.deepEqual(
      { ...store, serverVersion: 0 },
      { serverVersion: 0, tls: null, mayCreateSchemas: true, mayCreateTables: true, hasTrigrams: store?.hasTrigrams, isStandby: false },
    );
    assert.ok(Math.abs(aheadSeconds ?? 99) <= 1);
  });

  test("a reader may not", async () => {
    const { store } = await tried("reader");
    assert.deepEqual([store?.mayCreateSchemas, store?.mayCreateTables], [false, false]);
  });

  test("a user that is not there, and TLS that is not spoken", async () => {
    assert.match((await tried("nobody")).reason ?? "", /role "nobody" does not exist/);
    const env = { DATABASE_URL: `${server.url("admin")}?sslmode=verify-full` };
    const secure = await reach({ kind: "store", to: "url" }, { env, patienceMs: 0 });
    assert.equal(secure.stopped, "certificate");
  });

  test("TLS as the chart asks for it: where the address says nothing, and with the authority of an operator", async () => {
    const named = server.url().replace("127.0.0.1", "localhost");
    const came = async (query: string, url = named) => {
      process.env["PGSSLMODE"] = "verify-full";
      try {
        const env = { DATABASE_URL: `${url}${query}` };
        const { stopped, reason, store } = await reach({ kind: "store", to: "url" }, { env, patienceMs: 0 });
        return stopped ?? store?.tls ?? `in the clear, ${reason}`;
      } finally {
        delete process.env["PGSSLMODE"];
      }
    };
    assert.equal(await came(""), "certificate", "a server without TLS is not spoken to in the clear");
    assert.match(await came("?sslmode=disable"), /^in the clear/);
    const own = newAuthority("Operator");
    const { certificate, key } = own.issue({ names: ["localhost"] });
    const trust = ground.write("ca.crt", own.certificate);
    const other = ground.write("other.crt", newAuthority("Another").certificate);
    await encrypt(server, certificate, key);
    assert.equal(await came(""), "certificate", "its authority is not a known one");
    assert.equal(await came(`?sslmode=verify-full&sslrootcert=${trust}`), "TLSv1.3");
    assert.equal(await came(`?sslmode=verify-full&sslrootcert=${other}`), "certificate");
    assert.equal(await came(`?sslmode=verify-full&sslrootcert=${trust}`, server.url()), "certificate", "another name");
  });

  test("from inside: pending migrations, then a store that is up to date, and its providers", async () => {
    const env = { DATABASE_URL: server.url("admin"), TOUCHSTONE_OUTBOUND_ALLOW: "127.0.0.1, localhost" };
    const told = async () =>
      (await lookFromInside(env, { patienceMs: 0 })).map(({ state, subject, found }) => `${state} ${subject}: ${found}`).join("\n");
    assert.match(await told(), /^note store: migrations are pending/m);
    const store = await openStore({ url: server.url("admin"), folder: "" });
    try {
      await migrate(store.db);
      const closed = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => closed.once("listening", resolve));
      const { port } = closed.address() as AddressInfo;
      await new Promise((resolve) => closed.close(resolve));
      for (const [name, url] of [
        ["corp", issuer.url],
        ["gone", `http://127.0.0.1:${port}`],
      ] as const)
        await store.db
          .insertInto("identity_provider")
          .values({ name, kind: "oidc", enabled: true, settings: JSON.stringify({ discovery_url: url, client_id: "touchstone" }) })
          .execute();
      const text = await told();
      assert.match(text, /^ok store: the store at .*, Postgres \d+\.\d+, its schema up to date/m);
      assert.match(text, /^note store: the connection to it is not encrypted/m);
      assert.match(text, /^note dataplanes: none has enrolled/m);
      assert.match(text, /^ok sign-in: corp tells what it is/m);
      assert.match(text, /^problem sign-in: gone at .*: nothing listens there/m);
      assert.match(text, /^ok clock: as that of the store, corp/m);
    } finally {
      await store.close();
    }
  });
});
