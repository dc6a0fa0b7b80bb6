/**
 * The functions of the expression language by the names people write, each built from the functions every dialect
 * renders (expr/functions.ts). docs/expressions.md lists this table.
 */
import { bool, interval, num, type Expr, type IntervalUnit, type TruncUnit } from "./expr.ts";
import type { FunctionName } from "./functions.ts";
import { parseRegex } from "./regex.ts";
import { aligned, callNode, demand, node, type Node, type Reject } from "./typing.ts";

/** What a builder may do: build calls, literals and other nodes at the place of the function's name. */
export type Build = {
  call: (fn: FunctionName, ...args: Node[]) => Node;
  make: (expr: Expr, ...parts: Node[]) => Node;
  reject: Reject;
};

export type NamedFunction = {
  /** As shown in the docs and in errors about the number of arguments. */
  signature: string;
  docs: string;
  arity: readonly [least: number, most: number];
  build: (args: readonly Node[], b: Build) => Node;
};

type Row = [names: string, signature: string, docs: string, arity: readonly [number, number], build: FunctionName | NamedFunction["build"]];

const integer = (b: Build, value: number): Node => b.make(num(value));

const textOf = (part: Node): string | null => (part.expr.kind === "literal" && part.expr.type === "String" ? part.expr.value : null);

const wholeOf = (part: Node): number | null =>
  part.expr.kind === "literal" && part.expr.type === "Integral" ? Number(part.expr.value) : null;

/** The pattern of a regular expression is a constant: it is checked here and translated for each engine. */
export const matchesNode = (operand: Node, pattern: Node, b: Build): Node => {
  const source = textOf(pattern);
  if (source === null) throw b.reject(pattern.at, "a regular expression must be a constant text");
  if (operand.type !== "String" && operand.type !== "Unknown" && operand.type !== "Null")
    throw b.reject(operand.at, "a regular expression looks into text; CAST(… AS STRING) first");
  parseRegex(source);
  return b.make({ kind: "matches", operand: operand.expr, pattern: source }, operand);
};

const regexpLike = (args: readonly Node[], b: Build): Node => {
  const [operand, pattern, flags] = args;
  const given = flags === undefined ? "" : textOf(flags);
  if (given !== "" && given !== "c" && given !== "i") throw b.reject(flags!.at, "of the options only 'i' (ignore case) is portable");
  const source = textOf(pattern!);
  const folded = given === "i" && source !== null ? b.make({ kind: "literal", type: "String", value: `(?i)${source}` }) : pattern!;
  return matchesNode(operand!, folded, b);
};

const casting =
  (to: "Date" | "Timestamp"): NamedFunction["build"] =>
  ([x], b) =>
    b.make({ kind: "cast", operand: x!.expr, to, safe: false }, x!);

const caseOf = (b: Build, condition: Node, then: Node, otherwise: Node): Node => {
  demand(condition, "Boolean", "IF takes", b.reject);
  const [a, c] = aligned([then, otherwise], then.at, b.reject);
  return b.make({ kind: "case", whens: [{ when: condition.expr, then: a!.expr }], otherwise: c!.expr }, condition, a!, c!);
};

/** A moment moved by a constant number of units, or by an interval. */
const moved =
  (direction: 1 | -1, unit: IntervalUnit): NamedFunction["build"] =>
  ([moment, by], b) => {
    if (by!.type === "Interval") return b.call(direction === 1 ? "add" : "sub", moment!, by!);
    const amount = wholeOf(by!);
    if (amount === null) throw b.reject(by!.at, `the number of ${unit}s must be a constant whole number`);
    return b.call("add", moment!, b.make(interval(direction * amount, unit)));
  };

const TRUNC_UNITS: Readonly<Record<string, TruncUnit>> = {
  year: "year",
  yyyy: "year",
  yy: "year",
  quarter: "quarter",
  month: "month",
  mon: "month",
  mm: "month",
  week: "week",
  day: "day",
  dd: "day",
  hour: "hour",
  minute: "minute",
};

