/** Scans of files the test writes, on the real engine; expressions are written by hand, so that no rule is in the way. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  add,
  aggregate,
  and,
  call,
  cast,
  eq,
  field,
  ge,
  gt,
  isNull,
  lt,
  matches,
  mul,
  not,
  num,
  oneOf,
  sub,
  text,
} from "@touchstone/core/expr/expr";
import type { Expr, FieldRef } from "@touchstone/core/expr/expr";
import { QualityCheck } from "@touchstone/core/model/check";
import { fails, holds, unasserted } from "@touchstone/core/rules/rule";
import type { Cell } from "@touchstone/core/rules/rule";
import { startEmbeddedPostgres } from "../conformance/embedded-postgres.ts";
import type { Datastore } from "../connectors/connector.ts";
import { connect } from "../connectors/index.ts";
import { explainTasks, runTasks } from "./run.ts";
import type { RunOptions } from "./run.ts";
import type { Task, TaskBody } from "./task.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-scan-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = 1000;
/** id 1..1000, amount = id % 100 (NULL every 250th), kind a..d, at = the date of the id. */
const orders = Array.from({ length: ROWS }, (_, i) => {
  const id = i + 1;
  return `${id},${id % 250 === 0 ? "" : id % 100},${"abcd"[id % 4]},2024-01-${String((id % 28) + 1).padStart(2, "0")},x${id % 300}`;
});
writeFileSync(join(folder, "orders.csv"), `id,amount,kind,day,code\n${orders.join("\n")}\n`);
writeFileSync(join(folder, "kinds.csv"), "kind,label\na,A\nb,B\nc,\n");
writeFileSync(join(folder, "empty.csv"), "id,amount,kind,day,code\n");

const postgres = await startEmbeddedPostgres();
const insert = (line: string) =>
  `(${line.replace(/^(\d+),(\d*),(\w),([\d-]+),(\w+)$/, (_, id, amount, kind, day, code) => `${id}, ${amount || "NULL"}, '${kind}', '${day}', '${code}'`)})`;
await postgres.admin(`CREATE TABLE orders (id int PRIMARY KEY, amount int, kind text, day date, code text); INSERT INTO orders VALUES ${orders.map(insert).join(", ")};
  CREATE TABLE kinds (kind text, label text); INSERT INTO kinds VALUES ('a', 'A'), ('b', 'B'), ('c', NULL)`);

/** Files have row ids and numbers, tables of Postgres have neither: the two ways of capturing. */
const ENGINES: Record<Engine, Datastore> = {
  files: await connect([join(folder, "orders.csv"), join(folder, "kinds.csv")]),
  postgres: await connect([postgres.url]),
};
type Engine = "files" | "postgres";
after(async () => {
  for (const datastore of Object.values(ENGINES)) await datastore.close();
  await postgres.stop();
});
const containers = { files: (await ENGINES.files.sync()).containers, postgres: (await ENGINES.postgres.sync()).containers };
const datastore = ENGINES.files;

const id = field("id", "Integral");
const amount = field("amount", "Integral");
const kind = field("kind", "String");
const code = field("code", "String");

let number = 0;
const task = (body: TaskBody, more: Partial<Task> = {}): Task => {
  const uid = more.uid ?? `t${++number}`;
  return {
    uid,
    check: QualityCheck.parse({ rule_type: "any", container: "orders" }),
    sentence: "it holds",
    fields: ["amount"],
    filter: null,
    scope: body.kind === "row" ? "slice" : "whole",
    coverage: null,
    measure: null,
    body,
    ...more,
  };
};
const row = (violates: Expr, more: Partial<Task> = {}) => task({ kind: "row", violates }, more);
const metric = (value: Expr, more: Partial<Task> = {}) =>
  task({ kind: "aggregate", metrics: { value }, reference: null, judge: (m) => fails("measured", 1, m["value"]) }, more);
const groups = (by: FieldRef[], more: Partial<Task> = {}) =>
  task(
    {
      kind: "groups",
      by,
      dropNulls: true,
      metrics: { duplicated: aggregate("sum", when1(gt(field("rows", "Integral"), num(1)), field("rows", "Integral"))) },
      judge: (m) => (Number(m["duplicated"] ?? 0) > 0 ? fails("duplicates", Number(m["duplicated"])) : holds()),
      offending: gt(field("rows", "Integral"), num(1)),
    },
    more,
  );
const when1 = (condition: Expr, then: Expr): Expr => ({ kind: "case", whens: [{ when: condition, then }], otherwise: null });
const member = (operand: Expr, filter: Expr | null = null, name = "kinds"): Expr => ({
  kind: "member",
  operands: [operand],
  of: { datastore: null, container: name, fields: ["kind"], filter },
});

