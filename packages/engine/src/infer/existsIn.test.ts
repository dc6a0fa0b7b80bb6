/** References to keys of other containers: which names point at which keys, which values refer, and what is a coincidence. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cell } from "@touchstone/core/rules/rule";
import { existsIn, isCandidate, pointsAt } from "./existsIn.ts";
import { checkInference, madeUp, rowsOf, withRows, type InferCase } from "./made-up.ts";

test("names that point at a key", () => {
  const check = (name: string, container: string, key: string, expected: boolean) =>
    assert.equal(pointsAt(name, container, key), expected, `${name} at ${container}.${key}`);
  check("customer_id", "customers", "customer_id", true);
  check("customerId", "Customers", "CUSTOMER_ID", true);
  check("customer_id", "customers", "id", true);
  check("billing_customer_id", "customers", "customer_id", true);
  check("billing_customer_id", "dim_customers", "id", true);
  check("customer", "customers", "id", true);
  check("customer", "customers", "customer_no", true);
  check("customerid", "customers", "id", true);
  check("country", "countries", "code", true);
  check("country_code", "countries", "code", true);
  check("home_country", "countries", "name", true);
  check("box", "boxes", "id", true);
  check("city", "towns", "city", true);
  check("id", "customers", "id", false);
  check("code", "countries", "code", false);
  check("order_id", "customers", "customer_id", false);
  check("customer_id", "orders", "id", false);
  check("customer_name", "customers", "id", false);
  check("", "customers", "id", false);
  check("é", "customers", "", false);
});

test("fields that are worth reading keys for", () => {
  const key = (field_type: "String" | "Integral", name = "customer_id", masked = false) => ({ name, field_type, masked });
  const repeated = rowsOf(400, (row) => row % 60);
  const check = (name: string, cells: readonly Cell[], to: ReturnType<typeof key>, expected: boolean) => {
    const [column] = madeUp({ [name]: cells }).columns;
    assert.equal(isCandidate(column!, "customers", to), expected, `${name} ${JSON.stringify(to)}`);
  };
  check("customer_id", repeated, key("Integral"), true);
  check("customer_id", repeated, key("String"), false);
  check("customer_id", repeated, key("Integral", "customer_id", true), false);
  check(
    "customer_id",
    rowsOf(400, (row) => row),
    key("Integral"),
    false,
  );
  check("score", repeated, key("Integral", "score"), false);
  check(
    "score",
    rowsOf(400, (row) => `s${row % 60}`),
    key("String", "score"),
    true,
  );
  check(
    "customer_id",
    rowsOf(20, (row) => row % 12),
    key("Integral"),
    false,
  );
  check(
    "customer_id",
    rowsOf(400, () => null),
    key("String"),
    false,
  );
});

const codes = (count: number, from = 0) => new Set(Array.from({ length: count }, (_, i) => `C-${1000 + from + i}`));
const numbers = (count: number) => new Set(Array.from({ length: count }, (_, i) => String(i + 1)));
/** Each of 100 customers on six rows. */
const customers = rowsOf(600, (row) => `C-${1000 + ((row * 37) % 100)}`);

type Case = InferCase & { keys: ReadonlySet<string> };

const CASES: readonly Case[] = [
  {
    name: "all values are keys",
    columns: { customer_id: customers },
    keys: codes(120),
    finds: [{ rule: "existsIn", fields: "customer_id", rows: [], properties: { ref_container_name: "customers", field_name: "id" } }],
  },
  {
    name: "a few orphans",
    columns: { customer_id: withRows(customers, { 7: "C-9999", 200: "C-8123", 411: "" }) },
    keys: codes(100),
    finds: [{ rule: "existsIn", fields: "customer_id", rows: [7, 200, 411] }],
  },
  {
    name: "many orphans, each alone where a key recurs",
    columns: { customer_id: customers.map((id, row) => (row % 20 === 3 ? `C-${7000 + row}` : id)) },
    keys: codes(100),
    finds: [{ rule: "existsIn", fields: "customer_id", rows: Array.from({ length: 30 }, (_, i) => i * 20 + 3) }],
  },
  {
    name: "numbers that reach over the keys, with an orphan",
    columns: {
      customer_id: withRows(
        rowsOf(600, (row) => 1 + ((row * 37) % 150)),
        { 44: 4711 },
      ),
    },
    keys: numbers(160),
    finds: [{ rule: "existsIn", fields: "customer_id", rows: [44] }],
  },
  {
    name: "NULL refers to nothing and is no orphan",
    columns: { customer_id: customers.map((id, row) => (row % 3 === 0 ? null : id)) },
    keys: codes(100),
    finds: [{ rule: "existsIn", fields: "customer_id", rows: [] }],
  },
  {
    name: "trap: small numbers are among small numbers",
    columns: {
      customer_id: withRows(
        rowsOf(600, (row) => 1 + (row % 12)),
        { 44: 700 },
      ),
    },
    keys: numbers(500),
    finds: [],
  },
  {
    name: "trap: keys that are not in the other container recur like the others",
    columns: { customer_id: customers },
    keys: codes(96),
    finds: [],
  },
  {
    name: "trap: a code for none",
    columns: { customer_id: customers.map((id, row) => (row % 40 === 5 ? "NONE" : id)) },
    keys: codes(100),
    finds: [],
  },
  {
    name: "trap: another list of things",
    columns: { customer_id: customers },
    keys: codes(100, 50),
    finds: [],
  },
];

for (const { keys, ...one } of CASES)
  test(one.name, () => checkInference(existsIn([{ field: "customer_id", container: "customers", key: "id", keys }]), one));

test("of several keys the one that fits best", () => {
  const [whole, part] = [codes(100), codes(99)];
  const references = [
    { field: "customer_id", container: "archive", key: "id", keys: part },
    { field: "customer_id", container: "customers", key: "id", keys: whole },
  ];
  checkInference(existsIn(references), {
    name: "",
    columns: { customer_id: withRows(customers, { 3: "C-9999" }) },
    finds: [{ rule: "existsIn", fields: "customer_id", rows: [3], properties: { ref_container_name: "customers", field_name: "id" } }],
  });
});
