/** Numbers in another unit, scale, notation or sign, and far outliers. */
import { looksOf, type CleanTable } from "../clean-table.ts";
import { byForeignType, byZScore } from "../simple.ts";
import { cellwise, first, type Injector } from "./injector.ts";

/** Column of numbers that measure something: with decimals, or of differing length and repeated. */
const measured = (table: CleanTable): number[][] =>
  looksOf(table).flatMap((look, c) => {
    if (look !== "number") return [];
    const cells = table.rows.map((row) => row[c]!).filter((cell) => cell !== "");
    const distinct = new Set(cells).size;
    const isCounter = !cells.some((cell) => cell.includes(".")) && distinct > cells.length * 0.95;
    const isCode = cells.every((cell) => cell.length === cells[0]!.length) && !cells[0]!.includes(".");
    return distinct < 8 || isCounter || isCode || /(^|_)(id|no|year|zip|code)($|_)/i.test(table.names[c]!) ? [] : [[c]];
  });

const unit: Injector = {
  kind: "unit in a number",
  targets: measured,
  begin: (_, columns, random) => {
    const [before, after] = random.pick([
      ["", " kg"],
      ["", "cm"],
      ["", " EUR"],
      ["$", ""],
      ["€ ", ""],
      ["", "%"],
      ["", " pcs"],
    ]);
    return cellwise(first(columns), (cell) => `${before}${cell}${after}`);
  },
  simple: byForeignType,
};

const notation: Injector = {
  kind: "comma in a number",
  targets: measured,
  begin: (_, columns) =>
    cellwise(first(columns), (cell) => {
      if (cell.includes(".")) return cell.replace(".", ",");
      return /^-?[0-9]{4,}$/.test(cell) ? cell.replace(/([0-9])([0-9]{3})$/, "$1,$2") : null;
    }),
  simple: byForeignType,
};

const times = (cell: string, factor: number): string | null => {
  if (Number(cell) === 0) return null;
  const decimals = (cell.split(".")[1] ?? "").length;
  return factor < 1 ? String(Number((Number(cell) * factor).toPrecision(12))) : (Number(cell) * factor).toFixed(decimals);
};

const scale = (kind: string, factor: number): Injector => ({
  kind,
  targets: measured,
  begin: (_, columns) => cellwise(first(columns), (cell) => times(cell, factor)),
  simple: byZScore,
});

const outlier: Injector = {
  kind: "far outlier",
  targets: measured,
  begin: (table, columns, random) => {
    const c = first(columns);
    const numbers = table.rows.map((row) => Number(row[c]));
    const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    const deviation = Math.sqrt(numbers.reduce((a, b) => a + (b - mean) ** 2, 0) / numbers.length);
    return cellwise(c, (cell) => {
      const decimals = (cell.split(".")[1] ?? "").length;
      return (mean + random.pick([1, 1, -1]) * deviation * random.whole(12, 80)).toFixed(decimals);
    });
  },
  simple: byZScore,
};

const sign: Injector = {
  kind: "wrong sign",
  targets: (table) => measured(table).filter(([c]) => table.rows.every((row) => !row[c!]!.startsWith("-"))),
  begin: (_, columns) => cellwise(first(columns), (cell) => (Number(cell) === 0 ? null : `-${cell}`)),
  simple: byZScore,
};

export const NUMBER_INJECTORS: readonly Injector[] = [
  unit,
  notation,
  scale("scale ×10", 10),
  scale("scale ×100", 100),
  scale("scale ×1000", 1000),
  scale("scale ÷1000", 1 / 1000),
  outlier,
  sign,
];