const OPTIONS: RunOptions = {
  now: "2024-06-01T00:00:00Z",
  recordsMax: 3,
  examplesMax: 2,
  since: null,
  sampled: false,
  references: {},
  signal: undefined,
  onFraction: () => undefined,
};

const scan = async (tasks: Task[], options: Partial<RunOptions> = {}, engine: Engine = "files", name = "orders") => {
  const datastore = ENGINES[engine];
  const container = { ...containers[engine].find((each) => each.name === name)!, incremental_field: "id" };
  const { relation } = await datastore.open(container);
  return runTasks(datastore, container, relation, tasks, { ...OPTIONS, ...options });
};

type Outcome = [status: string, asserted: number | null, anomalous: number | null, why?: string];
const check = (name: string, tasks: Task[], expected: Outcome[], options: Partial<RunOptions> & { engines?: Engine[] } = {}): void => {
  for (const engine of options.engines ?? (["files", "postgres"] as const))
    void test(`${name} (${engine})`, async () => {
      const { checks } = await scan(tasks, options, engine);
      assert.deepEqual(
        checks.map((each) => [each.status, each.asserted_records, each.anomalous_records, ...(each.error ? [each.error.why] : [])]),
        expected,
      );
    });
};

check(
  "row checks count failing rows; NULL does not fail",
  [row(gt(amount, num(95))), row(isNull(amount)), row(lt(id, num(1)))],
  [
    ["failed", 1000, 40],
    ["failed", 1000, 4],
    ["passed", 1000, 0],
  ],
);
check(
  "a filter bounds what is asserted, and rows for which it is NULL are out",
  [row(gt(amount, num(95)), { filter: eq(kind, text("a")) }), row(isNull(amount), { filter: ge(amount, num(0)) })],
  [
    ["failed", 250, 10],
    ["passed", 996, 0],
  ],
);
check(
  "a coverage tolerates",
  [row(isNull(amount), { coverage: 0.99 }), row(isNull(amount), { coverage: 0.999 })],
  [
    ["passed", 1000, 4],
    ["failed", 1000, 4],
  ],
);
check(
  "members of a reference, NULL passing",
  [row(not(member(kind))), row(not(member(kind, not(isNull(field("label", "String")))))), row(member(kind))],
  [
    ["failed", 1000, 250],
    ["failed", 1000, 500],
    ["failed", 1000, 750],
  ],
);
check(
  "groups of equal keys",
  [groups([id]), groups([code]), groups([kind, code], { filter: lt(id, num(301)) })],
  [
    ["passed", 1000, 0],
    ["failed", 1000, 1000],
    ["passed", 300, 0],
  ],
);
check(
  "an order of the source's own",
  [
    task({ kind: "ordered", orderBy: null, violates: lt(id, { kind: "previous", operand: id, orderBy: [] }) }),
    task({ kind: "ordered", orderBy: null, violates: lt(amount, { kind: "previous", operand: amount, orderBy: [] }) }),
  ],
  [
    ["passed", 1000, 0],
    ["failed", 1000, 8],
  ],
  { engines: ["files"] },
);
check(
  "an order by a field",
  [task({ kind: "ordered", orderBy: [amount], violates: lt(amount, { kind: "previous", operand: amount, orderBy: [amount] }) })],
  [["passed", 1000, 0]],
);
check(
  "no order where the engine has none and the check names none",
  [task({ kind: "ordered", orderBy: null, violates: lt(id, { kind: "previous", operand: id, orderBy: [] }) })],
  [["unasserted", null, null, "the rows of orders have no order of their own, and the check names no field to order by"]],
  { engines: ["postgres"] },
);
check(
  "partitions",
  [
    task({
      kind: "partitions",
      judge: (partitions) =>
        fails(
          "seen",
          1,
          partitions.map(({ rows }) => rows),
        ),
    }),
  ],
  [["failed", 1000, 1]],
);
check(
  "likeness over distinct values",
  [
    task({
      kind: "clusters",
      value: kind,
      distinct: field("code", "String"),
      cluster: (values) => values.map((value) => (value === "a" ? 0 : 1)),
    }),
  ],
  [["failed", 1000, 1000]],
);
check(
  "what a group agrees on",
  [task({ kind: "consensus", value: kind, determinants: [[field("day", "Date")]], rowsMin: 3, shareMin: 0.6, missingFails: false })],
  [["passed", 1000, 0]],
);
check(
  "an incremental scan looks at new rows only, keys at all",
  [row(gt(amount, num(95))), groups([id]), metric(aggregate("count"))],
  [
    ["failed", 100, 4],
    ["passed", 1000, 0],
    ["failed", 1000, 1],
  ],
  { since: num(900) },
);

