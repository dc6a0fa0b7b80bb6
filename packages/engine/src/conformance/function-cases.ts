/** Vectors for every function of the expression language: argument types, and tuples of arguments. Each position is also tried with NULL. */
import { add, call, date, field, interval, sub, timestamp, type Expr, type IntervalUnit } from "@touchstone/core/expr/expr";
import type { FunctionName } from "@touchstone/core/expr/functions";
import type { FieldType } from "@touchstone/core/model/field";
import type { Cell } from "@touchstone/core/rules/rule";
import type { Types } from "./answers.ts";

export type Vector = { types: Types[string][]; args: Cell[][] };

/** What texts must survive everywhere: quotes, escapes, comments, line ends, other scripts, signs without width. */
export const ADVERSARIAL_TEXTS: readonly string[] = [
  "",
  " ",
  "'",
  "''",
  "it's",
  '"',
  '""',
  "\\",
  "\\'",
  "\\\\",
  "a\\nb",
  "a\nb",
  "a\r\nb",
  "\t",
  "--",
  "-- x",
  "/*",
  "*/",
  "/* x */",
  ";",
  "'; DROP TABLE t; --",
  "$$",
  "$1",
  "$tag$",
  "?",
  ":name",
  "{{ name }}",
  "%",
  "_",
  "%_\\",
  "E'x'",
  "U&'\\0041'",
  "NULL",
  "null",
  "true",
  "é",
  "e\u0301",
  "ß",
  "İ",
  "日本語",
  "👍🏽",
  "\u{1F600}",
  "\u200B",
  "\uFEFF",
  "\u00A0",
  "\u2028",
  "\u0001",
  "\u007F",
  "\uFFFD",
  "\u{10FFFF}",
  "a".repeat(300),
  "select",
  "a.b",
  "[x]",
  "`x`",
  "\u0661\u0662",
  "Ωmega",
];

const WHOLE: bigint[] = [
  0n,
  1n,
  -1n,
  2n,
  7n,
  -7n,
  100n,
  2147483647n,
  -2147483648n,
  9007199254740993n,
  9223372036854775807n,
  -9223372036854775807n,
];
const FRACTIONS: number[] = [
  0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  0.1,
  1e-7,
  -3.75,
  1e15,
  123456.789,
  2 ** 51 + 0.5,
  1e20,
  NaN,
  Infinity,
  -Infinity,
];
const SMALL_FRACTIONS: number[] = [0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.75, -7.25, 100.125, NaN];
const TEXTS = ["", "a", "A", "b", "ab", "abc", "é", "Z", "z", "a b", "👍", "\uFFFD", "a\nb", " x "];
const DAYS = ["1970-01-01", "2024-02-29", "2024-01-07", "1999-12-31", "0001-01-01", "9999-12-31", "1969-12-31"];
const MOMENTS = [
  "1970-01-01 00:00:00.000000",
  "2024-02-29 23:59:59.999999",
  "2024-01-07 12:30:00.000000",
  "1969-12-31 23:59:59.500000",
  "1900-02-28 06:07:08.000009",
];

const pairs = <T extends Cell>(left: readonly T[], right: readonly Cell[] = left): Cell[][] =>
  left.flatMap((a) => right.map((b): Cell[] => [a, b]));
const each = (values: readonly Cell[]): Cell[][] => values.map((value) => [value]);
const of = (types: Types[string] | readonly Types[string][], args: Cell[][]): Vector => ({
  types: Array.isArray(types) ? [...(types as FieldType[])] : [types as FieldType],
  args,
});

