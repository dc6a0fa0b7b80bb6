/**
 * Writers killed at random points, and what stands in the tables afterwards. The test file is also the writer: run with
 * `write TARGET OPERATION` it writes one operation and says when it begins.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { describeWrite, openTarget } from "./index.ts";
import { newFolder, parquet, targetOptions, texts, withEngine } from "./local-ground.ts";
import { serverBinaries, startServer } from "./postgres-ground.ts";
import { recordAnomaly, sampleContainer, sampleOperation } from "./sample-report.ts";

const ROUNDS = 24;
const RECORDS = 400;
const CONTAINERS = ["orders", "returns"];

/** What an operation stands for: all of this, or nothing. */
const WHOLE = {
  _p_failed_checks: 800,
  _p_source_records: 800,
  _p_scan_operations: 2,
  _p_check_metrics: 4,
  _p_remediation_orders: 400,
  _p_remediation_returns: 400,
};
type Counts = Record<string, number>;

const writeOne = async (target: string, id: string): Promise<void> => {
  const opened = await openTarget(target, { ...targetOptions("_p"), source: "x" });
  process.stdout.write("writing\n");
  const containers = CONTAINERS.map((name) =>
    sampleContainer(
      name,
      [["id", "Integral"]],
      Array.from({ length: RECORDS }, (_, i) => recordAnomaly(`f${i}`, { id: i })),
    ),
  );
  await opened.write(describeWrite(sampleOperation({ id }), "_p", containers));
};

/** Starts a writer and kills it so many milliseconds after it began to write (null: lets it end). How long it took. */
const runWriter = async (target: string, id: string, killAfterMs: number | null): Promise<number> => {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "write", target, id], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), exited]);
  const began = performance.now();
  const timer = killAfterMs === null ? null : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const [code, signal] = (await exited) as [number | null, string | null];
  if (timer !== null) clearTimeout(timer);
  assert.ok(code === 0 || signal === "SIGKILL", `the writer ended with ${code ?? signal}`);
  return performance.now() - began;
};

type Store = { target: string; count: (table: string) => Promise<Map<string, number>> };

const COLUMN: Record<string, string> = {
  _p_remediation_orders: "enrichment_operation_id",
  _p_remediation_returns: "enrichment_operation_id",
};

/** Rows per operation and table. */
const countsOf = async (store: Store): Promise<Map<string, Counts>> => {
  const operations = new Map<string, Counts>();
  for (const table of Object.keys(WHOLE)) {
    for (const [operation, rows] of await store.count(table)) operations.set(operation, { ...operations.get(operation), [table]: rows });
  }
  return operations;
};

const assertWhole = (counts: Map<string, Counts>, wanted: readonly string[], when: string): void => {
  for (const [operation, found] of counts) assert.deepEqual(found, WHOLE, `${when}: ${operation} is there in part`);
  for (const operation of wanted) assert.ok(counts.has(operation), `${when}: ${operation} is lost`);
};

const killRounds = async (store: Store): Promise<string> => {
  const lasts = await runWriter(store.target, "first", null);
  const finished = ["first"];
  let died = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const id = `run-${round}`;
    const took = await runWriter(store.target, id, Math.random() * lasts * 1.1);
    if (took < lasts) died++;
    // Every other time the same operation again, else another one: the killed one is then whole or absent.
    const next = round % 2 === 0 ? id : `next-${round}`;
    await runWriter(store.target, next, null);
    finished.push(next);
    assertWhole(await countsOf(store), finished, `round ${round}`);
  }
  const others = [...(await countsOf(store)).keys()].filter((operation) => !finished.includes(operation));
  return `${ROUNDS} kills within ${Math.round(lasts)} ms, ${died} before a usual end, ${others.length} of ${ROUNDS / 2} not repeated had been committed`;
};

const grouped = (table: string, from: string): string => `SELECT ${COLUMN[table] ?? "operation_id"}, count(*) FROM ${from} GROUP BY 1`;
const toMap = (rows: (string | null)[][]): Map<string, number> => new Map(rows.map(([operation, rows]) => [operation ?? "", Number(rows)]));

const main = (): void => {
  test("folder: a writer killed at any point leaves all or nothing", async (t) => {
    const folder = newFolder();
    after(() => rmSync(folder, { recursive: true, force: true }));
    const target = join(folder, "store");
    t.diagnostic(
      await killRounds({
        target,
        count: (table) => withEngine(async (connection) => toMap(await texts(connection, grouped(table, parquet(target, table))))),
      }),
    );
    assert.deepEqual(readdirSync(join(target, ".touchstone", "_p")), []);
  });

  test("duckdb: a writer killed at any point leaves all or nothing", async (t) => {
    const folder = newFolder();
    after(() => rmSync(folder, { recursive: true, force: true }));
    const target = join(folder, "store.duckdb");
    const count = (table: string): Promise<Map<string, number>> =>
      withEngine(async (connection) => {
        await connection.run(`ATTACH '${target}' AS store (READ_ONLY)`);
        return toMap(await texts(connection, grouped(table, `store.${table}`)));
      });
    t.diagnostic(await killRounds({ target, count }));
    assert.equal(existsSync(target), true);
    assert.deepEqual(readdirSync(folder), ["store.duckdb"]);
  });

  test("duckdb: a writer killed while it makes the file leaves none, or a whole one", async () => {
    for (let round = 0; round < ROUNDS / 2; round++) {
      const folder = newFolder();
      const target = join(folder, "store.duckdb");
      await runWriter(target, "run", Math.random() * 400);
      await runWriter(target, "next", null);
      assert.deepEqual(readdirSync(folder), ["store.duckdb"]);
      rmSync(folder, { recursive: true, force: true });
    }
  });

  const binaries = serverBinaries();
  test(
    "postgres: a writer killed at any point leaves all or nothing",
    { skip: binaries === null ? "no Postgres server is installed" : false },
    async (t) => {
      const server = await startServer(binaries!);
      after(() => server.stop());
      const count = (table: string): Promise<Map<string, number>> =>
        server.admin(async (client) =>
          toMap((await client.query<(string | null)[]>({ text: grouped(table, `kill.${table}`), rowMode: "array" })).rows),
        );
      t.diagnostic(await killRounds({ target: `${server.url()}?schema=kill`, count }));
    },
  );
};

const [, , verb, target, operation] = process.argv;
if (verb === "write") await writeOne(target ?? "", operation ?? "");
else main();
