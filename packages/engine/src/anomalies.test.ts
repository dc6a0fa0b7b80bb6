import assert from "node:assert/strict";
import { test } from "node:test";
import { bool } from "@touchstone/core/expr/expr";
import { QualityCheck } from "@touchstone/core/model/check";
import type { Cell } from "@touchstone/core/rules/rule";
import { anomaliesOf } from "./anomalies.ts";
import type { AnomalyOptions, CapturedRow } from "./anomalies.ts";
import { judge } from "./judge.ts";
import type { Task } from "./scan/task.ts";

const task = (uid: string, field: string, more: Partial<QualityCheck> = {}): Task => {
  const check = QualityCheck.parse({ rule_type: "positive", container: "t", fields: [field], ...more });
  return {
    uid,
    check,
    sentence: `${field} is above 0`,
    fields: [field],
    filter: null,
    scope: "slice",
    coverage: check.coverage,
    measure: null,
    body: { kind: "row", violates: bool(false) },
  };
};

const fieldsOf = (masked: string[]) => ["k", "a", "b"].map((name) => ({ name, masked: masked.includes(name) }));

const row = (id: number, values: Record<string, Cell>, uids: string[]): CapturedRow => ({
  id: BigInt(id),
  row: id + 1,
  partition: "t.csv",
  cells: fieldsOf([]).map(({ name }) => values[name] ?? null),
  uids: new Set(uids),
});

const OPTIONS: AnomalyOptions = { recordsMax: 10, examplesMax: 10, fields: fieldsOf([]), keyFields: null, scope: "full" };

const run = (tasks: Task[], counts: Record<string, number>, rows: CapturedRow[], options: Partial<AnomalyOptions> = {}) =>
  anomaliesOf(
    {
      tasks,
      rows,
      results: new Map(
        tasks.map((each) => [each.uid, judge(each, { kind: "rows", asserted: 100, anomalous: counts[each.uid] ?? 0, measured: null })]),
      ),
      examples: new Map(),
    },
    { ...OPTIONS, ...options },
  );

const check = (name: string, actual: () => unknown, expected: unknown): void => {
  void test(name, () => assert.deepEqual(actual(), expected));
};

const A = task("t__positive__a", "a");
const B = task("t__positive__b", "b");
const bad = (id: number, uids: string[]) => row(id, { k: id, a: -id, b: -1 }, uids);

check(
  "one row that breaks two checks is one anomaly",
  () =>
    run([A, B], { [A.uid]: 1, [B.uid]: 1 }, [bad(4, [A.uid, B.uid])]).map((a) => [
      a.type,
      a.row,
      a.fields,
      a.failed_checks.length,
      a.message,
    ]),
  [
    [
      "record",
      5,
      ["a", "b"],
      2,
      "The value of a is '-4', which breaks the rule that a is above 0. The value of b is '-1', which breaks the rule that b is above 0",
    ],
  ],
);

check(
  "rows come in the order of the source, whatever the order they were captured in",
  () => run([A], { [A.uid]: 3 }, [bad(9, [A.uid]), bad(2, [A.uid]), bad(5, [A.uid])]).map((a) => a.row),
  [3, 6, 10],
);

check(
  "past the cap the rest is one shape anomaly with examples",
  () =>
    run(
      [A],
      { [A.uid]: 50 },
      [1, 2, 3, 4, 5].map((id) => bad(id, [A.uid])),
      { recordsMax: 3, examplesMax: 1 },
    ).map((a) => [a.type, a.anomalous_records, a.examples.map((e) => e.row)]),
  [
    ["record", 1, []],
    ["record", 1, []],
    ["record", 1, []],
    ["shape", 47, [5]],
  ],
);

check(
  "a row past the cap of one check is shown for another, and not summed up again",
  () =>
    run([A, B], { [A.uid]: 3, [B.uid]: 1 }, [bad(1, [A.uid]), bad(2, [A.uid]), bad(3, [A.uid, B.uid])], { recordsMax: 2 }).map((a) => [
      a.type,
      a.row,
      a.failed_checks.map(({ uid }) => uid),
    ]),
  [
    ["record", 2, [A.uid]],
    ["record", 3, [A.uid]],
    ["record", 4, [A.uid, B.uid]],
  ],
);

check(
  "below full coverage there is one shape anomaly and no record",
  () => run([task("c", "a", { coverage: 0.99 })], { c: 5 }, [bad(1, ["c"])]).map((a) => [a.type, a.anomalous_records, a.examples.length]),
  [["shape", 5, 1]],
);

check("a passing check leaves no anomaly", () => run([task("c", "a", { coverage: 0.5 })], { c: 5 }, [bad(1, ["c"])]), []);

check(
  "a masked value is neither in the record nor in the message",
  () =>
    run([A], { [A.uid]: 1 }, [row(1, { k: 1, a: "digest", b: 2 }, [A.uid])], { fields: fieldsOf(["a"]) }).map((a) => [a.record, a.message]),
  [[{ k: 1, a: "***MASKED***", b: 2 }, "The record breaks the rule that a is above 0"]],
);

check(
  "a field of the record may be the message",
  () => run([task("c", "a", { anomaly_message_field: "b" })], { c: 1 }, [row(1, { a: -1, b: "call Ann" }, ["c"])]).map((a) => a.message),
  ["call Ann"],
);

check(
  "values are safe for JSON",
  () =>
    run([A], { [A.uid]: 1 }, [row(1, { k: 9007199254740993n, a: Number.NaN, b: { x: [1n, Infinity] } }, [A.uid])]).map((a) =>
      JSON.stringify(a.record),
    ),
  ['{"k":"9007199254740993","a":"NaN","b":{"x":["1","Infinity"]}}'],
);

const fingerprints = (rows: CapturedRow[], options: Partial<AnomalyOptions> = {}) =>
  run([A], { [A.uid]: rows.length }, rows, options).map((a) => a.fingerprint);

void test("a fingerprint knows a row again by its values, or by its key alone", () => {
  const one = row(1, { k: 1, a: -1, b: "x" }, [A.uid]);
  const moved = { ...one, id: 7n, row: 8, partition: "other.csv" };
  const changed = row(1, { k: 1, a: -1, b: "y" }, [A.uid]);
  assert.deepEqual(fingerprints([moved]), fingerprints([one]));
  assert.notDeepEqual(fingerprints([changed]), fingerprints([one]));
  assert.deepEqual(fingerprints([changed], { keyFields: ["k"] }), fingerprints([one], { keyFields: ["k"] }));
  assert.match(fingerprints([one])[0]!, /^[0-9a-f]{32}$/);
  const unkeyed = row(1, { k: null, a: -1, b: "x" }, [A.uid]);
  assert.deepEqual(fingerprints([unkeyed], { keyFields: ["k"] }), fingerprints([unkeyed]));
});

void test("rows equal in every value are findings apart", () => {
  const twins = fingerprints([row(1, { k: 1, a: -1, b: 0 }, [A.uid]), row(2, { k: 1, a: -1, b: 0 }, [A.uid])]);
  assert.equal(new Set(twins).size, 2);
});
