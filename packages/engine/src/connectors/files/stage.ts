/**
 * Staging: text formats are parsed once into a typed table of the engine, so that every later pass is cheap and the row
 * number is the order of the records. Types are proposed by the head of the files and proved on all values while they
 * are loaded; a column whose proposal fails is loaded again as something wider.
 */
import { UserError } from "@touchstone/core/errors";
import type { ErrorCode } from "@touchstone/core/errors";
import type { Session } from "../connector.ts";
import { NATIVE, misfitSql, typedSql, widerKinds } from "./kinds.ts";
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

/** A file that could not be read to its end, when others could. */
export type FailedPiece = { partition: string; thrown: unknown };

export type StagedTable = { columns: StageColumn[]; records: number; pieces: number; failed: FailedPiece[] };

type StageOptions = { session: Session; table: string; zone: string; signal?: AbortSignal | undefined };

/** Failures that no other way of reading can mend. */
const FATAL: readonly ErrorCode[] = ["ABORTED", "ENGINE_DIED", "OUT_OF_MEMORY", "DISK_FULL"];
const isFatal = (thrown: unknown): boolean => thrown instanceof UserError && FATAL.includes(thrown.info.code);

export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const isTyped = (column: StageColumn): column is StageColumn & { kind: Exclude<Kind, "String"> } =>
  column.element === null && column.kind !== "String";
const nativeOf = (column: StageColumn): string => (column.element === null ? NATIVE[column.kind] : `${NATIVE[column.element]}[]`);

/** From here on a table is so wide that the number of terms in a statement matters more than the cost of each. */
const WIDE_COLUMNS = 300;

const HELPERS = `"first" BIGINT, "partition" VARCHAR, "record" BIGINT`;

const createTable = (table: string, columns: readonly StageColumn[]): string =>
  `CREATE OR REPLACE TABLE ${table} (${[
    ...columns.map((column, i) => `c${i} ${nativeOf(column)}`),
    ...columns.flatMap((column, i) => (isTyped(column) ? [`m${i} BOOLEAN`] : [])),
    HELPERS,
  ].join(", ")})`;

const valueSql = (column: StageColumn, x: string, zone: string): string =>
  column.element === null ? typedSql(column.kind, x, zone) : `TRY_CAST(CAST(${x} AS JSON) AS ${nativeOf(column)})`;

const insertSql = (table: string, columns: readonly StageColumn[], piece: Piece, first: number, zone: string): string =>
  `INSERT INTO ${table} SELECT ${[
    ...columns.map((column, i) => valueSql(column, piece.texts[i]!, zone)),
    ...columns.flatMap((column, i) => (isTyped(column) ? [misfitSql(column.kind, piece.texts[i]!, columns.length > WIDE_COLUMNS)] : [])),
    String(first),
    text(piece.partition),
    piece.recordNumber ?? "NULL",
  ].join(", ")} FROM ${piece.from}`;

const insert = async (options: StageOptions, columns: readonly StageColumn[], piece: Piece, first: number): Promise<number> => {
  const [row] = await options.session.query(insertSql(options.table, columns, piece, first, options.zone), { signal: options.signal });
  return Number(row?.["Count"] ?? 0);
};

/** Loads one piece, rewritten if the engine refuses it as it is; answers with the piece as it was loaded. */
const loadPiece = async (
  options: StageOptions,
  columns: readonly StageColumn[],
  piece: Piece,
  first: number,
): Promise<{ piece: Piece; rows: number }> => {
  try {
    return { piece, rows: await insert(options, columns, piece, first) };
  } catch (thrown) {
    if (piece.recover === null || isFatal(thrown)) throw thrown;
    const recovered = await piece.recover(options.signal);
    return { piece: recovered, rows: await insert(options, columns, recovered, first) };
  }
};

type Loaded = { pieces: Piece[]; records: number; failed: FailedPiece[] };

