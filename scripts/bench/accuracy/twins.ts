/** Tables that have a clean twin, one folder each with `dirty.csv`, `clean.csv` and perhaps `error_types.csv`. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Level } from "@touchstone/engine/infer/level";
import { columnsOf, readTable, type Table } from "./csv.ts";
import { checkFiles } from "./engine.ts";
import { figures, HEAD, line, print, scoreCells, sum, type Score } from "./scoring.ts";
import { byEditDistance, byZScore, cellKey, type Cells } from "./simple.ts";

/** Rows up to which the simple detectors are run: the second takes quadratic time. */
const SIMPLE_ROWS_MAX = 20_000;
const SIMPLE = [byZScore, byEditDistance];

export const tablesIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((table) => existsSync(join(folder, table, "clean.csv"))) : [];

export const differing = (dirty: Table, clean: Table): Cells => {
  const cells: Cells = new Set();
  dirty.rows.forEach((row, r) => row.forEach((value, c) => value !== clean.rows[r]?.[c] && cells.add(cellKey(r, c))));
  return cells;
};

/** Kind of injected error, from a folder name like `source_typo-table`; other tables are a family of their own. */
const familyOf = (table: string) => /^[a-z]+_([a-z]+)-/.exec(table)?.[1] ?? table;

type Found = { kind: string; errors: number; found: number };
type Measured = { table: string; family: string; engine: Score; simple: Score[]; kinds: Found[]; seconds: number; unasserted: string[] };

/** Recall per kind of error, where the table says for each cell what is wrong with it. */
const perKind = async (path: string, wrong: Cells, named: Cells): Promise<Found[]> => {
  if (!existsSync(path)) return [];
  const types = columnsOf(await readTable(path));
  const kinds = Map.groupBy(wrong, (cell) => {
    const [row, column] = cell.split(":").map(Number);
    return types[column!]?.[row!] ?? "";
  });
  return [...kinds].map(([kind, cells]) => ({ kind, errors: cells.length, found: cells.filter((cell) => named.has(cell)).length }));
};

const measure = async (folder: string, table: string, level: Level | undefined): Promise<Measured> => {
  const paths = { dirty: join(folder, table, "dirty.csv"), clean: join(folder, table, "clean.csv") };
  const [dirty, clean] = [await readTable(paths.dirty), await readTable(paths.clean)];
  const wrong = differing(dirty, clean);
  const cleanCells = clean.rows.length * clean.names.length;
  const started = performance.now();
  // Each alone: in one datastore the clean twin would be a container that the dirty one's fields refer to.
  const onDirty = (await checkFiles([paths.dirty], level)).get(paths.dirty)!;
  const onClean = (await checkFiles([paths.clean], level)).get(paths.clean)!;
  const seconds = (performance.now() - started) / 1000;
  const simple = dirty.rows.length > SIMPLE_ROWS_MAX ? [] : SIMPLE;
  return {
    table,
    family: familyOf(table),
    engine: scoreCells(onDirty.cells, onClean.cells, wrong, cleanCells),
    simple: simple.map(({ detect }) => scoreCells(detect(dirty, [], {}), detect(clean, [], {}), wrong, cleanCells)),
    kinds: await perKind(join(folder, table, "error_types.csv"), wrong, onDirty.cells),
    seconds,
    unasserted: [...onDirty.unasserted, ...onClean.unasserted],
  };
};

const printFamily = (family: string, members: readonly Measured[]) => {
  print(line(family, figures(sum(members.map((m) => m.engine)))));
  for (const { kind, errors, found } of members.flatMap((m) => m.kinds))
    print(line(`   of kind ${kind}`, ["", (found / errors).toFixed(3), "", String(errors)]));
  const compared = members.filter((m) => m.simple.length > 0);
  if (compared.length > 0)
    SIMPLE.forEach(({ name }, i) => print(line(`   ${name} alone`, figures(sum(compared.map((m) => m.simple[i]!))))));
};

const printTotals = (measured: readonly Measured[]) => {
  print(`\n${line("family", HEAD)}`);
  for (const [family, members] of Map.groupBy(measured, (m) => m.family)) printFamily(family, members);
  const all = sum(measured.map((m) => m.engine));
  print(line("all", figures(all)));
  print(`\n${all.falseAlarms} false alarms on ${all.cleanCells} clean cells`);
};

export const measureTwins = async (folder: string, tables: readonly string[], level: Level | undefined): Promise<void> => {
  print(line("table", [...HEAD, "s"]));
  const measured: Measured[] = [];
  for (const table of tables) {
    const m = await measure(folder, table, level);
    measured.push(m);
    print(line(table, [...figures(m.engine), m.seconds.toFixed(1)]));
    for (const what of m.unasserted.slice(0, 5)) print(`    not run: ${what}`);
  }
  printTotals(measured);
};
