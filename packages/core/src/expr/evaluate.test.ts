import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Field, FieldType } from "../model/field.ts";
import type { Cell } from "../rules/rule.ts";
import { call, field, num, text, type Expr } from "./expr.ts";
import { canonicalText, evaluate, evaluateAggregates, evaluateOrdered, type Row } from "./evaluate.ts";
import { FUNCTIONS, type FunctionName } from "./functions.ts";
import { callValue } from "./evaluate-functions.ts";
import { md5 } from "./md5.ts";
import { parseExpression } from "./parse.ts";
import { UserError } from "../errors.ts";

const TYPES: Record<string, FieldType> = {
  i: "Integral",
  j: "Integral",
  f: "Fractional",
  s: "String",
  t: "String",
  b: "Boolean",
  d: "Date",
  at: "Timestamp",
  u: "Unknown",
  a: "Array",
};
const FIELDS: Field[] = Object.entries(TYPES).map(([name, field_type]) => ({
  name,
  field_type,
  native_type: "",
  nullable: true,
  type_declared: true,
  masked: false,
}));
const NOW = "2031-02-03T04:05:06.789Z";

const valueOf = (expression: string, row: Row = {}): Cell =>
  evaluate(parseExpression(expression, { fields: FIELDS, container: "rows" }), row, { now: NOW });

const check = (expression: string, expected: Cell, row: Row = {}) =>
  test(`${expression} is ${String(expected)}`, () => {
    const value = valueOf(expression, row);
    if (typeof expected === "number" && typeof value === "number" && Number.isFinite(expected))
      assert.ok(Math.abs(value - expected) < 1e-12, `${value}`);
    else assert.deepEqual(value, expected);
  });

// Three-valued logic
for (const [expression, expected] of [
  ["TRUE AND NULL", null],
  ["FALSE AND NULL", false],
  ["TRUE OR NULL", true],
  ["FALSE OR NULL", null],
  ["NOT NULL", null],
  ["i = 1", null],
  ["i <> 1", null],
  ["i IS NULL", true],
  ["NOT (i IS NOT NULL)", true],
  ["i <=> NULL", true],
  ["1 <=> NULL", false],
  ["1 IS DISTINCT FROM NULL", true],
  ["1 IS NOT DISTINCT FROM 1", true],
  ["1 IN (2, NULL)", null],
  ["1 IN (1, NULL)", true],
  ["1 NOT IN (2, NULL)", null],
  ["1 NOT IN (2, 3)", true],
  ["i IN (1)", null],
  ["i BETWEEN 1 AND 2", null],
  ["(i = 1) IS TRUE", false],
  ["(i = 1) IS NOT TRUE", true],
  ["(1 = 2) IS FALSE", true],
  ["(i = 1) IS UNKNOWN", true],
  ["s LIKE 'a%'", null],
  ["s RLIKE 'a'", null],
  ["'a' || s", null],
  ["COALESCE(i, j, 5)", 5n],
  ["NULLIF(5, 5)", null],
  ["GREATEST(i, 3, 7)", 7n],
  ["LEAST(i, 3.5, 7)", 3.5],
  ["CASE WHEN i = 1 THEN 'a' ELSE 'b' END", "b"],
  ["CASE WHEN i = 1 THEN 'a' END", null],
  ["IF(NULL, 1, 2)", 2n],
  ["NVL2(i, 1, 2)", 2n],
  ["i = 1 OR TRUE", true],
] satisfies [string, Cell][])
  check(expression, expected);

// Numbers
check("9007199254740993 = 9007199254740992", false);
check("i = 9007199254740993", true, { i: 9007199254740993n });
check("i > f", true, { i: 9007199254740993n, f: 9007199254740992 });
check("1 + 2 * 3 - 4", 3n);
check("i * j", 10000000000000000000000n, { i: 100000000000n, j: 100000000000n });
check("7 / 2", 3.5);
check("7 / 0", null);
check("-7 % 3", -1n);
check("7 % 0", null);
check("MOD(7.5, 2)", 1.5);
check("- i", -3n, { i: 3 });
check("ABS(-2.5)", 2.5);
check("ROUND(2.5)", 3);
check("ROUND(-2.5)", -3);
check("ROUND(1.255, 1)", 1.3);
check("FLOOR(-1.5)", -2);
check("CEIL(1.2)", 2);
check("SQRT(-1)", null);
check("LN(0)", null);
check("POWER(2, 10)", 1024);
check("ISNAN(f)", true, { f: Number.NaN });
check("f = f", true, { f: Number.NaN });
check("f > 1e300", true, { f: Number.NaN });
check("ISFINITE(f)", false, { f: Infinity });
check("ISINF(f)", true, { f: -Infinity });
check("ISINF(f)", false, { f: Number.NaN });
check("f = 0", true, { f: -0 });

