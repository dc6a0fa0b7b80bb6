/**
 * Postgres 14 and later. Deviations cite https://www.postgresql.org/docs/current/ ; every function here is proven by the
 * conformance suite against the evaluator. The session's zone is UTC and its database encoding UTF8 (the connector sees
 * to both); columns whose native type behaves oddly are read through `normalised`.
 */
import { userError } from "@touchstone/core/errors";
import { DENOTES } from "@touchstone/core/expr/denotes";
import type { DataType, Literal } from "@touchstone/core/expr/expr";
import { ARE_STYLE, parseRegex, printRegex, type Regex } from "@touchstone/core/expr/regex";
import type { FieldType } from "@touchstone/core/model/field";
import {
  ANSI_OPERATORS,
  areIntegral,
  constantOf,
  decimalDigits,
  invoke,
  isTemporal,
  PLACE_MAX,
  placeOf,
  quoted,
  shortTimestamp,
  wholeInterval,
} from "./ansi.ts";
import { gap, type Dialect, type FunctionRenderer, type Gap } from "./dialect.ts";
import { plainPattern } from "./pattern.ts";

const quote = (identifier: string): string => `"${identifier.toWellFormed().replaceAll('"', '""')}"`;

/**
 * With a backslash the text is written as an escape string, which reads the same whatever standard_conforming_strings is.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE
 */
const text = (value: string): string => {
  if (value.includes("\0")) throw userError("NOT_SUPPORTED", "text with a NUL character", "Postgres", "its text cannot hold one");
  return value.includes("\\") ? `E${quoted(value.replaceAll("\\", "\\\\"))}` : quoted(value);
};

const double = (sql: string): string => `CAST(${sql} AS double precision)`;
/** Exact decimal of a number: of a double the shortest that reads back (a direct cast keeps 15 digits). */
const decimal = (sql: string): string => `CAST(CAST(${sql} AS text) AS numeric)`;

/** Whole numbers beyond 64 bits are numeric by themselves; fractions are numeric where that is exact, so that they suit numeric and double columns. */
const literal = (constant: Literal): string => {
  switch (constant.type) {
    case "Null":
      return "NULL";
    case "Boolean":
      return constant.value ? "TRUE" : "FALSE";
    case "Integral":
      return String(constant.value);
    case "Fractional":
      return decimalDigits(constant.value) ?? double(`'${constant.value}'`);
    case "String":
      return text(constant.value);
    case "Date":
      return `DATE ${text(constant.value)}`;
    case "Timestamp":
      return `TIMESTAMP ${text(shortTimestamp(constant.value))}`;
    case "Interval": {
      const { amount, unit } = wholeInterval(constant.value.amount, constant.value.unit);
      return `INTERVAL '${amount} ${unit}'`;
    }
  }
};

const TYPES: Record<FieldType, string | Gap> = {
  Unknown: gap("never", "an unknown type cannot be cast to"),
  Integral: "bigint",
  Fractional: "double precision",
  Boolean: "boolean",
  String: "text",
  Date: "date",
  Timestamp: "timestamp",
  Array: gap("never", "an array has no portable text"),
  Struct: gap("never", "a struct has no portable text"),
};

const NATIVE_TYPES: readonly [RegExp, FieldType][] = [
  [/^(smallint|integer|bigint|oid)$/, "Integral"],
  [/^numeric\(\d+,0\)$/, "Integral"],
  [/^(numeric|real|double precision|money)/, "Fractional"],
  [/^boolean$/, "Boolean"],
  [/^date$/, "Date"],
  [/^timestamp/, "Timestamp"],
  [/^(jsonb?$|row )/, "Struct"],
  [/^(enum |text|character|"char"|name|citext|uuid|time|interval|inet|cidr|macaddr|bit|xml)/, "String"],
];

/** Type names as format_type prints them, with `enum ` and `row ` before the names of these kinds (connectors/postgres/catalog.ts). https://www.postgresql.org/docs/current/datatype.html */
const fieldType = (native: string): { field_type: FieldType; element_type?: FieldType } => {
  if (native.endsWith("[]")) return { field_type: "Array", element_type: fieldType(native.slice(0, -2)).field_type };
  return { field_type: NATIVE_TYPES.find(([pattern]) => pattern.test(native))?.[1] ?? "Unknown" };
};