const truncated = (unit: Node, moment: Node, b: Build): Node => {
  const name = textOf(unit)?.toLowerCase() ?? "";
  if (!Object.hasOwn(TRUNC_UNITS, name))
    throw b.reject(unit.at, "the unit must be a constant: 'year', 'quarter', 'month', 'week', 'day', 'hour' or 'minute'");
  // `year` refuses what is no date and turns a constant text into one; only its argument is used.
  const checked = b.call("year", moment).expr;
  const operand = checked.kind === "call" ? checked.args[0]! : moment.expr;
  return b.make({ kind: "dateTrunc", unit: TRUNC_UNITS[name]!, operand }, moment);
};

const quarter = (moment: Node, b: Build): Node => {
  const shifted = b.call("div", b.call("add", b.call("month", moment), integer(b, 2)), integer(b, 3));
  const whole = b.call("floor", shifted);
  return b.make({ kind: "cast", operand: whole.expr, to: "Integral", safe: false }, whole);
};

/** EXTRACT(unit FROM moment) and DATE_PART('unit', moment). */
export const extracted = (unit: string, at: number, moment: Node, b: Build): Node => {
  const direct: Readonly<Record<string, FunctionName>> = {
    year: "year",
    month: "month",
    day: "day",
    hour: "hour",
    minute: "minute",
    isodow: "dayOfWeek",
  };
  const name = unit.toLowerCase();
  if (name === "quarter") return quarter(moment, b);
  if (name === "dow" || name === "dayofweek")
    throw b.reject(at, `${unit} counts from different days on different engines; ISODOW is 1 Monday .. 7 Sunday`);
  if (!Object.hasOwn(direct, name))
    throw b.reject(at, `${unit} cannot be extracted: YEAR, QUARTER, MONTH, DAY, HOUR, MINUTE and ISODOW can`);
  return b.call(direct[name]!, moment);
};

const dateDiff = (args: readonly Node[], b: Build): Node => {
  if (args.length === 2) return b.call("daysBetween", args[1]!, args[0]!);
  if (textOf(args[0]!)?.toLowerCase() !== "day") throw b.reject(args[0]!.at, "with three arguments the first must be 'day'");
  return b.call("daysBetween", args[1]!, args[2]!);
};

const substring = (args: readonly Node[], b: Build): Node => {
  const [start, count] = [wholeOf(args[1]!), args[2] === undefined ? null : wholeOf(args[2])];
  if (start !== null && start < 1)
    throw b.reject(args[1]!.at, "positions count from 1; engines disagree about lower ones (RIGHT(text, n) takes the end)");
  if (count !== null && count < 0) throw b.reject(args[2]!.at, "a length cannot be negative");
  return b.call("substring", ...args);
};

const right = ([text, count]: readonly Node[], b: Build): Node => {
  const start = b.call("add", b.call("sub", b.call("length", text!), count!), integer(b, 1));
  return b.call("substring", text!, b.call("greatest", start, integer(b, 1)));
};

