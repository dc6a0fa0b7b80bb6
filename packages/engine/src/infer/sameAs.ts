/**
 * Columns that say the same: equal, or equal but for a constant factor and offset (another unit, a prefix of digits).
 *
 * Two of them contradict each other where one is wrong; a third decides which. Equal columns are also equal by accident (the address of the bill
 * and of the delivery), so that they must differ on very few rows, or one of the two cells must look wrong beside the values of its own column.
 */
import { probesOf } from "./arithmetic.ts";
import { inference, outOf, type Candidate, type Violates } from "./candidate.ts";
import { linesBetween, lineThroughRows, type Line } from "./linear.ts";
import { asNumber, isNumeric, numbersNamed, numbersOf, quoted } from "./numbers.ts";
import { columnNamed, distinctOf, type Column, type Sample } from "./sample.ts";
import { wilsonUpper } from "./statistics.ts";
import { isPart, oddities, suspicion } from "./suspect.ts";

const ROWS_MIN = 15;
const DISTINCT_MIN = 10;
const COLUMNS_MAX = 300;
/** Share of the rows on which two columns may differ: upper end of the 95 % interval. */
const BROKEN_MAX = 0.01;
/** The same where one of the two cells looks wrong by itself on most of those rows. */
const BROKEN_SEEN_MAX = 0.15;
const SEEN_SHARE_MIN = 0.6;
/** The same where a third column decides. */
const BROKEN_DECIDED_MAX = 0.25;
/** Exceptions further off than so many tolerances are no rounding; share of them that must be. */
const FAR = 10;
const FAR_SHARE_MIN = 0.8;
/** Times a factor is made more exact. */
const REFINED_MAX = 4;
/** Rows that reject most pairs before all are looked at. */
const FIRST_ROWS = 40;

/** That `a` equals a function of `b`, and on which rows not. */
type Same = { a: Column; b: Column; line: Line | null; rows: number; broken: number[] };

const differs = ({ a, b, line }: Pick<Same, "a" | "b" | "line">) => {
  const names = [a.field.name, b.field.name] as const;
  return (sample: Sample): ((row: number) => boolean) => {
    if (line !== null) {
      const [x, y] = [numbersNamed(sample, names[0]), numbersNamed(sample, names[1])];
      return (row) => Math.abs(x[row]! - (line.factor * y[row]! + line.offset)) > line.tolerance;
    }
    const [x, y] = [columnNamed(sample, names[0])!, columnNamed(sample, names[1])!];
    return (row) => x.codes[row]! >= 0 && y.codes[row]! >= 0 && x.values[x.codes[row]!] !== y.values[y.codes[row]!];
  };
};

const mostCommon = (c: Column): number => {
  let most = 0;
  for (let code = 1; code < c.counts.length; code++) if (c.counts[code]! > c.counts[most]!) most = code;
  return most;
};

/** Rows that break a line by little more than rounding. */
const nearlyKept = ({ a, b, line, broken }: Same): number[] => {
  if (line === null || line.tolerance === 0) return [];
  const [x, y] = [numbersOf(a), numbersOf(b)];
  return broken.filter((row) => Math.abs(x[row]! - (line.factor * y[row]! + line.offset)) <= line.tolerance * FAR);
};

/**
 * A line whose factor was rounded too much is off in the largest numbers, by little: these tell it more exactly. Null where rows break it by little
 * all the same; it is no line then.
 */
const refined = (sample: Sample, same: Same): Same | null => {
  let current = same;
  for (let turn = 0; turn < REFINED_MAX; turn++) {
    const near = nearlyKept(current);
    if (near.length === 0) return current;
    const y = numbersOf(current.b);
    const far = near.reduce((most, row) => (Math.abs(y[row]!) > Math.abs(y[most]!) ? row : most));
    const line = lineThroughRows(current.b, current.a, smallestRow(current), far);
    if (line === null) break;
    current = sameOf(sample, current.a, current.b, line);
  }
  return nearlyKept(current).length <= current.broken.length * (1 - FAR_SHARE_MIN) ? current : null;
};

