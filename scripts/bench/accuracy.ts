/**
 * `npm run bench:accuracy -- FOLDER`: what the engine finds, unconfigured, in tables whose errors are known.
 *
 * FOLDER holds one folder per table with `dirty.csv` and `clean.csv`, twins of the same rows and columns. Each is checked as a
 * user would (`check`: connect, profile, infer, scan, every failing row). A cell is predicted wrong when an anomaly names it (its
 * row and one of its fields); it is wrong when the twins differ there. What is predicted on the clean twin is a false alarm.
 * Beside it stand two simple detectors: a z-score above three, and a value met once within two edits of one met five times.
 */
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { connect } from "@touchstone/engine/connectors/index";
import { edits } from "@touchstone/engine/infer/spelling";
import { check } from "@touchstone/engine/operations/check";
import type { Level } from "@touchstone/engine/infer/level";
import type { ContainerReport } from "@touchstone/core/model/report";

type Cells = Set<string>;
type Table = { names: string[]; rows: string[][] };
type Score = { predicted: number; right: number; wrong: number; falseAlarms: number; cleanCells: number };

const cellKey = (row: number, column: number) => `${row}:${column}`;

/** Records of a CSV text: quoted fields may hold separators, quotes and line ends. */
const parseCsv = (text: string): Table => {
  const records: string[][] = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  for (let match = pattern.exec(text); match !== null && pattern.lastIndex <= text.length; match = pattern.exec(text)) {
    records.at(-1)!.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "") break;
    if (match[3] !== ",") records.push([]);
  }
  const [names = [], ...rows] = records.filter((record, i) => i === 0 || record.length > 1 || record[0] !== "" || records[0]!.length === 1);
  if (rows.at(-1)?.length === 1 && rows.at(-1)![0] === "") rows.pop();
  return { names, rows };
};

const readTable = async (path: string): Promise<Table> => parseCsv(await readFile(path, "utf8"));

/** The report of one file, checked without any configuration. */
const checkFile = async (path: string, level: Level | undefined): Promise<ContainerReport> => {
  const datastore = await connect([path]);
  try {
    const report = await check({
      id: "accuracy",
      version: "bench",
      datastores: [datastore],
      sources: [path],
      level,
      options: { recordsMax: "all", examplesMax: "all" },
    });
    return report.containers[0]!;
  } finally {
    await datastore.close();
  }
};

type Named = { cells: Cells; unasserted: string[] };

/** Cells that the anomalies name; fields are found by position, since the twins may spell them differently. */
const namedCells = (report: ContainerReport): Named => {
  const at = new Map(report.fields.map((field, column) => [field.name, column]));
  const cells: Cells = new Set();
  const add = (row: number | null, fields: readonly string[]) => {
    for (const field of fields) if (row !== null && at.has(field)) cells.add(cellKey(row - 1, at.get(field)!));
  };
  for (const anomaly of report.anomalies) {
    add(anomaly.row, anomaly.fields);
    for (const example of anomaly.examples) add(example.row, anomaly.fields);
  }
  if (report.error !== null) return { cells, unasserted: [report.error.what] };
  const unasserted = report.checks
    .filter((c) => c.status === "unasserted")
    .map((c) => `${c.uid}: ${c.error?.what ?? ""} ${c.error?.why ?? ""}`);
  return { cells, unasserted };
};

const differing = (dirty: Table, clean: Table): Cells => {
  const cells: Cells = new Set();
  dirty.rows.forEach((row, r) => row.forEach((value, c) => value !== clean.rows[r]?.[c] && cells.add(cellKey(r, c))));
  return cells;
};

const scored = (onDirty: Cells, onClean: Cells, truth: Cells, cleanCells: number): Score => ({
  predicted: onDirty.size,
  right: [...onDirty].filter((cell) => truth.has(cell)).length,
  wrong: truth.size,
  falseAlarms: onClean.size,
  cleanCells,
});

const sum = (scores: readonly Score[]): Score =>
  scores.reduce((a, b) => ({
    predicted: a.predicted + b.predicted,
    right: a.right + b.right,
    wrong: a.wrong + b.wrong,
    falseAlarms: a.falseAlarms + b.falseAlarms,
    cleanCells: a.cleanCells + b.cleanCells,
  }));

const figures = ({ predicted, right, wrong, falseAlarms, cleanCells }: Score): string[] => {
  const precision = predicted === 0 ? null : right / predicted;
  const recall = wrong === 0 ? null : right / wrong;
  const f1 = precision === null || recall === null || precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  const shown = (x: number | null) => (x === null ? "–" : x.toFixed(3));
  return [shown(precision), shown(recall), f1.toFixed(3), String(wrong), String(predicted), ((1000 * falseAlarms) / cleanCells).toFixed(2)];
};

// ── Two simple detectors ────────────────────────────────────────────────────────────────────────────────────────

const columnsOf = ({ names, rows }: Table) => names.map((_, c) => rows.map((row) => row[c] ?? ""));

