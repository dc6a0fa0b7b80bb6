/**
 * The suite on a Postgres server of the system, set up to differ from the embedded one wherever a server may: text sorts
 * by the rules of a language, floats print short, backslashes escape.
 */
import { after, before, test } from "node:test";
import { serverBinaries, startServer } from "../enrichment/postgres-ground.ts";
import { openPostgres, type Engine } from "./engines.ts";
import { testConformance } from "./suite.ts";

const LANGUAGE = ["--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8"];
const HOSTILE = [
  "ALTER SYSTEM SET standard_conforming_strings = off",
  "ALTER SYSTEM SET extra_float_digits = 0",
  "ALTER SYSTEM SET DateStyle = 'German, DMY'",
  "ALTER SYSTEM SET TimeZone = 'Asia/Kathmandu'",
  "ALTER SYSTEM SET bytea_output = 'escape'",
];

const binaries = serverBinaries();

if (binaries === null) test("conformance on a Postgres server", { skip: "no Postgres server is installed" });
else {
  const engines: Engine[] = [];
  before(async () => {
    const server = await startServer(binaries, LANGUAGE);
    await server.admin(async (client) => {
      for (const setting of HOSTILE) await client.query(setting);
      await client.query("SELECT pg_reload_conf()");
    });
    engines.push(await openPostgres("Postgres server", server.url(), server.stop));
  });
  after(async () => {
    for (const engine of engines) await engine.close();
  });
  testConformance(() => engines, 400);
}
