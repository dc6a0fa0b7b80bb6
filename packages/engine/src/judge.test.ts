import assert from "node:assert/strict";
import { test } from "node:test";
import { bool } from "@touchstone/core/expr/expr";
import { QualityCheck } from "@touchstone/core/model/check";
import { errorInfo } from "@touchstone/core/errors";
import { fails, holds, unasserted } from "@touchstone/core/rules/rule";
import { judge } from "./judge.ts";
import type { Measurement } from "./judge.ts";
import type { Task } from "./scan/task.ts";

const task = (coverage: number | null, filter: string | null = null): Task => ({
  uid: "orders__between__discount_pct",
  check: QualityCheck.parse({ rule_type: "between", container: "orders", fields: ["discount_pct"], coverage, filter }),
  sentence: "discount_pct lies between 0 and 35",
  fields: ["discount_pct"],
  filter: filter === null ? null : bool(true),
  scope: "slice",
  coverage,
  measure: null,
  body: { kind: "row", violates: bool(false) },
});

const check = (
  name: string,
  coverage: number | null,
  measurement: Measurement,
  expected: Partial<ReturnType<typeof judge>>,
  filter: string | null = null,
): void => {
  void test(name, () => {
    const result = judge(task(coverage, filter), measurement);
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, result[key as keyof typeof result]])), expected);
  });
};

const rows = (asserted: number, anomalous: number): Measurement => ({ kind: "rows", asserted, anomalous, measured: null });

check("no failing row passes", null, rows(10, 0), { status: "passed", asserted_records: 10, anomalous_records: 0, message: null });
check("one failing row fails", null, rows(10, 1), {
  status: "failed",
  message: "In discount_pct, 10% of 10 records (1) breaks the rule that discount_pct lies between 0 and 35",
});
check("full coverage is as none", 1, rows(10, 1), { status: "failed" });
check("an empty set passes", null, rows(0, 0), { status: "passed", asserted_records: 0 });
check("an empty set passes below full coverage", 0.5, rows(0, 0), { status: "passed" });
check("as many as the coverage allows pass", 0.995, rows(1000, 5), { status: "passed", anomalous_records: 5 });
check("one more fails", 0.995, rows(1000, 6), { status: "failed" });
check(
  "the message names filter and tolerance",
  0.99,
  rows(5000, 120),
  {
    status: "failed",
    message: "In discount_pct, 2.4% of 5000 filtered records (120) break the rule that discount_pct lies between 0 and 35; at most 1% may",
  },
  "channel = 'web'",
);
check("a share that rounds to nothing is said to be small", null, rows(10_000_000, 1), {
  message: "In discount_pct, less than 0.01% of 10000000 records (1) breaks the rule that discount_pct lies between 0 and 35",
});
check(
  "an error is unasserted, not passed",
  null,
  { kind: "error", error: errorInfo("ABORTED") },
  { status: "unasserted", error: errorInfo("ABORTED"), asserted_records: null },
);
check(
  "a verdict that holds",
  null,
  { kind: "verdict", asserted: 5, verdict: holds(12) },
  { status: "passed", measured: 12, anomalous_records: 0 },
);
check(
  "a verdict that fails",
  null,
  { kind: "verdict", asserted: 5, verdict: fails("the sum is 12", 5, 12n) },
  { status: "failed", measured: "12", anomalous_records: 5, message: "the sum is 12" },
);
check(
  "a verdict within the coverage",
  0.9,
  { kind: "verdict", asserted: 100, verdict: fails("2 duplicates", 2) },
  { status: "passed", anomalous_records: 2 },
);
check(
  "a verdict without ground",
  null,
  { kind: "verdict", asserted: 5, verdict: unasserted("nothing to sum") },
  { status: "unasserted", error: errorInfo("CHECK_UNASSERTED", "nothing to sum") },
);
check("values JSON lacks are text", null, { kind: "verdict", asserted: 5, verdict: holds(Number.NaN) }, { measured: "NaN" });
