/** notNull, anyNotNull, unique, placeholders, shapeVariants. */
import { test } from "node:test";
import anyNotNull from "./anyNotNull.ts";
import type { Inference } from "./candidate.ts";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";
import notNull from "./notNull.ts";
import placeholders from "./placeholders.ts";
import shapeVariants from "./shapeVariants.ts";
import unique from "./unique.ts";

const rowsWhere = (is: (row: number) => boolean) => Array.from({ length: 300 }, (_, row) => row).filter(is);

const CASES: [Inference, InferCase[]][] = [
  [
    placeholders,
    [
      {
        name: "crossed out",
        columns: {
          x: withRows(
            rowsOf(200, (row) => `name ${row}`),
            { 3: "***", 50: "name 50***" },
          ),
        },
        finds: [{ rule: "notMatchesPattern", fields: "x", rows: [3, 50], properties: { pattern: "\\*\\*\\*" } }],
      },
      {
        name: "now and then a placeholder",
        columns: {
          x: withRows(
            rowsOf(300, (row) => `name ${row}`),
            { 3: "N/A", 50: "?" },
          ),
        },
        finds: [{ rule: "notMatchesPattern", fields: "x", rows: [3, 50] }],
      },
      {
        name: "words for missing among numbers, again and again",
        columns: { x: rowsOf(300, (row) => (row % 20 === 3 ? "unknown" : row % 150 === 9 ? "none" : `${row * 7}`)) },
        finds: [{ rule: "notMatchesPattern", fields: "x", rows: rowsWhere((row) => row % 20 === 3 || row % 150 === 9) }],
      },
      {
        name: "small letters among names",
        columns: { x: rowsOf(300, (row) => (row % 20 === 3 ? "unknown" : ["Berlin", "Graz", "Basel", "Bern"][row % 4]!)) },
        finds: [{ rule: "notMatchesPattern", fields: "x", rows: rowsWhere((row) => row % 20 === 3) }],
      },
      {
        name: "trap: an answer among answers",
        columns: { x: rowsOf(300, (row) => (row % 20 === 3 ? "unknown" : ["yes", "no"][row % 2]!)) },
        finds: [],
      },
      {
        name: "trap: what stands in all columns of a table without an empty cell",
        columns: Object.fromEntries(
          ["x", "y", "z"].map((name, i) => [name, rowsOf(300, (row) => ((row + i) % 20 ? `${row * 7 + i}` : "n/a"))]),
        ),
        finds: [],
      },
      { name: "trap: the usual way to write missing", columns: { x: rowsOf(300, (row) => (row % 8 ? `name ${row}` : "N/A")) }, finds: [] },
      {
        name: "trap: an answer",
        columns: {
          x: withRows(
            rowsOf(300, (row) => ["yes", "no"][row % 2]!),
            { 8: "none", 9: "unknown" },
          ),
        },
        finds: [],
      },
      {
        name: "trap: an ellipsis among full stops",
        columns: {
          x: withRows(
            rowsOf(300, (row) => `It is ${row}.`),
            { 8: "And so on..." },
          ),
        },
        finds: [],
      },
    ],
  ],
  [
    notNull,
    [
      { name: "always filled", columns: { x: rowsOf(100, (row) => row) }, finds: [{ rule: "notNull", fields: "x", rows: [] }] },
      {
        name: "a lapse in many rows",
        columns: {
          x: withRows(
            rowsOf(3000, (row) => row),
            { 8: null },
          ),
        },
        finds: [{ rule: "notNull", fields: "x", rows: [8] }],
      },
      { name: "trap: now and then missing", columns: { x: rowsOf(1000, (row) => (row % 50 ? row % 40 : null)) }, finds: [] },
      {
        name: "running numbers, some of them lost",
        columns: { id: rowsOf(100, (row) => (row % 25 === 7 ? null : `C-${1000 + row}`)) },
        finds: [{ rule: "notNull", fields: "id", rows: [7, 32, 57, 82] }],
      },
      {
        name: "trap: ranks of those who finished",
        columns: { rank: rowsOf(100, (row) => (row % 25 === 7 ? null : row + 1 - Math.floor((row + 18) / 25))) },
        finds: [],
      },
      { name: "trap: few rows", columns: { x: rowsOf(20, (row) => row) }, finds: [] },
    ],
  ],
  [
    anyNotNull,
    [
      {
        name: "one or the other",
        columns: { a: rowsOf(200, (row) => (row % 2 ? row : null)), b: rowsOf(200, (row) => (row % 2 ? null : row)) },
        finds: [{ rule: "anyNotNull", fields: "a,b", rows: [] }],
      },
      {
        name: "trap: seldom missing, so seldom together",
        columns: {
          a: withRows(
            rowsOf(200, (row) => row),
            { 3: null },
          ),
          b: withRows(
            rowsOf(200, (row) => row),
            { 9: null },
          ),
        },
        finds: [],
      },
    ],
  ],
  [
    unique,
    [
      {
        name: "running numbers in a short table, two of them twice",
        columns: {
          no: withRows(
            rowsOf(80, (row) => `INV-${row < 40 ? 2030 : 2031}-${String(row).padStart(5, "0")}`),
            { 9: "INV-2030-00010", 70: "INV-2030-00003" },
          ),
        },
        finds: [{ rule: "unique", fields: "no", rows: [3, 9, 10, 70] }],
      },
      {
        name: "trap: a ranking with ties",
        columns: { rank: rowsOf(80, (row) => (row % 20 === 1 ? row : row + 1)) },
        finds: [],
      },
      {
        name: "trap: two towns with as many people",
        columns: {
          people: withRows(
            rowsOf(500, (row) => 900 + row * row * 3),
            { 9: 912 },
          ),
        },
        finds: [],
      },
      { name: "a key", columns: { id: rowsOf(100, (row) => 1000 + row) }, finds: [{ rule: "unique", fields: "id", rows: [] }] },
      {
        name: "a key with one repeat",
        columns: {
          id: withRows(
            rowsOf(800, (row) => `K-${row}`),
            { 9: "K-10" },
          ),
        },
        finds: [{ rule: "unique", fields: "id", rows: [9, 10] }],
      },
      { name: "trap: measurements that happen to differ", columns: { x: rowsOf(100, (row) => row + 0.25) }, finds: [] },
      {
        name: "trap: names repeat legitimately",
        columns: {
          x: withRows(
            rowsOf(
              800,
              (row) => `name ${"abcdefghij"[row % 10]}${"abcdefghij"[Math.floor(row / 10) % 10]}${"abcdefghij"[Math.floor(row / 100)]}`,
            ),
            { 9: "name aaa" },
          ),
        },
        finds: [],
      },
      { name: "trap: long text", columns: { x: rowsOf(100, (row) => `${"a description of a thing ".repeat(4)}${row}`) }, finds: [] },
    ],
  ],
  [
    shapeVariants,
    [
      {
        name: "mostly filled",
        columns: { x: rowsOf(400, (row) => (row % 10 ? row : null)) },
        finds: [{ rule: "notNull", fields: "x", rows: rowsOf(40, (row) => row * 10).map(Number) }],
      },
      { name: "trap: half filled", columns: { x: rowsOf(400, (row) => (row % 2 ? row : null)) }, finds: [] },
    ],
  ],
];

for (const [kind, cases] of CASES) for (const item of cases) test(`${kind.name}: ${item.name}`, () => checkInference(kind, item));
