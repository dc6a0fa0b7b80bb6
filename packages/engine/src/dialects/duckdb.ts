/**
 * DuckDB 1.5. Deviations cite https://duckdb.org/docs/stable/ pages; every function here is proven by the conformance
 * suite against the evaluator. The session's zone is UTC.
 */
import type { DataType, Literal } from "@touchstone/core/expr/expr";
import { DENOTES } from "@touchstone/core/expr/denotes";
import { parseRegex, printRegex, RE2_STYLE, type Regex } from "@touchstone/core/expr/regex";
import type { FieldType } from "@touchstone/core/model/field";
import {
  ANSI_OPERATORS,
  areIntegral,
  binary,
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

/** Text holds no escapes; a NUL would end the statement text, so it is spelled. https://duckdb.org/docs/stable/sql/data_types/literal_types */
const text = (value: string): string => {
  if (!value.includes("\0")) return quoted(value);
  return `(${value.split("\0").map(quoted).join(" || chr(0) || ")})`;
};

const double = (sql: string): string => `CAST(${sql} AS DOUBLE)`;
const HUGEINT_MAX = 2n ** 127n - 1n;

/** Whole numbers beyond 128 bits are doubles; fractions are decimals where that is exact, so that they suit DECIMAL and DOUBLE columns alike. */
const literal = (constant: Literal): string => {
  switch (constant.type) {
    case "Null":
      return "NULL";
    case "Boolean":
      return constant.value ? "TRUE" : "FALSE";
    case "Integral":
      return constant.value <= HUGEINT_MAX && constant.value >= -HUGEINT_MAX ? String(constant.value) : double(`'${constant.value}'`);
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
      return `INTERVAL (${amount}) ${unit.toUpperCase()}`;
    }
  }
};

const TYPES: Record<FieldType, string | Gap> = {
  Unknown: gap("never", "an unknown type cannot be cast to"),
  Integral: "BIGINT",
  Fractional: "DOUBLE",
  Boolean: "BOOLEAN",
  String: "VARCHAR",
  Date: "DATE",
  Timestamp: "TIMESTAMP",
  Array: gap("never", "an array has no portable text"),
  Struct: gap("never", "a struct has no portable text"),
};

const NATIVE_TYPES: readonly [RegExp, FieldType][] = [
  [/^DECIMAL\(\d+,\s*0\)$/, "Integral"],
  [/^(DECIMAL|DOUBLE|FLOAT|REAL)/, "Fractional"],
  [/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$|^BIGNUM$|^VARINT$/, "Integral"],
  [/^BOOL/, "Boolean"],
  [/^DATE$/, "Date"],
  [/^TIMESTAMP/, "Timestamp"],
  [/^(STRUCT|MAP|UNION)\b/, "Struct"],
  [/^(VARCHAR|CHAR|TEXT|JSON|UUID|ENUM|TIME|INTERVAL|BIT)\b/, "String"],
];

/** Type names as DESCRIBE prints them. https://duckdb.org/docs/stable/sql/data_types/overview */
const fieldType = (native: string): { field_type: FieldType; element_type?: FieldType } => {
  const element = /^([\s\S]*)\[\d*\]$/.exec(native);
  if (element) return { field_type: "Array", element_type: fieldType(element[1]!).field_type };
  return { field_type: NATIVE_TYPES.find(([pattern]) => pattern.test(native.toUpperCase()))?.[1] ?? "Unknown" };
};

