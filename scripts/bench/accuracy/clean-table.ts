/** A table believed to be right, and what is known to hold in it, by name of its columns. */
import type { Table } from "./csv.ts";

export type CleanTable = Table & {
  name: string;
  known: {
    /** a + b = c */
    sums?: [string, string, string][];
    /** The first date is never after the second. */
    orders?: [string, string][];
    /** The first determines the second. */
    dependencies?: [string, string][];
    keys?: string[];
    /** Values of the column occur in the first column of the other table. */
    references?: { column: string; to: Table; toName: string }[];
  };
};

export const columnAt = (table: Table, name: string): number => table.names.indexOf(name);

export type Look = "number" | "date" | "category" | "text" | "email" | "url" | "uuid" | "ip" | "checked number" | "empty";

const MATCHES: readonly [Look, RegExp][] = [
  ["date", /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/],
  ["email", /^[^@ ]+@[^@ ]+\.[a-z]+$/],
  ["url", /^https?:\/\//],
  ["uuid", /^[0-9a-f]{8}-[0-9a-f]{4}-/],
  ["ip", /^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$/],
  ["checked number", /^([A-Z]{2}[0-9]{20}|[1-9][0-9]{15})$/],
  ["number", /^-?[0-9]+(\.[0-9]+)?$/],
];

/** Different values up to which text is a list of categories, as a share of the rows. */
const CATEGORY_MAX = 0.1;
/** Share of filled cells from which a column is worth spoiling. */
const FILLED_MIN = 0.6;

const CACHE = new WeakMap<Table, Look[]>();

/** What a column looks like to a person: from its values alone. */
export const looksOf = (table: Table): Look[] => {
  const known = CACHE.get(table);
  if (known !== undefined) return known;
  const looks = table.names.map((_, c): Look => {
    const filled = table.rows.map((row) => row[c] ?? "").filter((cell) => cell !== "");
    if (filled.length < table.rows.length * FILLED_MIN) return "empty";
    const match = MATCHES.find(([, pattern]) => filled.every((cell) => pattern.test(cell)));
    if (match !== undefined) return match[0];
    return new Set(filled).size <= filled.length * CATEGORY_MAX ? "category" : "text";
  });
  CACHE.set(table, looks);
  return looks;
};
