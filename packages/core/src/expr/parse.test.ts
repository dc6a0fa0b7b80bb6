import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { UserError } from "../errors.ts";
import type { Field, FieldType } from "../model/field.ts";
import { evaluate } from "./evaluate.ts";
import { bool, date, interval, nullLiteral, num, text, timestamp, type Expr, type Literal } from "./expr.ts";
import { nearestName } from "./nearest.ts";
import { parseExpression, type ParseOptions } from "./parse.ts";
import { typeOf } from "./types.ts";
import { variableLiteral } from "./variables.ts";

const TYPES: Record<string, FieldType> = {
  id: "Integral",
  amount: "Fractional",
  status: "String",
  day: "Date",
  at: "Timestamp",
  ok: "Boolean",
  any: "Unknown",
  tags: "Array",
  "address.city": "String",
  "Odd Name": "String",
  'say "hi"': "String",
  "back`tick": "String",
  Twin: "Integral",
  twin: "Integral",
  date: "Date",
};
const FIELDS: Field[] = Object.entries(TYPES).map(([name, field_type]) => ({
  name,
  field_type,
  native_type: "",
  nullable: true,
  type_declared: true,
  masked: false,
}));

const parse = (expression: string, options: Partial<ParseOptions> = {}): Expr =>
  parseExpression(expression, { fields: FIELDS, container: "orders", ...options });

/** The tree as nested words: fn(args), names of fields, literals. */
const shown = (expr: Expr): string => {
  switch (expr.kind) {
    case "literal":
      return expr.type === "Interval"
        ? `${expr.value.amount} ${expr.value.unit}`
        : expr.type === "String"
          ? `'${expr.value}'`
          : String(expr.value);
    case "field":
      return expr.name;
    case "call":
      return `${expr.fn}(${expr.args.map(shown).join(" ")})`;
    case "case":
      return `case(${expr.whens.map(({ when, then }) => `${shown(when)}:${shown(then)}`).join(" ")} else ${expr.otherwise ? shown(expr.otherwise) : "-"})`;
    case "in":
      return `in(${[expr.operand, ...expr.list].map(shown).join(" ")})`;
    case "matches":
      return `matches(${shown(expr.operand)} /${expr.pattern}/)`;
    case "cast":
      return `${expr.safe ? "try" : ""}cast(${shown(expr.operand)} ${expr.to})`;
    case "dateTrunc":
      return `trunc(${expr.unit} ${shown(expr.operand)})`;
    case "aggregate":
      return `${expr.fn}(${expr.operand ? shown(expr.operand) : "*"}${expr.parameter === null ? "" : ` ${expr.parameter}`}${expr.where ? ` where ${shown(expr.where)}` : ""})`;
    default:
      return expr.kind;
  }
};

const check = (expression: string, expected: string, options: Partial<ParseOptions> = {}) =>
  test(`parses ${expression}`, () => assert.equal(shown(parse(expression, options)), expected));

// Precedence
check("ok OR ok AND NOT ok", "or(ok and(ok not(ok)))");
check("NOT id = 1 AND ok", "and(not(eq(id 1)) ok)");
check("id + 2 * 3 - -4", "sub(add(id mul(2 3)) -4)");
check("-id * 2", "mul(neg(id) 2)");
check("(id + 2) * 3", "mul(add(id 2) 3)");
check("id % 2 = 0", "eq(mod(id 2) 0)");
check("id - 1 - 1", "sub(sub(id 1) 1)");
check("status || 'a' || 'b'", "concat(status 'a' 'b')");
check("id::text || 'x' = 'y'", "eq(concat(cast(id String) 'x') 'y')");
check("ok AND ok AND ok AND ok", "and(and(ok ok) and(ok ok))");
check("id BETWEEN 1 AND 2 AND ok", "and(and(ge(id 1) le(id 2)) ok)");
check("NOT id NOT BETWEEN 1 AND 2", "not(not(and(ge(id 1) le(id 2))))");
check("id = 1 IS TRUE", "coalesce(eq(id 1) false)");

