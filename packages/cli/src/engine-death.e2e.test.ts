/** The engine process is killed while one container is scanned: that container fails, the others do not notice. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { after, test } from "node:test";
import { Report } from "@touchstone/core/model/report";
import { connect } from "@touchstone/engine/connectors/index";
import { withEngine } from "@touchstone/engine/enrichment/local-ground";
import { newGround } from "./terminal-ground.ts";
import { run } from "./run.ts";

const ground = newGround();
after(ground.remove);

/** Engine processes of this process. */
const engines = (): number[] =>
  execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...args]) => Number(parent) === process.pid && args.join(" ").includes("slot/child.ts"))
    .map(([pid]) => Number(pid));

const killEngines = (): void => {
  for (const pid of engines()) process.kill(pid, "SIGKILL");
};

/** Scans in this process and kills the engine when the scan of `victim` begins. */
const scanKilling = async (victim: string, words: readonly string[]): Promise<{ status: number; report: Report }> => {
  const isBegin = (text: string): boolean =>
    text.includes('"phase"') && text.includes(`"container":"${victim}"`) && text.includes('"scan"');
  let out = "";
  const status = await run(["scan", ...words, "--format", "json", "--progress", "ndjson", "--temp", ground.path("temp")], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (isBegin(text) ? killEngines() : undefined) },
    signal: new AbortController().signal,
    colour: false,
  });
  return { status, report: Report.parse(JSON.parse(out)) };
};

const assertOnlySecondFailed = ({ status, report }: { status: number; report: Report }): void => {
  assert.equal(status, 2);
  assert.deepEqual(
    report.containers.map(({ name, result, error, checks }) => [name, result, error?.code ?? null, checks.map((check) => check.status)]),
    [
      ["a", "success", null, ["passed"]],
      ["b", "failure", "ENGINE_DIED", []],
      ["c", "success", null, ["failed", "passed"]],
    ],
  );
  assert.deepEqual(readdirSync(ground.path("temp")), []);
  assert.deepEqual(engines(), []);
};

// The last check refers to a container that was staged by the engine that died.
ground.write(
  "checks.yaml",
  `- { rule_type: unique, container: a, fields: [id] }
- { rule_type: unique, container: b, fields: [id] }
- { rule_type: unique, container: c, fields: [id] }
- { rule_type: existsIn, container: c, fields: [id], properties: { ref_container: a, ref_field: id } }
`,
);
for (const [name, lines] of Object.entries({ a: "1,x\n2,y\n3,z", b: "1,x\n2,y", c: "1,x\n1,y" }))
  ground.write(`${name}.csv`, `id,${name}\n${lines}\n`);
const CSV = ["a", "b", "c"].map((name) => ground.path(`${name}.csv`));

const copied = (statements: readonly string[]): Promise<void> =>
  withEngine(async (connection) => {
    for (const sql of statements) await connection.run(sql);
  });

void test("one dead engine costs one of three CSV files", async () => {
  assertOnlySecondFailed(await scanKilling("b", [...CSV, "--checks", ground.path("checks.yaml")]));
});

void test("one dead engine costs one of three Parquet files", async () => {
  const paths = CSV.map((path) => path.replace(".csv", ".parquet"));
  await copied(paths.map((path, i) => `COPY (FROM '${CSV[i]}') TO '${path}' (FORMAT parquet)`));
  assertOnlySecondFailed(await scanKilling("b", [...paths, "--checks", ground.path("checks.yaml")]));
});

void test("one dead engine costs one of three tables", async () => {
  const path = ground.path("three.duckdb");
  await copied([`ATTACH '${path}' AS db`, ...CSV.map((csv, i) => `CREATE TABLE db.${"abc"[i]} AS FROM '${csv}'`), "DETACH db"]);
  assertOnlySecondFailed(await scanKilling("b", [path, "--checks", ground.path("checks.yaml")]));
});

void test("an engine that dies while files are listed costs one file", async () => {
  const datastore = await connect(CSV, { tempFolder: ground.path("temp") });
  try {
    killEngines();
    const catalog = await datastore.sync();
    assert.deepEqual(
      catalog.containers.map(({ name }) => name),
      ["b", "c"],
    );
    assert.deepEqual(
      catalog.failures.map(({ name, error }) => [name, error.code]),
      [["a", "ENGINE_DIED"]],
    );
    const { relation } = await datastore.open(catalog.containers[1]!);
    assert.deepEqual(await datastore.session.query(`SELECT count(*) AS rows FROM ${relation.from}`), [{ rows: 2 }]);
  } finally {
    await datastore.close();
  }
});
