import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import type { ErrorCode } from "@touchstone/core/errors";
import type { Cell } from "@touchstone/core/rules/rule";
import { scratch, scratchSlot } from "../connectors/scratch.ts";
import type { Slot } from "./slot.ts";

const at = scratch();
let slot: Slot;
before(async () => {
  slot = await scratchSlot(at);
});
after(async () => {
  await slot.close();
  at.remove();
});

const codeOf = async (work: Promise<unknown>): Promise<ErrorCode> => {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof UserError) return thrown.info.code;
    throw thrown;
  }
  throw new Error("nothing was thrown");
};

/** Takes minutes if nobody stops it. */
const ENDLESS = "SELECT count(*) FROM range(1000000000000) WHERE hash(range) % 3 = 7";

const CELLS: readonly (readonly [string, Cell])[] = [
  ["1::BIGINT", 1],
  ["9007199254740991::BIGINT", 9007199254740991],
  ["9007199254740993::BIGINT", 9007199254740993n],
  ["170141183460469231731687303715884105727::HUGEINT", 170141183460469231731687303715884105727n],
  ["-5::HUGEINT", -5],
  ["1.50::DECIMAL(10, 2)", 1.5],
  ["100::DECIMAL(5, 0)", 100],
  ["-0.10::DECIMAL(5, 2)", -0.1],
  ["12345678901234567.89::DECIMAL(25, 2)", "12345678901234567.89"],
  ["'nan'::DOUBLE", NaN],
  ["'-infinity'::DOUBLE", -Infinity],
  ["DATE '2024-02-29'", "2024-02-29"],
  ["TIMESTAMP '2024-02-29 01:02:03'", "2024-02-29 01:02:03"],
  ["TIMESTAMP '1969-12-31 23:59:59.5'", "1969-12-31 23:59:59.500000"],
  ["TIMESTAMPTZ '2024-02-29 01:02:03+02:00'", "2024-02-28 23:02:03"],
  ["TIMESTAMP_NS '2024-02-29 01:02:03.123456789'", "2024-02-29 01:02:03.123456"],
  ["TIMESTAMP 'infinity'", "infinity"],
  ["TIME '12:00:00'", "12:00:00"],
  ["INTERVAL 3 DAY", "3 days"],
  ["'\\x0A\\xFF'::BLOB", "0aff"],
  ["'a'::ENUM('a', 'b')", "a"],
  ["'00000000-0000-0000-0000-000000000001'::UUID", "00000000-0000-0000-0000-000000000001"],
  ["[DATE '2024-01-01', NULL]", ["2024-01-01", null]],
  ["{'a': 1, 'b': {'c': [2.5]}}", { a: 1, b: { c: [2.5] } }],
  ["MAP {'k': 1::BIGINT}", { k: 1 }],
  ["NULL", null],
  ["true", true],
  ["'nul' || chr(0) || '🙂'", "nul\0🙂"],
];

test("values arrive as cells", async () => {
  const [row] = await slot.session.query(`SELECT ${CELLS.map(([sql], i) => `${sql} AS c${i}`).join(", ")}`);
  for (const [i, [sql, expected]] of CELLS.entries()) assert.deepEqual(row?.[`c${i}`], expected, sql);
});

test("a field may be called __proto__", async () => {
  const [row] = await slot.session.query(`SELECT 1 AS "__proto__", 2 AS b`);
  assert.deepEqual(Object.entries(row ?? {}), [
    ["__proto__", 1],
    ["b", 2],
  ]);
});

const FAILURES: readonly (readonly [string, ErrorCode])[] = [
  ["SELECT no_such_column", "QUERY_FAILED"],
  ["SELECT 'secret'::INTEGER", "QUERY_FAILED"],
  ["SELECT 'parquet cannot open no space left'::INTEGER", "QUERY_FAILED"],
  ["SELECT * FROM range(300000)", "LIMIT_EXCEEDED"],
  ["SELECT * FROM read_text('/etc/passwd')", "QUERY_FAILED"],
  ["SELECT * FROM glob('/etc/*')", "QUERY_FAILED"],
  ["COPY (SELECT 1) TO '/tmp/touchstone-must-not-exist.csv'", "QUERY_FAILED"],
  ["ATTACH '/tmp/touchstone-must-not-exist.duckdb'", "QUERY_FAILED"],
  ["INSTALL httpfs", "QUERY_FAILED"],
  ["LOAD httpfs", "QUERY_FAILED"],
  ["SET threads = 1", "QUERY_FAILED"],
  ["SET enable_external_access = true", "QUERY_FAILED"],
  ["RESET allowed_directories", "QUERY_FAILED"],
];

