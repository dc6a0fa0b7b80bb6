import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ErrorCode } from "@touchstone/core/errors";
import { describeWrite, openTarget } from "./index.ts";
import { newFolder, targetOptions, withEngine } from "./local-ground.ts";
import { recordAnomaly, sampleContainer, sampleOperation } from "./sample-report.ts";
import { failsWith } from "./target-cases.ts";
import type { EnrichmentTarget } from "./target.ts";

const orders = sampleContainer("orders", [["id", "Integral"]], [recordAnomaly("f", { id: 1 })]);
const write = describeWrite(sampleOperation(), "_p", [orders]);
const open = (target: string, waitMs = 200): Promise<EnrichmentTarget> =>
  openTarget(target, { ...targetOptions("_p", waitMs), source: "x" });

const inFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = newFolder();
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

test("the kind of a target is read off its name; the prefix off the source", () =>
  inFolder(async (folder) => {
    const kinds = [
      [join(folder, "store"), "folder"],
      [join(folder, "store.parquet"), "folder"],
      [join(folder, "store.duckdb"), "duckdb"],
    ] as const;
    for (const [target, kind] of kinds) assert.equal((await open(target)).kind, kind);
    assert.equal((await openTarget(join(folder, "s"), { source: "Sales EU" })).prefix, "_sales_eu");
    await failsWith("OPTION_INVALID", () => openTarget(join(folder, "s"), { source: "x", prefix: "No!" }));
    assert.equal(existsSync(join(folder, "store.duckdb")), false);
  }));

test("targets that cannot be, each with its error", () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, "file"), "x");
    writeFileSync(join(folder, "text.duckdb"), "this is no database, however long it may be");
    writeFileSync(join(folder, "empty.duckdb"), "");
    mkdirSync(join(folder, "folder.duckdb"));
    mkdirSync(join(folder, "taken", "_p_failed_checks"), { recursive: true });
    writeFileSync(join(folder, "taken", "_p_failed_checks", "notes.txt"), "mine");
    mkdirSync(join(folder, "taken2"));
    writeFileSync(join(folder, "taken2", "_p_failed_checks"), "mine");
    const cases: [string, ErrorCode, RegExp][] = [
      ["s3://bucket/x", "TARGET_KIND_UNKNOWN", /s3:/],
      ["mysql://me:secret@host/x?password=secret", "TARGET_KIND_UNKNOWN", /^((?!secret).)*$/],
      [join(folder, "file"), "TARGET_KIND_UNKNOWN", /file/],
      [join(folder, "file", "below"), "TARGET_READ_ONLY", /a file stands where a folder/],
      [join(folder, "file", "below.duckdb"), "TARGET_READ_ONLY", /a file stands where a folder/],
      [join(folder, "absent", "x.duckdb"), "TARGET_READ_ONLY", /does not exist/],
      ["/proc/enrichment", "TARGET_READ_ONLY", /./],
      [join(folder, "text.duckdb"), "TARGET_READ_ONLY", /not a DuckDB database/],
      [join(folder, "empty.duckdb"), "TARGET_READ_ONLY", /not a DuckDB database/],
      [join(folder, "folder.duckdb"), "TARGET_READ_ONLY", /a folder stands where a file/],
      [join(folder, "taken"), "TARGET_TABLE_FOREIGN", /_p_failed_checks/],
      [join(folder, "taken2"), "TARGET_TABLE_FOREIGN", /_p_failed_checks/],
    ];
    for (const [target, code, text] of cases) assert.match(await failsWith(code, () => open(target)), text, target);
  }));

test("a place that goes bad after opening: the error says why, and nothing is left half-written", () =>
  inFolder(async (folder) => {
    const target = await open(join(folder, "store"));
    rmSync(join(folder, "store"), { recursive: true });
    writeFileSync(join(folder, "store"), "now a file");
    await failsWith("TARGET_READ_ONLY", () => target.write(write));

    const file = await open(join(folder, "x.duckdb"));
    symlinkSync("/dev/full", join(folder, "x.duckdb"));
    await failsWith("DISK_FULL", () => file.write(write));
    assert.deepEqual(readdirSync(folder).sort(), ["store", "x.duckdb"]);
  }));