void test("aggregates come out right beside row checks and alone", async () => {
  const values: [Expr, Cell][] = [
    [aggregate("sum", amount), 49_400],
    [aggregate("count", amount), 996],
    [aggregate("min", amount), 0],
    [aggregate("max", kind), "d"],
    [aggregate("countDistinct", code), 300],
    [aggregate("quantile", id, null, 0.5), 500.5],
    [aggregate("countIf", gt(amount, num(95))), 40],
  ];
  const tasks = values.map(([value]) => metric(value));
  const beside = await scan([row(gt(amount, num(95))), ...tasks]);
  const alone = await scan(tasks);
  assert.deepEqual(
    alone.checks.map(({ measured }) => measured),
    values.map(([, value]) => value),
  );
  assert.deepEqual(
    beside.checks.slice(1).map(({ measured }) => measured),
    values.map(([, value]) => value),
  );
});

void test("statistics and value counts give the same answers as the shared pass", async () => {
  const tasks = [
    row(gt(amount, num(95)), { uid: "range fails" }),
    row(gt(amount, num(99)), { uid: "range holds" }),
    row(isNull(amount), { uid: "null fails" }),
    row(isNull(id), { uid: "null holds" }),
    row(not(oneOf(kind, [text("a"), text("b")])), { uid: "list fails" }),
    row(matches(kind, "^[a-c]$"), { uid: "pattern fails" }),
    row(gt(amount, id), { uid: "pair" }),
    row(eq(kind, text("a")), { uid: "filtered", filter: gt(amount, num(50)) }),
  ];
  const [plain, settled] = [await scan(tasks), await scan(tasks, { settleRowsMin: 0 })];
  assert.deepEqual(settled.checks, plain.checks);
  assert.deepEqual(settled.anomalies, plain.anomalies);
});

void test("a broken check spoils no other", async () => {
  const broken = row(gt(cast(code, "Integral"), num(1)));
  const native = row({ kind: "native", sql: "no_such_function(amount) > 1" });
  const { checks } = await scan([
    row(gt(amount, num(95))),
    broken,
    row(isNull(amount)),
    native,
    row(not(member(kind, null, "nowhere"))),
    groups([field("nothing", "String")]),
    groups([id]),
  ]);
  assert.deepEqual(
    checks.map((each) => [each.status, each.anomalous_records, each.error?.code ?? null]),
    [
      ["failed", 40, null],
      ["unasserted", null, "QUERY_FAILED"],
      ["failed", 4, null],
      ["unasserted", null, "QUERY_FAILED"],
      ["unasserted", null, "CONTAINER_UNKNOWN"],
      ["unasserted", null, "QUERY_FAILED"],
      ["passed", 0, null],
    ],
  );
});

void test("a failed schema check stops the container", async () => {
  const schema = task({ kind: "schema", judge: () => fails("a field is missing", 1), abortsContainer: true });
  const { checks } = await scan([row(isNull(amount)), schema]);
  assert.deepEqual(
    checks.map((each) => [each.status, each.error?.code ?? null]),
    [
      ["unasserted", "SCAN_STOPPED"],
      ["failed", null],
    ],
  );
});

void test("failing rows are captured with their numbers, capped, the rest rolled up", async () => {
  const high = row(gt(amount, num(97)), { uid: "high" });
  const missing = row(isNull(amount), { uid: "missing", fields: ["amount"] });
  const last = row(eq(id, num(198)), { uid: "last", fields: ["id"] });
  const { anomalies } = await scan([high, missing, last]);
  assert.deepEqual(
    anomalies.map((each) => [
      each.type,
      each.row,
      each.failed_checks.map(({ uid }) => uid),
      each.anomalous_records,
      each.examples.map((example) => example.row),
    ]),
    [
      ["record", 98, ["high"], 1, []],
      ["record", 99, ["high"], 1, []],
      ["record", 198, ["high", "last"], 1, []],
      ["record", 250, ["missing"], 1, []],
      ["record", 500, ["missing"], 1, []],
      ["record", 750, ["missing"], 1, []],
      ["shape", null, ["high"], 17, [199, 298]],
      ["shape", null, ["missing"], 1, [1000]],
    ],
  );
  assert.deepEqual(anomalies[0]!.record, { id: 98, amount: 98, kind: "c", day: "2024-01-15", code: "x98" });
  assert.equal(anomalies[0]!.partition, "orders.csv");
});

void test("without row ids the same rows are found, each once, with all its checks", async () => {
  const tasks = [
    row(gt(amount, num(97)), { uid: "high" }),
    row(eq(id, num(198)), { uid: "last" }),
    row(not(member(kind)), { uid: "member" }),
  ];
  const { anomalies } = await scan(tasks, {}, "postgres");
  assert.deepEqual(
    anomalies.map((each) => [each.type, each.record?.["id"] ?? null, each.failed_checks.map(({ uid }) => uid), each.anomalous_records]),
    [
      ["record", 3, ["member"], 1],
      ["record", 7, ["member"], 1],
      ["record", 11, ["member"], 1],
      ["record", 98, ["high"], 1],
      ["record", 99, ["high", "member"], 1],
      ["record", 198, ["high", "last"], 1],
      ["shape", null, ["high"], 17],
      ["shape", null, ["member"], 246],
    ],
  );
});