const ROWS: readonly Row[] = [
  // Text
  ["LENGTH CHAR_LENGTH CHARACTER_LENGTH LEN", "LENGTH(text)", "number of characters (code points)", [1, 1], "length"],
  ["LOWER LCASE", "LOWER(text)", "lower case", [1, 1], "lower"],
  ["UPPER UCASE", "UPPER(text)", "upper case", [1, 1], "upper"],
  ["TRIM BTRIM", "TRIM(text)", "without spaces at both ends", [1, 1], "trim"],
  ["LTRIM", "LTRIM(text)", "without spaces at the beginning", [1, 1], "ltrim"],
  ["RTRIM", "RTRIM(text)", "without spaces at the end", [1, 1], "rtrim"],
  ["SUBSTRING SUBSTR MID", "SUBSTRING(text, start[, length])", "part of a text; start counts from 1", [2, 3], substring],
  ["LEFT", "LEFT(text, n)", "the first n characters", [2, 2], ([x, n], b) => b.call("substring", x!, integer(b, 1), n!)],
  ["RIGHT", "RIGHT(text, n)", "the last n characters", [2, 2], right],
  ["REPLACE", "REPLACE(text, from, to)", "every occurrence replaced", [3, 3], "replace"],
  ["CONCAT", "CONCAT(a, b, …)", "joined, like ||; NULL when any part is NULL", [1, 100], "concat"],
  ["STARTSWITH STARTS_WITH", "STARTSWITH(text, start)", "begins with", [2, 2], "startsWith"],
  ["ENDSWITH ENDS_WITH", "ENDSWITH(text, end)", "ends with", [2, 2], "endsWith"],
  ["CONTAINS", "CONTAINS(text, part)", "contains", [2, 2], "contains"],
  ["INSTR STRPOS", "INSTR(text, part)", "position of the part, from 1; 0 when absent", [2, 2], "position"],
  [
    "LOCATE CHARINDEX",
    "LOCATE(part, text)",
    "the same with the arguments the other way round",
    [2, 2],
    ([part, x], b) => b.call("position", x!, part!),
  ],
  [
    "REGEXP_LIKE REGEXP_MATCHES REGEXP_CONTAINS RLIKE REGEXP",
    "REGEXP_LIKE(text, 'pattern'[, 'i'])",
    "the pattern is found in the text",
    [2, 3],
    regexpLike,
  ],
  ["MD5", "MD5(text)", "MD5 as 32 lower-case hexadecimal digits", [1, 1], "md5"],
  // Numbers
  ["ABS", "ABS(x)", "absolute value", [1, 1], "abs"],
  ["ROUND", "ROUND(x[, digits])", "rounded half away from zero", [1, 2], "round"],
  ["FLOOR", "FLOOR(x)", "largest whole number not above", [1, 1], "floor"],
  ["CEIL CEILING", "CEIL(x)", "smallest whole number not below", [1, 1], "ceil"],
  ["SQRT", "SQRT(x)", "square root; NULL below zero", [1, 1], "sqrt"],
  ["POWER POW", "POWER(x, y)", "x to the power y", [2, 2], "power"],
  ["LN", "LN(x)", "natural logarithm; NULL at or below zero", [1, 1], "ln"],
  ["MOD", "MOD(x, y)", "remainder with the sign of x, like %; NULL when y is zero", [2, 2], "mod"],
  ["ISNAN IS_NAN", "ISNAN(x)", "is NaN", [1, 1], "isNaN"],
  ["ISFINITE IS_FINITE", "ISFINITE(x)", "neither NaN nor infinite", [1, 1], "isFinite"],
  ["ISINF IS_INF", "ISINF(x)", "is infinite", [1, 1], ([x], b) => b.call("not", b.call("or", b.call("isFinite", x!), b.call("isNaN", x!)))],
  ["GREATEST", "GREATEST(a, b, …)", "the largest; NULLs are ignored", [1, 100], "greatest"],
  ["LEAST", "LEAST(a, b, …)", "the smallest; NULLs are ignored", [1, 100], "least"],
  // Time
  ["YEAR", "YEAR(t)", "year", [1, 1], "year"],
  ["QUARTER", "QUARTER(t)", "quarter 1..4", [1, 1], ([t], b) => quarter(t!, b)],
  ["MONTH", "MONTH(t)", "month 1..12", [1, 1], "month"],
  ["DAY DAYOFMONTH", "DAY(t)", "day of the month", [1, 1], "day"],
  ["HOUR", "HOUR(t)", "hour 0..23", [1, 1], "hour"],
  ["MINUTE", "MINUTE(t)", "minute 0..59", [1, 1], "minute"],
  ["ISODOW", "ISODOW(t)", "1 Monday .. 7 Sunday", [1, 1], "dayOfWeek"],
  ["WEEKDAY", "WEEKDAY(t)", "0 Monday .. 6 Sunday", [1, 1], ([t], b) => b.call("sub", b.call("dayOfWeek", t!), integer(b, 1))],
  [
    "DAYOFWEEK",
    "DAYOFWEEK(t)",
    "1 Sunday .. 7 Saturday",
    [1, 1],
    ([t], b) => b.call("add", b.call("mod", b.call("dayOfWeek", t!), integer(b, 7)), integer(b, 1)),
  ],
  [
    "DATE_PART DATEPART",
    "DATE_PART('unit', t)",
    "like EXTRACT(unit FROM t)",
    [2, 2],
    ([unit, t], b) => extracted(textOf(unit!) ?? "", unit!.at, t!, b),
  ],
  [
    "DATE_TRUNC",
    "DATE_TRUNC('unit', t)",
    "beginning of the year, quarter, month, week (Monday), day, hour or minute",
    [2, 2],
    ([unit, t], b) => truncated(unit!, t!, b),
  ],
  ["TRUNC", "TRUNC(t, 'unit')", "the same with the arguments the other way round", [2, 2], ([t, unit], b) => truncated(unit!, t!, b)],
  ["DATEDIFF DATE_DIFF", "DATEDIFF(end, start)", "midnights between; DATE_DIFF('day', start, end) is the same", [2, 3], dateDiff],
  ["DATE_ADD DATEADD ADD_DAYS", "DATE_ADD(t, n)", "n days later; n may be an interval", [2, 2], moved(1, "day")],
  ["DATE_SUB SUBDATE", "DATE_SUB(t, n)", "n days earlier; n may be an interval", [2, 2], moved(-1, "day")],
  ["ADD_MONTHS", "ADD_MONTHS(t, n)", "n months later", [2, 2], moved(1, "month")],
  ["CURRENT_DATE TODAY CURDATE", "CURRENT_DATE", "the date of the start of the operation, in UTC", [0, 0], "today"],
  ["CURRENT_TIMESTAMP NOW", "CURRENT_TIMESTAMP", "the start of the operation", [0, 0], "now"],
  ["TO_DATE DATE", "TO_DATE(x)", "CAST(x AS DATE)", [1, 1], casting("Date")],
  ["TO_TIMESTAMP TIMESTAMP", "TO_TIMESTAMP(x)", "CAST(x AS TIMESTAMP)", [1, 1], casting("Timestamp")],
  // Choice
  ["COALESCE NVL IFNULL", "COALESCE(a, b, …)", "the first that is not NULL", [1, 100], "coalesce"],
  ["NULLIF", "NULLIF(a, b)", "NULL when the two are equal, else a", [2, 2], "nullif"],
  [
    "IF IIF",
    "IF(condition, a[, b])",
    "a where the condition is true, else b",
    [2, 3],
    ([c, x, y], b) => caseOf(b, c!, x!, y ?? b.make({ kind: "literal", type: "Null", value: null })),
  ],
  ["NVL2", "NVL2(x, a, b)", "a where x is not NULL, else b", [3, 3], ([x, y, z], b) => caseOf(b, b.call("isNotNull", x!), y!, z!)],
  ["ISNULL", "ISNULL(x)", "x IS NULL", [1, 1], "isNull"],
  ["ISNOTNULL NOTNULL", "ISNOTNULL(x)", "x IS NOT NULL", [1, 1], "isNotNull"],
  // Arrays
  ["ARRAY_LENGTH SIZE CARDINALITY ARRAY_SIZE", "ARRAY_LENGTH(array)", "number of elements", [1, 1], "arrayLength"],
];

/** Every function, its first name first. */
export const NAMED_FUNCTIONS: readonly (NamedFunction & { names: readonly string[] })[] = ROWS.map(
  ([names, signature, docs, arity, build]) => ({
    names: names.split(" "),
    signature,
    docs,
    arity,
    build: typeof build === "string" ? (args, b) => b.call(build, ...args) : build,
  }),
);

const BY_NAME: ReadonlyMap<string, NamedFunction> = new Map(NAMED_FUNCTIONS.flatMap((fn) => fn.names.map((name) => [name, fn])));

export const namedFunction = (name: string): NamedFunction | null => BY_NAME.get(name.toUpperCase()) ?? null;

/** What builds nodes at the place of a function called `name`. */
export const builder = (name: string, at: number, reject: Reject): Build => ({
  call: (fn, ...args) => callNode(fn, name, args, at, reject),
  make: (expr, ...parts) => node(expr, at, parts, reject),
  reject,
});

/** `x IS TRUE`: false where x is NULL. */
export const truth = (part: Node, b: Build): Node => b.call("coalesce", part, b.make(bool(false)));
