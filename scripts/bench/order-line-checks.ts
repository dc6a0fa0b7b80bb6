/**
 * Checks of the order line that all hold, each with the predicate a person would write by hand for the rows that break it.
 * Of a hundred: 40 ranges, signs, dates and NULLs; 25 value lists and patterns on columns of few values; 20 lengths and
 * patterns on long text; 15 across fields and arithmetic. No two predicates are equal.
 */
import { QualityCheck } from "@touchstone/core/model/check";
import { ORDER_LINE } from "./tables.ts";

export type HandWritten = { check: QualityCheck; violates: string };

type Draft = { rule: string; fields?: string[]; properties?: Record<string, unknown>; violates: string };

/** The i-th draft of a family: kinds alternate, and each turn has constants of its own. */
type Family = { share: number; kinds: ((turn: number) => Draft)[] };

const NUMBERS: [name: string, low: number, high: number][] = [
  ["quantity", 1, 50],
  ["discount", 0, 1],
  ["tax", 0, 1],
  ["extended_price", 0, 1_000_000],
  ["line_number", 1, 4],
  ["part_key", 1, 2_000_000],
  ["supplier_key", 1, 100_000],
];
const DATES = ["ship_date", "commit_date", "receipt_date"];
const CODES: [name: string, words: string[]][] = [
  ["return_flag", ["A", "N", "R"]],
  ["line_status", ["F", "O"]],
  ["ship_mode", ["REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"]],
  ["ship_instruct", ["DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"]],
];
const COLUMNS = ORDER_LINE.columns.map((column) => column.slice(column.lastIndexOf(" ") + 1));
const PUNCTUATION = [...".,;:!#/_@%&"];

const turning = <T>(items: readonly T[], turn: number): T => items[turn % items.length]!;
const sqlList = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(", ");

const range = (turn: number): Draft => {
  const [name, low, high] = turning(NUMBERS, turn);
  const [min, max] = [low - turn, high + turn];
  return { rule: "between", fields: [name], properties: { min, max }, violates: `${name} < ${min} OR ${name} > ${max}` };
};

const present = (turn: number): Draft => {
  const name = turning(COLUMNS, turn);
  if (turn < COLUMNS.length) return { rule: "notNull", fields: [name], violates: `${name} IS NULL` };
  const other = turning(COLUMNS, turn + Math.floor(turn / COLUMNS.length));
  return { rule: "anyNotNull", fields: [name, other], violates: `${name} IS NULL AND ${other} IS NULL` };
};

const window = (turn: number): Draft => {
  const name = turning(DATES, turn);
  const [from, to] = [`${1990 - turn}-01-01`, `${2000 + turn}-12-31`];
  return {
    rule: "betweenTimes",
    fields: [name],
    properties: { min_time: from, max_time: to },
    violates: `${name} < DATE '${from}' OR ${name} > DATE '${to}'`,
  };
};

const sign = (turn: number): Draft => {
  const [name, low] = turning(NUMBERS, turn + 3);
  const value = low - 1 - turn;
  return { rule: "greaterThan", fields: [name], properties: { value: value - 0.5 }, violates: `${name} <= ${value - 0.5}` };
};

const list = (turn: number): Draft => {
  const [name, words] = turning(CODES, turn);
  const allowed = [...words, `OTHER ${turn}`];
  return { rule: "expectedValues", fields: [name], properties: { list: allowed }, violates: `${name} NOT IN (${sqlList(allowed)})` };
};

const codePattern = (turn: number): Draft => {
  const [name] = turning(CODES, turn);
  const pattern = `^[A-Z ]{1,${20 + turn}}$`;
  return { rule: "matchesPattern", fields: [name], properties: { pattern }, violates: `NOT regexp_matches(${name}, '${pattern}')` };
};

const codeWithoutDigits = (turn: number): Draft => {
  const [name] = turning(CODES, turn + 1);
  const pattern = `[0-9]{${1 + turn}}`;
  return { rule: "notMatchesPattern", fields: [name], properties: { pattern }, violates: `regexp_matches(${name}, '${pattern}')` };
};

