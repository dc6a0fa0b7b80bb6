/**
 * Writers killed at random points, other ones each time (fewer where TOUCHSTONE_KILL_ROUNDS says so), and what stands in the tables afterwards.
 * The test file is also the writer: run with `write TARGET OPERATION` it writes one operation and says when it begins.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { describeWrite, openTarget } from "./index.ts";
import { newFolder, parquet, targetOptions, texts, withEngine } from "./local-ground.ts";
import { serverBinaries, startServer } from "./postgres-ground.ts";
import { recordAnomaly, sampleContainer, sampleOperation } from "./sample-report.ts";

const GIVEN_ROUNDS = process.env["TOUCHSTONE_KILL_ROUNDS"] ?? "24";
// Of a word there would be none, and everything would pass.
assert.match(GIVEN_ROUNDS, /^[1-9]\d*$/, "TOUCHSTONE_KILL_ROUNDS is a positive integer");
const ROUNDS = Number(GIVEN_ROUNDS);
const RECORDS = 1500;
/** Many tables make the moment of their commit long enough to be hit. */
const SMALL_CONTAINERS = 20;

/** What an operation stands for: all of this, or nothing. */
const WHOLE = {
  _p_failed_checks: RECORDS + SMALL_CONTAINERS,
  _p_source_records: RECORDS + SMALL_CONTAINERS,
  _p_scan_operations: 1 + SMALL_CONTAINERS,
  _p_check_metrics: 2 * (1 + SMALL_CONTAINERS),
  _p_remediation_orders: RECORDS,
  _p_remediation_small_0: 1,
  _p_remediation_small_19: 1,
};
type Counts = Record<string, number>;

const containerOf = (name: string, records: number): ReturnType<typeof sampleContainer> =>
  sampleContainer(
    name,
    [["id", "Integral"]],
    Array.from({ length: records }, (_, i) => recordAnomaly(`f${i}`, { id: i })),
  );

/** `onBegin` is called when the target is open. */
const writeOne = async (target: string, id: string, onBegin: () => void = () => undefined): Promise<void> => {
  const opened = await openTarget(target, { ...targetOptions("_p"), source: "x" });
  onBegin();
  const small = Array.from({ length: SMALL_CONTAINERS }, (_, i) => containerOf(`small ${i}`, 1));
  await opened.write(describeWrite(sampleOperation({ id }), "_p", [containerOf("orders", RECORDS), ...small]));
};

/** When a writer is killed: at once when a file appears (or when it writes, without one), and so many milliseconds later. */
type Kill = { file: string | null; afterMs: number };

const killLater = async (child: ChildProcess, { file, afterMs }: Kill): Promise<void> => {
  const isDue = (): boolean => file === null || existsSync(file) || child.exitCode !== null;
  while (!isDue()) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill("SIGKILL");
};

/** Runs a writer in a process of its own to its end, or to its death. How long it wrote. */
const runWriter = async (target: string, id: string, kill: Kill | null): Promise<number> => {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "write", target, id], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), exited]);
  const began = performance.now();
  if (kill !== null) await killLater(child, kill);
  const [code, signal] = (await exited) as [number | null, string | null];
  assert.ok(code === 0 || signal === "SIGKILL", `the writer ended with ${code ?? signal}`);
  return performance.now() - began;
};

type Store = {
  target: string;
  /** A file that appears when the operation begins to arrive; every other kill is aimed at it. */
  arriving: ((id: string) => string) | null;
  count: (table: string) => Promise<Map<string, number>>;
};

/** How long after that file a kill may come. */
const ARRIVING_MS = 40;

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
    const atRandom = { file: null, afterMs: Math.random() * lasts * 1.1 };
    const aimed = store.arriving === null || round % 4 < 2 ? atRandom : { file: store.arriving(id), afterMs: Math.random() * ARRIVING_MS };
    const took = await runWriter(store.target, id, aimed);
    if (took < lasts) died++;
    // Every other time the same operation again, else another one: the killed one is then whole or absent.
    const next = round % 2 === 0 ? id : `next-${round}`;
    await writeOne(store.target, next);
    finished.push(next);
    assertWhole(await countsOf(store), finished, `round ${round}`);
  }
  const others = [...(await countsOf(store)).keys()].filter((operation) => !finished.includes(operation));
  return `${ROUNDS} kills within ${Math.round(lasts)} ms, ${died} before a usual end, ${others.length} of ${Math.floor(ROUNDS / 2)} not repeated had been committed`;
};

const grouped = (table: string, from: string): string =>
  `SELECT ${table.includes("remediation") ? "enrichment_operation_id" : "operation_id"}, count(*) FROM ${from} GROUP BY 1`;
const toMap = (rows: (string | null)[][]): Map<string, number> => new Map(rows.map(([operation, rows]) => [operation ?? "", Number(rows)]));

const main = (): void => {
  test("folder: a writer killed at any point leaves all or nothing", async (t) => {
    const folder = newFolder();
    after(() => rmSync(folder, { recursive: true, force: true }));
    const target = join(folder, "store");
    t.diagnostic(
      await killRounds({
        target,
        arriving: (id) => join(target, "_p_failed_checks", `${id}.parquet`),
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
    t.diagnostic(await killRounds({ target, arriving: () => `${target}.wal`, count }));
    assert.equal(existsSync(target), true);
    assert.deepEqual(readdirSync(folder), ["store.duckdb"]);
  });

  test("duckdb: a writer killed while it makes the file leaves none, or a whole one", async () => {
    for (let round = 0; round < ROUNDS / 2; round++) {
      const folder = newFolder();
      const target = join(folder, "store.duckdb");
      await runWriter(target, "run", { file: null, afterMs: Math.random() * 400 });
      await writeOne(target, "next");
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
      t.diagnostic(await killRounds({ target: `${server.url()}?schema=kill`, arriving: null, count }));
    },
  );
};

const [, , verb, target, operation] = process.argv;
if (verb === "write") await writeOne(target ?? "", operation ?? "", () => void process.stdout.write("writing\n"));
else main();
