/** One line per level: what is named in tables with twins, and what in tables that nobody has spoiled. */
import { join } from "node:path";
import type { Level } from "@touchstone/engine/infer/level";
import { readTable } from "./csv.ts";
import { checkLevels } from "./engine.ts";
import { untouchedTables, withFiles } from "./injected.ts";
import { figures, HEAD, line, NOTHING, print, scoreCells, sum, type Score } from "./scoring.ts";
import { differing } from "./twins.ts";

const printLevels = (levels: readonly Level[], scores: readonly ReadonlyMap<Level, Score>[]) => {
  print(line("level", HEAD));
  for (const level of levels) print(line(String(level), figures(sum(scores.map((of) => of.get(level)!)))));
};

const scoreTwins = async (folder: string, table: string, levels: readonly Level[]): Promise<Map<Level, Score>> => {
  const paths = { dirty: join(folder, table, "dirty.csv"), clean: join(folder, table, "clean.csv") };
  const [dirty, clean] = [await readTable(paths.dirty), await readTable(paths.clean)];
  const onDirty = (await checkLevels([paths.dirty], levels)).get(paths.dirty)!;
  const onClean = (await checkLevels([paths.clean], levels)).get(paths.clean)!;
  const wrong = differing(dirty, clean);
  const cells = clean.rows.length * clean.names.length;
  return new Map(levels.map((level) => [level, scoreCells(onDirty.get(level)!.cells, onClean.get(level)!.cells, wrong, cells)]));
};

export const compareTwins = async (folder: string, tables: readonly string[], levels: readonly Level[]): Promise<void> => {
  const scores: Map<Level, Score>[] = [];
  for (const table of tables) scores.push(await scoreTwins(folder, table, levels));
  printLevels(levels, scores);
};

export const compareUntouched = async (levels: readonly Level[]): Promise<void> => {
  const tables = await untouchedTables();
  const found = await withFiles(tables, (paths) => checkLevels(paths, levels));
  printLevels(
    levels,
    tables.map((table, i) => {
      const cleanCells = table.rows.length * table.names.length;
      return new Map(levels.map((level) => [level, { ...NOTHING, falseAlarms: found[i]!.get(level)!.cells.size, cleanCells }]));
    }),
  );
};
