/** between, betweenTimes, expectedValues, notNegative, notFuture, naturalBounds: what numbers and dates may be. */
import { test } from "node:test";
import between from "./between.ts";
import betweenTimes from "./betweenTimes.ts";
import type { Inference } from "./candidate.ts";
import expectedValues from "./expectedValues.ts";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";
import naturalBounds from "./naturalBounds.ts";
import notFuture from "./notFuture.ts";
import notNegative from "./notNegative.ts";
import timeBounds from "./timeBounds.ts";

const bell = (centre: number, spread: number) => (_: number, random: () => number) =>
  Number((centre + spread * (random() + random() + random() + random() - 2)).toFixed(4));
/** Pareto with a heavy tail; income and city sizes look like it. */
const heavy = (_: number, random: () => number) => Number((1000 * (1 - random()) ** -0.9).toFixed(2));
const day = (n: number) => new Date(Date.UTC(2029, 0, 1 + n)).toISOString().slice(0, 10);
const range = (rows: readonly number[]) => [{ rule: "between", fields: "x", rows }];

const CASES: [Inference, InferCase[]][] = [
  [
    between,
    [
      {
        name: "far outside, with empty space before",
        columns: { x: withRows(rowsOf(300, bell(35.5, 0.8)), { 4: 19.8, 100: 45.6 }) },
        finds: range([4, 100]),
      },
      { name: "a misplaced unit", columns: { x: withRows(rowsOf(300, bell(180, 12)), { 4: 1.8, 100: 1.72 }) }, finds: range([4, 100]) },
      { name: "trap: a heavy tail", columns: { x: rowsOf(2000, heavy) }, finds: range([]) },
      { name: "trap: a heavy tail with zeros", columns: { x: rowsOf(2000, (row, r) => (row % 4 ? heavy(row, r) : 0)) }, finds: range([]) },
      { name: "trap: two populations", columns: { x: rowsOf(300, (row, r) => bell(row % 10 ? 10 : 60, 2)(row, r)) }, finds: [] },
      {
        name: "numbers for a missing value among codes",
        columns: { x: rowsOf(300, (row) => (row % 30 === 4 ? -1 : 350_000 + ((row * 17) % 900))) },
        finds: range(Array.from({ length: 10 }, (_, i) => 4 + 30 * i)),
      },
      {
        name: "trap: zero where there is no code",
        columns: { x: rowsOf(300, (row) => (row % 30 === 4 ? 0 : 350_000 + ((row * 17) % 900))) },
        finds: [],
      },
      {
        name: "trap: codes of two lengths",
        columns: { x: rowsOf(300, (row) => (row % 30 === 4 ? 9990 + (row % 9) : 350_000 + ((row * 17) % 900))) },
        finds: [],
      },
      {
        name: "trap: a second population, and a slip far beyond both",
        columns: {
          x: withRows(
            rowsOf(300, (row, r) => bell(row % 10 ? 10 : 60, 2)(row, r)),
            { 4: 10_500, 100: 63_000 },
          ),
        },
        finds: range([4, 100]),
      },
      {
        name: "trap: one far value, again and again",
        columns: { x: rowsOf(300, (row, r) => (row % 40 ? bell(10, 2)(row, r) : 99)) },
        finds: [],
      },
      {
        name: "trap: postcodes are names",
        columns: { x: rowsOf(300, (row) => (row === 7 ? 99508 : 35000 + ((row * 17) % 900))) },
        finds: [],
      },
      {
        name: "numbers that stand for nothing, again and again",
        columns: { x: rowsOf(300, (row, r) => (row % 30 === 4 ? 9999 : row % 75 === 5 ? -1 : bell(500, 90)(row, r))) },
        finds: range(Array.from({ length: 300 }, (_, row) => row).filter((row) => row % 30 === 4 || row % 75 === 5)),
      },
      {
        name: "zero where everybody earns something",
        columns: { x: rowsOf(300, (row) => (row % 60 === 4 ? 0 : 300 + ((row * 37) % 90) * 5)) },
        finds: range([4, 64, 124, 184, 244]),
      },
      {
        name: "trap: none of few things",
        columns: { x: rowsOf(300, (row) => (row % 60 === 4 ? 0 : 1 + ((row * 37) % 9))) },
        finds: range([]),
      },
      {
        name: "millimetres among metres, on one row of twenty",
        columns: { x: rowsOf(400, (row, r) => bell(2.1, 0.3)(row, r) * (row % 20 === 4 ? 1000 : 1)) },
        finds: range(Array.from({ length: 20 }, (_, i) => 4 + 20 * i)),
      },
      {
        name: "trap: a second population so many times larger, but in no unit",
        columns: { x: rowsOf(400, (row, r) => bell(2.1, 0.3)(row, r) * (row % 20 === 4 ? 37 : 1)) },
        finds: [],
      },
      {
        name: "a latitude that is none, near to the others",
        columns: {
          latitude: withRows(
            rowsOf(300, (row) => ((row * 37) % 160) - 75),
            { 4: 95, 9: -101 },
          ),
        },
        finds: [{ rule: "between", fields: "latitude", rows: [4, 9] }],
      },
      {
        name: "a thirteenth month",
        columns: {
          birth_month: withRows(
            rowsOf(300, (row) => 1 + ((row * 5) % 12)),
            { 4: 13, 9: 0 },
          ),
        },
        finds: [{ rule: "between", fields: "birth_month", rows: [4, 9], properties: { min: 1, max: 12 } }],
      },
      {
        name: "trap: hours worked",
        columns: { hours: rowsOf(300, (row) => 1 + ((row * 37) % 60)) },
        finds: range([]).map((f) => ({ ...f, fields: "hours" })),
      },
      { name: "too few rows", columns: { x: rowsOf(20, bell(5, 1)) }, finds: [] },
    ],
  ],
  [
    expectedValues,
    [
      {
        name: "few values, each common",
        columns: { x: rowsOf(200, (row) => ["open", "shut"][row % 2]!) },
        finds: [{ rule: "expectedValues", fields: "x", rows: [], properties: { list: ["open", "shut"] } }],
      },
      {
        name: "a number constant but for strays",
        columns: {
          x: withRows(
            rowsOf(200, () => 2020),
            { 3: 1791, 60: 2453, 61: 1361, 140: 2071, 160: 1999 },
          ),
        },
        finds: [{ rule: "expectedValues", fields: "x", rows: [3, 60, 61, 140, 160], properties: { list: [2020] } }],
      },
      {
        name: "trap: a legitimate rare value",
        columns: {
          x: withRows(
            rowsOf(200, (row) => ["open", "shut"][row % 2]!),
            { 9: "ajar" },
          ),
        },
        finds: [],
      },
      { name: "trap: a default of zero", columns: { x: rowsOf(200, (row) => (row % 4 ? 0 : row)) }, finds: [] },
      { name: "trap: mostly one, sometimes more", columns: { x: rowsOf(200, (row) => (row % 10 ? 1 : row)) }, finds: [] },
      { name: "trap: free text", columns: { x: rowsOf(200, (row) => `note ${row}`) }, finds: [] },
    ],
  ],
  [
    betweenTimes,
    [
      {
        name: "default dates",
        columns: {
          x: withRows(
            rowsOf(300, (row) => day((row * 7) % 500)),
            { 8: "1900-01-01", 99: "9999-12-31" },
          ),
        },
        finds: [{ rule: "betweenTimes", fields: "x", rows: [8, 99] }],
      },
      {
        name: "trap: dates that grow rarer into the past",
        columns: { x: rowsOf(500, (_, r) => day(-Math.floor(400 * (1 / (1 - r() * 0.97) - 1)))) },
        finds: [{ rule: "betweenTimes", fields: "x", rows: [] }],
      },
    ],
  ],
  [
    timeBounds,
    [
      {
        name: "each fence a check",
        columns: {
          x: withRows(
            rowsOf(300, (row) => day((row * 7) % 500)),
            { 8: "1900-01-01" },
          ),
        },
        finds: [
          { rule: "afterDateTime", fields: "x", rows: [8] },
          { rule: "beforeDateTime", fields: "x", rows: [8] },
        ],
      },
    ],
  ],
  [
    notNegative,
    [
      {
        name: "a slip of the sign",
        columns: { x: withRows(rowsOf(3000, bell(50, 9)), { 7: -48 }) },
        finds: [{ rule: "notNegative", fields: "x", rows: [7] }],
      },
      { name: "never negative", columns: { x: rowsOf(100, (row) => row) }, finds: [{ rule: "notNegative", fields: "x", rows: [] }] },
      { name: "trap: temperatures seldom below zero", columns: { x: withRows(rowsOf(3000, bell(9, 4)), { 7: -0.4 }) }, finds: [] },
      { name: "trap: balances", columns: { x: rowsOf(300, bell(0, 9)) }, finds: [] },
    ],
  ],
  [
    notFuture,
    [
      {
        name: "a slip of the year",
        columns: {
          x: withRows(
            rowsOf(500, (row) => day(row)),
            { 7: "2209-01-08" },
          ),
        },
        finds: [{ rule: "notFuture", fields: "x", rows: [7] }],
      },
      { name: "trap: plans", columns: { x: rowsOf(500, (row) => day(row * 3)) }, finds: [] },
    ],
  ],
  [
    naturalBounds,
    [
      {
        name: "a share",
        columns: { x: rowsOf(400, (_, r) => Number(r().toFixed(6))) },
        finds: [
          { rule: "lessThan", fields: "x", rows: [], properties: { value: 1, inclusive: true } },
          { rule: "greaterThan", fields: "x", rows: [], properties: { value: 0, inclusive: false } },
        ],
      },
      { name: "trap: numbers that stop by chance", columns: { x: rowsOf(400, bell(55, 10)) }, finds: [] },
    ],
  ],
];

for (const [kind, cases] of CASES) for (const item of cases) test(`${kind.name}: ${item.name}`, () => checkInference(kind, item));
