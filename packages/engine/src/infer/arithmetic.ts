/**
 * Arithmetic between the columns of a row: which forms there are, and the search for those that a table keeps.
 *
 * Every combination is tried, on a handful of rows first: two failures among them reject it, so that nearly all of the
 * columns³ combinations cost two or three additions.
 */
import { asNumber, numbersNamed, numbersOf } from "./numbers.ts";
import type { Column, Sample } from "./sample.ts";

/** Predicts one column from one to three others. */
export type Form = {
  arity: 1 | 2 | 3;
  /** Whether the first two may be exchanged. */
  symmetric: boolean;
  of: (a: number, b: number, c: number) => number;
  /** Whether a row with these values could tell the form from a simpler one. */
  tells: (a: number, b: number, c: number) => boolean;
  written: (a: string, b: string, c: string) => string;
  isSum: boolean;
};

const isNeutral = (x: number) => x === 0 || x === 1;
const form = (arity: Form["arity"], symmetric: boolean, of: Form["of"], tells: Form["tells"], written: Form["written"]): Form => ({
  arity,
  symmetric,
  of,
  tells,
  written,
  isSum: !/[*/(]/.test(written("a", "b", "c")),
});

const PAIRS: readonly Form[] = [
  form(
    2,
    true,
    (a, b) => a + b,
    (a, b) => a !== 0 && b !== 0,
    (a, b) => `${a} + ${b}`,
  ),
  form(
    2,
    true,
    (a, b) => a * b,
    (a, b) => !isNeutral(a) && !isNeutral(b),
    (a, b) => `${a} * ${b}`,
  ),
  form(
    2,
    false,
    (a, b) => a / b,
    (a, b) => a !== 0 && b !== 1,
    (a, b) => `${a} / ${b}`,
  ),
  form(
    2,
    false,
    (a, b) => (100 * a) / b,
    (a) => a !== 0,
    (a, b) => `100 * ${a} / ${b}`,
  ),
  form(
    2,
    false,
    (a, b) => a * (1 + b),
    (a, b) => a !== 0 && b !== 0,
    (a, b) => `${a} * (1 + ${b})`,
  ),
  form(
    2,
    false,
    (a, b) => a * (1 - b),
    (a, b) => a !== 0 && b !== 0,
    (a, b) => `${a} * (1 - ${b})`,
  ),
  form(
    2,
    false,
    (a, b) => a * (1 + b / 100),
    (a, b) => a !== 0 && b !== 0,
    (a, b) => `${a} * (1 + ${b} / 100)`,
  ),
  form(
    2,
    false,
    (a, b) => a * (1 - b / 100),
    (a, b) => a !== 0 && b !== 0,
    (a, b) => `${a} * (1 - ${b} / 100)`,
  ),
];

const TRIPLES: readonly Form[] = [
  form(
    3,
    true,
    (a, b, c) => a + b - c,
    (a, b, c) => a !== 0 && b !== 0 && c !== 0,
    (a, b, c) => `${a} + ${b} - ${c}`,
  ),
  form(
    3,
    true,
    (a, b, c) => a + b + c,
    (a, b, c) => a !== 0 && b !== 0 && c !== 0,
    (a, b, c) => `${a} + ${b} + ${c}`,
  ),
  form(
    3,
    true,
    (a, b, c) => a * b * c,
    (a, b, c) => !isNeutral(a) && !isNeutral(b) && !isNeutral(c),
    (a, b, c) => `${a} * ${b} * ${c}`,
  ),
  form(
    3,
    true,
    (a, b, c) => a * b * (1 - c),
    (a, b, c) => !isNeutral(a) && !isNeutral(b) && c !== 0,
    (a, b, c) => `${a} * ${b} * (1 - ${c})`,
  ),
  form(
    3,
    true,
    (a, b, c) => a * b * (1 - c / 100),
    (a, b, c) => !isNeutral(a) && !isNeutral(b) && c !== 0,
    (a, b, c) => `${a} * ${b} * (1 - ${c} / 100)`,
  ),
];

const SINGLES: readonly Form[] = [
  form(
    1,
    false,
    (a) => a * a,
    (a) => !isNeutral(a),
    (a) => `${a} * ${a}`,
  ),
  form(
    1,
    false,
    Math.log,
    (a) => a > 0 && a !== 1,
    (a) => `LN(${a})`,
  ),
];

/** A form with its columns: how a column is predicted from others of its row. */
export type Relation = {
  columns: readonly string[];
  expression: string;
  /** Whether rounding of the parts adds up in it. */
  isSum: boolean;
  /** Simple forms are preferred: a product to the ratio that it also is. */
  rank: number;
  predict: (sample: Sample) => (row: number) => number;
  tells: (sample: Sample) => (row: number) => boolean;
};

export const relationOf = (f: Form, rank: number, columns: readonly Column[]): Relation => {
  const names = columns.map((c) => c.field.name);
  const [a = "", b = "", c = ""] = columns.map((each) => asNumber(each.field));
  const over =
    <T>(of: (a: number, b: number, c: number) => T) =>
    (sample: Sample) => {
      const [x, y, z] = names.map((name) => numbersNamed(sample, name));
      return (row: number) => of(x![row]!, y?.[row] ?? 0, z?.[row] ?? 0);
    };
  return { columns: names, expression: f.written(a, b, c), isSum: f.isSum, rank, predict: over(f.of), tells: over(f.tells) };
};

/** A sum of many neighbouring columns; it tells where two parts at least are not zero. */
export const sumOf = (parts: readonly Column[]): Relation => {
  const names = parts.map((c) => c.field.name);
  const of = (sample: Sample) => names.map((name) => numbersNamed(sample, name));
  return {
    columns: names,
    expression: parts.map((c) => asNumber(c.field)).join(" + "),
    isSum: true,
    rank: 0,
    predict: (sample) => {
      const all = of(sample);
      return (row) => all.reduce((sum, x) => sum + x[row]!, 0);
    },
    tells: (sample) => {
      const all = of(sample);
      return (row) => all.filter((x) => x[row] !== 0).length > 1;
    },
  };
};

/** Rows that reject most combinations, and rows looked at for choosing them. */
const PROBES = 16;
const PROBE_ROWS_MAX = 2000;
/** Share of the best row's score a probe must have. */
const SCORE_MIN = 0.7;
/** Probes a combination must fit, and how many of them it may miss: those rows may hold errors. */
const FITTED_MIN = 6;
const MISSED_MAX = 3;
/** Misses among the first three that reject at once. */
const EARLY = 3;
const EARLY_MISSED_MAX = 1;

/** Neighbours apart, so that errors in one stretch of the table do not meet in the first probes. */
const shuffled = <T>(chosen: readonly T[]): T[] => chosen.map((_, i) => chosen[(i * 7 + 3) % chosen.length]!);

/** Values of the columns on the rows that tell most: many known, not zero and different from each other. */
export const probesOf = (columns: readonly Column[], rows: number): Float64Array[] => {
  const numbers = columns.map(numbersOf);
  const step = Math.max(1, Math.floor(rows / PROBE_ROWS_MAX));
  const scored: { row: number; score: number }[] = [];
  for (let row = 0; row < rows; row += step) {
    const known = numbers.map((x) => x[row]!).filter((x) => !Number.isNaN(x) && !isNeutral(x));
    scored.push({ row, score: new Set(known).size });
  }
  scored.sort((a, b) => b.score - a.score || a.row - b.row);
  const best = scored.filter(({ score }) => score >= scored[0]!.score * SCORE_MIN).toSorted((a, b) => a.row - b.row);
  const chosen = Array.from({ length: Math.min(PROBES, scored.length) }, (_, i) =>
    best.length >= PROBES ? best[Math.floor((i * best.length) / PROBES)]! : scored[i]!,
  );
  return shuffled(chosen).map(({ row }) => Float64Array.from(numbers, (x) => x[row]!));
};

/** Whether a prediction fits the probes; `predict` gives NaN where it cannot tell. */
export const fitsProbes = (
  probes: readonly Float64Array[],
  target: number,
  tolerance: number,
  predict: (probe: Float64Array) => number,
): boolean => {
  let [fitted, missed] = [0, 0];
  for (const probe of probes) {
    const difference = probe[target]! - predict(probe);
    if (difference !== difference) continue;
    if (difference <= tolerance && -difference <= tolerance) fitted++;
    else if (++missed > MISSED_MAX || (fitted + missed <= EARLY && missed > EARLY_MISSED_MAX)) return false;
  }
  return fitted >= Math.min(FITTED_MIN, probes.length - 1);
};

/** Columns up to which three at a time are tried: work grows with the fourth power. */
const TRIPLES_COLUMNS_MAX = 32;

type Visit = (relation: Relation) => void;
type Search = { columns: readonly Column[]; probes: readonly Float64Array[]; target: number; tolerance: number };

const singles = ({ columns, probes, target, tolerance }: Search, visit: Visit) => {
  for (let a = 0; a < columns.length; a++)
    for (const [rank, f] of SINGLES.entries())
      if (a !== target && fitsProbes(probes, target, tolerance, (p) => f.of(p[a]!, 0, 0))) visit(relationOf(f, rank, [columns[a]!]));
};

const pairs = ({ columns, probes, target, tolerance }: Search, visit: Visit) => {
  for (let a = 0; a < columns.length; a++)
    for (let b = 0; b < columns.length; b++) {
      if (a === b || a === target || b === target) continue;
      for (const [rank, f] of PAIRS.entries()) {
        if (f.symmetric && a > b) continue;
        if (fitsProbes(probes, target, tolerance, (p) => f.of(p[a]!, p[b]!, 0))) visit(relationOf(f, rank, [columns[a]!, columns[b]!]));
      }
    }
};

const triples = ({ columns, probes, target, tolerance }: Search, visit: Visit) => {
  if (columns.length > TRIPLES_COLUMNS_MAX) return;
  for (let a = 0; a < columns.length; a++)
    for (let b = a + 1; b < columns.length; b++)
      for (let c = 0; c < columns.length; c++) {
        if (a === target || b === target || c === target || c === a || c === b) continue;
        for (const [rank, f] of TRIPLES.entries())
          if (fitsProbes(probes, target, tolerance, (p) => f.of(p[a]!, p[b]!, p[c]!)))
            visit(relationOf(f, rank, [columns[a]!, columns[b]!, columns[c]!]));
      }
};

/** Parts of a sum that may stand beside each other in the table. */
const PARTS_MIN = 3;
const PARTS_MAX = 40;

/** Sums of neighbours in the order of the table: how totals and their parts are laid out. */
const neighbours = ({ columns, probes, target, tolerance }: Search, visit: Visit) => {
  const before = probes.map((probe) => {
    const sums = new Float64Array(columns.length + 1);
    for (let i = 0; i < columns.length; i++) sums[i + 1] = sums[i]! + (i === target ? 0 : probe[i]!);
    return { probe, sums };
  });
  const sums = before.map(({ probe, sums: s }) => Float64Array.from([...s, probe[target]!]));
  const at = columns.length + 1;
  for (let from = 0; from < columns.length; from++)
    for (let to = from + PARTS_MIN; to <= Math.min(columns.length, from + PARTS_MAX); to++) {
      if (from === target || to - 1 === target) continue;
      const parts = to - from - (target > from && target < to ? 1 : 0);
      if (parts < PARTS_MIN) continue;
      if (fitsProbes(sums, at, tolerance * parts, (s) => s[to]! - s[from]!))
        visit(sumOf(columns.slice(from, to).filter((_, i) => from + i !== target)));
    }
};

/** Relations the probes leave for a target, the simplest first. */
export const relationsFor = (search: Search): Relation[] => {
  const found: Relation[] = [];
  const visit = (relation: Relation) => void found.push(relation);
  singles(search, visit);
  pairs(search, visit);
  neighbours(search, visit);
  if (found.length === 0) triples(search, visit);
  return found;
};
