import { test } from "node:test";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";
import notMisspelled from "./notMisspelled.ts";

const pick = (values: readonly string[]) => (_: number, random: () => number) => values[Math.floor(random() * values.length)]!;
const cities = ["Birmingham", "Sheffield", "Nottingham", "Leicester", "Wolverhampton"];
const letters = "abcdefghijklmnopqrstuvwxyz";
const syllables = ["ra", "mo", "tel", "vin", "ka", "sor", "dun", "el", "bri", "fos", "gar", "hul"];
const surname = (_: number, random: () => number) =>
  Array.from({ length: 3 }, () => syllables[Math.floor(random() * syllables.length)]!).join("");

const CASES: InferCase[] = [
  {
    name: "slips of frequent values",
    columns: { city: withRows(rowsOf(300, pick(cities)), { 10: "Birminghm", 50: "Shefifeld", 90: "Notingham", 200: "Leicesterr" }) },
    finds: [{ rule: "notMisspelled", fields: "city", rows: [10, 50, 90, 200] }],
  },
  {
    name: "a misspelled word in texts that all differ",
    columns: {
      address: withRows(
        rowsOf(200, (row) => `${row + 1} ${letters[row % 26]}${letters[(row * 7) % 26]}x ${row % 2 ? "Street" : "Avenue"}`),
        {
          20: "21 Oak Steret",
          70: "71 Elm Avenuue",
          71: "72 Elm Strete",
          72: "74 Elm Avneue",
        },
      ),
    },
    finds: [{ rule: "notMisspelled", fields: "address", rows: [20, 70, 71, 72] }],
  },
  {
    name: "trap: a legitimate rare value",
    columns: { city: withRows(rowsOf(300, pick(cities)), { 10: "Bath", 50: "Exeter", 90: "Truro" }) },
    finds: [],
  },
  {
    name: "trap: rare values that differ in a digit",
    columns: { zone: withRows(rowsOf(300, pick(["Zone 1", "Zone 2"])), { 10: "Zone 7", 50: "Zone 12" }) },
    finds: [],
  },
  {
    name: "trap: grades near to each other",
    columns: { grade: withRows(rowsOf(400, pick(["AA", "AB", "BB", "BA"])), { 10: "CA", 50: "BC", 90: "AC" }) },
    finds: [],
  },
  {
    name: "trap: plurals",
    columns: { item: withRows(rowsOf(300, pick(["apple", "orange", "banana"])), { 10: "apples", 50: "oranges" }) },
    finds: [],
  },
  { name: "trap: surnames, dense and long-tailed", columns: { name: rowsOf(1500, surname) }, finds: [] },
  { name: "trap: identifiers", columns: { id: rowsOf(500, (row) => `A-${10000 + row}`) }, finds: [] },
  {
    name: "trap: another state's codes, one letter replaced throughout",
    columns: { code: rowsOf(400, (row) => (row < 8 ? `ak_measure_${letters[row]}` : `al_measure_${letters[row % 8]}`)) },
    finds: [],
  },
  { name: "trap: a rare opposite", columns: { budget: rowsOf(240, (row) => (row % 24 === 5 ? "Off-budget" : "On-budget")) }, finds: [] },
  { name: "nothing", columns: { text: rowsOf(100, () => null) }, finds: [] },
];

for (const item of CASES) test(`notMisspelled: ${item.name}`, () => checkInference(notMisspelled, item));