const byZScore = (table: Table): Cells => {
  const cells: Cells = new Set();
  columnsOf(table).forEach((values, c) => {
    const numbers = values.map((v) => (v.trim() === "" ? NaN : Number(v)));
    const known = numbers.filter(Number.isFinite);
    if (known.length < values.length / 2) return;
    const mean = known.reduce((a, b) => a + b, 0) / known.length;
    const deviation = Math.sqrt(known.reduce((a, b) => a + (b - mean) ** 2, 0) / known.length);
    numbers.forEach((x, r) => Math.abs(x - mean) > 3 * deviation && cells.add(cellKey(r, c)));
  });
  return cells;
};

const byEditDistance = (table: Table): Cells => {
  const cells: Cells = new Set();
  columnsOf(table).forEach((values, c) => {
    const counts = new Map<string, number>();
    for (const v of values) counts.set(v, (counts.get(v) ?? 0) + 1);
    const frequent = [...counts].filter(([, n]) => n >= 5).map(([v]) => v);
    values.forEach((v, r) => counts.get(v) === 1 && frequent.some((f) => edits(v, f, 2) !== null) && cells.add(cellKey(r, c)));
  });
  return cells;
};

/** Rows up to which the simple detectors are run: the second takes quadratic time. */
const SIMPLE_ROWS_MAX = 20_000;

const SIMPLE = [
  { name: "z-score > 3", detect: byZScore },
  { name: "edit distance", detect: byEditDistance },
];

// ── The benchmark ───────────────────────────────────────────────────────────────────────────────────────────────

/** Kind of injected error, from a folder name like `source_typo-table`; other tables are a family of their own. */
const familyOf = (table: string) => /^[a-z]+_([a-z]+)-/.exec(table)?.[1] ?? table;

type Measured = { table: string; family: string; engine: Score; simple: Score[]; seconds: number; unasserted: string[] };

const measure = async (folder: string, table: string, level: Level | undefined): Promise<Measured> => {
  const paths = { dirty: join(folder, table, "dirty.csv"), clean: join(folder, table, "clean.csv") };
  const [dirty, clean] = [await readTable(paths.dirty), await readTable(paths.clean)];
  const truth = differing(dirty, clean);
  const cleanCells = clean.rows.length * clean.names.length;
  const started = performance.now();
  const [onDirty, onClean] = [namedCells(await checkFile(paths.dirty, level)), namedCells(await checkFile(paths.clean, level))];
  return {
    table,
    family: familyOf(table),
    engine: scored(onDirty.cells, onClean.cells, truth, cleanCells),
    simple: dirty.rows.length > SIMPLE_ROWS_MAX ? [] : SIMPLE.map(({ detect }) => scored(detect(dirty), detect(clean), truth, cleanCells)),
    seconds: (performance.now() - started) / 1000,
    unasserted: [...onDirty.unasserted, ...onClean.unasserted],
  };
};

const HEAD = ["precision", "recall", "F1", "wrong", "named", "false/1000"];
const line = (name: string, columns: readonly string[]) => `${name.slice(0, 46).padEnd(47)}${columns.map((c) => c.padStart(11)).join("")}`;
const print = (text: string) => void process.stdout.write(`${text}\n`);

const printTotals = (measured: readonly Measured[]) => {
  print(`\n${line("family", HEAD)}`);
  for (const [family, members] of Map.groupBy(measured, (m) => m.family)) {
    print(line(family, figures(sum(members.map((m) => m.engine)))));
    const compared = members.filter((m) => m.simple.length > 0);
    if (compared.length > 0)
      SIMPLE.forEach(({ name }, i) => print(line(`   ${name} alone`, figures(sum(compared.map((m) => m.simple[i]!))))));
  }
  const all = sum(measured.map((m) => m.engine));
  print(line("all", figures(all)));
  print(`\n${all.falseAlarms} false alarms on ${all.cleanCells} clean cells`);
};

const [argument, levelArgument] = process.argv.slice(2).filter((a) => a !== "--");
const folder = resolve(argument ?? "");
const tables =
  argument !== undefined && existsSync(folder) ? readdirSync(folder).filter((t) => existsSync(join(folder, t, "clean.csv"))) : [];
if (tables.length === 0) {
  print(
    argument === undefined
      ? "usage: npm run bench:accuracy -- FOLDER [LEVEL]"
      : `${folder} holds no tables: one folder each, with dirty.csv and clean.csv, is expected`,
  );
  process.exitCode = 2;
} else {
  print(line("table", [...HEAD, "s"]));
  const measured: Measured[] = [];
  for (const table of tables) {
    const m = await measure(folder, table, levelArgument === undefined ? undefined : (Number(levelArgument) as Level));
    measured.push(m);
    print(line(table, [...figures(m.engine), m.seconds.toFixed(1)]));
    for (const what of m.unasserted.slice(0, 5)) print(`    not run: ${what}`);
  }
  printTotals(measured);
}