const ALREADY_PLAIN = /^(smallint|integer|bigint|oid|numeric|double precision|boolean|date|timestamp|text|character varying|jsonb)/;

/** Single precision as the shortest decimal, zoned timestamps as UTC, blank-padded text without the padding, all else as text. */
const normalised = (column: string, native: string): string | null => {
  if (native.endsWith("[]")) return normalised("", native.slice(0, -2))?.endsWith("AS text)") ? `CAST(${column} AS text[])` : null;
  if (native === "real") return double(`CAST(${column} AS text)`);
  if (native === "money") return `CAST(${column} AS numeric)`;
  if (native === "json") return `CAST(${column} AS jsonb)`;
  if (native === "bytea") return `encode(${column}, 'hex')`;
  if (/^timestamp.* with time zone$/.test(native)) return `(${column} AT TIME ZONE 'UTC')`;
  return ALREADY_PLAIN.test(native) ? null : `CAST(${column} AS text)`;
};

/** Text by bytes, whatever the database's collation: https://www.postgresql.org/docs/current/collation.html */
const bytes = (operand: string, type: DataType | undefined): string => (type === "String" ? `${operand} COLLATE "C"` : operand);

/** One explicit collation decides for the whole comparison. */
const collated = (args: readonly string[], types: readonly DataType[]): string[] => {
  const at = types.indexOf("String");
  return args.map((arg, i) => (i === at ? bytes(arg, "String") : arg));
};

const comparison =
  (operator: string): FunctionRenderer =>
  (args, types) =>
    `(${collated(args, types).join(` ${operator} `)})`;

/** Whole numbers as numeric: sums and products of 64-bit columns cannot overflow, which is an error for the whole query. */
const wide =
  (operator: string): FunctionRenderer =>
  ([a, b], types) =>
    areIntegral(types) ? `(CAST(${a} AS numeric) ${operator} ${b})` : `(${a} ${operator} ${b})`;

/** A date plus an interval is a timestamp in Postgres; here it stays a date. */
const addition =
  (operator: string): FunctionRenderer =>
  (args, types) => {
    if (types.includes("Date") && types.includes("Interval")) return `CAST(${args[0]} ${operator} ${args[1]} AS date)`;
    return wide(operator)(args, types);
  };

/** A negative length is an error in Postgres; here it is empty. Positions are 32-bit. */
const substring: FunctionRenderer = ([s, from, count]) => {
  const bound = (sql: string): string => `CAST(least(greatest(${sql}, -${PLACE_MAX}), ${PLACE_MAX}) AS integer)`;
  const start = placeOf(from!) ?? `CASE WHEN ${from} IS NOT NULL THEN ${bound(from!)} END`;
  if (count === undefined) return `substring(${s}, ${start})`;
  const size = placeOf(count);
  if (size !== null) return `substring(${s}, ${start}, ${Math.max(size, 0)})`;
  return `substring(${s}, ${start}, CASE WHEN ${count} IS NOT NULL THEN greatest(${bound(count)}, 0) END)`;
};

/** `round` of a double goes half to even; of a decimal half away from zero. Scaled as a double first, as DuckDB and JavaScript do. */
const round: FunctionRenderer = ([a, digits], types) => {
  const places = digits === undefined ? 0 : constantOf(digits);
  if (places === null) return gap("notimpl", "the number of decimals must be a constant");
  if (areIntegral(types.slice(0, 1))) return `round(CAST(${a} AS numeric), ${places})`;
  const power = `1${"0".repeat(Math.abs(places))}`;
  if (places === 0) return `round(${decimal(a!)})`;
  return places > 0
    ? `(CAST(round(${decimal(`${a} * ${power}`)}) AS double precision) / ${power})`
    : `(round(${decimal(`${a} / ${power}.0`)}) * ${power})`;
};

