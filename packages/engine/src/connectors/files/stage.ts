/**
 * Staging: text formats are parsed once into a typed table of the engine, so that every later pass is cheap and the row
 * number is the order of the records. Types are proposed by the head of the files and proved on all values while they
 * are loaded; a column whose proposal fails is loaded again as something wider.
 */
import { UserError } from "@touchstone/core/errors";
import type { ErrorCode } from "@touchstone/core/errors";
import type { Session } from "../connector.ts";
import { NATIVE, misfitSql, typedSql, widened } from "./kinds.ts";
import type { Kind } from "./kinds.ts";

export type StageColumn = {
  name: string;
  kind: Kind;
  /** Element kind of a list that is given as JSON text, else null. */
  element: Kind | null;
  /** Kinds to try once all values are there, when the head could not tell; narrowest first. */
  mayBecome: readonly Exclude<Kind, "String">[];
};

/** One file on its way into the table. */
export type Piece = {
  partition: string;
  /** What stands after FROM; yields the texts. */
  from: string;
  /** SQL of each column's text, in the order of the columns. */
  texts: readonly string[];
  /** SQL of the record's number where it is not simply the place in the file. */
  recordNumber: string | null;
  /** Rewrites a file that the engine refused; throws when that cannot be done. */
  recover: ((signal: AbortSignal | undefined) => Promise<Piece>) | null;
};

export type StagedTable = { columns: StageColumn[]; records: number; pieces: number };

type StageOptions = { session: Session; table: string; zone: string; signal?: AbortSignal | undefined };

/** Failures that no other way of reading can mend. */
const FATAL: readonly ErrorCode[] = ["ABORTED", "ENGINE_DIED", "OUT_OF_MEMORY", "DISK_FULL"];
const isFatal = (thrown: unknown): boolean => thrown instanceof UserError && FATAL.includes(thrown.info.code);

export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const isTyped = (column: StageColumn): column is StageColumn & { kind: Exclude<Kind, "String"> } =>
  column.element === null && column.kind !== "String";
const nativeOf = (column: StageColumn): string => (column.element === null ? NATIVE[column.kind] : `${NATIVE[column.element]}[]`);

const HELPERS = `"first" BIGINT, "partition" VARCHAR, "record" BIGINT`;

const createTable = (table: string, columns: readonly StageColumn[]): string =>
  `CREATE OR REPLACE TABLE ${table} (${[
    ...columns.map((column, i) => `c${i} ${nativeOf(column)}`),
    ...columns.flatMap((column, i) => (isTyped(column) ? [`m${i} TINYINT`] : [])),
    HELPERS,
  ].join(", ")})`;

const valueSql = (column: StageColumn, x: string, zone: string): string =>
  column.element === null ? typedSql(column.kind, x, zone) : `TRY_CAST(CAST(${x} AS JSON) AS ${nativeOf(column)})`;

const insertSql = (table: string, columns: readonly StageColumn[], piece: Piece, first: number, zone: string): string =>
  `INSERT INTO ${table} SELECT ${[
    ...columns.map((column, i) => valueSql(column, piece.texts[i]!, zone)),
    ...columns.flatMap((column, i) => (isTyped(column) ? [misfitSql(column.kind, piece.texts[i]!)] : [])),
    String(first),
    text(piece.partition),
    piece.recordNumber ?? "NULL",
  ].join(", ")} FROM ${piece.from}`;

const insert = async (options: StageOptions, columns: readonly StageColumn[], piece: Piece, first: number): Promise<number> => {
  const [row] = await options.session.query(insertSql(options.table, columns, piece, first, options.zone), { signal: options.signal });
  return Number(row?.["Count"] ?? 0);
};

/** Loads all pieces; those that had to be rewritten stay so for a second loading. */
const load = async (options: StageOptions, columns: readonly StageColumn[], pieces: Piece[]): Promise<number> => {
  await options.session.run(createTable(options.table, columns), { signal: options.signal });
  let records = 0;
  for (const [i, piece] of pieces.entries()) {
    try {
      records += await insert(options, columns, piece, records);
    } catch (thrown) {
      if (piece.recover === null || isFatal(thrown)) throw thrown;
      const recovered = await piece.recover(options.signal);
      pieces[i] = recovered;
      records += await insert(options, columns, recovered, records);
    }
  }
  return records;
};

/** The columns with those kinds widened that some value did not fit; null when all fit. */
const corrected = async (options: StageOptions, columns: readonly StageColumn[]): Promise<StageColumn[] | null> => {
  const typed = columns.flatMap((column, i) => (isTyped(column) ? [i] : []));
  if (typed.length === 0) return null;
  const [worst] = await options.session.query(`SELECT ${typed.map((i) => `max(m${i}) AS m${i}`).join(", ")} FROM ${options.table}`, {
    signal: options.signal,
  });
  if (typed.every((i) => worst?.[`m${i}`] === null)) return null;
  return columns.map((column, i) => {
    const misfit = worst?.[`m${i}`];
    return typeof misfit === "number" ? { ...column, kind: widened(column.kind, misfit) } : column;
  });
};

/** Which of the kinds to try fits all values of a column of text; null when none does, or there is no value. */
const narrowedKind = (column: StageColumn, i: number, counts: Record<string, unknown>): Kind | null =>
  Number(counts[`n${i}`]) === 0 ? null : (column.mayBecome.find((kind) => Number(counts[`n${i}_${kind}`]) === 0) ?? null);

/** Gives columns of text their kind where all values agree on one. */
const narrow = async (options: StageOptions, columns: readonly StageColumn[]): Promise<StageColumn[]> => {
  const open = columns.flatMap((column, i) =>
    column.kind === "String" && column.element === null && column.mayBecome.length > 0 ? [i] : [],
  );
  if (open.length === 0) return [...columns];
  const counted = open.flatMap((i) => [
    `count(c${i}) AS n${i}`,
    ...columns[i]!.mayBecome.map((kind) => `count(${misfitSql(kind, `c${i}`)}) AS n${i}_${kind}`),
  ]);
  const [counts] = await options.session.query(`SELECT ${counted.join(", ")} FROM ${options.table}`, { signal: options.signal });
  const result = [...columns];
  for (const i of open) {
    const kind = narrowedKind(columns[i]!, i, counts ?? {});
    if (kind === null) continue;
    result[i] = { ...columns[i]!, kind };
    await options.session.run(
      `ALTER TABLE ${options.table} ALTER COLUMN c${i} TYPE ${NATIVE[kind]} USING ${typedSql(kind, `c${i}`, options.zone)}`,
    );
  }
  return result;
};

/** More corrections cannot happen: a kind is widened at most twice. */
const LOADS_MAX = 3;

/** Loads files into a typed table. `pieces` are replaced by what they were rewritten to. Throws what reading failed with. */
export const stage = async (options: StageOptions, proposed: readonly StageColumn[], pieces: Piece[]): Promise<StagedTable> => {
  let columns = [...proposed];
  for (let attempt = 1; ; attempt++) {
    const records = await load(options, columns, pieces);
    const better = await corrected(options, columns);
    if (better === null) return { columns: await narrow(options, columns), records, pieces: pieces.length };
    columns =
      attempt < LOADS_MAX - 1 ? better : better.map((column, i) => (column === columns[i] ? column : { ...column, kind: "String" }));
  }
};
