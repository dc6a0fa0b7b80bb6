import { test } from "node:test";
import { checkInference, rowsOf, type InferCase } from "./made-up.ts";
import timeDistributionSize from "./timeDistributionSize.ts";

const day = (n: number) => new Date(Date.UTC(2029, 0, 1 + n)).toISOString().slice(0, 10);
const PER_DAY = 60;
const found = (max_size: number) => [
  { rule: "timeDistributionSize", fields: "at", rows: [], properties: { interval_name: "Daily", min_size: 1, max_size } },
];
const daily = (dayOf: (n: number) => number) => ({ at: rowsOf(100 * PER_DAY, (row) => day(dayOf(Math.floor(row / PER_DAY)))) });

const CASES: InferCase[] = [
  { name: "as many rows every day", columns: daily((n) => n), finds: found(75) },
  { name: "one day is empty", columns: daily((n) => (n > 40 ? n + 1 : n)), finds: found(75) },
  { name: "one day was loaded twice", columns: daily((n) => (n === 41 ? 40 : n > 41 ? n - 1 : n)), finds: found(75) },
  { name: "trap: nothing on Sundays", columns: daily((n) => n + Math.floor(n / 6)), finds: [] },
  {
    name: "trap: days that differ by themselves",
    columns: { at: rowsOf(6000, (_, random) => day(Math.floor(random() * random() * 100))) },
    finds: [],
  },
  { name: "trap: no more than three weeks", columns: { at: rowsOf(1260, (row) => day(Math.floor(row / PER_DAY))) }, finds: [] },
];

for (const item of CASES) test(`timeDistributionSize: ${item.name}`, () => checkInference(timeDistributionSize, item));
