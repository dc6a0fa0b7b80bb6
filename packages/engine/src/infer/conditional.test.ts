/** conditional, foreignDomain, derivedFrom: what the values of two columns have to do with each other. */
import { test } from "node:test";
import type { Inference } from "./candidate.ts";
import conditional from "./conditional.ts";
import derivedFrom from "./derivedFrom.ts";
import foreignDomain from "./foreignDomain.ts";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";

const STATUS = ["open", "paid", "shipped", "delivered"];
const status = (row: number) => STATUS[(row * 7) % 4]!;
const day = (n: number) => new Date(Date.UTC(2029, 0, 1 + n)).toISOString().slice(0, 10);
const shipped = (row: number) => (["shipped", "delivered"].includes(status(row)) ? day((row * 37) % 300) : null);
const STATES = ["CA", "TX", "NY", "FL", "WA"];
const CITIES = ["Austin", "Boston", "Denver", "Miami", "Fresno", "Tulsa", "Tampa", "Omaha"];
const state = (row: number) => STATES[row % 5]!;
const city = (row: number) => CITIES[(row * 3) % 8]!;
const code = (row: number) => `D${String(1 + (row % 15)).padStart(2, "0")}`;

const CONDITIONS: InferCase[] = [
  {
    name: "shipped_at goes with the status, both ways",
    columns: { status: rowsOf(800, status), shipped_at: withRows(rowsOf(800, shipped), { 2: null, 0: day(3) }) },
    finds: [
      { rule: "notNull", fields: "shipped_at", rows: [2] },
      { rule: "satisfiesExpression", fields: "shipped_at", rows: [0], properties: { expression: '"shipped_at" IS NULL' } },
    ],
  },
  {
    name: "one currency in one country, several in the others",
    columns: {
      country: rowsOf(1500, (row) => ["US", "GB", "CH"][row % 3]!),
      currency: withRows(
        rowsOf(1500, (row, r) => (row % 3 === 0 ? "USD" : ["EUR", "GBP", "CHF"][Math.floor(r() * 3)]!)),
        { 30: "EUR" },
      ),
    },
    finds: [
      { rule: "expectedValues", fields: "currency", rows: [30], properties: { list: ["USD"] } },
      { rule: "expectedValues", fields: "country", rows: [], properties: { list: ["US"] } },
    ],
  },
  {
    name: "trap: a correlation is no rule (claimed at level 4 only)",
    columns: {
      married: rowsOf(900, (row) => (row % 3 ? "yes" : "no")),
      sex: rowsOf(900, (row, r) => (row % 3 ? (row % 100 === 4 ? "f" : "m") : r() < 0.5 ? "m" : "f")),
    },
    finds: [
      {
        rule: "expectedValues",
        fields: "sex",
        rows: rowsOf(900, (row) => row)
          .map(Number)
          .filter((row) => row % 3 && row % 100 === 4),
      },
    ],
  },
  {
    name: "trap: gaps that have nothing to do with it",
    columns: { status: rowsOf(800, status), note: rowsOf(800, (row, r) => (r() < 0.5 ? null : `n${row % 90}`)) },
    finds: [],
  },
  {
    name: "trap: two questions of a form left open together",
    columns: {
      first: rowsOf(800, (row) => (row % 2 ? "NA" : `a${row % 4}`)),
      second: rowsOf(800, (row) => (row % 2 && row !== 31 ? "NA" : `b${row % 3}`)),
    },
    finds: [],
  },
  { name: "too few rows", columns: { status: rowsOf(40, status), shipped_at: rowsOf(40, shipped) }, finds: [] },
];

const FOREIGN: InferCase[] = [
  {
    name: "a state among numbers, again and again",
    columns: {
      state: rowsOf(800, state),
      latitude: rowsOf(800, (row) => (row % 40 === 7 ? "TX" : String(30 + (row % 190) / 10))),
    },
    finds: [{ rule: "satisfiesExpression", fields: "latitude", rows: Array.from({ length: 20 }, (_, i) => 7 + 40 * i) }],
  },
  {
    name: "trap: a word for what was not measured, which the status says too",
    columns: {
      status: rowsOf(800, (row) => (row % 40 === 7 ? "absent" : ["passed", "failed"][row % 2]!)),
      score: rowsOf(800, (row) => (row % 40 === 7 ? "absent" : String(row % 100))),
    },
    finds: [],
  },
  {
    name: "a city among the states, and two columns exchanged in one row",
    columns: {
      state: withRows(rowsOf(400, state), { 9: "Boston", 70: "Tampa" }),
      city: withRows(rowsOf(400, city), { 70: "TX" }),
    },
    finds: [
      { rule: "satisfiesExpression", fields: "state", rows: [9, 70], properties: { expression: `"state" NOT IN ('Boston', 'Tampa')` } },
      { rule: "satisfiesExpression", fields: "city", rows: [70], properties: { expression: `"city" NOT IN ('TX')` } },
    ],
  },
  {
    name: "trap: columns that share their values by nature",
    columns: {
      origin: rowsOf(400, (row) => (row === 8 ? "Omaha" : city(row * 2))),
      destination: rowsOf(400, (row) => city(row + 1)),
    },
    finds: [],
  },
  {
    name: "trap: in a column of names any word may stand once",
    columns: {
      name: withRows(
        rowsOf(400, (row) => `Name ${row}`),
        { 5: "Austin" },
      ),
      city: rowsOf(400, city),
    },
    finds: [],
  },
  {
    name: "trap: words that may stand anywhere",
    columns: {
      state: withRows(rowsOf(400, state), { 9: "Other" }),
      reason: rowsOf(400, (row) => ["Other", "Late", "Broken"][row % 3]!),
    },
    finds: [],
  },
];

