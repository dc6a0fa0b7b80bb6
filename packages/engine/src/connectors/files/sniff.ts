/**
 * The shape of a delimited text file, guessed from its head: delimiter, quoting, what stands above the rows, names, and
 * a first guess of each column's kind. The guesses are simple on purpose, so that a person can predict them (docs/sources.md).
 */
import { userError } from "@touchstone/core/errors";
import { binaryKind, decodeHead, encodingOf, headOf } from "./bytes.ts";
import type { Compression, Encoding } from "./bytes.ts";
import { guessOf, kindOf, merge } from "./kinds.ts";
import type { Guess } from "./kinds.ts";
import { isBlank, lineAfter, readRecord } from "./records.ts";
import type { CsvDialect, CsvRecord } from "./records.ts";

export type CsvShape = CsvDialect & {
  encoding: Encoding;
  /** Records (blank lines count, quoted line ends do not) before the first row. */
  skip: number;
  names: string[];
  guesses: Guess[];
  /** Columns most of whose values have spaces around them, as after a delimiter or in columns of fixed width: these spaces are no part of the values. */
  padded: boolean[];
  /** Whether the engine's own reader may try; it is not given what it is known to misread. */
  plain: boolean;
  notes: string[];
};

const HEAD_BYTES = 512 * 1024;
const DELIMITERS = [",", "\t", ";", "|"];
const RECORDS_SAMPLED = 5_000;

type Sample = { dialect: CsvDialect; records: CsvRecord[]; width: number; share: number; untidy: number };

const LINES_TRIED = 20;

/** Whether the lines after `start` look like records of their own, so that a quote before them was a stray one and no long cell. */
const recordsFollow = (text: string, start: number, dialect: CsvDialect, width: number): boolean => {
  let at = lineAfter(text, start);
  let fitting = 0;
  for (let line = 0; line < LINES_TRIED && at < text.length; line++) {
    if (readRecord(text, at, dialect, null, false)?.fields.length === width) fitting++;
    at = lineAfter(text, at);
  }
  return width > 1 && fitting * 2 >= LINES_TRIED;
};

const readAll = (text: string, dialect: CsvDialect, isWhole: boolean): CsvRecord[] => {
  const records: CsvRecord[] = [];
  for (let at = 0; at < text.length && records.length < RECORDS_SAMPLED;) {
    const record = readRecord(text, at, dialect, null, isWhole);
    if (record !== null && (record.tidy || record.oneLine)) {
      records.push(record);
      at = record.next;
    } else if (record !== null || recordsFollow(text, at, dialect, records[0]?.fields.length ?? 1)) {
      at = lineAfter(text, at);
    } else break;
  }
  return records;
};

const commonest = (values: readonly number[]): number => {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] || (entry[1] === best[1] && entry[0] > best[0]) ? entry : best), [
    1, 0,
  ] as [number, number])[0];
};

const sampleWith = (text: string, dialect: CsvDialect, isWhole: boolean): Sample => {
  const records = readAll(text, dialect, isWhole);
  const rows = records.filter((record) => !isBlank(record));
  const width = commonest(rows.map((record) => record.fields.length));
  const fitting = rows.filter((record) => record.fields.length === width).length;
  return {
    dialect,
    records,
    width,
    share: rows.length === 0 ? 0 : fitting / rows.length,
    untidy: rows.filter((record) => !record.tidy).length,
  };
};

/** More than one column beats one; then the share of records of one width, then a first line of that width, then the wider. */
const score = (sample: Sample): number => {
  if (sample.width === 1) return 0;
  const first = sample.records.find((record) => !isBlank(record));
  return 1 + sample.share + (first?.fields.length === sample.width ? 0.5 : 0) + Math.min(sample.width, 10_000) * 1e-6;
};

/** Below this share of equal width the delimiter is a character of the text, not of the format. */
const SHARE_MIN = 0.3;

