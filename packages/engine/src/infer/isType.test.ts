import { test } from "node:test";
import between from "./between.ts";
import isType from "./isType.ts";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";

const amount = (row: number): string => (row % 11 ? `${(row * 13) % 400}.${String((row * 37) % 100).padStart(2, "0")}` : `${row % 400}.5`);

const CASES: InferCase[] = [
  {
    name: "a unit inside a number column",
    columns: {
      width: withRows(
        rowsOf(300, (row) => `${5 + ((row * 13) % 400)}`),
        { 17: "226 cm" },
      ),
    },
    finds: [{ rule: "isType", fields: "width", rows: [17], properties: { field_type: "Integral" } }],
  },
  {
    name: "decimals of unequal length are numbers all the same",
    columns: { amount: withRows(rowsOf(300, amount), { 17: "12 EUR", 30: "n.a." }) },
    finds: [{ rule: "isType", fields: "amount", rows: [17, 30], properties: { field_type: "Fractional" } }],
  },
  {
    name: "a unit on one row of twenty, always the same",
    columns: { width: rowsOf(300, (row) => `${5 + ((row * 13) % 400)}${row % 20 === 3 ? " cm" : ""}`) },
    finds: [{ rule: "isType", fields: "width", rows: Array.from({ length: 15 }, (_, i) => 3 + 20 * i) }],
  },
  {
    name: "a comma for the point on one row of twenty",
    columns: { price: rowsOf(300, (row) => `${5 + ((row * 13) % 400)}${row % 20 === 3 ? "," : "."}5`) },
    finds: [{ rule: "isType", fields: "price", rows: Array.from({ length: 15 }, (_, i) => 3 + 20 * i) }],
  },
  {
    name: "many words and scribbles, none of them common",
    columns: {
      size: rowsOf(3000, (row) =>
        row % 20 === 3
          ? ["see note", "ten", "error", `${row}/${row}`, `${row}O`, `~${row}`, `${row}?`][row % 7]!
          : `${5 + ((row * 13) % 400)}`,
      ),
    },
    finds: [{ rule: "isType", fields: "size", rows: Array.from({ length: 150 }, (_, i) => 3 + 20 * i) }],
  },
  {
    name: "trap: an answer in a long table",
    columns: { size: rowsOf(3000, (row) => (row % 250 === 3 ? "other" : row === 70 ? "12 cm" : `${5 + ((row * 13) % 400)}`)) },
    finds: [],
  },
  {
    name: "trap: all thousands have a comma",
    columns: { people: rowsOf(300, (row) => (row % 20 === 3 ? `${1 + (row % 8)},${100 + row}` : `${5 + ((row * 13) % 900)}`)) },
    finds: [],
  },
  {
    name: "trap: a class without end",
    columns: { age: rowsOf(300, (row) => (row % 20 === 3 ? "85+" : `${5 + ((row * 13) % 80)}`)) },
    finds: [],
  },
  {
    name: "trap: below what can be measured",
    columns: { dose: rowsOf(300, (row) => (row % 20 === 3 ? `<${1 + (row % 3)}` : `${row}`)) },
    finds: [],
  },
  {
    name: "trap: persons of whom one has the number of another",
    columns: { person: rowsOf(300, (row) => (row % 20 < 1 ? `207${row % 40 ? "a" : "b"}` : `${150 + (row % 60)}`)) },
    finds: [],
  },
  { name: "trap: a common marker for missing", columns: { n: rowsOf(300, (row) => (row % 12 ? `${row * 3}` : "N/A")) }, finds: [] },
  {
    name: "trap: codes with leading zeros",
    columns: {
      zip: withRows(
        rowsOf(300, (row) => String(row * 31).padStart(5, "0")),
        { 8: "O1240" },
      ),
    },
    finds: [],
  },
  {
    name: "trap: prose with a number here and there",
    columns: { note: rowsOf(300, (row) => (row % 3 ? `${row}` : `see ${row}`)) },
    finds: [],
  },
  {
    name: "numbers kept as text: a slip may come with the next load",
    columns: { amount: rowsOf(300, amount) },
    finds: [{ rule: "isType", fields: "amount", rows: [], properties: { field_type: "Fractional" } }],
  },
];
for (const item of CASES) test(`isType: ${item.name}`, () => checkInference(isType, item));

const TEXT_CASES: InferCase[] = [
  {
    name: "an impossible number in a column that one slip made text",
    columns: { amount: withRows(rowsOf(300, amount), { 17: "12 EUR", 30: "-999999" }) },
    finds: [{ rule: "satisfiesExpression", fields: "amount", rows: [30] }],
  },
  {
    name: "trap: codes of one length in text",
    columns: {
      code: withRows(
        rowsOf(300, (row) => `${20_000 + ((row * 7919) % 70_000)}`),
        { 3: "2x451" },
      ),
    },
    finds: [],
  },
];
for (const item of TEXT_CASES) test(`between on text: ${item.name}`, () => checkInference(between, item));
