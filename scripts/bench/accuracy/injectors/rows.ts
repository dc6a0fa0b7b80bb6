/** Errors that only the rest of the row, or other rows, show. */
import { looksOf } from "../clean-table.ts";
import { byGivenDependency, byGivenOrder, byGivenReference, byGivenSum, byRepetition, byForeignType } from "../simple.ts";
import { named, first, type Injector } from "./injector.ts";

const columnsSwapped: Injector = {
  kind: "columns swapped",
  targets: (table) => {
    const texts = looksOf(table).flatMap((look, c) => (["category", "text", "number", "date", "email"].includes(look) ? [c] : []));
    return texts.slice(1).map((c, i) => [texts[i]!, c]);
  },
  begin: (_, columns) => (rows, r) => {
    const [a, b] = [columns[0]!, columns[1]!];
    const row = rows[r]!;
    if (row[a] === row[b] || row[a] === "" || row[b] === "") return null;
    [row[a], row[b]] = [row[b]!, row[a]!];
    return [
      [r, a],
      [r, b],
    ];
  },
  simple: byForeignType,
};

const swappedWithRow: Injector = {
  kind: "value of another row",
  targets: named((known) => known.dependencies),
  begin: (table, columns, random) => (rows, r) => {
    const [key, value] = [columns[0]!, columns[1]!];
    const other = random.pick(table.rows)[value]!;
    const row = rows[r]!;
    if (other === row[value] || other === "" || row[value] === "" || row[key] === "") return null;
    row[value] = other;
    return [
      [r, value],
      [r, key],
    ];
  },
  simple: byGivenDependency,
};

const duplicatedKey: Injector = {
  kind: "duplicated key",
  targets: named((known) => known.keys?.map((key) => [key])),
  begin: (_, columns, random) => (rows, r) => {
    const c = first(columns);
    const from = random.whole(0, rows.length - 1);
    if (rows[from]![c] === rows[r]![c]) return null;
    rows[r]![c] = rows[from]![c]!;
    return [
      [r, c],
      [from, c],
    ];
  },
  simple: byRepetition,
};

const brokenReference: Injector = {
  kind: "broken reference",
  targets: named((known) => known.references?.map(({ column }) => [column])),
  begin: (_, columns, random) => (rows, r) => {
    const c = first(columns);
    rows[r]![c] = rows[r]![c]!.replace(/[0-9]{4}$/, String(random.whole(7000, 9999)));
    return [[r, c]];
  },
  simple: byGivenReference,
};

const DAYS_MAX = 90;
const DAY_MILLIS = 86_400_000;

const orderBroken: Injector = {
  kind: "date order broken",
  targets: named((known) => known.orders),
  begin: (_, columns, random) => (rows, r) => {
    const [before, after] = [columns[0]!, columns[1]!];
    const row = rows[r]!;
    if (row[before] === "" || row[after] === "") return null;
    row[after] = new Date(Date.parse(row[before]!) - random.whole(1, DAYS_MAX) * DAY_MILLIS).toISOString().slice(0, 10);
    return [
      [r, after],
      [r, before],
    ];
  },
  simple: byGivenOrder,
};

const sumBroken: Injector = {
  kind: "sum broken",
  targets: named((known) => known.sums),
  begin: (_, columns, random) => (rows, r) => {
    const c = random.pick(columns);
    const row = rows[r]!;
    row[c] = (Number(row[c]) * (1 + random.pick([-0.5, 0.1, 0.25, 1])) + 1).toFixed(2);
    return columns.map((column) => [r, column] as const);
  },
  simple: byGivenSum,
};

export const ROW_INJECTORS: readonly Injector[] = [columnsSwapped, swappedWithRow, duplicatedKey, brokenReference, orderBroken, sumBroken];
