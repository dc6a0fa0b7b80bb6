/** What scans answer, on a file and on Postgres. */
import assert from "node:assert/strict";
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
  text,
} from "@touchstone/core/expr/expr";
import type { Expr } from "@touchstone/core/expr/expr";
import { fails, holds, unasserted } from "@touchstone/core/rules/rule";
import type { Cell } from "@touchstone/core/rules/rule";
import { explainTasks, runTasks } from "./run.ts";
import type { RunOptions } from "./run.ts";
import type { Task } from "./task.ts";
import type { Engine } from "./orders-fixture.ts";
import { LINES, OPTIONS, amount, code, groups, id, kind, member, metric, openOrders, row, task } from "./orders-fixture.ts";

const orders = await openOrders(["files", "postgres"]);
after(orders.close);
const datastore = orders.datastores.files!;

type Outcome = [status: string, asserted: number | null, anomalous: number | null, why?: string];
const check = (name: string, tasks: Task[], expected: Outcome[], options: Partial<RunOptions> & { engines?: Engine[] } = {}): void => {
  for (const engine of options.engines ?? (["files", "postgres"] as const))
    void test(`${name} (${engine})`, async () => {
      const { checks } = await orders.scan(tasks, options, engine);
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
  "patterns on one text, looked for together",
  [
    row(matches(code, "x[0-9]{3}")),
    row(not(matches(code, "^x[0-9]+$"))),
    row(not(matches(code, "^x[0-9]{1,2}$"))),
    row(matches(code, "7$")),
    row(matches(kind, "[ab]")),
    row(not(matches(kind, "^[b-z]$"))),
  ],
  [
    ["failed", 1000, 601],
    ["passed", 1000, 0],
    ["failed", 1000, 601],
    ["failed", 1000, 100],
    ["failed", 1000, 500],
    ["failed", 1000, 250],
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
  "of a reference without keys every value is missing, and no NULL is",
  [row(not(member(amount, isNull(field("kind", "String"))))), row(member(amount, isNull(field("kind", "String"))))],
  [
    ["failed", 1000, 996],
    ["passed", 1000, 0],
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
  const beside = await orders.scan([row(gt(amount, num(95))), ...tasks]);
  const alone = await orders.scan(tasks);
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
    row(matches(code, "[15]$"), { uid: "pattern of another field fails" }),
    row(matches(kind, "^[a-c]$"), { uid: "pattern fails" }),
    row(gt(amount, id), { uid: "pair" }),
    row(eq(kind, text("a")), { uid: "filtered", filter: gt(amount, num(50)) }),
  ];
  for (const since of [null, num(500)]) {
    const [plain, settled] = [await orders.scan(tasks, { since }), await orders.scan(tasks, { since, settleRowsMin: 0 })];
    assert.deepEqual(settled.checks, plain.checks);
    assert.deepEqual(settled.anomalies, plain.anomalies);
  }
});

void test("a broken check spoils no other", async () => {
  const broken = row(gt(cast(code, "Integral"), num(1)));
  const native = row({ kind: "native", sql: "no_such_function(amount) > 1" });
  const { checks } = await orders.scan([
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
  const { checks } = await orders.scan([row(isNull(amount)), schema]);
  assert.deepEqual(
    checks.map((each) => [each.status, each.error?.code ?? null]),
    [
      ["unasserted", "SCAN_STOPPED"],
      ["failed", null],
    ],
  );
});

void test("comparison of two containers by key", async () => {
  const compare = task({
    kind: "compare",
    reference: { datastore: null, container: "kinds", fields: [], filter: null },
    keys: ["kind"],
    compared: [{ name: "kind", differs: (a, b) => call("isDistinctFrom", a, b) }],
    changes: ["added", "removed", "changed"],
  });
  const { checks, anomalies } = await orders.scan([compare]);
  assert.deepEqual(
    checks.map((each) => [each.status, each.measured]),
    [["failed", { added: 0, removed: 0, changed: 0, duplicate: 4 }]],
  );
  assert.equal(anomalies[0]!.examples.length, OPTIONS.examplesMax);
});

void test("an empty container passes row checks, and sums of nothing are unasserted", async () => {
  const { relation } = await datastore.open(orders.container("files"));
  const none = {
    from: `(SELECT * FROM ${relation.from} WHERE FALSE)`,
    rowId: null,
    rowsIn: null,
    rowNumber: null,
    partition: null,
    records: 0,
  };
  const sum = task({
    kind: "aggregate",
    metrics: { value: aggregate("sum", amount) },
    reference: null,
    judge: (m) => (m["value"] === null ? unasserted("no rows") : holds()),
  });
  const { checks, records } = await runTasks(
    datastore,
    orders.container("files"),
    none,
    [row(isNull(amount)), groups([code]), sum],
    OPTIONS,
  );
  assert.deepEqual([records, checks.map(({ status }) => status)], [0, ["passed", "passed", "unasserted"]]);
});

void test("masks of many words: every check counts for itself", async () => {
  const tasks = Array.from({ length: 150 }, (_, i) => row(eq(call("mod", id, num(150)), num(i))));
  const { checks } = await orders.scan(tasks);
  assert.deepEqual(
    checks.map((each) => each.anomalous_records),
    Array.from({ length: 150 }, (_, i) => LINES.filter((line) => Number(line.split(",")[0]) % 150 === i).length),
  );
});

void test("a plan is told with its SQL without reading the container", async () => {
  const container = orders.container("files");
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
