import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldType } from "@touchstone/core/model/field";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  decimal,
  DOUBLE,
  DUCKDB_TYPES,
  evolve,
  kindOfField,
  kindOfValues,
  POSTGRES_TYPES,
  TEXT,
  TIMESTAMP,
  widen,
  wire,
} from "./kind.ts";
import type { ColumnKind } from "./kind.ts";

test("a column takes the field's type when all values fit, else one that holds them", () => {
  const cases: [FieldType, string, unknown[], ColumnKind][] = [
    ["Integral", "BIGINT", [1, -1, null, "9223372036854775807"], BIGINT],
    ["Integral", "HUGEINT", ["9223372036854775808"], decimal(19, 0)],
    ["Integral", "HUGEINT", ["123456789012345678901234567890"], decimal(30, 0)],
    ["Integral", "BIGINT", ["***MASKED***"], TEXT],
    ["Integral", "BIGINT", [1.5], TEXT],
    ["Integral", "BIGINT", [], BIGINT],
    ["Fractional", "DOUBLE", [1.5, "NaN", "-Infinity", 3], DOUBLE],
    ["Fractional", "FLOAT", ["12345678901234567.123"], TEXT],
    ["Fractional", "DECIMAL(18,3)", [1.5, "123456789012345.678"], decimal(15, 3)],
    ["Fractional", "DECIMAL(18,3)", ["1.2345"], TEXT],
    ["Fractional", "DECIMAL(4,2)", [123], TEXT],
    ["Fractional", "numeric", ["12345678901234567890.12345678901234567890"], decimal(Infinity, Infinity)],
    ["Fractional", "numeric(10)", [7], decimal(10, 0)],
    ["Boolean", "BOOLEAN", [true, false, null], BOOLEAN],
    ["Boolean", "BOOLEAN", ["yes"], TEXT],
    ["Date", "DATE", ["2031-02-01"], DATE],
    ["Date", "DATE", ["2031-02-30"], TEXT],
    ["Date", "DATE", ["0000-01-01"], TEXT],
    ["Date", "DATE", ["***MASKED***"], TEXT],
    ["Timestamp", "TIMESTAMP", ["2031-02-01 10:00:00", "2031-02-01 10:00:00.123456"], TIMESTAMP],
    ["Timestamp", "TIMESTAMP", ["infinity"], TEXT],
    ["Struct", "STRUCT(a INTEGER)", [{ a: 1 }], TEXT],
  ];
  for (const [type, native, values, expected] of cases)
    assert.deepEqual(kindOfValues(kindOfField(type, native), values), expected, `${type} ${JSON.stringify(values)}`);
});

test("wire: text of a value, JSON of a nested one, no broken surrogates", () => {
  const cases: [unknown, string | null][] = [
    [null, null],
    [undefined, null],
    [true, "true"],
    [1.5, "1.5"],
    ["", ""],
    [[1, "a", null], '[1,"a",null]'],
    [{ a: 1 }, '{"a":1}'],
    ["a\ud800", "a\ufffd"],
  ];
  for (const [value, expected] of cases) assert.equal(wire(value), expected);
});

test("widen: numbers exactly, everything else to text", () => {
  const cases: [ColumnKind, ColumnKind, ColumnKind][] = [
    [BIGINT, BIGINT, BIGINT],
    [BIGINT, decimal(30, 0), decimal(30, 0)],
    [decimal(15, 3), decimal(4, 5), decimal(15, 5)],
    [BIGINT, decimal(4, 2), decimal(19, 2)],
    [BIGINT, DOUBLE, TEXT],
    [DATE, TIMESTAMP, TEXT],
    [TEXT, BIGINT, TEXT],
  ];
  for (const [a, b, expected] of cases) {
    assert.deepEqual(widen(a, b), expected);
    assert.deepEqual(widen(b, a), expected);
  }
});

test("each engine's type names are read back as they are written", () => {
  for (const kind of [TEXT, BIGINT, DOUBLE, BOOLEAN, DATE, TIMESTAMP, decimal(15, 3)])
    assert.deepEqual(DUCKDB_TYPES.read(DUCKDB_TYPES.write(kind)), kind);
  for (const kind of [TEXT, BIGINT, DOUBLE, BOOLEAN, DATE, TIMESTAMP])
    assert.deepEqual(POSTGRES_TYPES.read(POSTGRES_TYPES.write(kind)), kind);
  assert.equal(DUCKDB_TYPES.write(decimal(36, 3)), "VARCHAR");
  assert.equal(POSTGRES_TYPES.write(decimal(Infinity, Infinity)), "numeric");
});

test("evolve: new columns are added, changed ones widen, vanished and equal ones stay", () => {
  const stored = [
    { name: "id", type: "BIGINT" },
    { name: "Amount", type: "DOUBLE" },
    { name: "gone", type: "DATE" },
    { name: "odd", type: "BLOB" },
  ];
  const wanted = [
    { name: "id", kind: BIGINT },
    { name: "amount", kind: TEXT },
    { name: "new", kind: DATE },
    { name: "odd", kind: BIGINT },
  ];
  assert.deepEqual(evolve(stored, wanted, DUCKDB_TYPES), {
    added: [{ name: "new", kind: DATE }],
    widened: [
      { name: "Amount", kind: TEXT },
      { name: "odd", kind: TEXT },
    ],
  });
});