/** Two running numbers side by side, the second some steps ahead. */
const running = (ahead: number, write: (n: number) => string, rows: number): InferCase["columns"] => ({
  first: rowsOf(rows, (row) => write(10_000 + row)),
  second: rowsOf(rows, (row) => write(10_000 + row + ahead)),
});
const NUMBERED: Record<string, (n: number) => string> = {
  plain: (n) => `K${n}`,
  short: (n) => `K${n - 9990}`,
  padded: (n) => `K${String(n).padStart(9, "0")}`,
  "within letters": (n) => `AB${n}X`,
  "padded digits": (n) => String(n).padStart(8, "0"),
};
/** The longer the table, the fewer of its rows carry between the first digits of one number and those of the other. */
const RUNNING: InferCase[] = Object.entries(NUMBERED).flatMap(([name, write]) =>
  [1, 2, 7, 10, 40, 100].flatMap((ahead) =>
    [2500, 20_000].map((rows) => ({
      name: `trap: running numbers, ${name}, ${ahead} ahead, ${rows} rows`,
      columns: running(ahead, write, rows),
      finds: [],
    })),
  ),
);

const DERIVED: InferCase[] = [
  ...RUNNING,
  {
    name: "a lot in two codes, at the end of whose number both go on otherwise; one code is of another lot",
    columns: {
      lot: rowsOf(800, (row) => `L${100 + ((row * 7) % 40)}Y${row}`),
      box: withRows(
        rowsOf(800, (row) => `L${100 + ((row * 7) % 40)}X${(row * 31) % 977}`),
        { 33: "L139X5" },
      ),
    },
    finds: [{ rule: "satisfiesExpression", fields: "lot,box", rows: [33], properties: { expression: 'LEFT("lot", 4) = LEFT("box", 4)' } }],
  },
  {
    name: "the beginning of a number that is a whole value elsewhere",
    columns: {
      day: rowsOf(400, (row) => `B${day(row).replaceAll("-", "")}`),
      batch: rowsOf(400, (row) => `B${day(row).replaceAll("-", "").slice(0, 6)}`),
    },
    finds: [{ rule: "satisfiesExpression", fields: "day", rows: [], properties: { expression: 'STARTSWITH("day", "batch")' } }],
  },
  {
    name: "a label that begins with the code; a copied label is named",
    columns: {
      dept: rowsOf(300, code),
      label: withRows(
        rowsOf(300, (row) => `${code(row)}-${5000 + row}`),
        { 40: `${code(11)}-5011`, 90: `${code(12)}-5012` },
      ),
    },
    finds: [{ rule: "satisfiesExpression", fields: "label", rows: [40, 90] }],
  },
  {
    name: "the year of a date",
    columns: {
      day: rowsOf(400, (row) => day(row * 9)),
      year: withRows(
        rowsOf(400, (row) => Number(day(row * 9).slice(0, 4))),
        { 17: 2033 },
      ),
    },
    finds: [{ rule: "satisfiesExpression", fields: "day,year", rows: [17], properties: { expression: 'YEAR("day") = "year"' } }],
  },
  {
    name: "a name inside a longer one",
    columns: {
      maker: rowsOf(200, (row) => CITIES[row % 8]!),
      product: rowsOf(200, (row) => `${CITIES[row % 8]!} ${1000 + row}`),
    },
    finds: [{ rule: "satisfiesExpression", fields: "product", rows: [], properties: { expression: 'STARTSWITH("product", "maker")' } }],
  },
  {
    name: "trap: the same few initials by chance",
    columns: {
      a: rowsOf(200, (row, r) => `${"abc"[Math.floor(r() * 3)]}${row}`),
      b: rowsOf(200, (row, r) => `${"abc"[Math.floor(r() * 3)]}${row * 3}`, 9),
    },
    finds: [],
  },
  {
    name: "trap: constant beginnings",
    columns: { a: rowsOf(200, (row) => `ID-${row * 7}`), b: rowsOf(200, (row) => `ID-${(row * 13) % 997}`) },
    finds: [],
  },
];

const KINDS: [Inference, InferCase[]][] = [
  [conditional, CONDITIONS],
  [foreignDomain, FOREIGN],
  [derivedFrom, DERIVED],
];
for (const [kind, cases] of KINDS) for (const item of cases) test(`${kind.name}: ${item.name}`, () => checkInference(kind, item));
