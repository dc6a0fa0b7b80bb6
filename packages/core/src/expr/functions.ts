/**
 * The functions and operators of the portable expression language: names, parameter and result types.
 * A dialect's function table is typed by this list, so a function that a dialect forgot does not compile.
 */
import type { DataType } from "./expr.ts";

/** `any`: every type; `comparable`: both sides of one family; `same`: the type of the first argument. */
export type ParameterType = DataType | "any" | "comparable" | "numeric" | "temporal";
export type ResultType = DataType | "same" | "numeric";

export type FunctionSpec = {
  parameters: readonly ParameterType[];
  /** The last parameter may repeat. */
  variadic?: boolean;
  /** How many trailing parameters may be left out. */
  optional?: number;
  result: ResultType;
  docs: string;
};

const spec = <const T extends Record<string, FunctionSpec>>(table: T): T => table;

export const FUNCTIONS = spec({
  // Operators. NULL in gives NULL out, except and/or (three-valued) and isNull/isNotNull.
  eq: { parameters: ["comparable", "comparable"], result: "Boolean", docs: "equal" },
  ne: { parameters: ["comparable", "comparable"], result: "Boolean", docs: "not equal" },
  lt: { parameters: ["comparable", "comparable"], result: "Boolean", docs: "less than; text compares by bytes" },
  le: { parameters: ["comparable", "comparable"], result: "Boolean", docs: "less than or equal" },
  gt: { parameters: ["comparable", "comparable"], result: "Boolean", docs: "greater than" },
  ge: { parameters: ["comparable", "comparable"], result: "Boolean", docs: "greater than or equal" },
  and: { parameters: ["Boolean", "Boolean"], result: "Boolean", docs: "both" },
  or: { parameters: ["Boolean", "Boolean"], result: "Boolean", docs: "either" },
  not: { parameters: ["Boolean"], result: "Boolean", docs: "negation" },
  isNull: { parameters: ["any"], result: "Boolean", docs: "is NULL" },
  isNotNull: { parameters: ["any"], result: "Boolean", docs: "is not NULL" },
  isDistinctFrom: { parameters: ["comparable", "comparable"], result: "Boolean", docs: "not equal, NULL being equal to NULL" },
  add: { parameters: ["any", "any"], result: "same", docs: "sum; also a date or timestamp plus an interval" },
  sub: { parameters: ["any", "any"], result: "same", docs: "difference; also a date or timestamp minus an interval" },
  mul: { parameters: ["numeric", "numeric"], result: "numeric", docs: "product" },
  div: { parameters: ["numeric", "numeric"], result: "Fractional", docs: "quotient as a fraction; NULL when the divisor is zero" },
  mod: {
    parameters: ["numeric", "numeric"],
    result: "numeric",
    docs: "remainder with the sign of the dividend; NULL when the divisor is zero",
  },
  neg: { parameters: ["numeric"], result: "same", docs: "negative" },
  like: { parameters: ["String", "String"], result: "Boolean", docs: "pattern with % and _, case-sensitive, no escape character" },
  concat: { parameters: ["any"], variadic: true, result: "String", docs: "joined text; NULL when any part is NULL" },
  // Text
  length: { parameters: ["String"], result: "Integral", docs: "characters (code points)" },
  lower: { parameters: ["String"], result: "String", docs: "lower case" },
  upper: { parameters: ["String"], result: "String", docs: "upper case" },
  trim: { parameters: ["String"], result: "String", docs: "without leading and trailing spaces" },
  ltrim: { parameters: ["String"], result: "String", docs: "without leading spaces" },
  rtrim: { parameters: ["String"], result: "String", docs: "without trailing spaces" },
  substring: {
    parameters: ["String", "Integral", "Integral"],
    optional: 1,
    result: "String",
    docs: "from a 1-based position, for a length",
  },
  replace: { parameters: ["String", "String", "String"], result: "String", docs: "every occurrence replaced" },
  startsWith: { parameters: ["String", "String"], result: "Boolean", docs: "begins with" },
  endsWith: { parameters: ["String", "String"], result: "Boolean", docs: "ends with" },
  contains: { parameters: ["String", "String"], result: "Boolean", docs: "contains" },
  position: {
    parameters: ["String", "String"],
    result: "Integral",
    docs: "1-based position of the second text in the first; 0 when absent",
  },
  // Numbers
  abs: { parameters: ["numeric"], result: "same", docs: "absolute value" },
  round: { parameters: ["numeric", "Integral"], optional: 1, result: "Fractional", docs: "half away from zero, to a number of decimals" },
  floor: { parameters: ["numeric"], result: "Fractional", docs: "largest whole number not above" },
  ceil: { parameters: ["numeric"], result: "Fractional", docs: "smallest whole number not below" },
  sqrt: { parameters: ["numeric"], result: "Fractional", docs: "square root; NULL below zero" },
  power: {
    parameters: ["numeric", "numeric"],
    result: "Fractional",
    docs: "power; NULL for zero to a negative power and for a negative number to a fraction",
  },
  ln: { parameters: ["numeric"], result: "Fractional", docs: "natural logarithm; NULL at or below zero" },
  isFinite: { parameters: ["numeric"], result: "Boolean", docs: "neither NaN nor infinite" },
  isNaN: { parameters: ["numeric"], result: "Boolean", docs: "is NaN" },
  greatest: { parameters: ["comparable"], variadic: true, result: "same", docs: "largest; NULLs are ignored" },
  least: { parameters: ["comparable"], variadic: true, result: "same", docs: "smallest; NULLs are ignored" },
  // Time, in UTC
  year: { parameters: ["temporal"], result: "Integral", docs: "year" },
  month: { parameters: ["temporal"], result: "Integral", docs: "month 1..12" },
  day: { parameters: ["temporal"], result: "Integral", docs: "day of the month" },
  hour: { parameters: ["temporal"], result: "Integral", docs: "hour 0..23" },
  minute: { parameters: ["temporal"], result: "Integral", docs: "minute 0..59" },
  dayOfWeek: { parameters: ["temporal"], result: "Integral", docs: "1 Monday .. 7 Sunday (ISO 8601)" },
  daysBetween: { parameters: ["temporal", "temporal"], result: "Integral", docs: "midnights from the first to the second" },
  millisBetween: { parameters: ["temporal", "temporal"], result: "Fractional", docs: "milliseconds from the first to the second" },
  now: { parameters: [], result: "Timestamp", docs: "the start of the operation" },
  today: { parameters: [], result: "Date", docs: "the date of the start of the operation, in UTC" },
  // Choice
  coalesce: { parameters: ["any"], variadic: true, result: "same", docs: "the first that is not NULL" },
  nullif: { parameters: ["comparable", "comparable"], result: "same", docs: "NULL when the two are equal, else the first" },
  // Arrays
  arrayLength: { parameters: ["Array"], result: "Integral", docs: "number of elements" },
  // Text digests, for canonical keys
  md5: { parameters: ["String"], result: "String", docs: "MD5 as 32 lower-case hexadecimal digits" },
});

export type FunctionName = keyof typeof FUNCTIONS;
