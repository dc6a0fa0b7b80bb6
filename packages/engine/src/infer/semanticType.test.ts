import { test } from "node:test";
import { checkInference, rowsOf, withRows, type InferCase } from "./made-up.ts";
import matchesPattern from "./matchesPattern.ts";
import semanticType from "./semanticType.ts";

const email = (row: number) => `ann.${row}@example.org`;
const url = (row: number) => `https://example.org/p/${row}`;
const uuid = (row: number) => `${(row * 7919 + 0x10000000).toString(16)}-5d0e-4c6a-9d8e-2f1a3b4c5d6e`;
const ip = (row: number) => `10.${row % 250}.${(row * 7) % 250}.${1 + (row % 200)}`;
/** Accounts of one bank whose check digits are right (ISO 13616-1). */
const iban = (row: number) => {
  const account = `37040044${String(row * 131).padStart(10, "0")}`;
  return `DE${String(98n - (BigInt(`${account}131400`) % 97n)).padStart(2, "0")}${account}`;
};

/** Numbers of sixteen digits whose last satisfies the Luhn formula (ISO/IEC 7812-1). */
const card = (row: number): number => {
  const digits = `4${String((row * 7_919_013) % 10 ** 14).padStart(14, "0")}`;
  const sum = [...digits].reduce((n, digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return n + (value > 9 ? value - 9 : value);
  }, 0);
  return Number(`${digits}${(10 - (sum % 10)) % 10}`);
};

const CASES: InferCase[] = [
  {
    name: "addresses that are none, however often",
    columns: { x: withRows(rowsOf(300, email), { 5: "ann.5@@example.org", 60: "ann.60.example.org", 61: "ann@", 62: "ann.62@example" }) },
    finds: [{ rule: "isEmail", fields: "x", rows: [5, 60, 61, 62], properties: {} }],
  },
  {
    name: "web addresses without a scheme or with a blank",
    columns: { x: withRows(rowsOf(300, url), { 5: "example.org/p/5", 60: "https://example.org/p 60", 90: "htps://example.org" }) },
    finds: [{ rule: "isUrl", fields: "x", rows: [5, 60, 90] }],
  },
  {
    name: "an identifier cut short",
    columns: { x: withRows(rowsOf(300, uuid), { 5: uuid(5).slice(0, -1), 60: uuid(60).replace("-", "") }) },
    finds: [{ rule: "isUuid", fields: "x", rows: [5, 60] }],
  },
  {
    name: "an octet too large",
    columns: { x: withRows(rowsOf(300, ip), { 5: "10.256.1.1", 60: "10.1.1" }) },
    finds: [{ rule: "isIpAddress", fields: "x", rows: [5, 60] }],
  },
  {
    name: "an account with two digits exchanged",
    columns: { x: withRows(rowsOf(300, iban), { 60: iban(60).replace("3704", "3740") }) },
    finds: [{ rule: "isIban", fields: "x", rows: [60] }],
  },
  {
    name: "a card number with a wrong digit, read as a whole number",
    columns: { x: withRows(rowsOf(300, card), { 60: card(60) + (card(60) % 10 === 9 ? -1 : 1), 61: 4711 }) },
    finds: [{ rule: "isCreditCard", fields: "x", rows: [60, 61], properties: {} }],
  },
  { name: "trap: instants in milliseconds", columns: { x: rowsOf(300, (row) => 1_700_000_000_000 + row * 86_413_000) }, finds: [] },
  { name: "trap: a word for none", columns: { x: rowsOf(300, (row) => (row % 15 ? email(row) : "no address")) }, finds: [] },
  { name: "trap: versions of software", columns: { x: rowsOf(300, (row) => `1.${row % 20}.${row % 7}`) }, finds: [] },
  {
    name: "trap: numbers as long as a card's",
    columns: { x: rowsOf(300, (row) => `4${String(row * 7919).padStart(15, "0")}`) },
    finds: [],
  },
  { name: "trap: texts with an address in them", columns: { x: rowsOf(300, (row) => `write to ${email(row)}`) }, finds: [] },
  { name: "nothing", columns: { x: rowsOf(100, () => null) }, finds: [] },
];
for (const item of CASES) test(`semanticType: ${item.name}`, () => checkInference(semanticType, item));

test("addresses are no business of matchesPattern", () =>
  checkInference(matchesPattern, { name: "", columns: { x: withRows(rowsOf(300, url), { 5: "http://example.org/5" }) }, finds: [] }));