/** The row of the smallest number that keeps the line. */
const smallestRow = ({ b, broken }: Same): number => {
  const [y, out] = [numbersOf(b), new Set(broken)];
  let least = -1;
  y.forEach((number, row) => {
    if (!Number.isNaN(number) && !out.has(row) && (least < 0 || Math.abs(number) < Math.abs(y[least]!))) least = row;
  });
  return least;
};

const isKnown = (c: Column, row: number) =>
  c.codes[row]! >= 0 && (c.field.field_type === "String" || !Number.isNaN(c.numbers[c.codes[row]!]!));

/** Rows in which both hold their most common value say nothing: amounts are zero together, and differ where they are not. */
const sameOf = (sample: Sample, a: Column, b: Column, line: Line | null): Same => {
  const isDifferent = differs({ a, b, line })(sample);
  const same: Same = { a, b, line, rows: 0, broken: [] };
  const [usualA, usualB] = [mostCommon(a), mostCommon(b)];
  for (let row = 0; row < sample.rows; row++) {
    if (!isKnown(a, row) || !isKnown(b, row) || (a.codes[row] === usualA && b.codes[row] === usualB)) continue;
    same.rows++;
    if (isDifferent(row)) same.broken.push(row);
  }
  return same;
};

/** Whether two columns are equal on most of some rows spread over the sample. */
const isAlike = (sample: Sample, a: Column, b: Column): boolean => {
  const step = Math.max(1, Math.floor(sample.rows / FIRST_ROWS));
  let [equal, seen] = [0, 0];
  for (let row = 0; row < sample.rows; row += step) {
    if (a.codes[row]! < 0 || b.codes[row]! < 0) continue;
    seen++;
    if (a.values[a.codes[row]!] === b.values[b.codes[row]!]) equal++;
    else if (seen - equal > 2 + seen * 0.3) return false;
  }
  return equal > 0 && equal >= seen * (1 - BROKEN_DECIDED_MAX) - 1;
};

const isUsable = ({ rows, broken }: Same) => rows >= ROWS_MIN && broken.length <= rows * BROKEN_DECIDED_MAX;

/** All pairs of columns that say the same on most rows. */
const pairsOf = (sample: Sample): Same[] => {
  const columns = sample.columns.filter((c) => c.known >= ROWS_MIN && distinctOf(c) >= DISTINCT_MIN).slice(0, COLUMNS_MAX);
  const equal = columns.flatMap((a, i) =>
    columns
      .slice(i + 1)
      .filter((b) => a.field.field_type === b.field.field_type && isAlike(sample, a, b))
      .map((b) => sameOf(sample, a, b, null)),
  );
  const numeric = columns.filter(isNumeric);
  const isFound = (a: Column, b: Column) => equal.some((s) => (s.a === a && s.b === b) || (s.a === b && s.b === a));
  const lines = linesBetween(numeric, numeric.length < 2 ? [] : probesOf(numeric, sample.rows))
    .filter(({ a, b }) => !isFound(a, b))
    .flatMap(({ a, b, line }) => refined(sample, sameOf(sample, a, b, line)) ?? []);
  return [...equal, ...lines].filter(isUsable);
};

const sideOf = ({ b, line }: Same) => (line === null ? quoted(b.field.name) : line.written(asNumber(b.field)));

const written = (s: Same): string =>
  s.line === null || s.line.tolerance === 0
    ? `${quoted(s.a.field.name)} = ${sideOf(s)}`
    : `ABS(${asNumber(s.a.field)} - (${sideOf(s)})) <= ${s.line.tolerance}`;

/** The relation read from the other side. */
const turned = (s: Same): Same => ({ ...s, a: s.b, b: s.a, line: s.line === null ? null : s.line.inverse });