/** Loads all pieces. One that cannot be read is set aside as long as another can. */
const load = async (options: StageOptions, columns: readonly StageColumn[], pieces: readonly Piece[]): Promise<Loaded> => {
  await options.session.run(createTable(options.table, columns), { signal: options.signal });
  const loaded: Loaded = { pieces: [], records: 0, failed: [] };
  for (const each of pieces) {
    try {
      const { piece, rows } = await loadPiece(options, columns, each, loaded.records);
      loaded.pieces.push(piece);
      loaded.records += rows;
    } catch (thrown) {
      if (isFatal(thrown)) throw thrown;
      loaded.failed.push({ partition: each.partition, thrown });
    }
  }
  const [failed] = loaded.failed;
  if (loaded.pieces.length === 0 && failed !== undefined) throw failed.thrown;
  return loaded;
};

/** The columns with those turned into text (for now) that some value did not fit; null when all fit. */
const corrected = async (options: StageOptions, columns: readonly StageColumn[]): Promise<StageColumn[] | null> => {
  const typed = columns.flatMap((column, i) => (isTyped(column) ? [i] : []));
  if (typed.length === 0) return null;
  const [misfits] = await options.session.query(`SELECT ${typed.map((i) => `bool_or(m${i}) AS m${i}`).join(", ")} FROM ${options.table}`, {
    signal: options.signal,
  });
  if (typed.every((i) => misfits?.[`m${i}`] !== true)) return null;
  return columns.map((column, i) =>
    misfits?.[`m${i}`] === true ? { ...column, kind: "String", mayBecome: widerKinds(column.kind) } : column,
  );
};

/** Columns looked at by one query: planning time grows with the square of their number. */
const NARROWED_AT_ONCE = 50;

/** For each column of text the first of its kinds that all its values fit; null when none does, or it has no value. */
const narrowerKinds = async (
  options: StageOptions,
  columns: readonly StageColumn[],
  indexes: readonly number[],
): Promise<Map<number, Kind>> => {
  const counted = indexes.flatMap((i) => [
    `count(c${i}) AS n${i}`,
    ...columns[i]!.mayBecome.map((kind) => `count_if(${misfitSql(kind, `c${i}`)}) AS n${i}_${kind}`),
  ]);
  const [counts] = await options.session.query(`SELECT ${counted.join(", ")} FROM ${options.table}`, { signal: options.signal });
  const found = new Map<number, Kind>();
  for (const i of indexes) {
    const kind = columns[i]!.mayBecome.find((each) => Number(counts?.[`n${i}_${each}`]) === 0);
    if (kind !== undefined && Number(counts?.[`n${i}`]) > 0) found.set(i, kind);
  }
  return found;
};

/** Gives columns of text their kind where all values agree on one. */
const narrow = async (options: StageOptions, columns: readonly StageColumn[]): Promise<StageColumn[]> => {
  const open = columns.flatMap((column, i) =>
    column.kind === "String" && column.element === null && column.mayBecome.length > 0 ? [i] : [],
  );
  const result = [...columns];
  for (let from = 0; from < open.length; from += NARROWED_AT_ONCE) {
    for (const [i, kind] of await narrowerKinds(options, columns, open.slice(from, from + NARROWED_AT_ONCE))) {
      result[i] = { ...columns[i]!, kind };
      const sql = `ALTER TABLE ${options.table} ALTER COLUMN c${i} TYPE ${NATIVE[kind]} USING ${typedSql(kind, `c${i}`, options.zone)}`;
      await options.session.run(sql, { signal: options.signal });
    }
  }
  return result;
};

/** Loads files into a typed table. Throws what reading failed with when no file could be read. */
export const stage = async (options: StageOptions, proposed: readonly StageColumn[], pieces: readonly Piece[]): Promise<StagedTable> => {
  const first = await load(options, proposed, pieces);
  const better = await corrected(options, proposed);
  // Once is enough: what did not fit is text now, and the rest has been proved.
  const again = better === null ? first : await load(options, better, first.pieces);
  const columns = await narrow(options, better ?? proposed);
  return {
    columns,
    records: again.records,
    pieces: again.pieces.length,
    failed: [...first.failed, ...(better === null ? [] : again.failed)],
  };
};
