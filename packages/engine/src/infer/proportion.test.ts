/** Sizes that go together: where their ratio is wrong, and where it only looks so. */
import { test } from "node:test";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";
import proportion from "./proportion.ts";

/** Sum of twelve even numbers less six: nearly normal, with a deviation of one. */
const normal = (random: () => number) => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6);
const rounded = (x: number) => Number(x.toPrecision(4));

const ROWS = 500;
const weights = rowsOf(ROWS, (_, random) => rounded(12 * Math.exp(1.2 * normal(random))), 91);
const volumes = rowsOf(ROWS, (row, random) => rounded((Number(weights[row]) / 180) * Math.exp(0.14 * normal(random))), 17);
const costs = rowsOf(ROWS, (row, random) => rounded(0.6 * Number(weights[row]) * Math.exp(0.1 * normal(random))), 23);
/** Rows of a size near the middle: a tenth or ten times as much is still an ordinary size. */
const usual = [...weights.keys()].filter((row) => Number(weights[row]) > 8 && Number(weights[row]) < 18);
const scaled = (cells: typeof weights, rows: readonly number[], factor: number) =>
  withRows(cells, Object.fromEntries(rows.map((row) => [row, rounded(Number(cells[row]) * factor)])));
const few = usual.slice(3, 6);
const many = usual.slice(0, 20);

const CASES: readonly InferCase[] = [
  {
    name: "a weight with a digit too many, which is an ordinary weight",
    columns: { weight: scaled(weights, few, 10), volume: volumes },
    finds: [{ rule: "satisfiesExpression", fields: "weight", rows: few }],
  },
  {
    name: "another unit now and then, and a third column that tells which it is",
    columns: { weight: weights, volume: scaled(volumes, many, 1000), cost: costs },
    finds: [
      { rule: "satisfiesExpression", fields: "weight", rows: [] },
      { rule: "satisfiesExpression", fields: "volume", rows: many },
      { rule: "satisfiesExpression", fields: "volume", rows: many },
    ],
  },
  {
    name: "nothing wrong",
    columns: { weight: weights, volume: volumes },
    finds: [{ rule: "satisfiesExpression", fields: "weight", rows: [] }],
  },
  {
    name: "zero has no ratio",
    columns: { weight: withRows(weights, { 3: 0, 70: null }), volume: withRows(volumes, { 9: 0 }) },
    finds: [{ rule: "satisfiesExpression", fields: "weight", rows: [] }],
  },
  {
    name: "trap: sizes of different kind",
    columns: { weight: weights, price: rowsOf(ROWS, (_, random) => rounded(30 * Math.exp(normal(random))), 5) },
    finds: [],
  },
  {
    name: "trap: a heavy tail of the ratio",
    columns: { weight: weights, volume: rowsOf(ROWS, (row, random) => rounded(Number(weights[row]) * random() ** -0.4), 4711) },
    finds: [],
  },
  {
    name: "trap: goods of another kind, eight times as dense",
    columns: { weight: weights.map((x, row) => (row % 25 === 0 ? rounded(Number(x) * 5) : x)), volume: volumes },
    finds: [],
  },
  {
    name: "trap: counters that run together",
    columns: { a: rowsOf(ROWS, (row) => row + 1), b: rowsOf(ROWS, (row) => 2 * row + 3) },
    finds: [],
  },
  {
    name: "trap: an exact multiple is the business of others",
    columns: { kg: weights, g: weights.map((x) => Number(x) * 1000) },
    finds: [],
  },
];

for (const one of CASES) test(one.name, () => checkInference(proportion, one));
