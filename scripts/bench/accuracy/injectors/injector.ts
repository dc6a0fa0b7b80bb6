/** The shape of a kind of injected error. */
import { columnAt, looksOf, type CleanTable, type Look } from "../clean-table.ts";
import type { Random } from "../random.ts";
import type { Detector } from "../simple.ts";

/** Row and column. */
export type Place = readonly [number, number];

/**
 * Spoils row `r` of `rows` in place. Says which cells may be blamed for it: whoever names one of them has found it. Null when this
 * row cannot be spoiled so.
 */
export type Spoil = (rows: string[][], r: number) => Place[] | null;

export type Injector = {
  kind: string;
  /** Sets of columns that may be spoiled, each alone. */
  targets: (table: CleanTable) => number[][];
  /** What one run does: a source has habits, so that the unit or the format is the same on all its rows. */
  begin: (table: CleanTable, columns: readonly number[], random: Random) => Spoil;
  /** What a person would write in ten lines against it. */
  simple: Detector;
};

/** Each column that looks like one of these. */
export const columnsLike =
  (...looks: Look[]) =>
  (table: CleanTable): number[][] =>
    looksOf(table).flatMap((look, c) => (looks.includes(look) ? [[c]] : []));

/** Columns named by what is known of a table. */
export const named =
  (list: (known: CleanTable["known"]) => readonly (readonly string[])[] | undefined) =>
  (table: CleanTable): number[][] =>
    (list(table.known) ?? []).map((names) => names.map((name) => columnAt(table, name)));

/** An error of one cell: its new text, or null when it cannot be spoiled. */
export const cellwise =
  (column: number, change: (cell: string) => string | null): Spoil =>
  (rows, r) => {
    const cell = rows[r]![column]!;
    const text = cell === "" ? null : change(cell);
    if (text === null || text === cell) return null;
    rows[r]![column] = text;
    return [[r, column]];
  };

export const first = (columns: readonly number[]): number => columns[0]!;
