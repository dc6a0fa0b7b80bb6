import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckOutcome, FoundAnomaly } from "@touchstone/core/model/dataplane";
import { decide, passedRows, settledChecks, type KnownAnomaly, type Recurrence } from "./anomaly-decisions.ts";
import { resultOf } from "./end.ts";

const found = (fingerprint: string, more: Partial<FoundAnomaly> = {}): FoundAnomaly => ({
  uuid: "00000000-0000-4000-8000-000000000001",
  type: "record",
  fingerprint,
  message: "",
  fields: [],
  row: null,
  partition: null,
  anomalous_records: 1,
  row_key: null,
  failed_checks: [{ check_id: 1, version: 1, message: "" }],
  ...more,
});

test("recurrence", () => {
  const known = (...all: [number, string][]): KnownAnomaly[] => all.map(([id, status]) => ({ id, fingerprint: "f", status }));
  const cases: {
    name: string;
    known: KnownAnomaly[];
    recurrence?: Partial<Recurrence>;
    want: [string | null, number | null, number | null];
  }[] = [
    { name: "new", known: [], want: ["Active", null, null] },
    { name: "another's", known: [{ id: 1, fingerprint: "g", status: "Active" }], want: ["Active", null, null] },
    { name: "open", known: known([1, "Active"]), want: ["Duplicate", null, null] },
    { name: "acknowledged", known: known([1, "Acknowledged"]), want: ["Duplicate", null, null] },
    { name: "counted", known: known([1, "Active"], [2, "Duplicate"]), recurrence: { duplicates: "counted" }, want: [null, 1, null] },
    { name: "resolved", known: known([1, "Resolved"]), want: ["Active", null, null] },
    { name: "reopened", known: known([1, "Resolved"], [3, "Invalid"]), recurrence: { reactivate: true }, want: ["Duplicate", null, 3] },
    {
      name: "open before reopened",
      known: known([1, "Active"], [3, "Resolved"]),
      recurrence: { reactivate: true },
      want: ["Duplicate", null, null],
    },
    { name: "only duplicates left", known: known([2, "Duplicate"]), recurrence: { reactivate: true }, want: ["Active", null, null] },
  ];
  for (const { name, known: before, recurrence, want } of cases) {
    const [decision] = decide([found("f")], before, { duplicates: "archived", reactivate: false, ...recurrence });
    assert.deepEqual([decision!.status, decision!.counted, decision!.reactivated], want, name);
  }
});

const outcome = (status: CheckOutcome["status"], anomalous: number | null, whole = true): CheckOutcome => ({
  check_id: 1,
  version: 1,
  status,
  asserted_records: 10,
  anomalous_records: anomalous,
  measured: null,
  error: null,
  whole,
});

test("which rows passed when they were looked at again", () => {
  const cases: { name: string; outcome: CheckOutcome; found: FoundAnomaly[]; want: [keys: string[], checks: number[]] }[] = [
    { name: "passed", outcome: outcome("passed", 0, false), found: [], want: [["a", "b"], [1]] },
    { name: "one fails still", outcome: outcome("failed", 1, false), found: [found("f", { row_key: "b" })], want: [["a"], [1]] },
    { name: "rolled up", outcome: outcome("failed", 9, false), found: [found("f", { type: "shape" })], want: [["a", "b"], []] },
    { name: "unasserted", outcome: outcome("unasserted", null, false), found: [], want: [["a", "b"], []] },
  ];
  for (const { name, outcome: one, found: anomalies, want } of cases) {
    const { keys, checks } = passedRows({ checks: [one], seen_keys: ["a", "b"] }, anomalies);
    assert.deepEqual([keys, checks], want, name);
  }
});

test("which checks say all there is to say", () => {
  const cases: { name: string; outcome: CheckOutcome; found: FoundAnomaly[]; settled: boolean }[] = [
    { name: "passed", outcome: outcome("passed", 0), found: [], settled: true },
    { name: "passed on a slice", outcome: outcome("passed", 0, false), found: [], settled: false },
    { name: "unasserted", outcome: outcome("unasserted", null), found: [], settled: false },
    { name: "all failing rows told", outcome: outcome("failed", 2), found: [found("a"), found("b")], settled: true },
    { name: "some rolled up", outcome: outcome("failed", 3), found: [found("a"), found("s", { type: "shape" })], settled: false },
    { name: "failed without a count", outcome: outcome("failed", null), found: [found("a")], settled: false },
  ];
  for (const { name, outcome: one, found: anomalies, settled } of cases)
    assert.deepEqual(settledChecks([one], anomalies), settled ? [1] : [], name);
});

test("how an operation ends", () => {
  const ended = (...results: string[]) => results.map((result, i) => ({ container: `c${i}`, result, message: "why" }));
  const cases: { name: string; given: Parameters<typeof resultOf>; want: [string, boolean] }[] = [
    { name: "nothing to do", given: [[], {}], want: ["success", false] },
    { name: "all well", given: [ended("success", "success"), {}], want: ["success", false] },
    { name: "one failed", given: [ended("success", "failure"), {}], want: ["success", true] },
    { name: "all failed", given: [ended("failure", "failure"), {}], want: ["failure", true] },
    { name: "aborted", given: [ended("success"), { aborted: true }], want: ["aborted", false] },
    { name: "could not run", given: [ended("success"), { error: { code: "X", what: "x", why: "y" } }], want: ["failure", true] },
  ];
  for (const { name, given, want } of cases) {
    const { result, message } = resultOf(...given);
    assert.deepEqual([result, message !== null], want, name);
  }
});
