import assert from "node:assert/strict";
import { test } from "node:test";
import { aggregate, call, field, gt, isNull, lt, not, num, oneOf, or, text } from "@touchstone/core/expr/expr";
import type { Expr } from "@touchstone/core/expr/expr";
import { QualityCheck } from "@touchstone/core/model/check";
import { holds } from "@touchstone/core/rules/rule";
import { planScan } from "./plan.ts";
import type { Pass, PlanOptions } from "./plan.ts";
import type { Task, TaskBody } from "./scan/task.ts";

const x = field("x", "Integral");
const y = field("y", "Fractional");
let number = 0;
const task = (body: TaskBody, more: Partial<Task> = {}): Task => ({
  uid: `t${++number}`,
  check: QualityCheck.parse({ rule_type: "any", container: "t" }),
  sentence: "",
  fields: [],
  filter: null,
  scope: "slice",
  coverage: null,
  measure: null,
  body,
  ...more,
});
const row = (violates: Expr, more: Partial<Task> = {}) => task({ kind: "row", violates }, more);
const sum = (metric: Expr, more: Partial<Task> = {}) =>
  task({ kind: "aggregate", metrics: { metric }, reference: null, judge: () => holds() }, { scope: "whole", ...more });
const groups = (by: Expr[], more: Partial<Task> = {}) =>
  task({ kind: "groups", by, dropNulls: true, metrics: {}, judge: () => holds(), offending: null }, { scope: "whole", ...more });
const member = (of: string): Expr =>
  not({ kind: "member", operands: [x], of: { datastore: null, container: of, fields: ["id"], filter: null } });

const OPTIONS: PlanOptions = { incremental: false, recordsKnown: true, incrementalField: null, predicatesMax: 600 };

const inWords = (pass: Pass): string => {
  if (pass.kind !== "shared") return pass.kind === "groups" ? `groups of ${pass.uids.length}` : pass.kind;
  const source =
    pass.source.kind === "ordered" ? " in order" : pass.source.joins.length > 0 ? ` joined with ${pass.source.joins.length}` : "";
  return `shared ${pass.scope}${source}: ${pass.predicates.length} predicates, ${pass.filters.length} filters, ${pass.aggregates.length} aggregates`;
};

const check = (name: string, tasks: Task[], expected: string[], options: Partial<PlanOptions> = {}): void => {
  void test(name, () => assert.deepEqual(planScan(tasks, { ...OPTIONS, ...options }).passes.map(inWords), expected));
};

check("nothing to do", [], []);
check("rows are counted when unknown", [], ["shared whole: 0 predicates, 0 filters, 0 aggregates"], { recordsKnown: false });
check(
  "row checks and mergeable aggregates share one pass",
  [row(isNull(x)), row(gt(x, num(3))), sum(aggregate("sum", y))],
  ["shared whole: 2 predicates, 0 filters, 1 aggregates"],
);
check("equal predicates are one", [row(isNull(x)), row(isNull(x))], ["shared whole: 1 predicates, 0 filters, 0 aggregates"]);
check(
  "each distinct filter is counted once",
  [row(isNull(x), { filter: gt(y, num(0)) }), row(lt(x, num(1)), { filter: gt(y, num(0)) })],
  ["shared whole: 2 predicates, 1 filters, 0 aggregates"],
);
check(
  "a mean shares the pass as sum and count",
  [row(isNull(x)), sum(aggregate("mean", y))],
  ["shared whole: 1 predicates, 0 filters, 2 aggregates"],
);
check(
  "a distinct count beside row checks needs a pass of its own",
  [row(isNull(x)), sum(aggregate("countDistinct", x)), sum(aggregate("quantile", x, null, 0.5))],
  ["shared whole: 1 predicates, 0 filters, 0 aggregates", "aggregates"],
);
check("alone it is the shared pass", [sum(aggregate("countDistinct", x))], ["shared whole: 0 predicates, 0 filters, 1 aggregates"]);
check("one grouping per distinct keys", [groups([x]), groups([x]), groups([x, y])], ["groups of 2", "groups of 1"]);
check(
  "one join per distinct reference",
  [row(member("a")), row(member("a"), { filter: gt(x, num(0)) }), row(member("b"))],
  [
    "shared whole: 0 predicates, 1 filters, 0 aggregates",
    "shared whole joined with 1: 2 predicates, 0 filters, 0 aggregates",
    "shared whole joined with 1: 1 predicates, 0 filters, 0 aggregates",
  ],
);
check(
  "an order is a pass of its own",
  [row(isNull(x)), task({ kind: "ordered", orderBy: [x], violates: lt(x, { kind: "previous", operand: x, orderBy: [] }) })],
  ["shared whole: 1 predicates, 0 filters, 0 aggregates", "shared whole in order: 1 predicates, 0 filters, 0 aggregates"],
);
check(
  "an incremental scan reads the slice for rows and the whole for keys and sums",
  [row(isNull(x)), groups([x]), sum(aggregate("sum", x))],
  ["shared slice: 1 predicates, 0 filters, 1 aggregates", "shared whole: 0 predicates, 0 filters, 1 aggregates", "groups of 1"],
  { incremental: true, incrementalField: x },
);
check("a schema check reads nothing", [task({ kind: "schema", judge: () => holds(), abortsContainer: true })], ["schema"]);
check(
  "10 000 checks are 17 statements",
  Array.from({ length: 10_000 }, (_, i) => row(gt(x, num(i)))),
  Array.from({ length: 17 }, (_, i) => `shared whole: ${i < 16 ? 600 : 400} predicates, 0 filters, 0 aggregates`),
);
check(
  "long value lists are split too",
  Array.from({ length: 4 }, (_, i) =>
    row(
      oneOf(
        x,
        Array.from({ length: 20_000 }, (_, j) => text(`${i} ${j}`)),
      ),
    ),
  ),
  Array.from({ length: 4 }, () => "shared whole: 1 predicates, 0 filters, 0 aggregates"),
);
check(
  "element memberships stay in the shared pass",
  [
    row({
      kind: "anyElement",
      array: field("a", "Array"),
      predicate: {
        kind: "member",
        operands: [{ kind: "element", type: "String" }],
        of: { datastore: null, container: "b", fields: ["id"], filter: null },
      },
    }),
  ],
  ["shared whole: 1 predicates, 0 filters, 0 aggregates"],
);
check(
  "a consensus joins one leader table per determinant",
  [
    task(
      {
        kind: "consensus",
        value: field("city", "String"),
        determinants: [[field("zip", "String")], [field("phone", "String")]],
        rowsMin: 3,
        shareMin: 0.6,
        missingFails: false,
      },
      { scope: "whole" },
    ),
  ],
  ["shared whole joined with 2: 1 predicates, 0 filters, 0 aggregates"],
);
check(
  "the kinds that read on their own",
  [
    task({ kind: "partitions", judge: () => holds() }),
    task({ kind: "clusters", value: field("n", "String"), distinct: x, cluster: () => [] }),
    task({ kind: "row", violates: or(isNull(x), call("isNaN", y)) }),
  ],
  ["shared whole: 1 predicates, 0 filters, 0 aggregates", "partitions", "clusters"],
);