// Operators and tests
check("id == 1 AND id <> 1 AND id != 1", "and(and(eq(id 1) ne(id 1)) ne(id 1))");
check("id <=> 1", "not(isDistinctFrom(id 1))");
check("id IS NOT DISTINCT FROM NULL", "not(isDistinctFrom(id null))");
check("id IS NULL OR id IS NOT NULL", "or(isNull(id) isNotNull(id))");
check("ok IS NOT FALSE", "not(coalesce(not(ok) false))");
check("id NOT IN (1, 2)", "not(in(id 1 2))");
check("day IN ('2024-01-01', '2024-01-02')", "in(day 2024-01-01 2024-01-02)");
check("status NOT LIKE 'a%'", "not(like(status 'a%'))");
check("status ILIKE 'A%'", "like(lower(status) lower('A%'))");
check("status NOT RLIKE '^a'", "not(matches(status /^a/))");
check("regexp_like(status, 'a', 'i')", "matches(status /(?i)a/)");
check("CASE WHEN ok THEN 1 ELSE 2.5 END", "case(ok:1 else 2.5)");
check("CASE status WHEN 'a' THEN 1 WHEN 'b' THEN 2 END", "case(eq(status 'a'):1 eq(status 'b'):2 else -)");
check("TRY_CAST(status AS DECIMAL)", "trycast(status Fractional)");
check("CAST(id AS double precision)", "cast(id Fractional)");

// Constants
check("amount > 1.5e3", "gt(amount 1500)");
check("amount > .5", "gt(amount 0.5)");
check("id = -9223372036854775808", "eq(id -9223372036854775808)");
check("status = 'O''Neil \\ \"x\"'", `eq(status 'O'Neil \\ "x"')`);
check("day = DATE '2024-02-29'", "eq(day 2024-02-29)");
check("at = TIMESTAMP '2024-02-29T12:00:00.5+02:00'", "eq(at 2024-02-29 10:00:00.500000)");
check("at > '2024-01-01'", "gt(at 2024-01-01 00:00:00.000000)");
check("day < '2024-01-01 10:00'", "lt(day 2024-01-01 10:00:00.000000)");
check("day + INTERVAL '3' DAY", "add(day 3 day)");
check("INTERVAL 3 DAYS + day", "add(day 3 day)");
check("at - INTERVAL '90 minutes'", "sub(at 90 minute)");
check("at + INTERVAL -2 WEEKS", "add(at -14 day)");
check("at + INTERVAL '1' QUARTER", "add(at 3 month)");

// Names
check('"Odd Name" = `Odd Name`', "eq(Odd Name Odd Name)");
check('"say ""hi""" = \'a\'', "eq(say \"hi\" 'a')");
check("`back``tick` IS NULL", "isNull(back`tick)");
check("address.city = 'x' OR \"address\".\"city\" = 'y'", "or(eq(address.city 'x') eq(address.city 'y'))");
check("STATUS = 'a' AND Address.City = 'b'", "and(eq(status 'a') eq(address.city 'b'))");
check("Twin + twin", "add(Twin twin)");
check("date > DATE '2024-01-01'", "gt(date 2024-01-01)");
check("anything.at.all > 1 AND other", "and(gt(anything.at.all 1) other)", { fields: null });

// Functions
check("LEN(status) + char_length(status)", "add(length(status) length(status))");
check("NVL(status, 'x') || IFNULL(status, 'y')", "concat(coalesce(status 'x') coalesce(status 'y'))");
check("DATEDIFF(at, day)", "daysBetween(day at)");
check("EXTRACT(YEAR FROM day) + DATE_PART('month', day)", "add(year(day) month(day))");
check("POSITION('a' IN status) = INSTR(status, 'a')", "eq(position(status 'a') position(status 'a'))");
check("DATE_TRUNC('month', at) = TRUNC(day, 'MM')", "eq(trunc(month at) trunc(month day))");
check("CURRENT_DATE - INTERVAL 1 DAY <= TODAY()", "le(sub(today() 1 day) today())");
check("if(ok, 1, 2) + iif(ok, 3, NULL)", "add(case(ok:1 else 2) case(ok:3 else null))");

