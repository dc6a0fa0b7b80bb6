/**
 * Files that the engine's reader refuses, read here and written again as plain UTF-8 CSV: other encodings, mixed line
 * ends, lines with too many or too few cells, quotes that never close, cells of many megabytes. Lines that cannot be
 * rows are counted and named; every other line becomes a row. The first column written is the number of the record.
 */
import { isAscii, isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError, userError } from "@touchstone/core/errors";
import type { RejectedLine } from "../connector.ts";
import { chunksOf, encodingOfWhole } from "./bytes.ts";
import type { Compression, Encoding } from "./bytes.ts";
import { isBlank, lineAfter, readRecord } from "./records.ts";
import type { CsvRecord } from "./records.ts";
import type { CsvShape } from "./sniff.ts";

export type Repaired = {
  path: string;
  rejected: { count: number; examples: RejectedLine[] };
  /** Length of the longest line written, in bytes at most. */
  longestBytes: number;
  notes: string[];
};

export const REJECTED_EXAMPLES_MAX = 100;
/** A record that has not ended after so much text never will: its quote was a stray one. */
const RECORD_CHARACTERS_MAX = 64 * 1024 * 1024;
const WRITE_CHARACTERS = 1024 * 1024;

/** Text to scan: the characters of UTF-16, the bytes of the others (one character a byte), so that nothing is decoded twice. */
async function* scannable(path: string, compression: Compression, encoding: Encoding): AsyncGenerator<string> {
  if (encoding === "utf-16le" || encoding === "utf-16be") {
    const decoder = new TextDecoder(encoding);
    for await (const chunk of chunksOf(path, compression)) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
    return;
  }
  let first = true;
  for await (const chunk of chunksOf(path, compression)) {
    const text = chunk.toString("latin1");
    yield first && text.startsWith("\u00ef\u00bb\u00bf") ? text.slice(3) : text;
    first = false;
  }
}