test("failures are told by code, and the engine is locked", async () => {
  for (const [sql, code] of FAILURES) assert.equal(await codeOf(slot.session.query(sql)), code, sql);
  assert.deepEqual(await slot.session.query("SELECT 1 AS a"), [{ a: 1 }]);
});

test("no value of the data is in an error", async () => {
  for (const sql of ["SELECT 'secret'::INTEGER", "SELECT CAST(x AS DATE) FROM (SELECT 'secret' AS x)", "SELECT error('secret')"]) {
    await assert.rejects(slot.session.query(sql), (thrown: Error) => !thrown.message.includes("secret"), sql);
  }
});

test("an abort stops the statement and leaves the session usable", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  const started = performance.now();
  assert.equal(await codeOf(slot.session.query(ENDLESS, { signal: controller.signal })), "ABORTED");
  assert.ok(performance.now() - started < 2_000);
  assert.equal(await codeOf(slot.session.query("SELECT 1", { signal: controller.signal })), "ABORTED");
  assert.deepEqual(await slot.session.query("SELECT 2 AS b"), [{ b: 2 }]);
});

test("an abort reaches a statement that is still waiting", async () => {
  const first = new AbortController();
  const second = new AbortController();
  const running = codeOf(slot.session.query(ENDLESS, { signal: first.signal }));
  const waiting = codeOf(slot.session.query("SELECT 1", { signal: second.signal }));
  second.abort();
  setTimeout(() => first.abort(), 50);
  assert.deepEqual(await Promise.all([running, waiting]), ["ABORTED", "ABORTED"]);
});

test("a stream gives batches, as many as are wanted", async () => {
  const sizes: number[] = [];
  for await (const rows of slot.session.stream("SELECT range AS a FROM range(5000)", 2000)) sizes.push(rows.length);
  assert.deepEqual(sizes, [2000, 2000, 1000]);
  for await (const rows of slot.session.stream("SELECT range AS a FROM range(1000000000000)", 10)) {
    assert.equal(rows.length, 10);
    break;
  }
  assert.deepEqual(await slot.session.query("SELECT 3 AS c"), [{ c: 3 }]);
  const controller = new AbortController();
  const read = async (): Promise<void> => {
    for await (const _ of slot.session.stream("SELECT range AS a FROM range(1000000000000)", 10, { signal: controller.signal }))
      controller.abort();
  };
  assert.equal(await codeOf(read()), "ABORTED");
});

test("temporary tables belong to the session", async () => {
  await slot.session.run("CREATE TEMP TABLE kept AS SELECT 7 AS a");
  assert.deepEqual(await slot.session.query("SELECT a FROM kept"), [{ a: 7 }]);
});

test("progress is told", async () => {
  const fractions: number[] = [];
  await slot.session.run("CREATE OR REPLACE TEMP TABLE numbers AS SELECT range AS a FROM range(3000000)");
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 700);
  const work = slot.session.query("SELECT max(sqrt(a.a + b.b)) FROM numbers a, (SELECT range AS b FROM range(10000)) b", {
    signal: controller.signal,
    onProgress: (fraction) => fractions.push(fraction),
  });
  assert.equal(await codeOf(work), "ABORTED");
  assert.ok(fractions.every((fraction) => fraction >= 0 && fraction <= 1));
});

test("the engine leaves signals to its parent", async () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(slot.pid, signal);
  assert.deepEqual(await slot.session.query("SELECT 4 AS d"), [{ d: 4 }]);
});

test("a setup that fails is told, without the secrets in it", async () => {
  const setup = ["CREATE SECRET s (TYPE nonsense, KEY_ID 'hidden')"];
  await assert.rejects(scratchSlot(at, { setup }), (thrown: Error) => !`${thrown.message}${String(thrown.cause)}`.includes("hidden"));
  writeFileSync(at.path("broken.duckdb"), "this is no database");
  assert.equal(await codeOf(scratchSlot(at, { setup: [`ATTACH '${at.path("broken.duckdb")}' (READ_ONLY)`] })), "SOURCE_UNREADABLE");
});
