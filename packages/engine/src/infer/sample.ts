/**
 * What inference looks at: rows of a container, column by column, each value replaced by a code.
 * Everything in this folder is pure: samples in, candidates out.
 */
import { hash } from "node:crypto";
import type { Field, FieldType } from "@touchstone/core/model/field";
import type { FieldProfile } from "@touchstone/core/model/profile";
import type { Cell } from "@touchstone/core/rules/rule";

export type Column = {
  field: Field;
  profile: FieldProfile | null;
  /** Per row the index into `values`; -1 for NULL. */
  codes: Int32Array;
  /** Values that differ, as canonical text; shared between a sample and its parts. Some may occur outside the sample only. */
  values: readonly string[];
  /** Rows per code in this sample (or part of it). */
  counts: Int32Array;
  /** Rows with a value. */
  known: number;
  /** Number per code: numbers as they are, dates and times in milliseconds since 1970; NaN where there is none. */
  numbers: Float64Array;
  /** Rows per value over the whole container, where it was counted; the sample's own counts otherwise. */
  total: (code: number) => number;
};

export type Sample = {
  container: string;
  /** Start of the operation, ISO 8601 UTC. */
  now: string;
  /** Rows of the container, and of this sample. */
  records: number;
  rows: number;
  /** Whether the sample is the whole container. */
  whole: boolean;
  columns: readonly Column[];
};

const TEMPORAL: readonly FieldType[] = ["Date", "Timestamp"];

/** A value as text, equal for equal values; null for NULL. */
export const textOf = (cell: Cell | undefined): string | null =>
  cell === null || cell === undefined
    ? null
    : typeof cell === "string"
      ? cell
      : typeof cell === "object"
        ? JSON.stringify(cell)
        : String(cell);

const numberOf = (text: string, type: FieldType): number => {
  if (TEMPORAL.includes(type)) return Date.parse(`${text.includes(" ") ? text.replace(" ", "T") : `${text}T00:00:00`}Z`);
  return text.trim() === "" ? NaN : Number(text);
};

const encode = (cells: readonly (Cell | undefined)[]) => {
  const index = new Map<string, number>();
  const values: string[] = [];
  const codeOf = (text: string): number => {
    let code = index.get(text);
    if (code === undefined) index.set(text, (code = values.push(text) - 1));
    return code;
  };
  // Numbers met before are found as they are: writing them is slow.
  const numbers = new Map<number, number>();
  const codeOfNumber = (number: number): number => {
    let code = numbers.get(number);
    if (code === undefined) numbers.set(number, (code = codeOf(String(number))));
    return code;
  };
  const codes = new Int32Array(cells.length);
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row];
    const text = typeof cell === "number" ? null : textOf(cell);
    codes[row] = typeof cell === "number" ? codeOfNumber(cell) : text === null ? -1 : codeOf(text);
  }
  return { codes, values };
};

const tally = (codes: Int32Array, values: number) => {
  const counts = new Int32Array(values);
  for (const code of codes) if (code >= 0) counts[code]!++;
  return counts;
};

/** Column of a sample from the cells of its rows. `totals` are counts over the whole container, by text. */
export const column = (
  field: Field,
  profile: FieldProfile | null,
  cells: readonly (Cell | undefined)[],
  totals: ReadonlyMap<string, number> | null = null,
): Column => {
  const { codes, values } = encode(cells);
  if (totals !== null) {
    const seen = new Set(values);
    for (const text of totals.keys()) if (!seen.has(text)) values.push(text);
  }
  const counts = tally(codes, values.length);
  return {
    field,
    profile,
    codes,
    values,
    counts,
    known: counts.reduce((a, b) => a + b, 0),
    numbers: Float64Array.from(values, (text) => numberOf(text, field.field_type)),
    total: (code) => totals?.get(values[code]!) ?? counts[code]!,
  };
};

/** The rows for which `keep` is true, with the same codes. */
export const part = (sample: Sample, keep: (row: number) => boolean): Sample => {
  const rows: number[] = [];
  for (let row = 0; row < sample.rows; row++) if (keep(row)) rows.push(row);
  const columns = sample.columns.map((c) => {
    const codes = new Int32Array(rows.length);
    for (let i = 0; i < rows.length; i++) codes[i] = c.codes[rows[i]!]!;
    const counts = tally(codes, c.values.length);
    return { ...c, codes, counts, known: counts.reduce((a, b) => a + b, 0), total: (code: number) => counts[code]! };
  });
  return { ...sample, rows: rows.length, records: sample.whole ? rows.length : sample.records, columns, whole: false };
};

/** Answers so far: they depend on nothing but the number of the row. */
let heldOut = new Uint8Array(0);

/** 1 for the one row in three that is held out, chosen by the MD5 of its number: the same rows in every run, in no pattern of the data. */
export const heldOutRows = (rows: number): Uint8Array => {
  if (heldOut.length < rows)
    heldOut = Uint8Array.from({ length: rows }, (_, row) => (parseInt(hash("md5", `held out ${row}`).slice(0, 2), 16) % 3 === 0 ? 1 : 0));
  return heldOut.subarray(0, rows);
};

const sorted = new WeakMap<readonly string[], Int32Array>();

/** Codes in the order of their texts: sorted once for a sample and all its parts, for text is slow to compare. */
const byText = (values: readonly string[]): Int32Array => {
  const known = sorted.get(values);
  if (known !== undefined) return known;
  const codes = Int32Array.from(values, (_, code) => code).sort((a, b) => (values[a]! < values[b]! ? -1 : 1));
  sorted.set(values, codes);
  return codes;
};

/** Codes of values that stand on any rows, the most frequent first, ties by text so that the order is the same in every run. */
const inOrder = (values: readonly string[], counts: ArrayLike<number>): number[] => {
  const texts = byText(values);
  let most = 0;
  for (let code = 0; code < values.length; code++) most = Math.max(most, counts[code]!);
  // Count and place as one number, which sorts without a call per comparison: their product is exact below 2^53.
  const keys = new Float64Array(values.length);
  let found = 0;
  texts.forEach((code, place) => {
    if (counts[code]! > 0) keys[found++] = (most - counts[code]!) * texts.length + place;
  });
  return Array.from(keys.subarray(0, found).sort(), (key) => texts[key % texts.length]!);
};

const ordered = new WeakMap<Column, number[]>();

/** Codes that occur in the sample, the most frequent first. */
export const byFrequency = (c: Column): readonly number[] => {
  const known = ordered.get(c);
  if (known !== undefined) return known;
  const codes = inOrder(c.values, c.counts);
  ordered.set(c, codes);
  return codes;
};

/** Values with their rows in the whole container as far as they were counted, the most frequent first. */
export const valuesByFrequency = (c: Column): { text: string; count: number }[] => {
  const totals = Float64Array.from(c.values, (_, code) => c.total(code));
  return inOrder(c.values, totals).map((code) => ({ text: c.values[code]!, count: totals[code]! }));
};

const distincts = new WeakMap<Column, number>();

/** Values that occur in the sample. */
export const distinctOf = (c: Column): number => {
  const known = distincts.get(c);
  if (known !== undefined) return known;
  const distinct = c.counts.reduce((n, count) => n + (count > 0 ? 1 : 0), 0);
  distincts.set(c, distinct);
  return distinct;
};

export const columnNamed = (sample: Sample, name: string): Column | undefined => sample.columns.find((c) => c.field.name === name);
