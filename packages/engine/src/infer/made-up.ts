/** Made-up samples for the tests of inference: columns from lists of values, the same in every run. */
import assert from "node:assert/strict";
import type { FieldType } from "@touchstone/core/model/field";
import type { Cell } from "@touchstone/core/rules/rule";
import { tested } from "./backtest.ts";
import { brokenRows, type Inference } from "./candidate.ts";
import { column, type Sample } from "./sample.ts";

const typeOf = (cells: readonly Cell[]): FieldType => {
  const known = cells.filter((cell) => cell !== null);
  if (known.every((cell) => typeof cell === "boolean")) return "Boolean";
  if (known.every((cell) => typeof cell === "number")) return known.every((cell) => Number.isInteger(cell)) ? "Integral" : "Fractional";
  if (known.every((cell) => /^\d{4}-\d\d-\d\d$/.test(String(cell)))) return "Date";
  return "String";
};

/** A sample that is the whole of a container with these columns. */
export const madeUp = (columns: Record<string, readonly Cell[]>): Sample => {
  const rows = Math.max(...Object.values(columns).map((cells) => cells.length));
  return {
    container: "made_up",
    now: "2031-06-01T00:00:00Z",
    records: rows,
    rows,
    whole: true,
    columns: Object.entries(columns).map(([name, cells]) =>
      column({ name, field_type: typeOf(cells), native_type: "", nullable: true, type_declared: false, masked: false }, null, cells),
    ),
  };
};

/** A stream of numbers in 0..1 that looks random and never changes (Park & Miller 1988). */
export const numbersFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
};

/** `rows` values made from the row's number and a random number. */
export const rowsOf = (rows: number, make: (row: number, random: () => number) => Cell, seed = 1): Cell[] => {
  const random = numbersFrom(seed);
  return Array.from({ length: rows }, (_, row) => make(row, random));
};

/** Some rows replaced. */
export const withRows = (cells: readonly Cell[], replaced: Record<number, Cell>): Cell[] =>
  cells.map((cell, row) => (row in replaced ? replaced[row]! : cell));

export type InferCase = {
  name: string;
  columns: Record<string, readonly Cell[]>;
  /** Rule, fields, and the rows it would flag, one entry per check; exactly these. */
  finds: readonly { rule: string; fields: string; rows: readonly number[]; properties?: Record<string, unknown> }[];
};

/** Holds the kind against the case, back-test included. */
export const checkInference = (kind: Inference, { columns, finds }: InferCase): void => {
  const sample = madeUp(columns);
  const found = tested([kind], sample, 5).map(({ candidate }) => {
    const { rule_type, fields, properties } = candidate;
    return { rule: rule_type, fields: fields.join(), rows: brokenRows(candidate, sample), properties };
  });
  const expected = finds.map((find, i) => ({ ...find, properties: find.properties ?? found[i]?.properties }));
  assert.deepEqual(found, expected);
};
