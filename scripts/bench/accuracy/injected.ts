/**
 * Errors of known kind, put into tables that nobody configured: made-up business tables and the real ones of a package. Each run
 * spoils one or two columns of one table with one kind of error, on a known share of the rows.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Level } from "@touchstone/engine/infer/level";
import type { CleanTable } from "./clean-table.ts";
import { writeTable, type Table } from "./csv.ts";
import { checkFiles, type Named } from "./engine.ts";
import { INJECTORS } from "./injectors/index.ts";
import type { Injector } from "./injectors/injector.ts";
import { madeTables } from "./made/index.ts";
import { packagedTables } from "./packaged.ts";
import { randomOf } from "./random.ts";
import { figures, HEAD, line, NOTHING, perThousand, print, scoreErrors, sum, type Score } from "./scoring.ts";
import { cellKey } from "./simple.ts";

const RATES = [0.005, 0.02, 0.05] as const;
/** Tables that each kind of error is put into, and columns (or sets of them) of a table: so many that all is done in minutes. */
const TABLES_MAX = 5;
const COLUMNS_MAX = 2;
/** Larger tables are looked at untouched only. */
const SPOILED_ROWS_MAX = 6000;

type Run = { injector: Injector; table: CleanTable; rate: number; columns: number[]; dirty: Table; errors: string[][] };

/** A table with one kind of error in some of its columns; null where none could be put. */
const spoiled = (injector: Injector, table: CleanTable, targets: readonly number[][], rate: number): Run | null => {
  const random = randomOf(`${injector.kind} ${table.name} ${rate}`);
  const rows = table.rows.map((row) => [...row]);
  const touched = new Set<number>();
  const wanted = Math.max(1, Math.round(rows.length * rate));
  const errors = targets.flatMap((columns) => {
    const spoil = injector.begin(table, columns, random);
    const places: string[][] = [];
    for (const r of random.shuffled([...rows.keys()])) {
      if (places.length >= wanted) break;
      const blamed = touched.has(r) ? null : spoil(rows, r);
      if (blamed === null) continue;
      touched.add(r);
      places.push(blamed.map(([row, column]) => cellKey(row, column)));
    }
    return places;
  });
  return errors.length === 0 ? null : { injector, table, rate, columns: targets.flat(), dirty: { names: table.names, rows }, errors };
};

/** Columns of several tables, chosen at random but the same in every run. */
const runsOf = (injector: Injector, tables: readonly CleanTable[]): Run[] => {
  const random = randomOf(injector.kind);
  const chosen = random
    .shuffled(tables.filter((table) => table.rows.length <= SPOILED_ROWS_MAX))
    .map((table) => ({ table, targets: random.shuffled(injector.targets(table)).slice(0, COLUMNS_MAX) }))
    .filter(({ targets }) => targets.length > 0)
    .slice(0, TABLES_MAX);
  return chosen.flatMap(({ table, targets }) => RATES.flatMap((rate) => spoiled(injector, table, targets, rate) ?? []));
};

const letters = (n: number) => [...String(n)].map((digit) => "abcdefghij"[Number(digit)]!).join("");

/** Writes tables to files of their own, beside those they refer to, has them looked at by one engine, and removes them. */
export const withFiles = async <T>(
  tables: readonly Table[],
  look: (paths: readonly string[]) => Promise<ReadonlyMap<string, T>>,
  others: CleanTable["known"]["references"] = [],
): Promise<T[]> => {
  const folder = await mkdtemp(join(tmpdir(), "touchstone-accuracy-"));
  try {
    const paths = tables.map((_, i) => join(folder, `table_${letters(i)}_.csv`));
    for (const [i, table] of tables.entries()) await writeTable(paths[i]!, table);
    const otherPaths = others.map(({ toName }) => join(folder, `${toName}.csv`));
    for (const [i, { to }] of others.entries()) await writeTable(otherPaths[i]!, to);
    const found = await look([...paths, ...otherPaths]);
    return paths.map((path) => found.get(path)!);
  } finally {
    await rm(folder, { recursive: true });
  }
};

type Alarm = { where: string; cells: number };

/** What is named on an untouched table, by column and rule. */
const alarmsOf = (table: CleanTable, { rules }: Named): Alarm[] => {
  const counts = new Map<string, number>();
  for (const [cell, by] of rules)
    for (const rule of by) {
      const where = `${table.name}.${table.names[Number(cell.split(":")[1])]!}  ${rule}`;
      counts.set(where, (counts.get(where) ?? 0) + 1);
    }
  return [...counts].map(([where, cells]) => ({ where, cells }));
};

type Untouched = { table: CleanTable; named: Named; score: Score };

