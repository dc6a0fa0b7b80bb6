/**
 * The checks every tool is asked, as plain data that no tool prefers: each runner translates them into its own words.
 * NULL passes every kind but `not_null`, in all tools.
 */

export type Asked = { id: string } & (
  | { kind: "not_null"; field: string }
  | { kind: "unique"; fields: string[] }
  | { kind: "range"; field: string; min: number; max: number }
  | { kind: "date_range"; field: string; min: string; max: string }
  | { kind: "one_of"; field: string; values: string[] }
  | { kind: "matches"; field: string; pattern: string }
  | { kind: "max_length"; field: string; max: number }
  | { kind: "before"; field: string; other: string }
  | { kind: "in_table"; field: string; table: string; other: string }
);

type Unnamed<T> = T extends unknown ? Omit<T, "id"> : never;
type Question = Unnamed<Asked>;

const CODES = {
  return_flag: ["A", "N", "R"],
  line_status: ["F", "O"],
  ship_mode: ["REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"],
  ship_instruct: ["DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"],
};

/** What holds on every row of the order lines; ten of these fail on the damaged files (files.ts). */
const TWENTY: Question[] = [
  { kind: "not_null", field: "order_key" },
  { kind: "not_null", field: "ship_date" },
  { kind: "not_null", field: "comment" },
  { kind: "unique", fields: ["order_key", "line_number"] },
  { kind: "range", field: "line_number", min: 1, max: 4 },
  { kind: "range", field: "part_key", min: 1, max: 2_000_000 },
  { kind: "range", field: "quantity", min: 1, max: 50 },
  { kind: "range", field: "extended_price", min: 0, max: 150_000 },
  { kind: "range", field: "discount", min: 0, max: 0.1 },
  { kind: "range", field: "tax", min: 0, max: 0.08 },
  ...Object.entries(CODES).map(([field, values]): Question => ({ kind: "one_of", field, values })),
  { kind: "matches", field: "ship_mode", pattern: "^[A-Z ]{3,7}$" },
  { kind: "matches", field: "comment", pattern: "^[a-z ]+$" },
  { kind: "max_length", field: "comment", max: 43 },
  { kind: "date_range", field: "ship_date", min: "1992-01-01", max: "1998-12-31" },
  { kind: "before", field: "ship_date", other: "receipt_date" },
  { kind: "in_table", field: "supplier_key", table: "supplier", other: "supplier_key" },
];

const NUMBERS = ["quantity", "discount", "tax", "extended_price", "line_number", "part_key", "supplier_key", "order_key"];
const DATES = ["ship_date", "commit_date", "receipt_date"];
const FIELDS = [...NUMBERS, ...DATES, ...Object.keys(CODES), "comment"];
/** Far from every number of the table, as a person writes a rough bound. */
const NUMBER_FAR = 100_000_000;

/** The n-th of those that make twenty a hundred: kinds alternate and constants differ, so that no tool can merge two. */
const further = (n: number): Question => {
  const turn = Math.floor(n / 8);
  const [code, values] = Object.entries(CODES)[turn % 4]!;
  switch (n % 8) {
    case 0:
    case 1:
      return { kind: "range", field: NUMBERS[(2 * turn + (n % 8)) % NUMBERS.length]!, min: -n, max: NUMBER_FAR + n };
    case 2:
      return { kind: "date_range", field: DATES[turn % 3]!, min: `19${70 + turn}-01-01`, max: `20${30 + turn}-01-01` };
    case 3:
      return { kind: "one_of", field: code, values: [...values, `OTHER ${turn}`] };
    case 4:
      return { kind: "matches", field: code, pattern: `^[A-Z ]{1,${20 + turn}}$` };
    case 5:
      return { kind: "max_length", field: "comment", max: 100 + turn };
    case 6:
      return { kind: "matches", field: "comment", pattern: `^[a-z ]{1,${60 + turn}}$` };
    default:
      return { kind: "not_null", field: FIELDS.filter((field) => !["order_key", "ship_date", "comment"].includes(field))[turn]! };
  }
};

export const askedChecks = (count: number): Asked[] =>
  [...TWENTY, ...Array.from({ length: count - TWENTY.length }, (_, n) => further(n))].map((question, i) => ({
    id: `check_${i + 1}`,
    ...question,
  }));

const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** SQL that is true where a check of one row fails: the oracle's words, of no tool. */
const violation = (asked: Exclude<Asked, { kind: "unique" }>): string => {
  switch (asked.kind) {
    case "not_null":
      return `${asked.field} IS NULL`;
    case "range":
      return `${asked.field} NOT BETWEEN ${asked.min} AND ${asked.max}`;
    case "date_range":
      return `${asked.field} NOT BETWEEN DATE ${quoted(asked.min)} AND DATE ${quoted(asked.max)}`;
    case "one_of":
      return `${asked.field} NOT IN (${asked.values.map(quoted).join(", ")})`;
    case "matches":
      return `NOT regexp_matches(${asked.field}, ${quoted(asked.pattern)})`;
    case "max_length":
      return `length(${asked.field}) > ${asked.max}`;
    case "before":
      return `${asked.field} >= ${asked.other}`;
    case "in_table":
      return `${asked.field} NOT IN (SELECT ${asked.other} FROM ${asked.table})`;
  }
};

/** Queries that answer the true counts: failing rows, and for a key also the keys that repeat. */
export const truthSql = (asked: Asked, table: string): string => {
  if (asked.kind !== "unique") return `SELECT count(*) AS rows, NULL AS keys FROM ${table} WHERE ${violation(asked)}`;
  const key = asked.fields.join(", ");
  return `SELECT coalesce(sum(n), 0) AS rows, count(*) AS keys FROM (SELECT count(*) AS n FROM ${table} WHERE ${asked.fields.map((f) => `${f} IS NOT NULL`).join(" AND ")} GROUP BY ${key} HAVING count(*) > 1)`;
};