test("a DuckDB file that another process writes is TARGET_BUSY, and free again afterwards", () =>
  inFolder(async (folder) => {
    const file = join(folder, "x.duckdb");
    const target = await open(file);
    await target.write(write);
    await withEngine(async (connection) => {
      await connection.run(`ATTACH '${file}' AS store`);
      await failsWith("TARGET_BUSY", () => target.write(write));
      await failsWith("TARGET_BUSY", () => open(file));
    });
    await target.write(write);
  }));

const lockOf = (folder: string): string => join(folder, ".touchstone", "_p", "lock");
const NEVER_A_PID = 2 ** 22 + 1;

test("a folder's lock: held by the living, taken from the dead, never from another machine", () =>
  inFolder(async (folder) => {
    const target = await open(folder);
    const holders: [string, boolean][] = [
      [JSON.stringify({ pid: process.ppid, host: hostname(), started: null }), false],
      [JSON.stringify({ pid: process.ppid, host: hostname(), started: "1" }), true],
      [JSON.stringify({ pid: NEVER_A_PID, host: hostname(), started: null }), true],
      [JSON.stringify({ pid: NEVER_A_PID, host: "elsewhere", started: null }), false],
      ["", true],
      ['{"pid":', true],
    ];
    for (const [text, isStale] of holders) {
      writeFileSync(lockOf(folder), text);
      if (isStale) await target.write(write);
      else assert.match(await failsWith("TARGET_BUSY", () => target.write(write)), /process \d+ holds the lock/);
      rmSync(lockOf(folder), { force: true });
    }
    writeFileSync(`${lockOf(folder)}.${NEVER_A_PID}-0123abcd`, "{}");
    await open(folder);
    assert.deepEqual(readdirSync(join(folder, ".touchstone", "_p")), []);
  }));

test("what a killed writer left is finished when it was committed, swept when not", () =>
  inFolder(async (folder) => {
    const target = await open(folder);
    await target.write(write);
    const control = join(folder, ".touchstone", "_p");
    const table = (name: string): string => join(folder, name, "run-2.parquet");
    const stage = (staging: string): void => {
      mkdirSync(join(control, staging), { recursive: true });
      writeFileSync(join(control, staging, "0.parquet"), readFileSync(join(folder, "_p_failed_checks", "run-1.parquet")));
    };

    stage("staging-aa");
    await open(folder);
    assert.deepEqual(readdirSync(control), []);
    assert.equal(existsSync(table("_p_failed_checks")), false);

    stage("staging-bb");
    const moves = [
      { from: "0.parquet", to: "_p_failed_checks/run-2.parquet" },
      { from: "1.parquet", to: "_p_source_records/run-2.parquet" },
    ];
    writeFileSync(
      join(control, "commit.json"),
      JSON.stringify({ version: 1, staging: "staging-bb", removals: ["_p_check_metrics/run-1.parquet"], moves }),
    );
    await open(folder);
    assert.equal(existsSync(table("_p_failed_checks")), true);
    assert.equal(existsSync(join(folder, "_p_check_metrics", "run-1.parquet")), false);
    assert.deepEqual(readdirSync(control), []);
  }));

test("a manifest cannot lead out of the folder", () =>
  inFolder(async (folder) => {
    const target = await open(join(folder, "store"));
    writeFileSync(join(folder, "precious"), "x");
    const control = join(folder, "store", ".touchstone", "_p");
    writeFileSync(
      join(control, "commit.json"),
      JSON.stringify({ version: 1, staging: "staging-aa", removals: ["../precious"], moves: [] }),
    );
    await failsWith("TARGET_WRITE_FAILED", () => target.write(write));
    assert.equal(existsSync(join(folder, "precious")), true);
  }));

test("permissions: a folder that may not be written", { skip: process.getuid?.() === 0 ? "root may write everywhere" : false }, () =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, "closed"));
    chmodSync(join(folder, "closed"), 0o555);
    await failsWith("TARGET_READ_ONLY", () => open(join(folder, "closed")));
    await failsWith("TARGET_READ_ONLY", () => open(join(folder, "closed", "x.duckdb")));
  }),
);
