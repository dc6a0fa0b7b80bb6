/**
 * A number that is computed from others of its row: sums, products, ratios, percentages.
 *
 * That such an identity holds to the last digit on nearly all rows cannot be chance when it seldom holds between a row and
 * another one; what breaks it by far more than rounding is then an error in one of the numbers. Three things look alike and are none:
 * parts that are not all in the table (the total is larger, never smaller), rounding, and columns of zeros.
 */
import { probesOf, relationsFor, type Relation } from "./arithmetic.ts";
import { blamed } from "./blame.ts";
import { inference, outOf, type Candidate } from "./candidate.ts";
import { elsewhere } from "./elsewhere.ts";
import type { Level } from "./level.ts";
import { spreadOf } from "./linear.ts";
import { asNumber, isNumeric, numbersNamed, numbersOf, roundingOf, sortedNumbers } from "./numbers.ts";
import { columnNamed, distinctOf, type Column, type Sample } from "./sample.ts";
import { quantileOf, wilsonUpper } from "./statistics.ts";

const ROWS_MIN = 30;
/** Rows on which the relation says something: no zero, no one. */
const TELLING_ROWS_MIN = 20;
const COLUMNS_MAX = 120;
/** Values that differ: two constants have every relation to each other. */
const TARGET_DISTINCT_MIN = 10;
const DISTINCT_MIN = 3;
/** Share of the rows on which the relation must hold to be claimed at all, and without doubt. */
const HOLDS_MIN = 0.98;
const HOLDS_IN_SMALL_MIN = 0.85;
/** The same where what breaks it is plainly an error: far beyond rounding, and on both sides. */
const HOLDS_CLEARLY_MIN = 0.93;
const OTHER_SIDE_MIN = 0.1;
const EXCEPTIONS_IN_SMALL_MAX = 8;
/** Share of the telling rows it may hold on when the target is taken from another row. */
const CHANCE_MAX = 0.2;
/** Exceptions further off than so many tolerances are no rounding; share of them that must be. */
const FAR = 10;
const FAR_SHARE_MIN = 0.8;
/** Exceptions that all lie on one side from which a part is missing rather than a number wrong. */
const ONE_SIDED_MIN = 5;
/** Share of the rows up to which they may all the same: upper end of the 95 % interval. */
const ONE_SIDED_MAX = 0.01;
/** Single precision: numbers with that many decimals were computed, and not always in double precision. */
const COMPUTED_ROUNDING = 0.5e-5;
const SINGLE_PRECISION = 2e-7;
/** Tolerances that fit into the width of the target: fewer, and smooth curves fit as well as identities. */
const STEPS_MIN = 20;
const STEPS_STRONG = 200;
/** Columns one finding names: more would say that any may be wrong. */
const NAMED_MAX = 2;
/** Relations of one target that are looked at on all rows. */
const TRIED_MAX = 20;

/** What rounding may do to a target: half a unit of its last place, more where it was computed in single precision. */
const toleranceOf = (c: Column): number => {
  const rounding = roundingOf(c);
  if (rounding > COMPUTED_ROUNDING) return rounding;
  const large = quantileOf(sortedNumbers(c).map(Math.abs).sort(), 0.9);
  return Math.max(rounding, large * SINGLE_PRECISION, Number.MIN_VALUE);
};

type Fit = { rows: number; telling: number; tellingHeld: number; trivial: number; byChance: number; misses: number[]; missed: number[] };

const fitOf = (sample: Sample, target: Column, relation: Relation, tolerance: number): Fit => {
  const [y, predict, tells] = [numbersOf(target), relation.predict(sample), relation.tells(sample)];
  const terms = relation.columns.map((name) => numbersNamed(sample, name));
  const fit: Fit = { rows: 0, telling: 0, tellingHeld: 0, trivial: 0, byChance: 0, misses: [], missed: [] };
  for (let row = 0; row < sample.rows; row++) {
    const predicted = predict(row);
    const miss = y[row]! - predicted;
    if (Number.isNaN(miss)) continue;
    fit.rows++;
    const held = Math.abs(miss) <= tolerance;
    if (!held) {
      fit.misses.push(miss);
      fit.missed.push(row);
    }
    if (!tells(row)) continue;
    fit.telling++;
    if (held) fit.tellingHeld++;
    if (terms.some((x) => Math.abs(x[row]! - y[row]!) <= tolerance)) fit.trivial++;
    if (Math.abs(y[elsewhere(row, sample.rows)]! - predicted) <= tolerance) fit.byChance++;
  }
  return fit;
};

/** Whether what breaks it is plainly wrong: far beyond rounding, and not always on the same side. */
const isClear = ({ misses, rows }: Fit, tolerance: number): boolean => {
  const far = misses.filter((miss) => Math.abs(miss) > FAR * tolerance).length;
  const above = misses.filter((miss) => miss > 0).length;
  const isOneSided = misses.length >= ONE_SIDED_MIN && (above === 0 || above === misses.length);
  return far >= misses.length * FAR_SHARE_MIN && (!isOneSided || wilsonUpper(misses.length, rows) <= ONE_SIDED_MAX);
};

/** A part that is missing now and then makes the total larger; a slip or two to the other side do not change that. */
const isToBothSides = ({ misses }: Fit): boolean => {
  const above = misses.filter((miss) => miss > 0).length;
  return Math.min(above, misses.length - above) >= misses.length * OTHER_SIDE_MIN;
};