/** A column that two others contradict: those two agree with each other wherever it is wrong. */
const outvoted = (sample: Sample, pairs: readonly Same[]): Candidate | null => {
  const [first, second] = pairs.toSorted((p, q) => p.broken.length - q.broken.length);
  const name = first!.a.field.name;
  const violates: Violates = (other) => {
    const [contradicts, contradictsToo] = [differs(first!)(other), differs(second!)(other)];
    return (row) => contradicts(row) && contradictsToo(row);
  };
  const rows = Math.min(first!.rows, second!.rows);
  const wrong = first!.broken.filter(violates(sample));
  const broken = wrong.length;
  const seen = wrong.filter(oddities(first!.a, first!.broken)).length;
  const isSeen = broken <= rows * BROKEN_SEEN_MAX && (isPart(sample) || seen >= broken * SEEN_SHARE_MIN);
  if (broken > 0 && wilsonUpper(broken, rows) > BROKEN_MAX && !isSeen) return null;
  return {
    rule_type: "satisfiesExpression",
    fields: [name],
    properties: { expression: `${written(first!)} OR ${written(second!)}` },
    coverage: 1,
    why: `${name} says the same as ${first!.b.field.name} or ${second!.b.field.name} on ${outOf(rows - broken, rows)} rows`,
    support: rows - broken,
    violates,
    exceptionsMax: BROKEN_SEEN_MAX * 2,
  };
};

const ruleOf = (s: Same) => {
  const isSimple = s.line === null && s.a.field.field_type !== "String" && s.a.field.field_type !== "Boolean";
  if (isSimple) return { rule_type: "equalToField", properties: { field_name: s.b.field.name } };
  if (s.line !== null && s.a.field.field_type !== "String")
    return { rule_type: "predictedBy", properties: { expression: sideOf(s), tolerance: s.line.tolerance } };
  return { rule_type: "satisfiesExpression", properties: { expression: written(s) } };
};

const claimOf = (s: Same, why: string): Candidate => {
  return {
    ...ruleOf(s),
    fields: [s.a.field.name],
    coverage: 1,
    key: JSON.stringify(["same", ...[s.a.field.name, s.b.field.name].toSorted()]),
    why: `${s.a.field.name} equals ${sideOf(s)} on ${outOf(s.rows - s.broken.length, s.rows)} rows${why}`,
    support: s.rows - s.broken.length,
    violates: differs(s),
    exceptionsMax: BROKEN_SEEN_MAX * 2,
  };
};

/** Two columns with no third to decide: the one whose cells look wrong is named, or both where both do on most rows. */
const contradicted = (sample: Sample, same: Same): Candidate[] => {
  const { a, b, rows, broken } = same;
  const { votes, seen } = suspicion([a, b], broken);
  const isFew = broken.length === 0 || wilsonUpper(broken.length, rows) <= BROKEN_MAX;
  const isSeen = broken.length <= rows * BROKEN_SEEN_MAX && (isPart(sample) || seen >= broken.length * SEEN_SHARE_MIN);
  if (!isFew && !isSeen) return [];
  const isOpen = !isFew && Math.max(...votes) < broken.length / 2;
  const isNamed = votes.map((n) => isOpen || (broken.length > 0 && n >= broken.length * SEEN_SHARE_MIN));
  const second = isNamed[1] || votes[1]! > votes[0]! ? [turned(same)] : [];
  const first = isNamed[0] || second.length === 0 ? [same] : [];
  const why =
    seen < broken.length * SEEN_SHARE_MIN || broken.length === 0
      ? ""
      : `; on ${seen} of the others ${a.field.name} or ${b.field.name} is a value that does not fit its own column`;
  return [...first, ...second].map((s) => claimOf(s, why));
};

const candidates = (sample: Sample): Candidate[] => {
  const pairs = pairsOf(sample);
  const partners = Map.groupBy([...pairs, ...pairs.map(turned)], (s) => s.a);
  const decided = [...partners.values()].filter((of) => of.length > 1).flatMap((of) => outvoted(sample, of) ?? []);
  const alone = pairs.filter(({ a, b }) => partners.get(a)!.length === 1 && partners.get(b)!.length === 1);
  return [...decided, ...alone.flatMap((same) => contradicted(sample, same))];
};

export default inference({
  name: "sameAs",
  level: 2,
  docs: "Columns that are equal, or differ by a constant factor and offset, on all but a few rows: of two the one is named whose cells do not fit their column, of three or more the one that two others contradict.",
  candidates,
});
