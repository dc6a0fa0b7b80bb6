/** Precision, recall and false alarms, and how they are printed. */
import type { Cells } from "./simple.ts";

export type Score = {
  /** Cells named, and those of them that are wrong. */
  named: number;
  right: number;
  /** Errors, and those of them that were found. */
  errors: number;
  found: number;
  /** Cells named on the clean table, and cells it has. */
  falseAlarms: number;
  cleanCells: number;
};

export const NOTHING: Score = { named: 0, right: 0, errors: 0, found: 0, falseAlarms: 0, cleanCells: 0 };

/** Cells that differ between twins: each is one error, and the only cell to blame for it. */
export const scoreCells = (onDirty: Cells, onClean: Cells, wrong: Cells, cleanCells: number): Score => {
  const right = [...onDirty].filter((cell) => wrong.has(cell)).length;
  return { named: onDirty.size, right, errors: wrong.size, found: right, falseAlarms: onClean.size, cleanCells };
};

/** Errors that each may be blamed on one of several cells: a broken sum on any of its three. */
export const scoreErrors = (onDirty: Cells, errors: readonly (readonly string[])[]): Score => {
  const blamed = new Set(errors.flat());
  return {
    ...NOTHING,
    named: onDirty.size,
    right: [...onDirty].filter((cell) => blamed.has(cell)).length,
    errors: errors.length,
    found: errors.filter((cells) => cells.some((cell) => onDirty.has(cell))).length,
  };
};

export const sum = (scores: readonly Score[]): Score =>
  scores.reduce(
    (a, b) => ({
      named: a.named + b.named,
      right: a.right + b.right,
      errors: a.errors + b.errors,
      found: a.found + b.found,
      falseAlarms: a.falseAlarms + b.falseAlarms,
      cleanCells: a.cleanCells + b.cleanCells,
    }),
    NOTHING,
  );

export const f1Of = ({ named, right, errors, found }: Score): number => {
  if (right === 0 || found === 0) return 0;
  const [precision, recall] = [right / named, found / errors];
  return (2 * precision * recall) / (precision + recall);
};

const share = (part: number, whole: number) => (whole === 0 ? "–" : (part / whole).toFixed(3));

export const HEAD = ["precision", "recall", "F1", "wrong", "named", "false/1000"];
export const figures = (score: Score): string[] => [
  share(score.right, score.named),
  share(score.found, score.errors),
  f1Of(score).toFixed(3),
  String(score.errors),
  String(score.named),
  perThousand(score),
];
export const perThousand = ({ falseAlarms, cleanCells }: Score): string =>
  cleanCells === 0 ? "–" : ((1000 * falseAlarms) / cleanCells).toFixed(2);

export const line = (name: string, columns: readonly string[]): string =>
  `${name.slice(0, 46).padEnd(47)}${columns.map((c) => c.padStart(11)).join("")}`;
export const print = (text: string): void => void process.stdout.write(`${text}\n`);