const bestSample = (text: string, isWhole: boolean, delimiters: readonly string[]): Sample => {
  const samples = delimiters.map((delimiter) => sampleWith(text, { delimiter, quote: '"', escape: '"' }, isWhole));
  const best = samples.filter((sample) => sample.share >= SHARE_MIN).reduce((a, b) => (score(b) > score(a) ? b : a), samples[0]!);
  if (best.untidy === 0 || !text.includes('\\"')) return best;
  const escaped = sampleWith(text, { ...best.dialect, escape: "\\" }, isWhole);
  return escaped.untidy < best.untidy ? escaped : best;
};

const YEAR = /^(1[89]|20|21)[0-9]{2}$/;

/** Whether a cell of the first record is a year that names a column of something else: `country,2019,2020`. */
const isYearName = (cell: string, below: readonly CsvRecord[], column: number): boolean =>
  YEAR.test(cell) && !below.every(({ fields }) => fields[column] === "" || YEAR.test(fields[column] ?? ""));

/** Whether the first record is a row like those below it: some of its cells are typed as their columns are, and none differs. */
const looksLikeRow = (first: readonly string[], rows: readonly CsvRecord[], guesses: readonly Guess[]): boolean => {
  if (rows.length === 0)
    return first.some((cell) => cell !== "") && first.every((cell) => cell === "" || !["String", "Boolean"].includes(kindOf(cell)));
  let same = 0;
  for (const [i, cell] of first.entries()) {
    const guess = guesses[i] ?? null;
    if (cell === "" || guess === null || guess === "String" || isYearName(cell, rows, i)) continue;
    const kind = kindOf(cell);
    if (kind === "String") return false;
    if (kind === guess || (["Integral", "Fractional", "NotFinite"].includes(kind) && ["Integral", "Fractional"].includes(guess))) same++;
  }
  return same > 0;
};

/** Names made unique without regard to case (as the engine compares them); notes say what was changed. */
export const uniqueNames = (written: readonly string[]): { names: string[]; notes: string[] } => {
  // No engine takes a name with a NUL in it.
  const given = written.map((name) => name.replaceAll("\0", ""));
  const taken = new Set<string>();
  const counts = { empty: 0, duplicate: 0 };
  const own = new Set(given.map((name) => name.trim().toLowerCase()));
  const names = given.map((raw, i) => {
    const name = raw.trim() === "" ? `column${i + 1}` : raw.trim();
    if (raw.trim() === "") counts.empty++;
    let unique = name;
    for (let n = 1; taken.has(unique.toLowerCase()) || (unique !== raw.trim() && own.has(unique.toLowerCase())); n++)
      unique = `${name}_${n}`;
    if (unique !== name) counts.duplicate++;
    taken.add(unique.toLowerCase());
    return unique;
  });
  const notes = [
    ...(counts.empty > 0 ? [`${counts.empty} columns without a name are called column1, column2 … by their place`] : []),
    ...(counts.duplicate > 0
      ? [`${counts.duplicate} names that occur more than once (without regard to case) got a number: name_1, name_2 …`]
      : []),
  ];
  return { names, notes };
};

/** The header's names brought to the width of the rows. */
const fitted = (header: readonly string[], width: number, rows: readonly CsvRecord[]): { names: string[]; notes: string[] } => {
  if (header.length === width) return { names: [...header], notes: [] };
  if (header.length > width)
    return {
      names: header.slice(0, width),
      notes: [`the header names ${header.length} columns, the rows have ${width}: the last names are not used`],
    };
  const missing = Array.from({ length: width - header.length }, () => "");
  const lastIsEmpty = rows.every((row) => row.fields.slice(header.length).every((cell) => cell === ""));
  if (lastIsEmpty || missing.length > 1) return { names: [...header, ...missing], notes: [] };
  return {
    names: [...missing, ...header],
    notes: ["the header has one name less than the rows have cells: the first column is taken to be without a name"],
  };
};