const SPECIAL = /[",\r\n]|^\s|\s$/;
const written = (cell: string): string => (SPECIAL.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

const windows1252 = new TextDecoder("windows-1252");

/** The record's bytes as UTF-8, or null where they are none. */
const encoded = (line: string, encoding: Encoding): Buffer | null => {
  if (encoding === "utf-16le" || encoding === "utf-16be") return Buffer.from(line, "utf8");
  const bytes = Buffer.from(line, "latin1");
  if (isAscii(bytes)) return bytes;
  if (encoding === "windows-1252") return Buffer.from(windows1252.decode(bytes), "utf8");
  return isUtf8(bytes) ? bytes : null;
};

type Judged = { cells: string[] } | { reason: string };

/** The cells of a row, or why it is none. Empty cells beyond the last column are ignored, as programs that end each line with a delimiter write them. */
const judged = (record: CsvRecord, width: number): Judged => {
  const { fields } = record;
  if (fields.length === width) return { cells: fields };
  if (fields.length > width && fields.slice(width).every((cell) => cell.trim() === "")) return { cells: fields.slice(0, width) };
  return { reason: `${fields.length} ${fields.length === 1 ? "cell" : "cells"} where ${width} are expected` };
};

type State = {
  shape: CsvShape;
  encoding: Encoding;
  partition: string;
  skipped: number;
  recordNumber: number;
  lineNumber: number;
  out: Buffer[];
  longestBytes: number;
  /** Whether a row had characters beyond ASCII. */
  sawOther: boolean;
  rejected: { count: number; examples: RejectedLine[] };
};

const reject = (state: State, reason: string): void => {
  state.rejected.count++;
  if (state.rejected.examples.length < REJECTED_EXAMPLES_MAX)
    state.rejected.examples.push({ partition: state.partition, line: state.lineNumber, field: null, reason });
};

const accept = (state: State, cells: readonly string[]): void => {
  const bytes = encoded(`${state.recordNumber},${cells.map(written).join(",")}\n`, state.encoding);
  if (bytes === null) return reject(state, "it holds bytes that are no UTF-8 text");
  state.sawOther ||= !isAscii(bytes);
  state.longestBytes = Math.max(state.longestBytes, bytes.length);
  state.out.push(bytes);
};

/** Lines a piece of text spans. */
const linesIn = (text: string, start: number, end: number): number => {
  let lines = 0;
  for (let at = start; at < end; at = lineAfter(text, at)) lines++;
  return lines;
};

/** Takes one record (or the first line of a broken one) and answers where the next begins. */
const take = (state: State, text: string, start: number, record: CsvRecord): number => {
  const width = state.shape.names.length;
  if (state.skipped < state.shape.skip) {
    state.skipped++;
    state.lineNumber += linesIn(text, start, record.next);
    return record.next;
  }
  if (isBlank(record) && width > 1) {
    state.lineNumber++;
    return record.next;
  }
  state.recordNumber++;
  const verdict = judged(record, width);
  if (!record.oneLine && ("reason" in verdict || !record.tidy)) {
    reject(state, "a quote is opened and not closed as it should be");
    state.lineNumber++;
    return lineAfter(text, start);
  }
  if ("reason" in verdict) reject(state, verdict.reason);
  else accept(state, verdict.cells);
  state.lineNumber += record.oneLine ? 1 : linesIn(text, start, record.next);
  return record.next;
};

/** Takes all records that are complete in the text; what is left is the beginning of the next. */
const takeAll = (state: State, text: string, isWhole: boolean): string => {
  let at = 0;
  while (at < text.length) {
    const mustEnd = isWhole || text.length - at > RECORD_CHARACTERS_MAX;
    const record = readRecord(text, at, state.shape, state.shape.names.length, mustEnd);
    if (record === null) break;
    at = take(state, text, at, record);
  }
  return text.slice(at);
};

const flush = async (state: State, file: FileHandle): Promise<void> => {
  const bytes = Buffer.concat(state.out);
  state.out = [];
  if (bytes.length > 0) await file.write(bytes);
};

const rewrite = async (
  path: string,
  compression: Compression,
  state: State,
  file: FileHandle,
  signal: AbortSignal | undefined,
): Promise<void> => {
  let pending = "";
  let waiting: string[] = [];
  let waitingLength = 0;
  for await (const text of scannable(path, compression, state.encoding)) {
    if (signal?.aborted) throw userError("ABORTED");
    waiting.push(text);
    waitingLength += text.length;
    // A record longer than a piece is read again only when the text has doubled: linear in all.
    if (waitingLength < Math.max(WRITE_CHARACTERS / 4, pending.length)) continue;
    pending = takeAll(state, pending + waiting.join(""), false);
    waiting = [];
    waitingLength = 0;
    await flush(state, file);
  }
  takeAll(state, pending + waiting.join(""), true);
  await flush(state, file);
};

const diskFull = (thrown: unknown, target: string): unknown =>
  thrown instanceof Error && "code" in thrown && (thrown.code === "ENOSPC" || thrown.code === "EDQUOT")
    ? new UserError(userError("DISK_FULL", dirname(target)).info, { cause: thrown })
    : thrown;

/** Writes the rows of a file as plain CSV to `target`. Throws SOURCE_UNREADABLE, DISK_FULL, ABORTED. */
export const repair = async (
  source: { path: string; compression: Compression; partition: string },
  shape: CsvShape,
  target: string,
  signal?: AbortSignal,
): Promise<Repaired> => {
  const bytewise = shape.encoding === "utf-8" || shape.encoding === "windows-1252";
  const encoding = bytewise ? await encodingOfWhole(source.path, source.compression) : shape.encoding;
  const state: State = {
    shape,
    encoding,
    partition: source.partition,
    skipped: 0,
    recordNumber: 0,
    lineNumber: 1,
    out: [],
    longestBytes: 0,
    sawOther: false,
    rejected: { count: 0, examples: [] },
  };
  const file = await open(target, "w");
  try {
    await rewrite(source.path, source.compression, state, file, signal);
  } catch (thrown) {
    throw diskFull(thrown, target);
  } finally {
    await file.close();
  }
  // A file of ASCII alone is both: nothing to say about it.
  const notes = encoding === "windows-1252" && shape.encoding === "utf-8" && state.sawOther ? ["the file is read as windows-1252"] : [];
  return { path: target, rejected: state.rejected, longestBytes: state.longestBytes, notes };
};
