/** Published codes: what is none, and what only looks like one. */
import { test } from "node:test";
import knownCodes from "./knownCodes.ts";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";

const cycle = (...codes: string[]) => rowsOf(200, (row) => codes[row % codes.length]!);
const countries = cycle("DE", "AT", "CH", "NL", "FR", "PL", "IT", "GB");
const currencies = cycle("EUR", "USD", "CHF", "GBP", "JPY");

const CASES: readonly InferCase[] = [
  {
    name: "slips of a country code",
    columns: { country: withRows(countries, { 7: "DW", 80: "QA", 120: "fr", 150: "" }) },
    finds: [{ rule: "expectedValues", fields: "country", rows: [7, 120, 150] }],
  },
  {
    name: "slips of a currency",
    columns: { invoice_currency: withRows(currencies, { 7: "EUT", 80: "UDS" }) },
    finds: [{ rule: "expectedValues", fields: "invoice_currency", rows: [7, 80] }],
  },
  {
    name: "slips of a language",
    columns: { lang: withRows(cycle("de", "en", "fr", "it", "pl"), { 7: "xq" }) },
    finds: [{ rule: "expectedValues", fields: "lang", rows: [7] }],
  },
  {
    name: "a currency of the past, a code of the European Union",
    columns: { currency: withRows(currencies, { 7: "DEM" }), countryCode: withRows(countries, { 9: "EL" }) },
    finds: [
      { rule: "expectedValues", fields: "currency", rows: [] },
      { rule: "expectedValues", fields: "countryCode", rows: [] },
    ],
  },
  {
    name: "trap: a code of the source's own",
    columns: { country: countries.map((code, row) => (row % 40 === 3 ? "QQ" : code)) },
    finds: [],
  },
  { name: "trap: names of countries", columns: { country: cycle("Germany", "Austria", "France", "Poland", "Italy") }, finds: [] },
  { name: "trap: states, many of which are countries too", columns: { state: cycle("CA", "AL", "AR", "AZ", "CO", "DE", "TX") }, finds: [] },
  {
    name: "trap: states under the name of a country",
    columns: { country: cycle("CA", "AL", "AR", "AZ", "TX", "WY", "NY", "OH") },
    finds: [],
  },
  { name: "nothing", columns: { country: rowsOf(100, () => null) }, finds: [] },
];

for (const one of CASES) test(`knownCodes: ${one.name}`, () => checkInference(knownCodes, one));