const extract =
  (part: string): FunctionRenderer =>
  ([a], types) =>
    `CAST(extract(${part} FROM ${types[0] === "Date" ? `CAST(${a} AS timestamp)` : a}) AS integer)`;

const NOT_FINITE = "('NaN', 'Infinity', '-Infinity')";

const FUNCTIONS: Dialect["functions"] = {
  ...ANSI_OPERATORS,
  lt: comparison("<"),
  le: comparison("<="),
  gt: comparison(">"),
  ge: comparison(">="),
  add: addition("+"),
  sub: addition("-"),
  mul: wide("*"),
  // Whole numbers would divide to whole numbers, and zero is an error: https://www.postgresql.org/docs/current/functions-math.html
  div: ([a, b]) => `(${double(a!)} / nullif(${b}, 0))`,
  mod: ([a, b], types) => (areIntegral(types) ? `(${a} % nullif(${b}, 0))` : `(${decimal(a!)} % nullif(${decimal(b!)}, 0))`),
  neg: ([a], types) => (areIntegral(types) ? `(-CAST(${a} AS numeric))` : `(-(${a}))`),
  // The backslash escapes unless the escape is empty: https://www.postgresql.org/docs/current/functions-matching.html
  like: ([a, b]) => `(${a} LIKE ${b} ESCAPE '')`,
  concat: (args, types) => `(${args.map((arg, i) => (types[i] === "String" ? arg : canonicalText(arg, types[i]!))).join(" || ")})`,
  trim: ([a]) => `btrim(${a}, ' ')`,
  ltrim: ([a]) => `ltrim(${a}, ' ')`,
  rtrim: ([a]) => `rtrim(${a}, ' ')`,
  substring,
  endsWith: ([a, b]) => `(right(${a}, length(${b})) = ${b})`,
  contains: ([a, b]) => `(strpos(${a}, ${b}) > 0)`,
  position: invoke("strpos"),
  abs: ([a], types) => (areIntegral(types) ? `abs(CAST(${a} AS numeric))` : `abs(${a})`),
  round,
  floor: ([a], types) => (areIntegral(types) ? `CAST(${a} AS numeric)` : `floor(${a})`),
  ceil: ([a], types) => (areIntegral(types) ? `CAST(${a} AS numeric)` : `ceil(${a})`),
  sqrt: ([a]) => `CASE WHEN ${a} >= 0 THEN sqrt(${double(a!)}) END`,
  power: ([a, b]) => {
    const [x, y] = [double(a!), double(b!)];
    return `CASE WHEN NOT (${x} = 0 AND ${y} < 0) AND NOT (${x} < 0 AND ${y} <> floor(${y})) THEN power(${x}, ${y}) END`;
  },
  ln: ([a]) => `CASE WHEN ${a} > 0 THEN ln(${double(a!)}) END`,
  isFinite: ([a], types) => (areIntegral(types) ? `CASE WHEN ${a} IS NOT NULL THEN TRUE END` : `(${a} NOT IN ${NOT_FINITE})`),
  isNaN: ([a], types) => (areIntegral(types) ? `CASE WHEN ${a} IS NOT NULL THEN FALSE END` : `(${a} = 'NaN')`),
  greatest: (args, types) => `greatest(${collated(args, types).join(", ")})`,
  least: (args, types) => `least(${collated(args, types).join(", ")})`,
  year: extract("year"),
  month: extract("month"),
  day: extract("day"),
  hour: extract("hour"),
  minute: extract("minute"),
  dayOfWeek: extract("isodow"),
  daysBetween: ([a, b]) => `(CAST(${b} AS date) - CAST(${a} AS date))`,
  millisBetween: ([a, b]) => `CAST(extract(epoch FROM CAST(${b} AS timestamp) - CAST(${a} AS timestamp)) * 1000 AS double precision)`,
  arrayLength: invoke("cardinality"),
};

const finite = (operand: string | null, type: DataType): string =>
  type === "Fractional" ? `CASE WHEN ${operand} NOT IN ${NOT_FINITE} THEN ${operand} END` : operand!;