// Text
check("'B' < 'a'", true);
check("s < t", true, { s: "\uffee", t: "😀" });
check("s < t", false, { s: "😁", t: "😀" });
check("'a' = 'a '", false);
check("LENGTH('a😀é')", 3n);
check("SUBSTRING('a😀bc', 2, 2)", "😀b");
check("SUBSTRING('abc', 3)", "c");
check("LEFT('abc', 2) || RIGHT('abc', 2) || RIGHT('abc', 9)", "abbcabc");
check("POSITION('b' IN '😀b')", 2n);
check("INSTR('abc', 'x')", 0n);
check("LOCATE('c', 'abc')", 3n);
check("UPPER('straße é')", "STRAßE É");
check("TRIM('  a\t ')", "a\t");
check("REPLACE('a.b.c', '.', '$&')", "a$&b$&c");
check("'100%' LIKE '100%'", true);
check("'a\nb' LIKE 'a_b'", true);
check("'a.b' LIKE 'a_c'", false);
check("'a\\b' LIKE 'a\\_'", true);
check("'ABC' ILIKE 'a%'", true);
check("'INV-12345' RLIKE '^INV-\\d{5}$'", true);
check("REGEXP_LIKE('ABC', 'b', 'i')", true);
check("STARTSWITH('abc', 'ab') AND ENDSWITH('abc', 'bc') AND CONTAINS('abc', 'b')", true);
check("CONCAT('a', 1, TRUE, 1.5)", "a1true1.5");
check("MD5('')", "d41d8cd98f00b204e9800998ecf8427e");

// Time
check("d = '2024-02-29'", true, { d: "2024-02-29" });
check("d = at", true, { d: "2024-02-29", at: "2024-02-29 00:00:00.000000" });
check("at > '2024-02-29'", true, { at: "2024-02-29 00:00:00.000001" });
check("at = TIMESTAMP '2024-02-29T01:30:00+01:30'", true, { at: "2024-02-29 00:00:00" });
check("d + INTERVAL '1' YEAR", "2025-02-28", { d: "2024-02-29" });
check("DATE '2024-01-31' + INTERVAL 1 MONTH", "2024-02-29");
check("DATE '2024-03-01' - INTERVAL '1 day'", "2024-02-29");
check("ADD_MONTHS(DATE '2023-12-31', 2)", "2024-02-29");
check("DATE_ADD(d, -3)", "2023-12-30", { d: "2024-01-02" });
check("TIMESTAMP '2024-01-01 00:00:00' - INTERVAL 90 MINUTES", "2023-12-31 22:30:00.000000");
check("DATEDIFF(DATE '2024-03-01', DATE '2024-02-28')", 2n);
check("DATEDIFF(TIMESTAMP '2024-03-01 00:00:01', TIMESTAMP '2024-02-29 23:59:59')", 1n);
check("DATE_DIFF('day', DATE '2024-02-28', DATE '2024-03-01')", 2n);
check("DATE_TRUNC('week', DATE '2024-03-03')", "2024-02-26");
check("DATE_TRUNC('quarter', at)", "2024-04-01 00:00:00.000000", { at: "2024-05-31 12:30:00" });
check("DATE_TRUNC('hour', at)", "1969-12-31 23:00:00.000000", { at: "1969-12-31 23:59:59.999999" });
check("YEAR(d) * 10000 + MONTH(d) * 100 + DAY(d)", 20240229n, { d: "2024-02-29" });
check("EXTRACT(QUARTER FROM d)", 4n, { d: "2024-12-01" });
check("HOUR(at) * 100 + MINUTE(at)", 2359n, { at: "2024-01-01T23:59:59Z" });
check("ISODOW(d) * 100 + WEEKDAY(d) * 10 + DAYOFWEEK(d)", 761n, { d: "2024-03-03" });
check("CURRENT_DATE", "2031-02-03");
check("NOW()", "2031-02-03 04:05:06.789000");
check("at <= CURRENT_TIMESTAMP", false, { at: "2031-02-03 04:05:07" });

// Casts: what text denotes a value is the same everywhere
check("CAST(' +12 ' AS BIGINT)", 12n);
check("TRY_CAST('12.7' AS INT)", null);
check("TRY_CAST('x' AS DATE)", null);
check("TRY_CAST('2023-02-29' AS DATE)", null);
check("CAST('2024-02-29' AS DATE)", "2024-02-29");
check("CAST('Yes' AS BOOLEAN)", true);
check("CAST(2.5 AS BIGINT)", 3n);
check("CAST(-2.5 AS BIGINT)", -3n);
check("CAST(TRUE AS INT)", 1n);
check("at::DATE", "2024-01-01", { at: "2024-01-01 23:00:00" });
check("d::TIMESTAMP", "2024-01-01 00:00:00.000000", { d: "2024-01-01" });
check("CAST(i AS STRING) || CAST(d AS TEXT)", "12024-01-01", { i: 1, d: "2024-01-01" });
check("TRY_CAST(f AS BIGINT)", null, { f: Number.NaN });
check("ARRAY_LENGTH(a)", 2n, { a: [1, null] });