// Aggregates
const AGGREGATES = { allowAggregates: true };
check("SUM(amount) / COUNT(*) > 5", "gt(div(sum(amount) count(*)) 5)", AGGREGATES);
check("COUNT(DISTINCT status) + COUNT(status) + COUNT(1)", "add(add(countDistinct(status) count(status)) count(*))", AGGREGATES);
check("SUM(amount) FILTER (WHERE status = 'a')", "sum(amount where eq(status 'a'))", AGGREGATES);
check("MEDIAN(amount) - PERCENTILE(amount, 0.9)", "sub(quantile(amount 0.5) quantile(amount 0.9))", AGGREGATES);
check("MAX(day)", "max(day)", AGGREGATES);

// Variables
const variables: Record<string, Literal> = { since: date("2031-02-01"), name: text("'; DROP TABLE x --") };
check("day >= {{ since }} AND status <> {{name}}", "and(ge(day 2031-02-01) ne(status ''; DROP TABLE x --'))", { variables });

const refuses = (expression: string, position: number, reason: RegExp, options: Partial<ParseOptions> = {}) =>
  test(`refuses ${expression.slice(0, 60)}`, () => {
    assert.throws(
      () => parse(expression, options),
      (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.equal(error.info.code, "EXPRESSION_INVALID");
        assert.match(error.info.why, reason);
        assert.match(error.info.what, new RegExp(`at position ${position}: `), error.info.why);
        return true;
      },
    );
  });

