/** Bounds within a group: what lies far from its like, and what only looks so. */
import { test } from "node:test";
import betweenInGroup from "./betweenInGroup.ts";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";

/** Sum of twelve even numbers less six: nearly normal, with a deviation of one. */
const normal = (random: () => number) => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6);

const ROWS = 600;
const product = (row: number) => `P${(row * 7) % 40}`;
/** From 2 to 2000, by product. */
const usual = (row: number) => 2 * 10 ** ((((row * 7) % 40) * 3) / 39);
const products = rowsOf(ROWS, product);
const priced = (deviation: number, seed = 1) =>
  rowsOf(ROWS, (row, random) => Number((usual(row) * Math.exp(deviation * normal(random))).toFixed(2)), seed);
const prices = priced(0.1);
const times = (row: number, factor: number) => Number((Number(prices[row]) * factor).toFixed(2));
/** Rows of products that cost little, so that ten times as much is an ordinary price. */
const cheap = Array.from({ length: ROWS }, (_, row) => row).filter((row) => usual(row) < 20);

const CASES: readonly InferCase[] = [
  {
    name: "a price ten times its product's, which is an ordinary price",
    columns: { product: products, price: withRows(prices, { [cheap[3]!]: times(cheap[3]!, 10), [cheap[40]!]: times(cheap[40]!, 12) }) },
    finds: [{ rule: "satisfiesExpression", fields: "price", rows: [cheap[3]!, cheap[40]!] }],
  },
  {
    name: "a unit mixed up now and then: a thousandth",
    columns: {
      product: products,
      price: withRows(prices, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [i * 29 + 1, times(i * 29 + 1, 1000)]))),
    },
    finds: [{ rule: "satisfiesExpression", fields: "price", rows: Array.from({ length: 20 }, (_, i) => i * 29 + 1) }],
  },
  {
    name: "numbers as groups, nothing wrong",
    columns: { product: rowsOf(ROWS, (row) => (row * 7) % 40), price: prices },
    finds: [{ rule: "satisfiesExpression", fields: "price", rows: [] }],
  },
  {
    name: "zero has no size",
    columns: { product: products, price: withRows(prices, { 3: 0, 9: null }) },
    finds: [{ rule: "satisfiesExpression", fields: "price", rows: [] }],
  },
  {
    name: "trap: groups that say nothing of the number",
    columns: { shop: rowsOf(ROWS, (row) => `S${row % 9}`), price: withRows(prices, { 3: times(3, 10) }) },
    finds: [],
  },
  {
    name: "trap: a heavy tail within the groups",
    columns: {
      product: products,
      price: rowsOf(ROWS, (row, random) => Number((usual(row) * random() ** -0.6).toFixed(2)), 4711),
    },
    finds: [],
  },
  {
    name: "trap: one group that mixes two sizes",
    columns: {
      product: products,
      price: prices.map((price, row) => (product(row) === "P0" && row % 3 === 0 ? Number(price) * 40 : price)),
    },
    finds: [{ rule: "satisfiesExpression", fields: "price", rows: [] }],
  },
  {
    name: "trap: a second size in regular use, no power of ten",
    columns: { product: products, price: prices.map((price, row) => (row % 25 === 0 ? Number((Number(price) * 6).toFixed(2)) : price)) },
    finds: [],
  },
  {
    name: "trap: too few rows in a group",
    columns: { product: rowsOf(ROWS, (row) => `P${row % 120}`), price: withRows(prices, { 5: 9999 }) },
    finds: [],
  },
  {
    name: "trap: codes that go with a group",
    columns: { city: products, zip: rowsOf(ROWS, (row) => 10_000 + ((row * 7) % 40) * 1000 + (row % 10)) },
    finds: [],
  },
];

for (const one of CASES) test(one.name, () => checkInference(betweenInGroup, one));