/** Single precision is read as the shortest decimal, as people wrote it; zoned timestamps as UTC; the rest as text. */
const normalised = (column: string, native: string): string | null => {
  if (/^(FLOAT|REAL)$/i.test(native)) return double(`CAST(${column} AS VARCHAR)`);
  if (/^TIMESTAMP (WITH TIME ZONE|_S|_MS|_NS)$|^TIMESTAMP(TZ|_S|_MS|_NS)$/i.test(native)) return `CAST(${column} AS TIMESTAMP)`;
  return /^(UUID|TIME|INTERVAL|BIT|BLOB)$|^(TIME WITH|ENUM\()/i.test(native) ? `CAST(${column} AS VARCHAR)` : null;
};

/** 128 bits: sums and products of 64-bit columns cannot overflow, which DuckDB answers with an error for the whole query. */
const wide =
  (operator: string): FunctionRenderer =>
  ([a, b], types) =>
    areIntegral(types) ? `(CAST(${a} AS HUGEINT) ${operator} ${b})` : `(${a} ${operator} ${b})`;

/** A date plus an interval is a timestamp in DuckDB; here it stays a date. */
const addition =
  (operator: string): FunctionRenderer =>
  (args, types) => {
    if (types.includes("Date") && types.includes("Interval")) return `CAST(${args[0]} ${operator} ${args[1]} AS DATE)`;
    return wide(operator)(args, types);
  };

/**
 * Positions below 1 count as in ANSI (DuckDB counts them from the end) and negative lengths are empty. Positions that are
 * no constants are bound by a lambda, so that nested text does not multiply, and kept within the 32 bits DuckDB takes.
 */
const substring: FunctionRenderer = ([s, from, count]) => {
  const [start, size] = [placeOf(from!), count === undefined ? null : placeOf(count)];
  if (start !== null && count === undefined) return `substring(${s}, ${Math.max(start, 1)})`;
  if (start !== null && size !== null) return `substring(${s}, ${Math.max(start, 1)}, ${Math.max(0, start + size - Math.max(start, 1))})`;
  const bound = (sql: string): string => `CAST(least(greatest(${sql}, -${PLACE_MAX}), ${PLACE_MAX}) AS BIGINT)`;
  const [at, n] = ["place[1]", "place[2]"].map(bound) as [string, string];
  const known = count === undefined ? "place[1] IS NOT NULL" : "place[1] IS NOT NULL AND place[2] IS NOT NULL";
  const rest = count === undefined ? "" : `, greatest(${at} + ${n} - greatest(${at}, 1), 0)`;
  return `list_transform([[${[from, count].filter((sql) => sql !== undefined).join(", ")}]], lambda place: CASE WHEN ${known} THEN substring(${s}, greatest(${at}, 1)${rest}) END)[1]`;
};

/** DuckDB rounds NaN to 0 when the number of decimals is negative. */
const round: FunctionRenderer = ([a, digits], types) => {
  if (digits === undefined) return `round(${a})`;
  const places = constantOf(digits);
  if (places === null) return gap("notimpl", "the number of decimals must be a constant");
  if (places >= 0 || areIntegral(types.slice(0, 1))) return `round(${a}, ${places})`;
  const power = 10 ** -places;
  return `(round(${a} / ${power}) * ${power})`;
};

const midnights = (sql: string, type: DataType | undefined): string => (type === "Date" ? `CAST(${sql} AS TIMESTAMP)` : sql);

const FUNCTIONS: Dialect["functions"] = {
  ...ANSI_OPERATORS,
  lt: binary("<"),
  le: binary("<="),
  gt: binary(">"),
  ge: binary(">="),
  add: addition("+"),
  sub: addition("-"),
  mul: wide("*"),
  // 1/0 is Infinity in DuckDB: https://duckdb.org/docs/stable/sql/functions/numeric
  div: ([a, b]) => `(${double(a!)} / nullif(${b}, 0))`,
  mod: ([a, b]) => `(${a} % nullif(${b}, 0))`,
  neg: ([a], types) => (areIntegral(types) ? `(-CAST(${a} AS HUGEINT))` : `(-(${a}))`),
  // No escape character unless one is named: https://duckdb.org/docs/stable/sql/functions/pattern_matching
  like: binary("LIKE"),
  // `concat` skips NULL, || does not: https://duckdb.org/docs/stable/sql/functions/text
  concat: (args, types) => `(${args.map((arg, i) => (types[i] === "String" ? arg : canonicalText(arg, types[i]!))).join(" || ")})`,
  // Without its second argument trim takes all Unicode blanks.
  trim: ([a]) => `trim(${a}, ' ')`,
  ltrim: ([a]) => `ltrim(${a}, ' ')`,
  rtrim: ([a]) => `rtrim(${a}, ' ')`,
  substring,
  endsWith: invoke("ends_with"),
  contains: invoke("contains"),
  position: invoke("strpos"),
  abs: ([a], types) => (areIntegral(types) ? `abs(CAST(${a} AS HUGEINT))` : `abs(${a})`),
  round,
  floor: ([a], types) => (areIntegral(types) ? a! : `floor(${a})`),
  ceil: ([a], types) => (areIntegral(types) ? a! : `ceil(${a})`),
  sqrt: ([a]) => `CASE WHEN ${a} >= 0 THEN sqrt(${a}) END`,
  power: ([a, b]) => {
    const [x, y] = [double(a!), double(b!)];
    return `CASE WHEN NOT (${x} = 0 AND ${y} < 0) AND NOT (${x} < 0 AND ${y} <> floor(${y})) THEN power(${x}, ${y}) END`;
  },
  ln: ([a]) => `CASE WHEN ${a} > 0 THEN ln(${a}) END`,
  isFinite: ([a]) => `isfinite(${a})`,
  isNaN: ([a]) => `isnan(${a})`,
  greatest: invoke("greatest"),
  least: invoke("least"),
  year: invoke("year"),
  month: invoke("month"),
  day: invoke("day"),
  hour: invoke("hour"),
  minute: invoke("minute"),
  dayOfWeek: invoke("isodow"),
  // Counts boundaries: https://duckdb.org/docs/stable/sql/functions/timestamp
  daysBetween: ([a, b], types) => `date_diff('day', ${midnights(a!, types[0])}, ${midnights(b!, types[1])})`,
  millisBetween: ([a, b], types) =>
    `(CAST(date_diff('microsecond', ${midnights(a!, types[0])}, ${midnights(b!, types[1])}) AS DOUBLE) / 1000)`,
  arrayLength: invoke("len"),
};

const finite = (operand: string | null, type: DataType): string =>
  type === "Fractional" ? `CASE WHEN isfinite(${operand}) THEN ${operand} END` : operand!;

/** Kept below 2^53 digits: whole numbers as digits, fractions as the shortest that reads back, NaN and infinities by name. */
const canonicalNumber = (operand: string): string => {
  const x = double(operand);
  return (
    `CASE WHEN ${x} = trunc(${x}) AND abs(${x}) < 1e18 THEN CAST(CAST(${x} AS BIGINT) AS VARCHAR) WHEN isfinite(${x}) THEN CAST(${x} AS VARCHAR)` +
    ` WHEN isnan(${x}) THEN 'NaN' WHEN ${x} > 0 THEN 'Infinity' WHEN ${x} < 0 THEN '-Infinity' END`
  );
};

const canonicalText = (operand: string, type: DataType): string => {
  if (type === "String") return operand;
  if (type === "Fractional") return canonicalNumber(operand);
  return type === "Timestamp" ? `strftime(CAST(${operand} AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%f')` : `CAST(${operand} AS VARCHAR)`;
};

const finds = (operand: string, pattern: string): string => `regexp_matches(${operand}, ${text(pattern)})`;

const matches = (operand: string, regex: Regex): string => {
  const plain = plainPattern(regex);
  switch (plain?.kind) {
    case "equals":
      return `(${operand} = ${text(plain.text)})`;
    case "startsWith":
      return `starts_with(${operand}, ${text(plain.text)})`;
    case "endsWith":
      return `ends_with(${operand}, ${text(plain.text)})`;
    case "contains":
      return `contains(${operand}, ${text(plain.text)})`;
    case "oneOf":
      return `(${operand} IN (${plain.texts.map(text).join(", ")}))`;
    case undefined:
      return finds(operand, printRegex(regex, RE2_STYLE));
  }
};

const denoted = Object.fromEntries(Object.entries(DENOTES).map(([type, pattern]) => [type, printRegex(parseRegex(pattern), RE2_STYLE)]));

const castable = (operand: string, to: FieldType): string | Gap => {
  if (to === "String") return `CASE WHEN ${operand} IS NOT NULL THEN TRUE END`;
  const pattern = denoted[to];
  return pattern === undefined ? gap("never", `text does not denote ${to}`) : finds(operand, pattern);
};

/** CAST to TIMESTAMP would ignore the text's offset; CAST to TIMESTAMPTZ wants seconds before it and no blanks, nor Z without seconds. */
const withOffset = (operand: string): string => {
  const offset = "([+-][0-9:]+)$";
  const joined = `regexp_replace(replace(trim(${operand}, ' '), 'Z', '+00'), '([0-9]) +${offset}', '\\1\\2')`;
  return `regexp_replace(${joined}, '([T ][0-9]{2}:[0-9]{2})${offset}', '\\1:00\\2')`;
};

/**
 * Text of another kind becomes empty text, which every cast refuses, so that the engine's own leniency does not show. The
 * operand stands once: nested casts must not multiply.
 */
const convertText = (operand: string, from: DataType, to: FieldType, castWord: string): string | Gap => {
  const source = from === "Unknown" ? `CAST(${operand} AS VARCHAR)` : operand;
  const pattern = denoted[to];
  if (pattern === undefined) return gap("never", `text does not denote ${to}`);
  const known = `regexp_extract(${source}, ${text(pattern)})`;
  if (to === "Timestamp") return `CAST(${castWord}(${withOffset(known)} AS TIMESTAMPTZ) AS TIMESTAMP)`;
  return to === "Boolean" ? `${castWord}(trim(${known}, ' ') AS BOOLEAN)` : `${castWord}(${known} AS ${TYPES[to] as string})`;
};

const NUMERIC: readonly DataType[] = ["Integral", "Fractional"];
const noCast = (from: DataType, to: FieldType): Gap => gap("never", `${from} does not convert to ${to}`);

/** Conversions that do not start from text, alike for both kinds of cast; `castWord` is CAST or TRY_CAST. */
const convertValue = (operand: string, from: DataType, to: FieldType, castWord: string): string | Gap => {
  const target = TYPES[to];
  if (typeof target !== "string") return target;
  if (to === "String") return canonicalText(operand, from);
  if (from === "Null" || from === to) return `${castWord}(${operand} AS ${target})`;
  if (from === "Fractional" && to === "Integral") return `${castWord}(round(${operand}) AS BIGINT)`;
  const possible =
    (NUMERIC.includes(from) && (NUMERIC.includes(to) || to === "Boolean")) ||
    (from === "Boolean" && NUMERIC.includes(to)) ||
    (isTemporal(from) && isTemporal(to));
  return possible ? `${castWord}(${operand} AS ${target})` : noCast(from, to);
};

const convert =
  (castWord: "CAST" | "TRY_CAST") =>
  (operand: string, from: DataType, to: FieldType): string | Gap => {
    const isText = (from === "String" || from === "Unknown") && to !== "String";
    return isText ? convertText(operand, from, to, castWord) : convertValue(operand, from, to, castWord);
  };

export const duckdb: Dialect = Object.freeze<Dialect>({
  name: "duckdb",
  title: "DuckDB",
  quote,
  literal,
  types: TYPES,
  fieldType,
  normalised,
  functions: FUNCTIONS,
  aggregates: {
    count: (operand) => (operand === null ? "count(*)" : `count(${operand})`),
    // count_if is NULL of no rows.
    countIf: (operand) => `count(CASE WHEN ${operand} THEN 1 END)`,
    countDistinct: (operand) => `count(DISTINCT ${operand})`,
    sum: (operand, _, type) => `sum(${finite(operand, type)})`,
    mean: (operand, _, type) => `avg(${finite(operand, type)})`,
    min: (operand, _, type) => `min(${finite(operand, type)})`,
    max: (operand, _, type) => `max(${finite(operand, type)})`,
    stddev: (operand, _, type) => `stddev_samp(${finite(operand, type)})`,
    quantile: (operand, fraction, type) => `quantile_cont(${double(finite(operand, type))}, ${fraction})`,
  },
  sortKey: (operand) => operand,
  matches,
  cast: convert("CAST"),
  tryCast: convert("TRY_CAST"),
  castable,
  // Truncating a date gives a timestamp: https://duckdb.org/docs/stable/sql/functions/date
  dateTrunc: (unit, operand, type) =>
    type === "Date" ? `CAST(date_trunc('${unit}', ${operand}) AS DATE)` : `date_trunc('${unit}', ${operand})`,
  anyElement: (array, predicate) => `coalesce(len(list_filter(${array}, lambda "an element": ${predicate(`"an element"`)})) > 0, FALSE)`,
  canonicalText,
  smallestIds: (rowId, k) => `min(${rowId}, ${k})`,
  // A mark join: it needs no distinct keys, which cost more than the join. https://duckdb.org/docs/stable/sql/expressions/in
  amongKeys: (operands, keys, from) =>
    operands.length === 1
      ? `(${operands[0]} IN (SELECT ${keys[0]} FROM ${from}))`
      : `((${operands.join(", ")}) IN (SELECT (${keys.join(", ")}) FROM ${from}))`,
  differences: [
    {
      what: "remainder of fractions that are not dyadic",
      why: "doubles divide in binary; Postgres has no remainder of doubles and divides their shortest decimals",
      probe: { sql: "SELECT CAST(0.3 AS DOUBLE) % CAST(0.1 AS DOUBLE) > 0.09", answers: true },
    },
    {
      what: "lower and upper case beyond ASCII",
      why: "letters are mapped one by one by Unicode, so the sharp s becomes its capital letter and not SS",
      probe: { sql: "SELECT upper('ß')", answers: "ẞ" },
    },
    {
      what: "a byte order mark at the beginning of a text",
      why: "the driver drops it when it decodes the text, after the engine has compared and counted it",
      probe: { sql: "SELECT chr(65279) || 'x'", answers: "x" },
    },
  ],
});
