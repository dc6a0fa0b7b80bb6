/**
 * What type a column of text has: the narrowest into which every value converts *strictly*, that is without losing how
 * it was written in a way that matters. Leading zeros, plus signs, thousands separators and surrounding spaces are text;
 * so are integers beyond 64 bits. Dates and timestamps are ISO 8601; a mere "1" is never a Boolean.
 *
 * The head of a file proposes a kind (kindOf, merge); the engine disproves it on all values while it stages them
 * (misfitSql), and the column is read again as something wider.
 */
import type { FieldType } from "@touchstone/core/model/field";

export type Kind = Extract<FieldType, "Integral" | "Fractional" | "Boolean" | "Date" | "Timestamp" | "String">;
/** What a sample says: a kind, `NotFinite` while only NaN and infinities were seen, null while nothing was. */
export type Guess = Kind | "NotFinite" | null;

export const NATIVE: Record<Kind, string> = {
  Integral: "BIGINT",
  Fractional: "DOUBLE",
  Boolean: "BOOLEAN",
  Date: "DATE",
  Timestamp: "TIMESTAMP",
  String: "VARCHAR",
};

const INTEGRAL = /^(0|-?[1-9][0-9]*)$/;
const FRACTIONAL = /^-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/;
const NOT_FINITE = /^-?(nan|inf|infinity)$/i;
const DATE = /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/;
const TIMESTAMP = /^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?( ?(Z|UTC|[+-][0-9]{2}(:[0-9]{2})?))?)?$/;
const INT64_MAX = 2n ** 63n - 1n;

/** The kind of one non-empty text. */
export const kindOf = (value: string): Exclude<Guess, null> => {
  if (INTEGRAL.test(value)) return value.length < 18 || (BigInt(value) <= INT64_MAX && BigInt(value) >= -INT64_MAX) ? "Integral" : "String";
  if (FRACTIONAL.test(value)) return "Fractional";
  if (DATE.test(value)) return "Date";
  if (TIMESTAMP.test(value)) return "Timestamp";
  if (/^(true|false)$/i.test(value)) return "Boolean";
  return NOT_FINITE.test(value) ? "NotFinite" : "String";
};

const WIDENED: readonly (readonly [Exclude<Guess, null>, Exclude<Guess, null>, Kind])[] = [
  ["Integral", "Fractional", "Fractional"],
  ["Integral", "NotFinite", "Fractional"],
  ["Fractional", "NotFinite", "Fractional"],
  ["Date", "Timestamp", "Timestamp"],
];

/** The narrowest guess that takes both. */
export const merge = (a: Guess, b: Guess): Guess => {
  if (a === null || a === b) return b;
  if (b === null) return a;
  return WIDENED.find(([one, other]) => (a === one && b === other) || (a === other && b === one))?.[2] ?? "String";
};

/** What the values seen agree on. Empty text is no value. */
export const guessOf = (values: Iterable<string>): Guess => {
  let guess: Guess = null;
  for (const value of values) {
    if (value !== "") guess = merge(guess, kindOf(value));
    if (guess === "String") return guess;
  }
  return guess;
};

/** The kind to stage a column as; text while the sample has not settled it. */
export const settled = (guess: Guess): Kind => (guess === null || guess === "NotFinite" ? "String" : guess);

const zoneText = (zone: string): string => `'${zone.replaceAll("'", "''")}'`;

/** A timestamp text as a UTC timestamp: an offset in the text counts, else the declared zone. A cast to TIMESTAMP alone would ignore the offset. */
const timestampSql = (x: string, zone: string): string => {
  const offset = `(contains(${x}, '+') OR suffix(${x}, 'Z') OR suffix(${x}, 'UTC') OR contains(substr(${x}, 12), '-'))`;
  const naive =
    zone === "UTC" ? `TRY_CAST(${x} AS TIMESTAMP)` : `timezone('UTC', timezone(${zoneText(zone)}, TRY_CAST(${x} AS TIMESTAMP)))`;
  return `CASE WHEN ${offset} THEN timezone('UTC', TRY_CAST(${x} AS TIMESTAMPTZ)) ELSE ${naive} END`;
};

/** SQL of a text column as its kind; NULL where the value does not convert at all. */
export const typedSql = (kind: Kind, x: string, zone: string): string => {
  switch (kind) {
    case "String":
      return x;
    case "Boolean":
      return `CASE lower(${x}) WHEN 'true' THEN true WHEN 'false' THEN false END`;
    case "Timestamp":
      return timestampSql(x, zone);
    case "Integral":
    case "Fractional":
    case "Date":
      return `TRY_CAST(${x} AS ${NATIVE[kind]})`;
  }
};

/** Digits an integer may have to be read as a fraction: more would be lost. */
const DIGITS_MAX = 18;

/**
 * Range comparisons on the first characters stand for a regular expression, which costs ten times more. Only where a
 * table is very wide is it the other way round: planning thousands of columns takes longer with each term.
 */
const fractionSql = (x: string, isWide: boolean): string =>
  isWide
    ? `regexp_full_match(${x}, '-?(((0|[1-9][0-9]{0,${DIGITS_MAX - 1}})([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|(?i:nan|inf|infinity))')`
    : `(TRY_CAST(${x} AS DOUBLE) IS NOT NULL AND ${x} >= '-' AND NOT (${x} >= '00' AND ${x} < '0:') AND NOT (${x} >= '-00' AND ${x} < '-0:')` +
      ` AND NOT contains(${x}, '_') AND NOT suffix(${x}, ' ') AND (strlen(${x}) <= ${DIGITS_MAX} OR contains(${x}, '.')))`;

const SHORTEST_TIMESTAMP = "YYYY-MM-DD HH:MM".length;
const timestampFitsSql = (x: string): string =>
  `(CAST(TRY_CAST(${x} AS DATE) AS VARCHAR) = ${x} OR (TRY_CAST(${x} AS TIMESTAMP) IS NOT NULL AND strlen(${x}) >= ${SHORTEST_TIMESTAMP} AND ${x}[5] = '-' AND ${x}[1] <> ' '))`;

/** Boolean SQL: the text is there and does not fit its kind. */
export const misfitSql = (kind: Exclude<Kind, "String">, x: string, isWide = false): string => {
  switch (kind) {
    case "Integral": // whoever is written as the engine writes it has lost nothing
      return `${x} IS DISTINCT FROM CAST(TRY_CAST(${x} AS BIGINT) AS VARCHAR)`;
    case "Date":
      return `${x} IS DISTINCT FROM CAST(TRY_CAST(${x} AS DATE) AS VARCHAR)`;
    case "Boolean":
      return `lower(${x}) NOT IN ('true', 'false')`;
    case "Fractional":
      return `${x} IS NOT NULL AND NOT ${fractionSql(x, isWide)}`;
    case "Timestamp":
      return `NOT coalesce(${timestampFitsSql(x)}, false) AND ${x} IS NOT NULL`;
  }
};

/** What a column may still be when some value did not fit its kind. */
export const widerKinds = (kind: Kind): readonly Exclude<Kind, "String">[] =>
  kind === "Integral" ? ["Fractional"] : kind === "Date" ? ["Timestamp"] : [];

/** Kinds that a column of text without a guess is tried for, narrowest first. */
export const NARROWEST_FIRST: readonly Exclude<Kind, "String">[] = ["Integral", "Fractional", "Boolean", "Date", "Timestamp"];
