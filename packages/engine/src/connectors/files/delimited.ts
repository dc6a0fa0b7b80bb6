/** Delimited text files as pieces to stage. */
import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { RejectedLine } from "../connector.ts";
import { NARROWEST_FIRST, merge, settled } from "./kinds.ts";
import type { SourceFile } from "./locate.ts";
import { REJECTED_EXAMPLES_MAX, repair } from "./repair.ts";
import { sniff } from "./sniff.ts";
import type { CsvShape } from "./sniff.ts";
import type { Piece, StageColumn } from "./stage.ts";
import { text } from "./stage.ts";

export type DelimitedMember = { file: SourceFile; fieldNames: readonly string[]; shape: CsvShape };

/** What reading a container's files brought to light besides rows. */
export type Findings = { rejected: { count: number; examples: RejectedLine[] }; notes: Set<string>; temporary: string[] };

export const noFindings = (): Findings => ({ rejected: { count: 0, examples: [] }, notes: new Set(), temporary: [] });

export const addRejected = (findings: Findings, more: { count: number; examples: readonly RejectedLine[] }): void => {
  findings.rejected.count += more.count;
  findings.rejected.examples.push(...more.examples.slice(0, Math.max(0, REJECTED_EXAMPLES_MAX - findings.rejected.examples.length)));
};

/** Removes the files that reading had to write. */
export const removeTemporary = (findings: Findings): void => {
  for (const path of findings.temporary.splice(0)) rmSync(path, { force: true });
};

/** Looks at a file's head. Throws SOURCE_EMPTY, SOURCE_UNREADABLE. */
export const inspectDelimited = async (file: SourceFile): Promise<DelimitedMember> => {
  const shape = await sniff(file.path, file.compression, file.ending);
  return { file, fieldNames: shape.names, shape };
};

/** Columns of a container: the first file's names, and kinds that suit all heads. */
export const delimitedColumns = (members: readonly DelimitedMember[]): StageColumn[] =>
  members[0]!.shape.names.map((name) => {
    const guess = members.map(({ shape }) => shape.guesses[shape.names.indexOf(name)] ?? null).reduce(merge, null);
    return { name, kind: settled(guess), element: null, mayBecome: guess === null ? NARROWEST_FIRST : [] };
  });

/** What the engine takes without being asked; a longer line comes by way of `repair`, which knows how long. */
const LINE_BYTES_DEFAULT = 2_000_000;

type ReadOptions = {
  path: string;
  columns: number;
  skip: number;
  shape: Pick<CsvShape, "delimiter" | "quote" | "escape">;
  compression: string;
  lineBytes: number;
};

const readCsv = ({ path, columns, skip, shape, compression, lineBytes }: ReadOptions): string => {
  const types = Array.from({ length: columns }, (_, i) => `'c${i}': 'VARCHAR'`).join(", ");
  const long = lineBytes < LINE_BYTES_DEFAULT ? "" : `, max_line_size = ${lineBytes + 1024}, buffer_size = ${2 * lineBytes + 4096}`;
  return (
    `read_csv(${text(path)}, auto_detect = false, header = false, skip = ${skip}, delim = ${text(shape.delimiter)}, quote = ${text(shape.quote)}, ` +
    `escape = ${text(shape.escape)}, compression = ${text(compression)}, columns = {${types}}${long})`
  );
};

const STANDARD = { delimiter: ",", quote: '"', escape: '"' };

/** SQL of the columns' texts in a file whose first column stands at `offset`. */
const textsOf = ({ shape }: DelimitedMember, columns: readonly StageColumn[], offset: number): string[] =>
  columns.map((column) => {
    const place = shape.names.indexOf(column.name);
    const cell = `c${place + offset}`;
    return shape.padded[place] === true ? `nullif(trim(${cell}), '')` : cell;
  });

const repairedPiece = async (
  member: DelimitedMember,
  columns: readonly StageColumn[],
  findings: Findings,
  tempFolder: string,
  signal: AbortSignal | undefined,
): Promise<Piece> => {
  const { file, shape } = member;
  const target = join(tempFolder, `repaired-${findings.temporary.length}-${basename(file.path).replace(/[^A-Za-z0-9.-]/g, "_")}.csv`);
  findings.temporary.push(target);
  const repaired = await repair({ path: file.path, compression: file.compression, partition: file.shown }, shape, target, signal);
  addRejected(findings, repaired.rejected);
  for (const note of repaired.notes) findings.notes.add(note);
  return {
    partition: file.shown,
    from: readCsv({
      path: target,
      columns: shape.names.length + 1,
      skip: 0,
      shape: STANDARD,
      compression: "none",
      lineBytes: repaired.longestBytes,
    }),
    // The first column is the record's number.
    texts: textsOf(member, columns, 1),
    recordNumber: "CAST(c0 AS BIGINT)",
    recover: null,
  };
};

/** A file as the engine reads it, or, where it is known to fail, as it is after a repair. */
export const delimitedPiece = async (
  member: DelimitedMember,
  columns: readonly StageColumn[],
  findings: Findings,
  tempFolder: string,
  signal: AbortSignal | undefined,
): Promise<Piece> => {
  const { file, shape } = member;
  for (const note of shape.notes) findings.notes.add(note);
  const recover = (during: AbortSignal | undefined): Promise<Piece> => repairedPiece(member, columns, findings, tempFolder, during);
  if (!shape.plain) return recover(signal);
  const from = readCsv({
    path: file.path,
    columns: shape.names.length,
    skip: shape.skip,
    shape,
    compression: file.compression,
    lineBytes: 0,
  });
  return { partition: file.shown, from, texts: textsOf(member, columns, 0), recordNumber: null, recover };
};
