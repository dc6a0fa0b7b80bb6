import { test } from "node:test";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";
import matchesPattern from "./matchesPattern.ts";

const two = (n: number) => String(n % 100).padStart(2, "0");
const phone = (row: number) => `(${400 + (row % 90)}) ${two(row * 7)}0-${two(row * 3)}${two(row * 11)}`;
const syllables = ["Ra", "Mo", "Tel", "Vin", "Ka", "Sor"];
const word = (_: number, random: () => number) =>
  `${syllables[Math.floor(random() * 6)]!}${"abcdefgh".slice(0, 1 + Math.floor(random() * 7))}`;

const CASES: InferCase[] = [
  {
    name: "telephone numbers with slips",
    columns: {
      phone: withRows(rowsOf(120, phone), { 4: "(40)4 280-1244", 9: "409) 630-2799", 60: "(460) 20-8060", 61: "(461) 27o-8371" }),
    },
    finds: [
      { rule: "matchesPattern", fields: "phone", rows: [4, 9, 60, 61], properties: { pattern: "^\\([0-9]{3}\\) [0-9]{3}-[0-9]{4}$" } },
    ],
  },
  {
    name: "two formats in regular use",
    columns: {
      day: withRows(
        rowsOf(200, (row) =>
          row % 3 ? `2031-${two(1 + (row % 12))}-${two(1 + (row % 28))}` : `${two(1 + (row % 28))}.${two(1 + (row % 12))}.2031`,
        ),
        { 77: "2031-O3-22" },
      ),
    },
    finds: [{ rule: "matchesPattern", fields: "day", rows: [77] }],
  },
  {
    name: "a constant word belongs to the format",
    columns: {
      size: withRows(
        rowsOf(200, (row) => `${row % 97} patients`),
        { 5: "5 pxtients" },
      ),
    },
    finds: [{ rule: "matchesPattern", fields: "size", rows: [5] }],
  },
  {
    name: "trap: longer numbers are only larger",
    columns: { size: rowsOf(200, (row) => `${(row * row) % 12000} kg`) },
    finds: [{ rule: "matchesPattern", fields: "size", rows: [] }],
  },
  {
    name: "trap: negative numbers and thousands",
    columns: { amount: rowsOf(200, (row) => (row % 20 === 3 ? `-${row + 1},200` : row % 3 ? `${row + 1},450` : `${row + 4}`)) },
    finds: [{ rule: "matchesPattern", fields: "amount", rows: [] }],
  },
  {
    name: "trap: names of people",
    columns: { name: rowsOf(300, (row, r) => (row % 9 ? `${word(row, r)} ${word(row, r)}` : `${word(row, r)} O'${word(row, r)}`)) },
    finds: [],
  },
  { name: "trap: prose", columns: { text: rowsOf(200, (row) => `${"word ".repeat(1 + (row % 40))}${row}.`) }, finds: [] },
  {
    name: "trap: many formats are variety",
    columns: { code: rowsOf(200, (row) => `${"AB-".repeat(row % 5)}${row}${"x/".repeat(row % 3)}`) },
    finds: [],
  },
  {
    name: "trap: decimals of unequal length, two decimals usual",
    columns: { amount: rowsOf(300, (row) => (row % 11 ? `${row}.${two(row * 37)}` : `${row}.5`)) },
    finds: [],
  },
];

for (const item of CASES) test(`matchesPattern: ${item.name}`, () => checkInference(matchesPattern, item));
