/** Real tables of the package `vega-datasets` (BSD-3-Clause), as their publishers left them. */
import { readdirSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CleanTable } from "./clean-table.ts";
import { readTable, type Table } from "./csv.ts";

/** Larger files would take the time of all others together. */
const BYTES_MAX = 2_200_000;
const ROWS_MIN = 100;
/** The same flights in several sizes: one is enough. */
const LEFT_OUT = ["flights-5k", "flights-10k", "flights-20k", "platformer-terrain"];

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** A list of flat records as a table; null for anything else. */
const tableOf = (parsed: unknown): Table | null => {
  if (!Array.isArray(parsed)) return null;
  const records: unknown[] = parsed;
  const flat = records.filter(isRecord);
  if (
    flat.length < records.length ||
    flat.some((record) => Object.values(record).some((value) => typeof value === "object" && value !== null))
  )
    return null;
  const names = [...new Set(flat.flatMap((record) => Object.keys(record)))];
  return {
    names,
    rows: flat.map((record) => names.map((name) => (record[name] === null || record[name] === undefined ? "" : String(record[name])))),
  };
};

const readAny = async (path: string): Promise<Table | null> =>
  extname(path) === ".json" ? tableOf(JSON.parse(await readFile(path, "utf8"))) : readTable(path);

export const packagedTables = async (): Promise<CleanTable[]> => {
  const folder = join(dirname(fileURLToPath(import.meta.resolve("vega-datasets"))), "..", "data");
  const tables: CleanTable[] = [];
  for (const file of readdirSync(folder).toSorted()) {
    const name = basename(file, extname(file));
    if (![".csv", ".tsv", ".json"].includes(extname(file)) || LEFT_OUT.includes(name) || statSync(join(folder, file)).size > BYTES_MAX)
      continue;
    const table = await readAny(join(folder, file));
    if (table !== null && table.rows.length >= ROWS_MIN) tables.push({ ...table, name, known: {} });
  }
  return tables;
};
