/** One same answer from DuckDB and the evaluator. With an embedded Postgres: conformance.e2e.test.ts; a server of the system: conformance.slow.test.ts. */
import { after, before } from "node:test";
import { openDuckdb, type Engine } from "./engines.ts";
import { testConformance } from "./suite.ts";

const engines: Engine[] = [];

before(async () => void engines.push(await openDuckdb()));
after(async () => {
  for (const engine of engines) await engine.close();
});

/** A few statements of random expressions; conformance.e2e.test.ts makes the same and more. */
const PROPERTY_RUNS = 8;

testConformance(() => engines, PROPERTY_RUNS);
