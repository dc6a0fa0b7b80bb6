/** fieldOrder, predictedBy, sameAs: what the numbers and dates of a row have to do with each other. */
import { test } from "node:test";
import type { Inference } from "./candidate.ts";
import fieldOrder from "./fieldOrder.ts";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";
import predictedBy from "./predictedBy.ts";
import sameAs from "./sameAs.ts";

const day = (n: number) => new Date(Date.UTC(2029, 0, 1 + n)).toISOString().slice(0, 10);
const start = (row: number) => (row * 37) % 200;
const cents = (x: number) => Number(x.toFixed(2));
const a = (row: number) => (row * 7) % 91;
const b = (row: number) => (row * 13) % 47;
const price = (row: number) => cents(1 + (row % 37) * 0.37);
const quantity = (row: number) => 1 + (row % 11);
const amount = (row: number) => cents(quantity(row) * price(row));
const tax = (row: number) => cents(amount(row) * [0.05, 0.08, 0.19][row % 3]!);
const id = (row: number) => 48000 + ((row * 37) % 911);

const ORDERS: InferCase[] = [
  {
    name: "start before end",
    columns: { start: rowsOf(300, (row) => day(start(row))), end: rowsOf(300, (row) => day(start(row) + (row % 9))) },
    finds: [{ rule: "lessThanField", fields: "start", rows: [], properties: { field_name: "end", inclusive: true } }],
  },
  {
    name: "exchanged: either may be wrong",
    columns: {
      start: withRows(
        rowsOf(300, (row) => day(start(row))),
        { 10: day(150), 77: day(199) },
      ),
      end: withRows(
        rowsOf(300, (row) => day(start(row) + 2 + (row % 9))),
        { 10: day(140), 77: day(190) },
      ),
    },
    finds: [{ rule: "satisfiesExpression", fields: "start,end", rows: [10, 77], properties: { expression: '"start" <= "end"' } }],
  },
  {
    name: "of three dates the one that contradicts the two others",
    columns: {
      ordered: rowsOf(300, (row) => day(start(row))),
      shipped: rowsOf(300, (row) => day(start(row) + 1 + (row % 9))),
      delivered: withRows(
        rowsOf(300, (row) => day(start(row) + 2 + (row % 9) + (row % 5))),
        { 50: day(start(50) - 30), 99: day(start(99) - 40) },
      ),
    },
    finds: [
      { rule: "lessThanField", fields: "ordered", rows: [] },
      { rule: "greaterThanField", fields: "delivered", rows: [50, 99] },
      { rule: "greaterThanField", fields: "delivered", rows: [50, 99] },
    ],
  },
  {
    name: "trap: only of different size",
    columns: { height: rowsOf(300, (row) => 150 + (row % 50)), age: rowsOf(300, (row) => row % 90) },
    finds: [],
  },
  {
    name: "trap: no order at all",
    columns: { a: rowsOf(300, (_, r) => day(Math.floor(r() * 300))), b: rowsOf(300, (_, r) => day(Math.floor(r() * 300)), 5) },
    finds: [],
  },
];

const COMPUTED: InferCase[] = [
  {
    name: "a total, once wrong",
    columns: {
      a: rowsOf(200, a),
      b: rowsOf(200, b),
      total: withRows(
        rowsOf(200, (row) => a(row) + b(row)),
        { 66: 1 },
      ),
    },
    finds: [{ rule: "predictedBy", fields: "total", rows: [66], properties: { expression: '"a" + "b"', tolerance: 0.5001 } }],
  },
  {
    name: "quantity times price, rounded",
    columns: { n: rowsOf(200, quantity), price: rowsOf(200, price), amount: rowsOf(200, amount) },
    finds: [{ rule: "predictedBy", fields: "amount", rows: [] }],
  },
  {
    name: "a sum of many columns that stand together",
    columns: {
      total: withRows(
        rowsOf(200, (row) => a(row) + b(row) + (row % 17) + (row % 23) * 3),
        { 5: 999, 90: 0 },
      ),
      north: rowsOf(200, a),
      east: rowsOf(200, b),
      south: rowsOf(200, (row) => row % 17),
      west: rowsOf(200, (row) => (row % 23) * 3),
    },
    finds: [
      {
        rule: "predictedBy",
        fields: "total",
        rows: [5, 90],
        properties: { expression: '"north" + "east" + "south" + "west"', tolerance: 0.5001 },
      },
    ],
  },
  {
    name: "a wrong amount is in two relations, which name it",
    columns: {
      n: rowsOf(300, quantity),
      price: rowsOf(300, price),
      amount: withRows(rowsOf(300, amount), { 20: 3.11, 21: 90.9, 200: 0.17 }),
      tax: rowsOf(300, tax),
      total: rowsOf(300, (row) => cents(amount(row) + tax(row))),
    },
    finds: [
      { rule: "satisfiesExpression", fields: "amount", rows: [20, 21, 200] },
      { rule: "predictedBy", fields: "amount", rows: [20, 21, 200] },
    ],
  },
  {
    name: "a percentage",
    columns: {
      part: rowsOf(200, (row) => 10 + a(row)),
      whole: rowsOf(200, (row) => 120 + b(row) * 3),
      percent: rowsOf(200, (row) => Number(((100 * (10 + a(row))) / (120 + b(row) * 3)).toFixed(1))),
    },
    finds: [{ rule: "predictedBy", fields: "percent", rows: [], properties: { expression: '100 * "part" / "whole"', tolerance: 0.05001 } }],
  },
  {
    name: "a sum that is wrong in one row of twenty, to either side",
    columns: {
      a: rowsOf(400, a),
      b: rowsOf(400, b),
      total: rowsOf(400, (row) => a(row) + b(row) + (row % 20 === 3 ? (row % 40 === 3 ? 15 + row : -15 - row) : 0)),
    },
    finds: [{ rule: "predictedBy", fields: "total", rows: Array.from({ length: 20 }, (_, i) => 3 + 20 * i) }],
  },
  {
    name: "trap: a part is not in the table, so that the total is larger now and then",
    columns: {
      a: rowsOf(400, a),
      b: rowsOf(400, b),
      total: rowsOf(400, (row) => a(row) + b(row) + (row % 20 === 3 ? 15 : 0)),
    },
    finds: [],
  },
  {
    name: "trap: unrelated",
    columns: {
      a: rowsOf(200, (_, r) => Math.floor(r() * 500)),
      b: rowsOf(200, (_, r) => Math.floor(r() * 500), 3),
      c: rowsOf(200, (_, r) => Math.floor(r() * 500), 5),
    },
    finds: [],
  },
  {
    name: "trap: a column of zeros makes anything a sum",
    columns: { a: rowsOf(200, a), none: rowsOf(200, (row) => (row % 50 ? 0 : row)), same: rowsOf(200, a) },
    finds: [],
  },
];