const checkUntouched = async (tables: readonly CleanTable[], level: Level | undefined): Promise<Untouched[]> => {
  const found = await withFiles(tables, (paths) => checkFiles(paths, level));
  return tables.map((table, i) => {
    const named = found[i]!;
    return { table, named, score: { ...NOTHING, falseAlarms: named.cells.size, cleanCells: table.rows.length * table.names.length } };
  });
};

const printUntouched = (all: readonly Untouched[]) => {
  print(line("untouched table", ["rows", "cells", "named", "false/1000"]));
  for (const { table, named, score } of all) {
    print(line(table.name, [String(table.rows.length), String(score.cleanCells), String(score.falseAlarms), perThousand(score)]));
    for (const { where, cells } of alarmsOf(table, named)) print(`    ${cells} × ${where}`);
    for (const what of named.unasserted) print(`    not run: ${what}`);
  }
  const total = sum(all.map(({ score }) => score));
  print(line("all", ["", String(total.cleanCells), String(total.falseAlarms), perThousand(total)]));
};

type Scored = { run: Run; engine: Score; simple: Score };

/** The same rows as they were before, of each table once. */
const withFalseAlarms = (scored: readonly Scored[], untouched: ReadonlyMap<CleanTable, Score>): Scored[] =>
  scored.map((each, i) => {
    const { table, columns, injector } = each.run;
    if (scored.findIndex(({ run }) => run.table === table) < i) return each;
    const { falseAlarms, cleanCells } = untouched.get(table)!;
    const bySimple = injector.simple.detect(table, columns, table.known).size;
    return { ...each, engine: { ...each.engine, falseAlarms, cleanCells }, simple: { ...each.simple, falseAlarms: bySimple, cleanCells } };
  });

const measureRuns = async (
  runs: readonly Run[],
  untouched: ReadonlyMap<CleanTable, Score>,
  level: Level | undefined,
): Promise<Scored[]> => {
  const scored: Scored[] = [];
  // Rate by rate: in one datastore a table would be one that the fields of its less spoiled copy refer to.
  for (const same of Map.groupBy(runs, ({ rate }) => rate).values()) {
    const found = await withFiles(
      same.map((run) => run.dirty),
      (paths) => checkFiles(paths, level),
      [...new Map(same.flatMap(({ table }) => (table.known.references ?? []).map((each) => [each.toName, each]))).values()],
    );
    for (const [i, run] of same.entries()) {
      const simple = scoreErrors(run.injector.simple.detect(run.dirty, run.columns, run.table.known), run.errors);
      scored.push({ run, engine: scoreErrors(found[i]!.cells, run.errors), simple });
    }
  }
  return withFalseAlarms(scored, untouched);
};

const printKind = (kind: string, scored: readonly Scored[], isDetailed: boolean) => {
  const byRate = RATES.map((rate) => {
    const s = sum(scored.filter(({ run }) => run.rate === rate).map(({ engine }) => engine));
    return s.errors === 0 ? "–" : (s.found / s.errors).toFixed(2);
  });
  const simple = sum(scored.map((s) => s.simple));
  print(line(kind, [...figures(sum(scored.map((s) => s.engine))), ...byRate, figures(simple)[2]!, perThousand(simple)]));
  if (isDetailed)
    for (const { run, engine } of scored)
      print(line(`   ${run.rate} ${run.table.name}.${run.columns.map((c) => run.table.names[c]).join("+")}`, figures(engine).slice(0, 5)));
};

/** Kinds of error with what is spoiled by them; `only` limits them to those whose names begin so (several with commas between). */
const planned = (tables: readonly CleanTable[], only = "") =>
  INJECTORS.filter(({ kind }) => only.split(",").some((start) => kind.startsWith(start))).map((injector) => ({
    injector,
    runs: runsOf(injector, tables),
  }));

export const untouchedTables = async (): Promise<CleanTable[]> => [...madeTables(), ...(await packagedTables())];

const scoresOf = (all: readonly Untouched[]) => new Map(all.map(({ table, score }) => [table, score]));

/** `only` limits the kinds to those whose names begin so, the tables to those they are put into, and prints every run. */
export const measureInjected = async (level: Level | undefined, only: string | undefined): Promise<void> => {
  const tables = await untouchedTables();
  const kinds = planned(tables, only);
  const looked = only === undefined ? tables : [...new Set(kinds.flatMap(({ runs }) => runs.map(({ table }) => table)))];
  const untouched = await checkUntouched(looked, level);
  printUntouched(untouched);
  print(`\n${line("kind of error", [...HEAD, ...RATES.map((rate) => `at ${rate * 100} %`), "simple F1", "its f/1000"])}`);
  const scored: Scored[] = [];
  for (const { injector, runs } of kinds) {
    const measured = await measureRuns(runs, scoresOf(untouched), level);
    printKind(injector.kind, measured, only !== undefined);
    scored.push(...measured);
  }
  printKind("all", scored, false);
};
