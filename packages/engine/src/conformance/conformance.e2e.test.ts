/** One same answer from DuckDB, Postgres (embedded, behind its real driver) and the evaluator. */
import { after, before } from "node:test";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { openDuckdb, openPostgres, type Engine } from "./engines.ts";
import { testConformance } from "./suite.ts";

const engines: Engine[] = [];

before(async () => {
  const embedded = await startEmbeddedPostgres();
  engines.push(await openDuckdb(), await openPostgres("embedded Postgres", embedded.url, embedded.stop));
});
after(async () => {
  for (const engine of engines) await engine.close();
});

testConformance(() => engines, 30);