/** As DuckDB prints doubles: whole numbers as digits, fractions as the shortest that reads back. Postgres turns to exponents a digit earlier. */
const canonicalNumber = (operand: string): string => {
  const x = double(operand);
  return (
    `CASE WHEN ${x} = trunc(${x}) AND abs(${x}) < 1e18 THEN CAST(CAST(${x} AS bigint) AS text)` +
    ` WHEN abs(${x}) >= 1e15 AND abs(${x}) < 1e18 THEN CAST(${decimal(x)} AS text) ELSE CAST(${x} AS text) END`
  );
};

const canonicalText = (operand: string, type: DataType): string => {
  if (type === "String") return operand;
  if (type === "Fractional") return canonicalNumber(operand);
  return type === "Timestamp" ? `to_char(CAST(${operand} AS timestamp), 'YYYY-MM-DD HH24:MI:SS.US')` : `CAST(${operand} AS text)`;
};

const finds = (operand: string, pattern: string): string => `(${operand} ~ ${text(pattern)})`;

const matches = (operand: string, regex: Regex): string => {
  const plain = plainPattern(regex);
  switch (plain?.kind) {
    case "equals":
      return `(${operand} = ${text(plain.text)})`;
    case "startsWith":
      return `starts_with(${operand}, ${text(plain.text)})`;
    case "endsWith":
      return `(right(${operand}, ${[...plain.text].length}) = ${text(plain.text)})`;
    case "contains":
      return `(strpos(${operand}, ${text(plain.text)}) > 0)`;
    case "oneOf":
      return `(${operand} IN (${plain.texts.map(text).join(", ")}))`;
    case undefined:
      return finds(operand, printRegex(regex, ARE_STYLE));
  }
};

const denoted = Object.fromEntries(Object.entries(DENOTES).map(([type, pattern]) => [type, printRegex(parseRegex(pattern), ARE_STYLE)]));

const castable = (operand: string, to: FieldType): string | Gap => {
  if (to === "String") return `CASE WHEN ${operand} IS NOT NULL THEN TRUE END`;
  const pattern = denoted[to];
  return pattern === undefined ? gap("never", `text does not denote ${to}`) : finds(operand, pattern);
};

/** Casts a text that denotes the type, or one that the cast refuses. Postgres would round a fraction beyond microseconds; it is cut, as elsewhere. */
const convertKnown = (source: string, to: FieldType): string => {
  if (to !== "Timestamp") return `CAST(${source} AS ${TYPES[to] as string})`;
  return `CAST(CAST(regexp_replace(${source}, ${text("(\\.[0-9]{6})[0-9]+")}, ${text("\\1")}) AS timestamptz) AS timestamp)`;
};

const NUMERIC: readonly DataType[] = ["Integral", "Fractional"];

/** Conversions that do not start from text. */
const cast = (operand: string, from: DataType, to: FieldType): string | Gap => {
  const target = TYPES[to];
  if (typeof target !== "string") return target;
  if (from === "String" || from === "Unknown") return castText(operand, from, to);
  if (to === "String") return canonicalText(operand, from);
  if (from === "Boolean" && NUMERIC.includes(to)) return `CAST(CAST(${operand} AS integer) AS ${target})`;
  if (NUMERIC.includes(from) && to === "Boolean") return `(${operand} <> 0)`;
  if (from === "Fractional" && to === "Integral") return `CAST(round(${decimal(operand)}) AS bigint)`;
  const possible =
    from === "Null" || from === to || (NUMERIC.includes(from) && NUMERIC.includes(to)) || (isTemporal(from) && isTemporal(to));
  return possible ? `CAST(${operand} AS ${target})` : gap("never", `${from} does not convert to ${to}`);
};

const textOf = (operand: string, from: DataType): string => (from === "Unknown" ? `CAST(${operand} AS text)` : operand);

/**
 * Text of another kind is replaced by one that the cast refuses, so that the engine's own leniency does not show. The
 * operand stands once: nested casts must not multiply.
 */
const castText = (operand: string, from: DataType, to: FieldType): string | Gap => {
  const source = textOf(operand, from);
  if (to === "String") return source;
  const pattern = denoted[to];
  if (pattern === undefined) return gap("never", `text does not denote ${to}`);
  return convertKnown(`regexp_replace(${source}, ${text(`\\A(?!${pattern}).*`)}, 'not of type ${to}')`, to);
};

