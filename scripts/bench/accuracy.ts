/**
 * `npm run bench:accuracy [-- FOLDER] [LEVEL]`: what the engine finds, unconfigured, in tables whose errors are known.
 *
 * FOLDER holds one folder per table with `dirty.csv` and `clean.csv`, twins of the same rows and columns (and perhaps
 * `error_types.csv`, the kind of error of each cell). Without it errors of known kinds are put into made-up tables and those of
 * the package vega-datasets; `--kind NAME,NAME` shows kinds run by run. `--levels 0,1,2` prints a line for
 * each of these levels (without FOLDER of the tables as they are, before errors are put in).
 * A cell is named when an anomaly names its row and its field. What is named on the clean table is a false alarm.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { LEVEL_DEFAULT, type Level } from "@touchstone/engine/infer/level";
import { measureInjected } from "./accuracy/injected.ts";
import { compareTwins, compareUntouched } from "./accuracy/levels.ts";
import { print } from "./accuracy/scoring.ts";
import { measureTwins, tablesIn } from "./accuracy/twins.ts";

const LEVELS: readonly Level[] = [0, 1, 2, 3, 4, 5];
const { values, positionals } = parseArgs({ allowPositionals: true, options: { kind: { type: "string" }, levels: { type: "string" } } });
const level = LEVELS.find((each) => String(each) === positionals.at(-1)) ?? LEVEL_DEFAULT;
const folder = positionals.find((argument) => !/^[0-5]$/.test(argument));

const levels = LEVELS.filter((each) => values.levels?.split(",").includes(String(each)));

if (folder === undefined)
  if (values.levels === undefined) await measureInjected(level, values.kind);
  else await compareUntouched(levels);
else {
  const tables = tablesIn(resolve(folder));
  if (tables.length > 0)
    if (values.levels === undefined) await measureTwins(resolve(folder), tables, level);
    else await compareTwins(resolve(folder), tables, levels);
  else {
    print(`${resolve(folder)} holds no tables: one folder each, with dirty.csv and clean.csv, is expected`);
    process.exitCode = 2;
  }
}
