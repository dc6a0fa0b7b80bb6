/**
 * Detectors that a person writes in ten lines, to measure against: each takes a table, of some the columns at stake and what is
 * known to hold, and names cells as `row:column`.
 */
import { edits } from "@touchstone/engine/infer/spelling";
import { columnAt, type CleanTable } from "./clean-table.ts";
import { columnsOf, type Table } from "./csv.ts";

export type Cells = Set<string>;
/** `columns` are those that were spoiled; only detectors that are *given* a relation look at them. */
export type Detector = { name: string; detect: (table: Table, columns: readonly number[], known: CleanTable["known"]) => Cells };

export const cellKey = (row: number, column: number) => `${row}:${column}`;

const detector = (
  name: string,
  mark: (table: Table, add: (row: number, column: number) => void, columns: readonly number[], known: CleanTable["known"]) => void,
): Detector => ({
  name,
  detect: (table, columns, known) => {
    const cells: Cells = new Set();
    mark(table, (row, column) => cells.add(cellKey(row, column)), columns, known);
    return cells;
  },
});

/** A column: its cells, and a way to name one of them. */
const eachColumn = (
  table: Table,
  add: (row: number, column: number) => void,
  visit: (cells: string[], name: (row: number) => void) => void,
) => columnsOf(table).forEach((cells, c) => visit(cells, (row) => add(row, c)));

const asNumber = (cell: string) => (cell.trim() === "" ? NaN : /^[0-9]{4}-[0-9]{2}-[0-9]{2}/.test(cell) ? Date.parse(cell) : Number(cell));

export const byZScore = detector("z-score > 3", (table, add) =>
  eachColumn(table, add, (cells, name) => {
    const numbers = cells.map(asNumber);
    const known = numbers.filter(Number.isFinite);
    if (known.length < cells.length / 2) return;
    const mean = known.reduce((a, b) => a + b, 0) / known.length;
    const deviation = Math.sqrt(known.reduce((a, b) => a + (b - mean) ** 2, 0) / known.length);
    numbers.forEach((x, r) => Math.abs(x - mean) > 3 * deviation && name(r));
  }),
);

const countsOf = (cells: readonly string[]) => {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  return counts;
};

/** Values compared per column: the work is their product. */
const COMPARED_MAX = 4_000_000;

export const byEditDistance = detector("edit distance", (table, add) =>
  eachColumn(table, add, (cells, name) => {
    const counts = countsOf(cells);
    const frequent = [...counts].filter(([, n]) => n >= 5).map(([v]) => v);
    const single = [...counts].filter(([, n]) => n === 1);
    if (frequent.length * single.length > COMPARED_MAX) return;
    const near = new Set(single.flatMap(([v]) => (frequent.some((f) => edits(v, f, 2) !== null) ? [v] : [])));
    cells.forEach((cell, r) => near.has(cell) && name(r));
  }),
);

export const byEmptiness = detector("empty where 90 % are filled", (table, add) =>
  eachColumn(table, add, (cells, name) => {
    const empty = cells.filter((cell) => cell === "").length;
    if (empty <= cells.length * 0.1) cells.forEach((cell, r) => cell === "" && name(r));
  }),
);

export const byRareCase = detector("same but for case or spaces", (table, add) =>
  eachColumn(table, add, (cells, name) => {
    const counts = countsOf(cells);
    const plain = (cell: string) => cell.toLowerCase().replaceAll(/\s+/g, "");
    const usual = new Map<string, string>();
    for (const [cell, n] of counts) if (n > (counts.get(usual.get(plain(cell)) ?? "") ?? 0)) usual.set(plain(cell), cell);
    cells.forEach((cell, r) => (cell !== usual.get(plain(cell)) || cell !== cell.trim()) && name(r));
  }),
);

const TYPES: readonly RegExp[] = [
  /^-?[0-9]+(\.[0-9]+)?$/,
  /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])/,
  /^[^@ ]+@[^@ ]+\.[a-z]+$/,
  /^https?:\/\/[^ ]+$/,
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /^([0-9]{1,3}\.){3}[0-9]{1,3}$/,
];

export const byForeignType = detector("not of the type of 90 %", (table, add) =>
  eachColumn(table, add, (cells, name) => {
    const filled = cells.filter((cell) => cell !== "").length;
    const type = TYPES.find((pattern) => cells.filter((cell) => pattern.test(cell)).length >= filled * 0.9);
    if (type !== undefined) cells.forEach((cell, r) => cell !== "" && !type.test(cell) && name(r));
  }),
);

export const byRepetition = detector("repeated where 90 % differ", (table, add) =>
  eachColumn(table, add, (cells, name) => {
    const counts = countsOf(cells);
    if (counts.size >= cells.length * 0.9) cells.forEach((cell, r) => cell !== "" && counts.get(cell)! > 1 && name(r));
  }),
);

export const byGivenDependency = detector("given dependency", ({ rows }, add, columns) => {
  const [key, value] = [columns[0]!, columns[1]!];
  for (const members of Map.groupBy(rows.entries(), ([, row]) => row[key]!).values()) {
    const [usual] = [...countsOf(members.map(([, row]) => row[value]!))].toSorted((a, b) => b[1] - a[1])[0]!;
    for (const [r, row] of members) if (row[value] !== usual) add(r, value);
  }
});

export const byGivenOrder = detector("given order", ({ rows }, add, columns) =>
  rows.forEach(
    (row, r) => row[columns[0]!] !== "" && row[columns[1]!] !== "" && row[columns[0]!]! > row[columns[1]!]! && add(r, columns[1]!),
  ),
);

export const byGivenSum = detector("given sum", ({ rows }, add, columns) =>
  rows.forEach((row, r) => {
    const [a, b, sum] = columns.map((c) => Number(row[c]));
    if (Math.abs(a! + b! - sum!) > 0.015) add(r, columns[2]!);
  }),
);

export const byGivenReference = detector("given reference", (table, add, columns, known) => {
  for (const { column, to } of known.references ?? []) {
    const there = new Set(to.rows.map((row) => row[0]));
    const c = columnAt(table, column);
    if (columns.includes(c)) table.rows.forEach((row, r) => !there.has(row[c]) && add(r, c));
  }
});