/** There is no safe cast before version 16 (pg_input_is_valid): what `substring` does not find is NULL; numbers are tested for their range. */
const tryCast = (operand: string, from: DataType, to: FieldType): string | Gap => {
  if (from === "Fractional" && to === "Integral") {
    return `CASE WHEN ${operand} >= -9223372036854775808 AND ${operand} < 9223372036854775807.5 THEN CAST(round(${decimal(operand)}) AS bigint) END`;
  }
  if ((from !== "String" && from !== "Unknown") || to === "String") return cast(operand, from, to);
  const pattern = denoted[to];
  return pattern === undefined
    ? gap("never", `text does not denote ${to}`)
    : convertKnown(`substring(${textOf(operand, from)}, ${text(pattern)})`, to);
};

export const postgres: Dialect = Object.freeze<Dialect>({
  name: "postgres",
  title: "Postgres",
  quote,
  literal,
  types: TYPES,
  fieldType,
  normalised,
  functions: FUNCTIONS,
  aggregates: {
    count: (operand) => (operand === null ? "count(*)" : `count(${operand})`),
    countIf: (operand) => `count(CASE WHEN ${operand} THEN 1 END)`,
    countDistinct: (operand, _, type) => `count(DISTINCT ${bytes(operand!, type)})`,
    sum: (operand, _, type) => `sum(${finite(operand, type)})`,
    mean: (operand, _, type) => `CAST(avg(${finite(operand, type)}) AS double precision)`,
    // There is no min or max of booleans: https://www.postgresql.org/docs/current/functions-aggregate.html
    min: (operand, _, type) => (type === "Boolean" ? `bool_and(${operand})` : `min(${bytes(finite(operand, type), type)})`),
    max: (operand, _, type) => (type === "Boolean" ? `bool_or(${operand})` : `max(${bytes(finite(operand, type), type)})`),
    stddev: (operand, _, type) => `stddev_samp(${double(finite(operand, type))})`,
    quantile: (operand, fraction, type) => `percentile_cont(${fraction}) WITHIN GROUP (ORDER BY ${double(finite(operand, type))})`,
  },
  sortKey: bytes,
  matches,
  cast,
  tryCast,
  castable,
  // Truncating a date gives a timestamp with time zone.
  dateTrunc: (unit, operand, type) =>
    type === "Date" ? `CAST(date_trunc('${unit}', CAST(${operand} AS timestamp)) AS date)` : `date_trunc('${unit}', ${operand})`,
  anyElement: (array, predicate) => `EXISTS (SELECT 1 FROM unnest(${array}) AS elements("an element") WHERE ${predicate('"an element"')})`,
  canonicalText,
  // Keys that outgrow work_mem are searched anew for each row. https://www.postgresql.org/docs/current/functions-subquery.html
  amongKeys: gap("never", "a subquery of many keys is run for each row"),
  smallestIds: gap("never", "rows of Postgres tables have no number that lasts"),
  differences: [
    {
      what: "remainder of fractions that are not dyadic",
      why: "Postgres has no remainder of doubles; their shortest decimals are divided",
      probe: { sql: "SELECT CAST('0.3' AS numeric) % CAST('0.1' AS numeric) > 0.09", answers: false },
    },
    {
      what: "overflow and underflow of doubles",
      why: "Postgres answers with an error, so the check is unasserted; other engines go on with infinity or zero",
      probe: { sql: "SELECT CAST('1e300' AS double precision) * CAST('1e300' AS double precision)", fails: "22003" },
    },
    {
      what: "lower and upper case beyond ASCII",
      why: "they follow the character type of the database; in C only ASCII letters change",
      probe: { sql: `SELECT lower('É' COLLATE "C")`, answers: "É" },
    },
    {
      what: "text with a NUL character",
      why: "Postgres text cannot hold one; a check that asks for it is refused",
      probe: { sql: "SELECT chr(0)", fails: "54000" },
    },
  ],
});