const SAME: InferCase[] = [
  {
    name: "equal but for one slip",
    columns: {
      paid: rowsOf(1000, (row) => row % 83),
      billed: withRows(
        rowsOf(1000, (row) => row % 83),
        { 12: 7 },
      ),
    },
    finds: [{ rule: "equalToField", fields: "paid", rows: [12], properties: { field_name: "billed" } }],
  },
  {
    name: "a copy of another row's key is named, its original is not",
    columns: { key: rowsOf(120, id), again: withRows(rowsOf(120, id), { 7: id(3), 50: id(51) }) },
    finds: [{ rule: "equalToField", fields: "again", rows: [7, 50], properties: { field_name: "key" } }],
  },
  {
    name: "another unit",
    columns: {
      celsius: withRows(
        rowsOf(1000, (_, r) => Number((r() * 60 - 20).toFixed(1)), 3),
        { 8: 99.5 },
      ),
      fahrenheit: rowsOf(1000, (_, r) => Number((Number((r() * 60 - 20).toFixed(1)) * 1.8 + 32).toFixed(2)), 3),
    },
    finds: [{ rule: "predictedBy", fields: "celsius", rows: [8] }],
  },
  {
    name: "a third column decides",
    columns: {
      zip: rowsOf(200, id),
      geo: withRows(
        rowsOf(200, (row) => 2600000 + id(row)),
        { 9: 2600000 + id(10) },
      ),
      code: withRows(rowsOf(200, id), { 30: id(29), 31: id(60) }),
    },
    finds: [
      { rule: "satisfiesExpression", fields: "zip", rows: [] },
      { rule: "satisfiesExpression", fields: "geo", rows: [9] },
      { rule: "satisfiesExpression", fields: "code", rows: [30, 31] },
    ],
  },
  {
    name: "trap: often equal, and legitimately not",
    columns: {
      billed_to: rowsOf(400, (row) => `city ${row % 40}`),
      sent_to: rowsOf(400, (row) => `city ${row % 12 === 0 ? (row * 7) % 40 : row % 40}`),
    },
    finds: [],
  },
  {
    name: "trap: amounts that are nothing together on most rows, and seldom equal where they are not",
    columns: {
      repair: rowsOf(3000, (row) => (row % 50 === 1 ? row : 0)),
      other: rowsOf(3000, (row) => (row % 50 === 1 ? row + (row % 150 === 1 ? 7 : 0) : 0)),
      total: rowsOf(3000, (row) => (row % 50 === 1 ? row + (row % 100 === 1 ? 3 : 0) : 0)),
    },
    finds: [],
  },
  {
    name: "trap: a factor that is no round number is off in the largest numbers",
    columns: {
      net: rowsOf(1000, (row, r) => Number((row % 100 === 7 ? 3000 + r() * 500 : 5 + r() * 300).toFixed(2)), 5),
      tax: rowsOf(
        1000,
        (row, r) => Number((Number((row % 100 === 7 ? 3000 + r() * 500 : 5 + r() * 300).toFixed(2)) * 0.1900437).toFixed(2)),
        5,
      ),
    },
    finds: [],
  },
  {
    name: "trap: a class of another column is no conversion of it",
    columns: { row: rowsOf(400, (row) => row), group: rowsOf(400, (row) => Math.floor(row / 8)) },
    finds: [],
  },
];

const KINDS: [Inference, InferCase[]][] = [
  [fieldOrder, ORDERS],
  [predictedBy, COMPUTED],
  [sameAs, SAME],
];
for (const [kind, cases] of KINDS) for (const item of cases) test(`${kind.name}: ${item.name}`, () => checkInference(kind, item));
