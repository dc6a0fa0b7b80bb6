/** Constant factor and offset between two columns: units and scales (F = 1.8 * C + 32), identifiers with a constant in front. */
import { fitsProbes } from "./arithmetic.ts";
import { numbersOf, roundingOf, sortedNumbers } from "./numbers.ts";
import { distinctOf, type Column } from "./sample.ts";
import { quantileOf } from "./statistics.ts";

/** Digits of a factor a person would write. */
const DIGITS_MAX = 6;

/** That one column is `factor * another + offset` within a tolerance. */
export type Line = { factor: number; offset: number; tolerance: number; written: (x: string) => string; inverse: Line };

/** The number with fewest decimals between two bounds; null when none is simple. */
export const simplestBetween = (low: number, high: number): number | null => {
  const middle = (low + high) / 2;
  for (let digits = 0; digits <= DIGITS_MAX; digits++) {
    const rounded = Number(middle.toFixed(digits));
    if (rounded >= low && rounded <= high) return rounded;
  }
  return null;
};

/** Pairs of probes whose x lie far apart, with another end each time in case one is wrong. */
const endsOf = (probes: readonly Float64Array[], x: number, y: number): [Float64Array, Float64Array][] => {
  const known = probes.filter((p) => !Number.isNaN(p[x]!) && !Number.isNaN(p[y]!)).toSorted((p, q) => p[x]! - q[x]!);
  if (known.length < 4) return [];
  const [first, second, beforeLast, last] = [known[0]!, known[1]!, known.at(-2)!, known.at(-1)!];
  return [
    [first, last],
    [second, beforeLast],
    [first, beforeLast],
    [second, last],
  ];
};

/** The simplest factor and offset through two points, given how far rounding may have moved them. */
const lineThrough = (p: Float64Array, q: Float64Array, x: number, y: number, rounding: { x: number; y: number }) => {
  const run = q[x]! - p[x]!;
  if (run === 0) return null;
  const slope = (q[y]! - p[y]!) / run;
  const slack = (2 * (rounding.y + Math.abs(slope) * rounding.x)) / Math.abs(run) + Math.abs(slope) * 1e-9;
  const factor = simplestBetween(slope - slack, slope + slack);
  if (factor === null || factor === 0) return null;
  const offset = (p[y]! + q[y]! - factor * (p[x]! + q[x]!)) / 2;
  const room = rounding.y + Math.abs(factor) * rounding.x;
  const simple = simplestBetween(offset - room, offset + room);
  return simple === null ? null : { factor, offset: simple };
};

const written =
  (factor: number, offset: number) =>
  (x: string): string => {
    const product = factor === 1 ? x : `${factor} * ${x}`;
    if (offset === 0) return product;
    return offset > 0 ? `${product} + ${offset}` : `${product} - ${-offset}`;
  };

const backward =
  (factor: number, offset: number) =>
  (y: string): string => {
    const difference = offset === 0 ? y : offset > 0 ? `${y} - ${offset}` : `${y} + ${-offset}`;
    if (factor === 1) return difference;
    return offset === 0 ? `${difference} / ${factor}` : `(${difference}) / ${factor}`;
  };

const lineOf = (factor: number, offset: number, tolerance: number): Line => {
  const inverse: Line = {
    factor: 1 / factor,
    offset: -offset / factor,
    tolerance: tolerance / Math.abs(factor),
    written: backward(factor, offset),
    get inverse() {
      return line;
    },
  };
  const line: Line = { factor, offset, tolerance, written: written(factor, offset), inverse };
  return line;
};

/** Digits that carry a number: 0.0254 has three. */
const digitsOf = (x: number) =>
  String(x)
    .replace(/[-.]/g, "")
    .replace(/^0+|0+$/g, "").length;

const isWhole = (c: Column) => c.field.field_type === "Integral";

/** Share of the values of x that y must have: a coarser one is a class of x, and no conversion of it. */
const RESOLUTION_MIN = 0.5;
/** Tolerances that fit into the width of y: fewer, and smooth curves fit as well as conversions. */
const STEPS_MIN = 200;

/** Width of the middle four fifths of a column. */
export const spreadOf = (c: Column): number => {
  const sorted = sortedNumbers(c);
  return quantileOf(sorted, 0.9) - quantileOf(sorted, 0.1);
};

/** Equality of two columns of one type is no conversion; `7` and `7.0` are. */
const isEquality = (from: Column, to: Column, { factor, offset }: { factor: number; offset: number }) =>
  factor === 1 && offset === 0 && from.field.field_type === to.field.field_type;

const roundingsOf = (from: Column, to: Column) => ({ x: isWhole(from) ? 0 : roundingOf(from), y: roundingOf(to) });

/** The line through two rows far apart: their numbers of `from` and `to` tell the factor more exactly than a few probes do. */
export const lineThroughRows = (from: Column, to: Column, first: number, second: number): Line | null => {
  const [x, y] = [numbersOf(from), numbersOf(to)];
  const rounding = roundingsOf(from, to);
  const found = lineThrough(Float64Array.of(x[first]!, y[first]!), Float64Array.of(x[second]!, y[second]!), 0, 1, rounding);
  return found === null || digitsOf(found.factor) > DIGITS_MAX
    ? null
    : lineOf(found.factor, found.offset, rounding.y + Math.abs(found.factor) * rounding.x);
};

const lineBetween = (columns: readonly Column[], probes: readonly Float64Array[], x: number, y: number): Line | null => {
  const [from, to] = [columns[x]!, columns[y]!];
  const rounding = roundingsOf(from, to);
  for (const [p, q] of endsOf(probes, x, y)) {
    const line = lineThrough(p, q, x, y, rounding);
    if (line === null || digitsOf(line.factor) > DIGITS_MAX || isEquality(from, to, line)) continue;
    const { factor, offset } = line;
    const isExact = isWhole(from) && isWhole(to) && Number.isInteger(factor);
    if (isExact && !Number.isInteger(offset)) continue;
    const tolerance = isExact ? 0 : rounding.y + Math.abs(factor) * rounding.x;
    if (fitsProbes(probes, y, tolerance, (probe) => factor * probe[x]! + offset)) return lineOf(factor, offset, tolerance);
  }
  return null;
};

/** Lines between columns (from b to a) other than equality, each pair once: from the finer column to the coarser one. */
export const linesBetween = (columns: readonly Column[], probes: readonly Float64Array[]): { a: Column; b: Column; line: Line }[] =>
  columns.flatMap((b, x) =>
    columns.flatMap((a, y) => {
      const isTurned = distinctOf(a) < distinctOf(b) || (distinctOf(a) === distinctOf(b) && x > y);
      if (x === y || isTurned || distinctOf(a) * RESOLUTION_MIN > distinctOf(b)) return [];
      const line = lineBetween(columns, probes, x, y);
      return line === null || spreadOf(a) < line.tolerance * STEPS_MIN ? [] : [{ a, b, line }];
    }),
  );