const levelOf = (fit: Fit, tolerance: number): Level | null => {
  const { rows, telling, tellingHeld, trivial, byChance, misses } = fit;
  if (rows < ROWS_MIN || telling < TELLING_ROWS_MIN || trivial > telling / 2 || byChance > telling * CHANCE_MAX) return null;
  const holds = (share: number) => misses.length <= rows * (1 - share) && tellingHeld >= telling * share;
  const isFew = holds(HOLDS_MIN) || (misses.length <= EXCEPTIONS_IN_SMALL_MAX && holds(HOLDS_IN_SMALL_MIN));
  if (isClear(fit, tolerance) && (isFew || (holds(HOLDS_CLEARLY_MIN) && isToBothSides(fit)))) return 2;
  return isFew ? 4 : null;
};

/** The check that names the target, or another column of the relation that is at fault where it is broken. */
const claimOf = ({ target, relation, tolerance }: Found, named: readonly string[]) => {
  const { expression } = relation;
  return named.length === 1 && named[0] === target.field.name && target.field.field_type !== "String"
    ? { rule_type: "predictedBy", properties: { expression, tolerance } }
    : { rule_type: "satisfiesExpression", properties: { expression: `ABS(${asNumber(target.field)} - (${expression})) <= ${tolerance}` } };
};

const candidateOf = (found: Found, named: readonly string[]): Candidate => {
  const { target, relation, tolerance, fit, level } = found;
  const name = target.field.name;
  return {
    ...claimOf(found, named),
    fields: [...named],
    coverage: 1,
    key: JSON.stringify(["arithmetic", ...columnsOf(found).toSorted()]),
    level,
    why: `${name} equals ${relation.expression} on ${outOf(fit.rows - fit.misses.length, fit.rows)} rows; with the ${name} of another row it would on ${fit.byChance}`,
    support: fit.tellingHeld,
    violates: (other) => {
      const [y, predict] = [numbersNamed(other, name), relation.predict(other)];
      return (row) => Math.abs(y[row]! - predict(row)) > tolerance;
    },
    exceptionsMax: Math.max((1 - HOLDS_CLEARLY_MIN) * 1.5, EXCEPTIONS_IN_SMALL_MAX / fit.rows),
  };
};

/** The rounding of the target alone, or that of its parts as well where it takes both. */
const bestFit = (sample: Sample, target: Column, relation: Relation, tight: number) => {
  const close = fitOf(sample, target, relation, tight);
  if (!relation.isSum) return { fit: close, tolerance: tight };
  const parts = relation.columns.map((name) => columnNamed(sample, name)!).filter((c) => c.field.field_type !== "Integral");
  const loose = parts.reduce((sum, c) => sum + roundingOf(c), tight);
  const wide = fitOf(sample, target, relation, loose);
  return close.tellingHeld >= wide.tellingHeld * 0.995 ? { fit: close, tolerance: tight } : { fit: wide, tolerance: loose };
};

type Found = { target: Column; relation: Relation; tolerance: number; fit: Fit; level: Level };

const columnsOf = ({ target, relation }: Found): string[] => [target.field.name, ...relation.columns];

/** The first relation of a target that holds, the simplest forms first. */
const predicted = (sample: Sample, target: Column, relations: readonly Relation[]): Found[] => {
  const tight = toleranceOf(target);
  const width = spreadOf(target);
  let weak: Found | undefined;
  for (const relation of relations.slice(0, TRIED_MAX)) {
    const { fit, tolerance } = bestFit(sample, target, relation, tight);
    const level = levelOf(fit, tolerance);
    if (level === null || width < tolerance * STEPS_MIN) continue;
    const found = { target, relation, tolerance, fit, level };
    if (level === 2 && (width >= tolerance * STEPS_STRONG || fit.misses.length === 0)) return [found];
    weak ??= { ...found, level: 4 };
  }
  return weak === undefined ? [] : [weak];
};

/** Each set of columns is claimed once: that a + b = c is also that c - b = a. */
const once = (all: readonly Found[]): Found[] => {
  const seen = new Set<string>();
  return all
    .toSorted((a, b) => a.level - b.level || a.relation.rank - b.relation.rank)
    .filter((found) => {
      const key = JSON.stringify(columnsOf(found).toSorted());
      if (seen.has(key)) return false;
      return seen.add(key);
    });
};

const found = (sample: Sample): Found[] => {
  const columns = sample.columns.filter((c) => isNumeric(c) && c.known >= ROWS_MIN && distinctOf(c) >= DISTINCT_MIN).slice(0, COLUMNS_MAX);
  if (columns.length < 2) return [];
  const probes = probesOf(columns, sample.rows);
  const all = columns.flatMap((column, target) => {
    if (distinctOf(column) < TARGET_DISTINCT_MIN) return [];
    const tolerance = 2 * toleranceOf(column);
    return predicted(sample, column, relationsFor({ columns, probes, target, tolerance }));
  });
  return once(all);
};

/** What is broken names the column at fault where other relations vouch for the rest, else the one that is computed. */
const candidates = (sample: Sample): Candidate[] => {
  const all = found(sample);
  const named = blamed(all.map((f) => ({ columns: columnsOf(f).map((name) => columnNamed(sample, name)!), rows: f.fit.missed })));
  return all.map((f, i) => {
    const names = named[i]!.map((c) => c.field.name);
    const isOpen = names.length === 0 || names.length > NAMED_MAX || names.includes(f.target.field.name);
    return candidateOf(f, isOpen ? [f.target.field.name] : names);
  });
};

export default inference({
  name: "predictedBy",
  level: 2,
  docs:
    "A number computed from others of its row (sums of two or more, products, ratios, percentages), up to rounding. At level 2 where what breaks it is far beyond " +
    "rounding and on both sides of it; at level 4 where a part may be missing from the table.",
  candidates,
});
