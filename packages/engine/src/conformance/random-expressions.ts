/**
 * Random typed expressions and rows, for the property that all engines and the evaluator agree. Fractions are dyadic and
 * small, so that no order of operations rounds; what dialects declare as differences is not generated.
 */
import * as fc from "fast-check";
import {
  call,
  castable,
  date,
  field,
  interval,
  matches,
  num,
  oneOf,
  text,
  timestamp,
  tryCast,
  when,
  type Expr,
  type TruncUnit,
} from "@touchstone/core/expr/expr";
import type { FunctionName } from "@touchstone/core/expr/functions";
import type { Cell } from "@touchstone/core/rules/rule";
import type { TestRow, Types } from "./answers.ts";

type Type = "Integral" | "Fractional" | "Boolean" | "String" | "Date" | "Timestamp";
const TYPE_LIST: readonly Type[] = ["Integral", "Fractional", "Boolean", "String", "Date", "Timestamp"];

export const RANDOM_TYPES: Types = {
  i: "Integral",
  j: "Integral",
  f: "Fractional",
  g: "Fractional",
  b: "Boolean",
  s: "String",
  u: "String",
  d: "Date",
  e: "Date",
  t: "Timestamp",
};

const whole = fc.oneof(fc.bigInt(-9n, 9n), fc.bigInt(-(2n ** 40n), 2n ** 40n));
const dyadic = fc.oneof(
  fc.integer({ min: -40, max: 40 }).map((n) => n / 4),
  fc.constantFrom(NaN, Infinity, -Infinity, 0, 1024.5),
);
const PIECES = ["a", "b", "A", " ", "1", "2", "-", ".", "é", "👍", "'", "\\", "%", "_", "\n", "true", "2024-02-29"];
const string = fc.array(fc.constantFrom(...PIECES), { maxLength: 5 }).map((pieces) => pieces.join(""));
const two = (value: number): string => String(value).padStart(2, "0");
const day = fc
  .record({ y: fc.integer({ min: 1890, max: 2100 }), m: fc.integer({ min: 1, max: 12 }), d: fc.integer({ min: 1, max: 28 }) })
  .map(({ y, m, d }) => `${y}-${two(m)}-${two(d)}`);
const moment = fc
  .tuple(day, fc.integer({ min: 0, max: 86_399 }), fc.constantFrom(0, 1, 500_000, 999_999))
  .map(
    ([date, s, us]) => `${date} ${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}.${String(us).padStart(6, "0")}`,
  );

const CELLS: Record<Type, fc.Arbitrary<Cell>> = {
  Integral: whole,
  Fractional: dyadic,
  Boolean: fc.boolean(),
  String: string,
  Date: day,
  Timestamp: moment,
};

export const randomRows: fc.Arbitrary<TestRow[]> = fc.array(
  fc.record(Object.fromEntries(Object.entries(RANDOM_TYPES).map(([name, type]) => [name, fc.option(CELLS[type as Type], { freq: 5 })]))),
  { minLength: 1, maxLength: 6 },
);

const CONSTANTS: Record<Type, fc.Arbitrary<Expr>> = {
  Integral: whole.map(num),
  Fractional: fc.integer({ min: -40, max: 40 }).map((n) => ({ kind: "literal", type: "Fractional", value: n / 4 })),
  Boolean: fc.boolean().map((value) => ({ kind: "literal", type: "Boolean", value })),
  String: string.map(text),
  Date: day.map(date),
  Timestamp: moment.map(timestamp),
};

const fieldsOf = (type: Type): fc.Arbitrary<Expr> =>
  fc.constantFrom(...Object.entries(RANDOM_TYPES).flatMap(([name, of]) => (of === type ? [field(name, type)] : [])));

