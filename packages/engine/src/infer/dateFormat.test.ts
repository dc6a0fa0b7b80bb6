import assert from "node:assert/strict";
import { test } from "node:test";
import { DATE_FORMATS, isDate, looksLikeDate } from "./calendar.ts";
import dateFormat from "./dateFormat.ts";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";
import matchesPattern from "./matchesPattern.ts";

const day = (row: number) => new Date(Date.UTC(2029, 0, 1 + ((row * 37) % 700))).toISOString().slice(0, 10);
const german = (row: number) => day(row).split("-").toReversed().join(".");
const american = (row: number) => `${day(row).slice(5, 7)}/${day(row).slice(8)}/${day(row).slice(0, 4)}`;

const CASES: InferCase[] = [
  {
    name: "another format, the same one again and again",
    columns: { x: rowsOf(300, (row) => (row % 20 === 3 ? german(row) : day(row))) },
    finds: [{ rule: "isIsoDate", fields: "x", rows: Array.from({ length: 15 }, (_, i) => 3 + 20 * i), properties: {} }],
  },
  {
    name: "days of no calendar",
    columns: { x: withRows(rowsOf(300, day), { 5: "2029-02-30", 60: "2029-13-01", 90: "2029-00-10", 91: "2029-02-29", 92: "2029-2-3" }) },
    finds: [{ rule: "isIsoDate", fields: "x", rows: [5, 60, 90, 91, 92] }],
  },
  {
    name: "times with a day alone, and a month in letters",
    columns: {
      x: withRows(
        rowsOf(300, (row) => `${day(row)} 10:${10 + (row % 50)}:00`),
        { 5: "2029-02-03", 60: "3 Feb 2029 10:00" },
      ),
    },
    finds: [{ rule: "isIsoDate", fields: "x", rows: [5, 60], properties: { with_time: true } }],
  },
  {
    name: "day first where the month comes first, seen where it cannot be a month",
    columns: { x: withRows(rowsOf(300, american), { 5: "23/02/2029", 60: "2029-02-03" }) },
    finds: [{ rule: "matchesPattern", fields: "x", rows: [5, 60] }],
  },
  { name: "trap: two formats in use", columns: { x: rowsOf(300, (row) => (row % 5 ? day(row) : german(row))) }, finds: [] },
  { name: "trap: a word for what goes on", columns: { x: rowsOf(300, (row) => (row % 15 ? day(row) : "ongoing")) }, finds: [] },
  { name: "trap: numbers of eight digits", columns: { x: rowsOf(300, (row) => `${81234567 + row * 131}x`) }, finds: [] },
  { name: "trap: a label that is a day", columns: { x: rowsOf(300, (row) => (row % 30 ? "2029-01-01" : "2029-01-01 b")) }, finds: [] },
  { name: "nothing", columns: { x: rowsOf(100, () => null) }, finds: [] },
];
for (const item of CASES) test(`dateFormat: ${item.name}`, () => checkInference(dateFormat, item));

test("dates are no business of matchesPattern", () =>
  checkInference(matchesPattern, { name: "", columns: { x: withRows(rowsOf(300, german), { 5: "2029-02-03" }) }, finds: [] }));

const READ: [text: string, formats: string[], like: boolean][] = [
  ["2028-02-29", ["YYYY-MM-DD"], true],
  ["2029-02-29", [], true],
  ["1900-02-29", [], true],
  ["2000-02-29", ["YYYY-MM-DD"], true],
  ["2029-02-03T10:11:12.5+02:00", ["YYYY-MM-DD and a time"], true],
  ["2029-02-03 25:00", [], true],
  ["3.2.2029", ["DD.MM.YYYY"], true],
  ["02/03/2029", ["MM/DD/YYYY", "DD/MM/YYYY"], true],
  ["31/12/2029", ["DD/MM/YYYY"], true],
  ["20290203", ["YYYYMMDD"], true],
  ["3 Feb 2029", ["DD Mon YYYY"], true],
  ["February 3, 2029", [], true],
  ["0000-01-01", [], true],
  ["192.168.1.20", [], false],
  ["12-B", [], false],
  ["", [], false],
];
for (const [text, formats, like] of READ)
  test(`a date? ${text}`, () => {
    assert.deepEqual(
      DATE_FORMATS.filter((format) => isDate(format, text)).map(({ name }) => name),
      formats,
    );
    assert.equal(looksLikeDate(text), like);
  });