refuses("", 1, /empty/);
refuses("   ", 1, /empty/);
refuses("id >", 5, /ends where a value/);
refuses("id > > 1", 6, /> stands where a value/);
refuses("id 5", 4, /5 stands where an operator/);
refuses("(id = 1", 8, /ends where \) /);
refuses("id = 1)", 7, /\) stands where an operator or the end/);
refuses("id IN ()", 4, /empty/);
refuses("id BETWEEN 1", 13, /ends where AND/);
refuses("id IS 5", 7, /stands where NULL/);
refuses("CASE END", 6, /END stands where a value/);
refuses("CASE id END", 9, /where WHEN/);
refuses("status = 'a", 10, /never closed/);
refuses('"id > 1', 1, /never closed/);
refuses("id = 1; DROP TABLE x", 7, /not statements/);
refuses("id = 1 -- x", 8, /comments/);
refuses("id = 1 /* x */", 8, /comments/);
refuses("DROP TABLE orders", 1, /statement/);
refuses("SELECT 1", 1, /subqueries/);
refuses("id IN (SELECT id FROM x)", 8, /subqueries/);
refuses("id = (SELECT MAX(id) FROM x)", 7, /subqueries/);
refuses("EXISTS (SELECT 1)", 1, /subqueries/);
refuses("ROW_NUMBER() OVER ()", 1, /window/);
refuses("LENGTH(status) OVER ()", 16, /window/);
refuses("WHERE id = 1", 1, /leave out WHERE/);
refuses("status ~ 'a'", 8, /RLIKE/);
refuses("id = ?", 6, /\{\{ name \}\}/);
refuses("id = $1", 6, /\{\{ name \}\}/);
refuses("tags[0] = 1", 5, /elements of arrays/);
refuses("id = 12abc", 8, /letter follows/);
refuses("id = 9223372036854775808", 6, /64 bits/);
refuses("id = 1e999", 6, /64 bits/);
refuses("statsu = 'a'", 1, /orders has no field statsu; the nearest name is status/);
refuses('status = "open"', 10, /single quotes/);
refuses("TWIN = 1", 1, /differ from it only in case/);
refuses("LENGHT(status) > 1", 1, /nearest name is LENGTH/);
refuses("LENGTH(status, 1) > 1", 1, /LENGTH\(text\)/);
refuses("LENGTH(id) > 1", 8, /takes text here, but id is a number/);
refuses("status > 5", 8, /status is text and the constant is a number/);
refuses("id = 'x'", 4, /do not compare/);
refuses("ok = 1", 4, /do not compare/);
refuses("id IN (1, 'x')", 4, /do not compare/);
refuses("COALESCE(id, 'x') = 1", 1, /do not compare/);
refuses("CASE WHEN ok THEN 1 ELSE 'x' END = 1", 1, /do not compare/);
refuses("ok AND id", 8, /AND joins a condition, but id is a number/);
refuses("NOT id", 5, /takes a condition/);
refuses("day > 'soon'", 7, /date is expected/);
refuses("day = '2023-02-29'", 7, /date is expected/);
refuses("DATE '2023-02-29' = day", 6, /not a date/);
refuses("day - day > 1", 5, /DATEDIFF/);
refuses("day + 1 > day", 5, /INTERVAL/);
refuses("day + INTERVAL 3 HOURS > day", 7, /no hours/);
refuses("day + INTERVAL 'x' > day", 16, /whole number of one unit/);
refuses("day + INTERVAL 3 MOONS > day", 18, /an interval is in/);
refuses("status + 'x' = 'y'", 1, /joined with \|\|/);
refuses("tags = tags", 1, /array/);
refuses("status LIKE 'a!%' ESCAPE '!'", 19, /escape/);
refuses("status RLIKE status", 14, /constant/);
refuses("CAST(id AS NUMERC)", 12, /no type NUMERC; the nearest name is NUMERIC/);
refuses("CAST(id AS DECIMAL(10,2))", 19, /precision/);
refuses("EXTRACT(DOW FROM day)", 9, /ISODOW/);
refuses("SUBSTRING(status, 0)", 19, /count from 1/);
refuses("SUM(amount) > 1", 1, /about many rows/);
refuses("SUM(SUM(amount))", 5, /inside another/, AGGREGATES);
refuses("SUM(amount) > id", 15, /id stands outside of an aggregate/, AGGREGATES);
refuses("SUM(DISTINCT id)", 1, /DISTINCT/, AGGREGATES);
refuses("PERCENTILE(amount, 2)", 20, /between 0 and 1/, AGGREGATES);
refuses("PERCENTILE(amount)", 18, /second argument/, AGGREGATES);
refuses("id + 1", 4, /should be a condition/, { expect: "Boolean" });
refuses("status", 1, /should be a number/, { expect: "numeric" });
refuses("id IN (SELECT id FROM {{ _self }})", 8, /subqueries/);
refuses("{{ _self }} = 1", 1, /only be named in a subquery/);
refuses("(".repeat(300) + "1" + ")".repeat(300), 201, /deeper/);
refuses("- ".repeat(300) + "1", 401, /deeper/);
refuses(`1${" + 1".repeat(300)} = 1`, 799, /deeper/);
refuses(" ".repeat(20_001), 20_001, /longer than 20000/);

test("a long chain of conditions is not a deep one", () => {
  const chain = Array.from({ length: 1500 }, (_, i) => `id = ${i}`).join(" OR ");
  assert.equal(evaluate(parse(chain), { id: 1499 }, { now: "" }), true);
});

test("an expression that unfolds beyond reason is refused", () => {
  const operand = Array.from({ length: 150 }, () => "id").join("+");
  const whens = Array.from({ length: 1000 }, (_, i) => `WHEN ${i} THEN 1`).join(" ");
  assert.throws(() => parse(`CASE ${operand} ${whens} END = 1`), /unfolds to more/);
});

test("an unknown variable and a bad pattern have errors of their own", () => {
  assert.throws(
    () => parse("id = {{ nope }}"),
    (error) => error instanceof UserError && error.info.code === "VARIABLE_UNKNOWN",
  );
  assert.throws(
    () => parse("status RLIKE '(?=a)'"),
    (error) => error instanceof UserError && error.info.code === "PATTERN_INVALID",
  );
});

