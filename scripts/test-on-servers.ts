/**
 * The server's suite once more on each Postgres of the system and on the newest there is, where it otherwise runs on the embedded one:
 *
 *   node scripts/test-on-servers.ts [--system] [PATH…]
 *
 * `--system`: on those of the system alone, where there is no time for more.
 * Names the versions it ran on, and those that it should run on and are not there.
 */
import { globSync } from "node:fs";
import { dirname } from "node:path";
import { startServer } from "@touchstone/engine/enrichment/postgres-ground";
import { NEWEST, newestPostgres } from "./newest-postgres.ts";
import { closingLine, runTests, testFiles, type Totals } from "./test.ts";

/** The oldest that is promised. */
const OLDEST = 15;
const TIMEOUT_MS = 240_000;

type Version = { version: number; binaries: string };

const ofTheSystem: Version[] = globSync("/usr/lib/postgresql/*/bin/initdb")
  .map((path) => ({ version: Number(/postgresql\/(\d+)\//.exec(path)?.[1]), binaries: dirname(path) }))
  .toSorted((a, b) => a.version - b.version);

/** That of a package, unless the system has one as new. */
const newest = async (): Promise<Version[]> => {
  if (ofTheSystem.some(({ version }) => version >= NEWEST)) return [];
  if (process.argv.includes("--system")) {
    process.stdout.write(`skipped: the server's suite on Postgres ${NEWEST} (no time for it: node scripts/test-on-servers.ts)\n`);
    return [];
  }
  try {
    return [{ version: NEWEST, binaries: await newestPostgres() }];
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    process.stdout.write(`skipped: the server's suite on Postgres ${NEWEST} (${why})\n`);
    return [];
  }
};

const onServer = async (binaries: string, files: string[]): Promise<Totals> => {
  // Letters beyond ASCII have capitals, as in any database that people set up.
  const server = await startServer(binaries, ["--locale=C.UTF-8"]);
  // Nothing of it is to survive, so nothing is waited for until it is on the disk.
  await server.admin((client) => client.query("ALTER SYSTEM SET fsync = off"));
  await server.admin((client) => client.query("SELECT pg_reload_conf()"));
  process.env["TOUCHSTONE_TRIAL_STORE"] = server.url();
  try {
    return await runTests(files, TIMEOUT_MS);
  } finally {
    await server.stop();
  }
};

const paths = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const files = testFiles("all", paths.length > 0 ? paths : ["packages/server"]);
const sum: Totals = { passed: 0, failed: 0, skipped: 0 };
if (!ofTheSystem.some(({ version }) => version === OLDEST))
  process.stdout.write(`skipped: the server's suite on Postgres ${OLDEST} (it is not installed here)\n`);
for (const { version, binaries } of [...ofTheSystem, ...(await newest())]) {
  const totals = await onServer(binaries, files);
  process.stdout.write(`on Postgres ${version}: ${closingLine(totals)}\n`);
  sum.passed += totals.passed;
  sum.failed += totals.failed;
  sum.skipped += totals.skipped;
}
process.stdout.write(`\n${closingLine(sum)}\n`);
process.exit(sum.failed > 0 ? 1 : 0);