/** Functions by result, with the types of their arguments. `small` results cannot grow without bound when nested. */
const CALLS: Record<Type, readonly [FunctionName, ...Type[]][]> = {
  Boolean: [
    ...TYPE_LIST.flatMap((type): [FunctionName, ...Type[]][] => [
      ["eq", type, type],
      ["ne", type, type],
      ["lt", type, type],
      ["le", type, type],
      ["gt", type, type],
      ["ge", type, type],
      ["isDistinctFrom", type, type],
      ["isNull", type],
      ["isNotNull", type],
    ]),
    ["lt", "Integral", "Fractional"],
    ["eq", "Date", "Timestamp"],
    ["and", "Boolean", "Boolean"],
    ["or", "Boolean", "Boolean"],
    ["not", "Boolean"],
    ["like", "String", "String"],
    ["startsWith", "String", "String"],
    ["endsWith", "String", "String"],
    ["contains", "String", "String"],
    ["isFinite", "Fractional"],
    ["isNaN", "Fractional"],
  ],
  Integral: [
    ["add", "Integral", "Integral"],
    ["sub", "Integral", "Integral"],
    ["mod", "Integral", "Integral"],
    ["neg", "Integral"],
    ["abs", "Integral"],
    ["length", "String"],
    ["position", "String", "String"],
    ["year", "Date"],
    ["month", "Timestamp"],
    ["day", "Timestamp"],
    ["hour", "Timestamp"],
    ["minute", "Timestamp"],
    ["dayOfWeek", "Date"],
    ["daysBetween", "Timestamp", "Date"],
    ["greatest", "Integral", "Integral"],
    ["coalesce", "Integral", "Integral"],
    ["nullif", "Integral", "Integral"],
  ],
  Fractional: [
    ["add", "Fractional", "Fractional"],
    ["sub", "Fractional", "Integral"],
    ["neg", "Fractional"],
    ["abs", "Fractional"],
    ["round", "Fractional"],
    ["floor", "Fractional"],
    ["ceil", "Fractional"],
    ["least", "Fractional", "Fractional"],
    ["coalesce", "Fractional", "Fractional"],
    ["nullif", "Fractional", "Fractional"],
    ["millisBetween", "Timestamp", "Timestamp"],
  ],
  String: [
    ["concat", "String", "String"],
    ["concat", "String", "Integral"],
    ["concat", "Fractional", "String"],
    ["concat", "Timestamp", "Boolean"],
    ["trim", "String"],
    ["ltrim", "String"],
    ["rtrim", "String"],
    ["replace", "String", "String", "String"],
    ["substring", "String", "Integral"],
    ["substring", "String", "Integral", "Integral"],
    ["greatest", "String", "String"],
    ["coalesce", "String", "String"],
    ["nullif", "String", "String"],
    ["md5", "String"],
  ],
  Date: [
    ["greatest", "Date", "Date"],
    ["coalesce", "Date", "Date"],
    ["nullif", "Date", "Date"],
  ],
  Timestamp: [
    ["least", "Timestamp", "Timestamp"],
    ["coalesce", "Timestamp", "Timestamp"],
  ],
};

const PATTERNS = ["a", "^a", "b$", "^[ab]+$", "\\d", "\\w\\W", ".", "^.{2,3}$", "(?i)A|é", "'", "\\\\", "^$"];

const calls = (type: Type, depth: number): fc.Arbitrary<Expr> =>
  fc
    .constantFrom(...CALLS[type])
    .chain(([fn, ...types]) => fc.tuple(...types.map((each) => randomExpr(each, depth - 1))).map((args) => call(fn, ...args)));

const shift = fc.tuple(
  fc.integer({ min: -15, max: 15 }),
  fc.constantFrom("year" as const, "month" as const, "day" as const, "hour" as const),
);

const others = (type: Type, depth: number): fc.Arbitrary<Expr> => {
  const down = (of: Type): fc.Arbitrary<Expr> => randomExpr(of, depth - 1);
  const choice = fc.tuple(down("Boolean"), down(type), down(type)).map(([condition, then, otherwise]) => when(condition, then, otherwise));
  if (type === "Boolean") {
    const listed = fc
      .constantFrom(...TYPE_LIST)
      .chain((of) => fc.tuple(down(of), fc.array(down(of), { maxLength: 3 })).map(([operand, list]) => oneOf(operand, list)));
    const found = fc.tuple(down("String"), fc.constantFrom(...PATTERNS)).map(([operand, pattern]) => matches(operand, pattern));
    const denoted = fc.tuple(down("String"), fc.constantFrom(...TYPE_LIST)).map(([operand, to]) => castable(operand, to));
    return fc.oneof(choice, listed, found, denoted);
  }
  const read = down("String").map((operand) => tryCast(operand, type));
  if (type === "Date" || type === "Timestamp") {
    const moved = fc.tuple(down(type), shift).map(([operand, [amount, unit]]) => call("add", operand, interval(amount, unit)));
    const truncated = fc
      .tuple(down(type), fc.constantFrom<TruncUnit>("year", "quarter", "month", "week", "day", "hour"))
      .map(([operand, unit]): Expr => ({ kind: "dateTrunc", unit, operand }));
    return fc.oneof(choice, read, moved, truncated);
  }
  return type === "String"
    ? fc.oneof(
        choice,
        down("Integral").map((operand) => tryCast(operand, "String")),
      )
    : fc.oneof(choice, read);
};

const built = new Map<string, fc.Arbitrary<Expr>>();

/** An expression of a type, at most `depth` deep. Made once for each: the tree of what it is made of has thousands of branches. */
export const randomExpr = (type: Type, depth: number): fc.Arbitrary<Expr> => {
  const key = `${type} ${depth}`;
  const known = built.get(key) ?? exprOf(type, depth);
  built.set(key, known);
  return known;
};

const exprOf = (type: Type, depth: number): fc.Arbitrary<Expr> => {
  const leaf = fc.oneof({ weight: 3, arbitrary: fieldsOf(type) }, { weight: 1, arbitrary: CONSTANTS[type] });
  return depth <= 0
    ? leaf
    : fc.oneof({ weight: 1, arbitrary: leaf }, { weight: 4, arbitrary: calls(type, depth) }, { weight: 2, arbitrary: others(type, depth) });
};

export const anyExpr = (depth: number): fc.Arbitrary<Expr> => fc.constantFrom(...TYPE_LIST).chain((type) => randomExpr(type, depth));