test("a long expression is shown around the fault", () => {
  const long = `${"id = 1 OR ".repeat(500)}nope = 1 OR id = 2`;
  assert.throws(
    () => parse(long),
    (error) =>
      error instanceof UserError &&
      error.info.what.length < 300 &&
      error.info.what.includes("nope") &&
      error.info.what.includes("position 5001"),
  );
});

test("types of results", () => {
  const types: [string, string][] = [
    ["id + 1", "Integral"],
    ["id + amount", "Fractional"],
    ["id / 2", "Fractional"],
    ["day + INTERVAL 1 DAY", "Date"],
    ["at - INTERVAL 1 DAY", "Timestamp"],
    ["COALESCE(NULL, id)", "Integral"],
    ["GREATEST(day, at)", "Timestamp"],
    ["CASE WHEN ok THEN NULL ELSE 1 END", "Integral"],
    ["any + 1", "Unknown"],
    ["id = 1", "Boolean"],
    ["NULLIF(id, 1.5)", "Integral"],
    ["DATE_TRUNC('month', day)", "Date"],
  ];
  for (const [expression, type] of types) assert.equal(typeOf(parse(expression)), type, expression);
});

test("any text is either parsed or refused with an error for the user", () => {
  const words = fc.constantFrom(
    "id",
    "status",
    "'a'",
    "1",
    "(",
    ")",
    "AND",
    "NOT",
    "=",
    "<",
    "IN",
    ",",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "-",
    "IS",
    "NULL",
    "SUM",
    "::",
    "INT",
    "{{ x }}",
    '"',
    "'",
    "INTERVAL",
    "DAY",
    ".",
    "LIKE",
    "BETWEEN",
    "COUNT",
    "*",
    "day",
    "DATE",
  );
  const texts = fc.oneof(
    fc.array(words, { maxLength: 15 }).map((list) => list.join(" ")),
    fc.string({ unit: "binary", maxLength: 40 }),
  );
  fc.assert(
    fc.property(texts, fc.boolean(), (expression, allowAggregates) => {
      try {
        parse(expression, { allowAggregates, variables: { x: num(1) } });
      } catch (error) {
        assert.ok(error instanceof UserError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});

test("texts survive as constants", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      if (value.includes("\0")) return;
      assert.deepEqual(parse(`'${value.replaceAll("'", "''")}'`), text(value));
    }),
  );
});

test("check variables are constants and nothing else", () => {
  const good: [string, Literal][] = [
    ["DATE '2031-02-01'", date("2031-02-01")],
    ["timestamp '2031-02-01 12:00:00Z'", timestamp("2031-02-01 12:00:00.000000")],
    ["5", num(5)],
    ["-2.5e1", { kind: "literal", type: "Fractional", value: -25 }],
    ["'O''Neil'", text("O'Neil")],
    ["TRUE", bool(true)],
    ["null", nullLiteral],
  ];
  for (const [given, expected] of good) assert.deepEqual(variableLiteral(given), expected);
  for (const given of ["", "abc", "'a' OR 1=1", "1; DROP", "DATE 'x'", "'a", "1 + 1", "DATE '2023-02-29'", "'\0'", "9223372036854775808"])
    assert.throws(() => variableLiteral(given), UserError, given);
  assert.notDeepEqual(interval(1, "day"), num(1));
});

test("nearest names", () => {
  const names = ["amount", "status", "customer_id", "id"];
  const cases: [string, string | null][] = [
    ["amuont", "amount"],
    ["STATUS", "status"],
    ["costumer_id", "customer_id"],
    ["x", null],
    ["zzzzzz", null],
    ["ip", "id"],
    ["", null],
  ];
  for (const [name, nearest] of cases) assert.equal(nearestName(name, names), nearest, name);
});