/** Lines above the header: those before the first record that is as wide as the rows, or nearly. */
const preambleLength = (records: readonly CsvRecord[], width: number): number => {
  const first = records.findIndex((record) => !isBlank(record));
  if (first < 0 || width === 1) return Math.max(0, first);
  const widthOf = (i: number): number => records[i]?.fields.length ?? 0;
  if (widthOf(first) >= width - 1 && widthOf(first) > 1) return first;
  const wide = records.findIndex((record) => record.fields.length === width);
  return wide < 0 ? first : wide;
};

/** The share of padded values from which on the padding belongs to the format. */
const PADDED_MIN = 0.5;

const isPadded = (values: readonly string[]): boolean => {
  const filled = values.filter((value) => value.trim() !== "");
  return filled.length > 0 && filled.filter((value) => value !== value.trim()).length > PADDED_MIN * filled.length;
};

/** The rows' cells by column, without padding, with what is to be said of each column. */
const columnsOf = (rows: readonly CsvRecord[], width: number): { padded: boolean[]; cells: string[][] } => {
  const raw = Array.from({ length: width }, (_, i) => rows.map((row) => row.fields[i] ?? ""));
  const padded = raw.map(isPadded);
  return { padded, cells: raw.map((values, i) => (padded[i] ? values.map((value) => value.trim()) : values)) };
};

const notesOf = (encoding: Encoding, titles: number, padded: readonly boolean[]): string[] => {
  const paddedCount = padded.filter(Boolean).length;
  return [
    ...(titles > 0 ? [`${titles} lines above the header were skipped`] : []),
    ...(paddedCount > 0 ? [`spaces around the values of ${paddedCount} columns are taken as padding`] : []),
    ...(encoding === "utf-8" ? [] : [`the file is read as ${encoding}`]),
  ];
};

const NO_HEADER = "no header was found: the first line looks like the others";

const shapeOf = (sample: Sample, encoding: Encoding): CsvShape => {
  const { records, width, dialect } = sample;
  const above = preambleLength(records, width);
  const top = records[above];
  const below = records.slice(above + 1).filter((record) => record.fields.length === width && (width === 1 || !isBlank(record)));
  const { padded, cells } = columnsOf(below, width);
  const first = top?.fields.map((cell) => cell.trim()) ?? [];
  const guesses = cells.map(guessOf);
  const headless = top === undefined || (first.length === width && looksLikeRow(first, below, guesses));
  const header = headless ? { names: Array.from({ length: width }, () => ""), notes: [NO_HEADER] } : fitted(first, width, below);
  const named = uniqueNames(header.names);
  const titles = records.slice(0, above).filter((record) => !isBlank(record)).length;
  return {
    ...dialect,
    encoding,
    skip: headless ? above : above + 1,
    names: named.names,
    guesses: headless ? guesses.map((guess, i) => merge(guess, guessOf([first[i] ?? ""]))) : guesses,
    padded,
    plain: encoding === "utf-8" && records.slice(0, above + 1).every((record) => record.tidy),
    notes: [...header.notes, ...(headless ? [] : named.notes), ...notesOf(encoding, titles, padded)],
  };
};

/** Guesses the shape of a delimited text file. Throws SOURCE_EMPTY, SOURCE_UNREADABLE. */
export const sniff = async (path: string, compression: Compression, ending: string): Promise<CsvShape> => {
  const { bytes, isWhole } = await headOf(path, compression, HEAD_BYTES);
  const encoding = encodingOf(bytes, isWhole);
  const binary = encoding.startsWith("utf-16") ? null : binaryKind(bytes);
  if (binary !== null) throw userError("SOURCE_UNREADABLE", path, `it is ${binary}`);
  const text = decodeHead(bytes, encoding);
  if (text.trim() === "") throw userError("SOURCE_EMPTY", path);
  const delimiters = ending === "tsv" ? ["\t", ...DELIMITERS.filter((delimiter) => delimiter !== "\t")] : DELIMITERS;
  return shapeOf(bestSample(text, isWhole, delimiters), encoding);
};