test("a cast that fails is an error without the value", () => {
  assert.throws(
    () => valueOf("CAST(s AS BIGINT)", { s: "secret" }),
    (error) => error instanceof UserError && error.info.code === "QUERY_FAILED" && !error.message.includes("secret"),
  );
});

test("every function is evaluated", () => {
  const sample: Record<string, Cell> = {
    String: "2",
    Boolean: true,
    Integral: 1n,
    any: "2",
    comparable: 2,
    numeric: 2,
    temporal: "2024-01-01",
    Array: [],
  };
  for (const [fn, { parameters }] of Object.entries(FUNCTIONS) as [FunctionName, (typeof FUNCTIONS)[FunctionName]][])
    assert.notEqual(
      callValue(
        fn,
        (parameters as readonly string[]).map((p) => sample[p]!),
        { types: [], result: "String", now: NOW },
      ),
      undefined,
      fn,
    );
});

test("md5 of any length", () => {
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 1000]) {
    const sample = "é".repeat(length);
    assert.equal(md5(sample), createHash("md5").update(sample).digest("hex"));
  }
});

const AGGREGATE_ROWS: Row[] = [
  { i: 1, f: 1, s: "a" },
  { i: 2, f: Number.NaN, s: "b" },
  { i: 9007199254740993n, f: null, s: "a" },
  { i: null, f: 4, s: null },
];

const total = (expression: string, expected: Cell, rows: readonly Row[] = AGGREGATE_ROWS) =>
  test(`${expression} over ${rows.length} rows`, () => {
    const metric = parseExpression(expression, { fields: FIELDS, container: "rows", allowAggregates: true });
    assert.deepEqual(evaluateAggregates({ metric }, rows, { now: NOW }), { metric: expected });
  });

total("COUNT(*)", 4n);
total("COUNT(1)", 4n);
total("COUNT(i)", 3n);
total("COUNT(DISTINCT s)", 2n);
total("COUNT_IF(s = 'a')", 2n);
total("COUNT(*) FILTER (WHERE s = 'a')", 2n);
total("SUM(i)", 9007199254740996n);
total("SUM(f)", 5);
total("AVG(f)", 2.5);
total("MAX(f)", 4);
total("MIN(s)", "a");
total("MEDIAN(f)", 2.5);
total("PERCENTILE(f, 0.25)", 1.75);
total("STDDEV(f)", Math.sqrt(4.5));
total("SUM(f) / COUNT(*) + 1", 2.25);
total("SUM(i)", null, []);
total("COUNT(*)", 0n, []);
total("MAX(i)", null, []);
total("STDDEV(i)", null, [{ i: 1 }]);

test("membership: NULL is unknown, a NULL in the reference changes nothing, the filter holds", () => {
  const reference = {
    datastore: null,
    container: "other",
    fields: ["k"],
    filter: parseExpression("ok = TRUE", { fields: null, container: "other" }),
  };
  const rows: Row[] = [
    { k: 1, ok: true },
    { k: null, ok: true },
    { k: 2, ok: false },
  ];
  const member = (i: Cell) =>
    evaluate({ kind: "member", operands: [field("i", "Integral")], of: reference }, { i }, { now: NOW, member: () => rows });
  assert.deepEqual([member(1), member(2), member(null), member(1n)], [true, false, null, true]);
});

test("some element: false for NULL and empty arrays", () => {
  const some: Expr = {
    kind: "anyElement",
    array: field("a", "Array"),
    predicate: call("gt", { kind: "element", type: "Integral" }, num(2)),
  };
  assert.deepEqual(
    [[1, 3], [1, null], [], null].map((a) => evaluate(some, { a }, { now: NOW })),
    [true, false, false, false],
  );
});

test("the row before, in an order", () => {
  const previous: Expr = { kind: "previous", operand: field("i", "Integral"), orderBy: [field("s", "String")] };
  const rows: Row[] = [
    { s: "b", i: 2 },
    { s: null, i: 9 },
    { s: "a", i: 1 },
  ];
  const values = evaluateOrdered(call("gt", field("i", "Integral"), previous), rows, [field("s", "String")], { now: NOW }).map(
    ({ value }) => value,
  );
  assert.deepEqual(values, [null, true, true]);
});

test("canonical text", () => {
  assert.deepEqual(
    [
      canonicalText(null, "String"),
      canonicalText(12n, "Integral"),
      canonicalText(-0, "Fractional"),
      canonicalText(true, "Boolean"),
      canonicalText("2024-01-01", "Timestamp"),
      canonicalText(["a", 1n], "Array"),
    ],
    [null, "12", "0", "true", "2024-01-01 00:00:00.000000", '["a",1]'],
  );
  assert.equal(evaluate(call("concat", text("a"), num(0.1)), {}, { now: NOW }), "a0.1");
});
