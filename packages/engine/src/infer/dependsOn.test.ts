import { test } from "node:test";
import dependsOn from "./dependsOn.ts";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";

const zips = (row: number) => `${10000 + (row % 20)}`;
const cities = (row: number) => ["Ulm", "Trier", "Mainz", "Hof", "Jena"][row % 5]!;
const zipProperties = { determined_by: [["zip"]], rows_min: 3, share_min: 0.75, missing: true };
const observed = (row: number) => `value ${row % 15} of it`;
const SITES = 12;

const CASES: InferCase[] = [
  {
    name: "zip -> city with two wrong cities",
    columns: { zip: rowsOf(300, zips), city: withRows(rowsOf(300, cities), { 7: "Hof", 33: "Essen" }) },
    finds: [{ rule: "dependsOn", fields: "city", rows: [7, 33], properties: zipProperties }],
  },
  {
    name: "a wrong key does not condemn what other keys confirm",
    columns: {
      zip: withRows(rowsOf(300, zips), { 7: "10003" }),
      phone: rowsOf(300, (row) => `p${row % 20}`),
      city: rowsOf(300, cities),
    },
    finds: [
      { rule: "dependsOn", fields: "zip", rows: [7] },
      { rule: "dependsOn", fields: "phone", rows: [7] },
      { rule: "dependsOn", fields: "city", rows: [] },
    ],
  },
  {
    name: "a pair determines what neither alone does; which of the three is wrong cannot be told",
    columns: {
      region: rowsOf(400, (row) => `r${row % 4}`),
      product: rowsOf(400, (row) => `p${Math.floor(row / 4) % 5}`),
      price_code: withRows(
        rowsOf(400, (row) => `c${(row % 4) * 5 + (Math.floor(row / 4) % 5)}`),
        { 100: "c19" },
      ),
    },
    finds: [
      { rule: "dependsOn", fields: "region", rows: [100] },
      { rule: "dependsOn", fields: "product", rows: [100] },
      { rule: "dependsOn", fields: "price_code", rows: [100] },
    ],
  },
  {
    name: "several observers, who err and are silent",
    columns: {
      flight: rowsOf(360, (row) => `f${Math.floor(row / SITES)}`),
      site: rowsOf(360, (row) => `s${row % SITES}`),
      departs: rowsOf(360, (row) => (row % SITES === 0 ? null : row % SITES === 1 ? `wrong ${row}` : observed(Math.floor(row / SITES)))),
      arrives: rowsOf(360, (row) => (row % SITES === 3 ? null : row % SITES > 8 ? `late ${row}` : observed(7 * Math.floor(row / SITES)))),
    },
    finds: [
      {
        rule: "dependsOn",
        fields: "departs",
        rows: rowsOf(360, (row) => row)
          .map(Number)
          .filter((row) => row % SITES < 2),
      },
      {
        rule: "dependsOn",
        fields: "arrives",
        rows: rowsOf(360, (row) => row)
          .map(Number)
          .filter((row) => row % SITES === 3 || row % SITES > 8),
      },
    ],
  },
  {
    name: "trap: two columns that only go together",
    columns: { a: rowsOf(400, (_, r) => `a${Math.floor(r() * 9)}`), b: rowsOf(400, (_, r) => `b${Math.floor(r() * 9)}`, 7) },
    finds: [],
  },
  {
    name: "trap: a nearly constant column is determined by anything",
    columns: {
      a: rowsOf(400, (row) => `a${row % 20}`),
      b: withRows(
        rowsOf(400, () => "no"),
        { 3: "yes", 9: "yes" },
      ),
    },
    finds: [],
  },
  {
    name: "trap: names shared by two groups (counties of several states)",
    columns: {
      county: rowsOf(600, (row) => `c${row % 30}`),
      state: rowsOf(600, (row) => (row % 30 < 8 ? `s${Math.floor(row / 30) % 2}` : `s${row % 30}`)),
    },
    finds: [{ rule: "dependsOn", fields: "county", rows: [] }].slice(1),
  },
  {
    name: "trap: the exceptions are a rule of their own",
    columns: {
      measure: rowsOf(600, (row) => `m${row % 20}`),
      average: rowsOf(600, (row) => (row < 20 ? `ak m${row % 20}` : `al m${row % 20}`)),
      state: rowsOf(600, (row, random) => (row < 20 ? "ak" : random() < 0.5 ? "al" : "az")),
    },
    finds: [
      { rule: "dependsOn", fields: "measure", rows: [] },
      {
        rule: "dependsOn",
        fields: "average",
        rows: [],
        properties: { determined_by: [["state", "measure"]], rows_min: 3, share_min: 0.75, missing: true },
      },
    ],
  },
  {
    name: "trap: a measurement determines nothing",
    columns: { weight: rowsOf(400, (row) => (row % 12) + 0.5), kind: rowsOf(400, (row) => (row === 5 ? "k9" : `k${row % 12}`)) },
    finds: [{ rule: "dependsOn", fields: "weight", rows: [5] }],
  },
  {
    name: "trap: a key determines everything, once each",
    columns: { id: rowsOf(200, (row) => `i${row}`), city: rowsOf(200, cities) },
    finds: [],
  },
];

for (const item of CASES) test(`dependsOn: ${item.name}`, () => checkInference(dependsOn, item));