const COMPARISONS: Vector[] = [
  of(["Integral", "Integral"], pairs(WHOLE)),
  of(["Fractional", "Fractional"], pairs(FRACTIONS)),
  of(["Integral", "Fractional"], pairs([0n, 1n, -1n, 2n, 3n], FRACTIONS)),
  of(["String", "String"], pairs(TEXTS)),
  of(["Boolean", "Boolean"], pairs([true, false])),
  of(["Date", "Date"], pairs(DAYS)),
  of(["Timestamp", "Timestamp"], pairs(MOMENTS)),
  of(["Date", "Timestamp"], pairs(DAYS, MOMENTS)),
];
const LOGIC: Vector[] = [of(["Boolean", "Boolean"], pairs([true, false]))];
const TEXT: Vector[] = [of("String", each([...TEXTS, "  a  ", "\ta", "ÄÖ ß", "mixED Case"]))];
const TEXT_PAIRS: Vector[] = [of(["String", "String"], [...pairs(TEXTS), ["abcabc", "c"], ["aaa", "aa"], ["a%b", "%"], ["a_b", "_"]])];
const NUMBERS: Vector[] = [of("Integral", each(WHOLE)), of("Fractional", each(FRACTIONS))];
const TIMES: Vector[] = [of("Date", each(DAYS)), of("Timestamp", each(MOMENTS))];
const ARITHMETIC: Vector[] = [
  of(["Integral", "Integral"], pairs(WHOLE)),
  of(["Fractional", "Fractional"], pairs(SMALL_FRACTIONS)),
  of(["Integral", "Fractional"], pairs([0n, 1n, -3n], SMALL_FRACTIONS)),
];

export const FUNCTION_CASES: Record<FunctionName, Vector[]> = {
  eq: COMPARISONS,
  ne: COMPARISONS,
  lt: COMPARISONS,
  le: COMPARISONS,
  gt: COMPARISONS,
  ge: COMPARISONS,
  isDistinctFrom: COMPARISONS,
  nullif: COMPARISONS.filter(({ types }) => types[0] === types[1]),
  greatest: COMPARISONS,
  least: COMPARISONS,
  coalesce: COMPARISONS.filter(({ types }) => types[0] === types[1]),
  and: LOGIC,
  or: LOGIC,
  not: [of("Boolean", each([true, false]))],
  isNull: [...NUMBERS, ...TEXT, ...TIMES],
  isNotNull: [...NUMBERS, ...TEXT, ...TIMES],
  add: ARITHMETIC,
  sub: ARITHMETIC,
  mul: ARITHMETIC,
  div: ARITHMETIC,
  mod: [of(["Integral", "Integral"], pairs(WHOLE)), of(["Fractional", "Fractional"], pairs([0, 1, -1, 0.5, 7.25, -7.25, 100.125]))],
  neg: NUMBERS,
  like: [
    of(
      ["String", "String"],
      [
        ...pairs(TEXTS, ["%", "_", "a%", "%b", "a_c", "\\", "%\\%", "a\\%", "", "__", "a%b", ".*", "[a]"]),
        ["a%", "a\\%"],
        ["a\\b", "a\\b"],
        ["a\\%c", "a\\%"],
      ],
    ),
  ],
  concat: [
    of(["String", "String"], pairs(TEXTS)),
    of(["String", "Integral"], pairs(["x"], WHOLE)),
    of(["String", "Fractional"], pairs(["x"], FRACTIONS)),
    of(["Date", "String"], pairs(DAYS, ["x"])),
    of(["Timestamp", "Boolean"], pairs(MOMENTS, [true, false])),
  ],
  length: [of("String", each(ADVERSARIAL_TEXTS))],
  lower: [of("String", each(["", "ABC xyz 09", "aBc_Z"]))],
  upper: [of("String", each(["", "ABC xyz 09", "aBc_Z"]))],
  trim: TEXT,
  ltrim: TEXT,
  rtrim: TEXT,
  substring: [
    of(["String", "Integral"], pairs(["", "abcdef", "é👍x"], [-9223372036854775807n, -2n, -1n, 0n, 1n, 2n, 3n, 7n, 9223372036854775807n])),
    of(
      ["String", "Integral", "Integral"],
      ["", "abcdef", "é👍x"].flatMap((s) => pairs([-2n, 0n, 1n, 3n, 9n], [-1n, 0n, 1n, 3n, 4n, 100n]).map((rest): Cell[] => [s, ...rest])),
    ),
  ],
  replace: [
    of(
      ["String", "String", "String"],
      ["", "aaa", "abcabc", "a'b", "é"].flatMap((s) =>
        pairs(["", "a", "bc", "'", "é", "$"], ["", "x", "$&", "aa"]).map((rest): Cell[] => [s, ...rest]),
      ),
    ),
  ],
  startsWith: TEXT_PAIRS,
  endsWith: TEXT_PAIRS,
  contains: TEXT_PAIRS,
  position: TEXT_PAIRS,
  abs: NUMBERS,
  round: [of("Integral", each(WHOLE)), of("Fractional", each([...SMALL_FRACTIONS, 0.49999999999999994, 0.285, -0.4, 1e15, 123456.789]))],
  floor: NUMBERS,
  ceil: NUMBERS,
  sqrt: NUMBERS,
  power: [
    of(["Fractional", "Fractional"], pairs([0, 1, -1, 2, -8, 0.5, 10], [0, 1, -1, 2, 0.5, -2, 1 / 3])),
    of(["Integral", "Integral"], pairs([0n, 1n, -2n, 3n], [0n, 1n, 2n, -1n])),
  ],
  ln: NUMBERS,
  isFinite: NUMBERS,
  isNaN: NUMBERS,
  year: TIMES,
  month: TIMES,
  day: TIMES,
  hour: TIMES,
  minute: TIMES,
  dayOfWeek: TIMES,
  daysBetween: [
    of(["Date", "Date"], pairs(DAYS)),
    of(["Timestamp", "Timestamp"], pairs(MOMENTS)),
    of(["Date", "Timestamp"], pairs(DAYS, MOMENTS)),
  ],
  millisBetween: [
    of(["Date", "Date"], pairs(DAYS)),
    of(["Timestamp", "Timestamp"], pairs(MOMENTS)),
    of(["Timestamp", "Date"], pairs(MOMENTS, DAYS)),
  ],
  now: [of([], [[]])],
  today: [of([], [[]])],
  arrayLength: [of({ elements: "Integral" }, [[[]], [[1n]], [[1n, null, 3n]]])],
  md5: [of("String", each(ADVERSARIAL_TEXTS))],
};