void test("without caps every failing row is shown", async () => {
  const { anomalies } = await scan([row(gt(amount, num(49))), row(not(member(kind)))], { recordsMax: "all" });
  assert.equal(anomalies.length, new Set(anomalies.map((each) => each.row)).size);
  assert.equal(anomalies.length, orders.filter((line) => Number(line.split(",")[1]) > 49 || line.split(",")[2] === "d").length);
});

void test("duplicates are shown group by group", async () => {
  const { anomalies } = await scan([groups([code])], { recordsMax: 2, examplesMax: 6 });
  assert.deepEqual(
    anomalies.map((each) => [each.type, each.examples.map((example) => example.row)]),
    [["shape", [1, 301, 601, 901, 2, 302]]],
  );
});

void test("the same scan gives the same fingerprints", async () => {
  const tasks = [row(gt(amount, num(90)), { uid: "a" }), groups([code], { uid: "b" })];
  const prints = async () => (await scan(tasks)).anomalies.map((each) => each.fingerprint);
  assert.deepEqual(await prints(), await prints());
});

void test("comparison of two containers by key", async () => {
  const compare = task({
    kind: "compare",
    reference: { datastore: null, container: "kinds", fields: [], filter: null },
    keys: ["kind"],
    compared: [{ name: "kind", differs: (a, b) => call("isDistinctFrom", a, b) }],
    changes: ["added", "removed", "changed"],
  });
  const { checks, anomalies } = await scan([compare]);
  assert.deepEqual(
    checks.map((each) => [each.status, each.measured]),
    [["failed", { added: 0, removed: 0, changed: 0, duplicate: 4 }]],
  );
  assert.equal(anomalies[0]!.examples.length, OPTIONS.examplesMax);
});

void test("an empty container passes row checks, and sums of nothing are unasserted", async () => {
  const empty = await connect([join(folder, "empty.csv")]);
  try {
    const [container] = (await empty.sync()).containers;
    const { relation } = await empty.open(container!);
    const sum = task({
      kind: "aggregate",
      metrics: { value: aggregate("sum", cast(amount, "Integral")) },
      reference: null,
      judge: (m) => (m["value"] === null ? unasserted("no rows") : holds()),
    });
    const { checks, records } = await runTasks(empty, container!, relation, [row(isNull(amount)), groups([code]), sum], OPTIONS);
    assert.deepEqual([records, checks.map(({ status }) => status)], [0, ["passed", "passed", "unasserted"]]);
  } finally {
    await empty.close();
  }
});

void test("10 000 checks that all fail on all rows: bounded evidence, exact counts", async () => {
  const tasks = Array.from({ length: 10_000 }, (_, i) => row(ge(id, sub(num(0), num(i)))));
  const { checks, anomalies, passes } = await scan(tasks);
  assert.equal(checks.filter((each) => each.status === "failed" && each.anomalous_records === ROWS).length, 10_000);
  assert.equal(anomalies.filter((each) => each.type === "record").length, 3);
  assert.equal(passes.length, 17);
});

void test("masks of many words: every check counts for itself", async () => {
  const tasks = Array.from({ length: 150 }, (_, i) => row(eq(call("mod", id, num(150)), num(i))));
  const { checks } = await scan(tasks);
  assert.deepEqual(
    checks.map((each) => each.anomalous_records),
    Array.from({ length: 150 }, (_, i) => orders.filter((line) => Number(line.split(",")[0]) % 150 === i).length),
  );
});

void test("a plan is told with its SQL without reading the container", async () => {
  const container = containers.files.find((each) => each.name === "orders")!;
  const { relation } = await datastore.open(container);
  const tasks = [
    row(and(gt(amount, num(1)), lt(amount, num(5)))),
    row(not(member(kind))),
    groups([id]),
    metric(aggregate("sum", mul(amount, add(amount, num(1))))),
    row(oneOf(kind, [text("z'z")])),
  ];
  const planned = await explainTasks(datastore, container, relation, tasks, OPTIONS);
  assert.deepEqual(
    planned.map((pass) => [pass.kind, pass.uids.length, pass.sql.length]),
    [
      ["shared", 2, 1],
      ["shared", 1, 1],
      ["groups", 1, 1],
    ],
  );
  assert.match(planned[0]!.sql[0]!, /GROUP BY 1/);
});