const numberList = (turn: number): Draft => {
  const values = [1, 2, 3, 4, 5 + turn];
  return {
    rule: "expectedValues",
    fields: ["line_number"],
    properties: { list: values },
    violates: `line_number NOT IN (${values.join(", ")})`,
  };
};

const longest = (turn: number): Draft => ({
  rule: "maxLength",
  fields: ["comment"],
  properties: { value: 60 + turn },
  violates: `length(comment) > ${60 + turn}`,
});

/** The shortest comment has ten characters. */
const SHORTEST = 10;

const shortest = (turn: number): Draft =>
  turn < SHORTEST
    ? { rule: "minLength", fields: ["comment"], properties: { value: 1 + turn }, violates: `length(comment) < ${1 + turn}` }
    : holds(`LENGTH(comment) + ${turn} > ${turn}`);

const textPattern = (turn: number): Draft => {
  const repeat = turn < PUNCTUATION.length ? "+" : `{1,${50 + turn}}`;
  const pattern = `^[a-z ${turning(PUNCTUATION, turn)}]${repeat}$`;
  return { rule: "matchesPattern", fields: ["comment"], properties: { pattern }, violates: `NOT regexp_matches(comment, '${pattern}')` };
};

const withoutMark = (turn: number): Draft => {
  const pattern = `#${turn}`;
  return { rule: "notMatchesPattern", fields: ["comment"], properties: { pattern }, violates: `regexp_matches(comment, '${pattern}')` };
};

const withoutNumber = (turn: number): Draft => {
  const pattern = `[0-9]{${2 + turn}}`;
  return { rule: "notMatchesPattern", fields: ["comment"], properties: { pattern }, violates: `regexp_matches(comment, '${pattern}')` };
};

const holds = (expression: string): Draft => ({ rule: "satisfiesExpression", properties: { expression }, violates: `NOT (${expression})` });

const ORDERED: [string, string][] = [
  ["ship_date", "receipt_date"],
  ["line_number", "extended_price"],
  ["discount", "quantity"],
  ["tax", "extended_price"],
  ["discount", "extended_price"],
  ["tax", "quantity"],
];

const inOrder = (turn: number): Draft => {
  const pair = ORDERED[turn];
  if (pair === undefined) return holds(`ship_date <= receipt_date + INTERVAL ${turn} DAY`);
  const [low, high] = pair;
  return { rule: "lessThanField", fields: [low], properties: { field_name: high, inclusive: true }, violates: `${low} > ${high}` };
};

const FAMILIES: readonly Family[] = [
  { share: 0.4, kinds: [range, (turn) => present(2 * turn), window, sign, (turn) => present(2 * turn + 1)] },
  { share: 0.25, kinds: [(turn) => list(2 * turn), codePattern, codeWithoutDigits, numberList, (turn) => list(2 * turn + 1)] },
  { share: 0.2, kinds: [longest, textPattern, shortest, withoutMark, withoutNumber] },
  {
    share: 0.15,
    kinds: [
      inOrder,
      (turn) => holds(`extended_price <= quantity * ${3000 + turn}`),
      (turn) => holds(`receipt_date <= ship_date + INTERVAL ${40 + turn} DAY`),
      (turn) => holds(`discount + tax <= ${1 + turn}`),
      (turn) => holds(`CASE WHEN ship_mode = 'AIR' THEN discount <= ${1 + turn} ELSE TRUE END`),
    ],
  },
];

const written = ({ rule, fields = [], properties = {}, violates }: Draft): HandWritten => ({
  check: QualityCheck.parse({ rule_type: rule, container: "order_line", fields, properties }),
  violates,
});

/** So many checks of which no row fails any. */
export const holdingChecks = (count: number): HandWritten[] =>
  FAMILIES.flatMap(({ share, kinds }) =>
    Array.from({ length: Math.round(count * share) }, (_, i) => written(kinds[i % kinds.length]!(Math.floor(i / kinds.length)))),
  );