const UNITS: IntervalUnit[] = ["year", "month", "day", "hour", "minute", "second"];
const moments: Expr[] = [field("d", "Date"), field("t", "Timestamp"), date("2024-01-31"), timestamp("2024-03-31 12:00:00.000000")];

/** Expressions over the fields d (Date), t (Timestamp), x (Fractional) that argument tuples do not reach. */
export const MORE_CASES: { types: Types; rows: Record<string, Cell>[]; exprs: Expr[] } = {
  types: { d: "Date", t: "Timestamp", x: "Fractional" },
  rows: DAYS.map((d, i) => ({ d, t: MOMENTS[i % MOMENTS.length]!, x: [2.345, -2.345, 1234.5, 0.125, -1250, NaN, 1e15][i]! })),
  exprs: [
    // Years 0001 and 9999 are kept within the calendar.
    ...UNITS.flatMap((unit) =>
      [0, 1, 11].flatMap((amount) => [
        add(moments[1]!, interval(amount, unit)),
        sub(moments[1]!, interval(amount, unit)),
        add(interval(amount, unit), moments[3]!),
        add(moments[2]!, interval(-amount, unit)),
      ]),
    ),
    add(call("coalesce", date("2024-02-29"), moments[0]!), interval(-4, "year")),
    ...[0, 1, 2, 3, -1, -2, -3].map((digits) =>
      call("round", field("x", "Fractional"), { kind: "literal", type: "Integral", value: BigInt(digits) }),
    ),
  ],
};
