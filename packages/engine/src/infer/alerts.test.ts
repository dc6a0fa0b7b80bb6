/** What checks would have raised on earlier loads, and which of them the budget leaves out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cell } from "@touchstone/core/rules/rule";
import { alertsOf, overBudget, type Alerts } from "./alerts.ts";
import { divide } from "./backtest.ts";
import { brokenRows, type Candidate } from "./candidate.ts";
import { madeUp, rowsOf } from "./made-up.ts";
import { columnNamed, type Sample } from "./sample.ts";
import { slicesOf, type Slices } from "./slices.ts";

/** Flags the rows whose number (kept in the column `n`) is listed. */
const flagging = (rows: readonly number[]): Candidate => ({
  rule_type: "between",
  fields: ["n"],
  properties: {},
  coverage: 1,
  why: "",
  support: 0,
  violates: (sample) => {
    const n = columnNamed(sample, "n")!;
    return (row) => rows.includes(n.numbers[n.codes[row]!]!);
  },
  exceptionsMax: 1,
});

const flagged = (heldOut: Sample, rows: readonly number[], coverage: number | null = 1) => ({
  rows: brokenRows(flagging(rows), heldOut),
  coverage,
});

const numbered = (rows: number, columns: Record<string, readonly Cell[]> = {}) => madeUp({ n: rowsOf(rows, (row) => row), ...columns });

const divided = (sample: Sample) => {
  const { parts } = divide(sample);
  assert.ok(parts !== null && parts.slices !== null);
  return { heldOut: parts.heldOut, slices: parts.slices };
};

/** Numbers of held-out rows, in their order. */
const heldOutRows = (heldOut: Sample) => {
  const n = columnNamed(heldOut, "n")!;
  return [...n.codes].map((code) => n.numbers[code]!);
};

test("an alert is a slice with a flagged row; it is false when hindsight accepts all that was flagged", () => {
  const sample = numbered(600);
  const { heldOut, slices } = divided(sample);
  const held = heldOutRows(heldOut);
  const [first, second, last] = [held[0]!, held[1]!, held.at(-1)!];
  const cases: { before: number[]; after: number[]; alerting: number; falseAlarms: number }[] = [
    { before: [], after: [], alerting: 0, falseAlarms: 0 },
    { before: [], after: [first], alerting: 0, falseAlarms: 0 },
    { before: [first], after: [first], alerting: 1, falseAlarms: 0 },
    { before: [first], after: [], alerting: 1, falseAlarms: 1 },
    { before: [first, second], after: [second], alerting: 1, falseAlarms: 0 },
    { before: [first, last], after: [last], alerting: 2, falseAlarms: 1 },
  ];
  for (const { before, after, ...expected } of cases) {
    const { alerting, falseAlarms } = alertsOf(flagged(heldOut, before), flagging(after), sample, heldOut, slices);
    assert.deepEqual({ alerting, falseAlarms }, expected, JSON.stringify({ before, after }));
  }
});

test("a check with a coverage raises an alert when its share is broken, not for one row", () => {
  const sample = numbered(600);
  const { heldOut, slices } = divided(sample);
  const held = heldOutRows(heldOut);
  const few = alertsOf(flagged(heldOut, held.slice(0, 1), 0.9), flagging([]), sample, heldOut, slices);
  const many = alertsOf(flagged(heldOut, held.slice(0, 10), 0.9), flagging([]), sample, heldOut, slices);
  assert.deepEqual([few.alerting, many.alerting], [0, 1]);
});

test("alerts a month: at most one a load, none where none was raised", () => {
  const sample = numbered(600);
  const { heldOut, slices } = divided(sample);
  const none = alertsOf(flagged(heldOut, []), flagging([]), sample, heldOut, slices);
  const each = alertsOf(flagged(heldOut, heldOutRows(heldOut)), flagging([]), sample, heldOut, slices);
  assert.deepEqual([none.perMonth, each.perMonth, each.falsePerMonth], [0, 30, 30]);
});

test("slices follow the field that tells when rows came", () => {
  const day = (row: number) => new Date(Date.UTC(2030, 0, 1 + row)).toISOString().slice(0, 10);
  const shuffled = rowsOf(600, (_, random) => day(Math.floor(random() * 600)));
  const paceOf = (columns: Record<string, readonly Cell[]>) => {
    const { perMonth, pace } = slicesOf(numbered(600, columns), 200)!;
    return { perMonth: Number(perMonth.toFixed(2)), pace };
  };
  const daily = { perMonth: 30, pace: "at one such load a day" };
  // 600 days in ten slices: half a slice a month.
  assert.deepEqual(paceOf({ at: rowsOf(600, day) }), { perMonth: 0.51, pace: "at the pace of at" });
  assert.deepEqual(paceOf({ at: rowsOf(600, (row) => day(600 - row)) }), { perMonth: 0.51, pace: "at the pace of at" });
  assert.deepEqual(paceOf({ born: shuffled }), daily);
  assert.deepEqual(paceOf({ at: rowsOf(600, () => day(3)) }), daily);
  assert.equal(slicesOf(numbered(60), 11), null);
});

test("the budget leaves out what is false the most often, and no more than it must", () => {
  const slices: Slices = { count: 10, rows: 60, perMonth: 30, pace: "" };
  const noisy = (name: string, alerting: number, falseAlarms: number, falsePerMonth: number) => {
    const alerts: Alerts = { slices, alerting, falseAlarms, perMonth: 30, falsePerMonth };
    return { name, alerts };
  };
  const found = [
    noisy("quiet", 3, 0, 0),
    noisy("mostly right", 5, 1, 8),
    noisy("never right", 1, 1, 8),
    { name: "untested", alerts: null },
    noisy("seldom right", 4, 3, 20),
  ];
  const left = (budget: number) => [...overBudget(found, budget)].map(({ name }) => name);
  assert.deepEqual(left(Infinity), []);
  assert.deepEqual(left(36), []);
  assert.deepEqual(left(30), ["never right"]);
  assert.deepEqual(left(10), ["never right", "seldom right"]);
  assert.deepEqual(left(0), ["never right", "seldom right", "mostly right"]);
});
