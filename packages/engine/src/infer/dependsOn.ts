/**
 * Dependencies between columns that hold but for some errors: zip -> city.
 *
 * Discovery walks the lattice of determinants from the bottom (Huhtala et al. 1999, TANE): single columns first, pairs only for
 * columns that no single one determines. A dependency is accepted on the share of rows that agree with the plurality of their
 * group (1 - g3 of Kivinen & Mannila 1995) and on how much better that is than knowing nothing (lambda of Goodman & Kruskal
 * 1954): a column that is nearly constant is "determined" by anything.
 */
import { inference, type Candidate } from "./candidate.ts";
import { columnNamed, type Column, type Sample } from "./sample.ts";

/** Known values a group needs to have an opinion; below three there is no majority against a single error. */
export const GROUP_ROWS_MIN = 3;
/** Groups, and rows in them, a dependency needs. */
const GROUPS_MIN = 3;
const ROWS_MIN = 20;
const LAMBDA_MIN = 0.8;
const ERROR_MAX = 0.12;
/** Share of the rows that must lie in groups with an opinion: a dependency that few rows can be held against says little. */
const COVERED_MIN = 0.5;
const SYSTEMATIC_ROWS_MIN = 4;
/** Missing values for each known one up to which a reported column's gaps are taken for gaps. */
const MISSING_MAX = 0.6;
/** Determinants one check lists: the best few are enough for a vote. */
const DETERMINANTS_MAX = 6;
/** Columns that may form pairs: work grows with the square. */
const PAIR_COLUMNS_MAX = 14;

export type Group = { total: number; usual: number; top: number; second: number };

/** Group id per row (-1 where a determinant is NULL). */
export const groupIds = (columns: readonly Column[], rows: number): { ids: Int32Array; groups: number } => {
  const first = columns[0]!;
  if (columns.length === 1) return { ids: first.codes, groups: first.values.length };
  const index = new Map<number, number>();
  const ids = new Int32Array(rows).fill(-1);
  const second = columns[1]!;
  for (let row = 0; row < rows; row++) {
    const [a, b] = [first.codes[row]!, second.codes[row]!];
    if (a < 0 || b < 0) continue;
    const key = a * second.values.length + b;
    let id = index.get(key);
    if (id === undefined) index.set(key, (id = index.size));
    ids[row] = id;
  }
  return { ids, groups: index.size };
};

/** Per group the plurality of the value column: its code, its rows, the rows of the runner-up. */
export const pluralities = (ids: Int32Array, groups: number, value: Column, rows: number): Group[] => {
  const counts = new Map<number, number>();
  const width = value.values.length;
  const result: Group[] = Array.from({ length: groups }, () => ({ total: 0, usual: -1, top: 0, second: 0 }));
  for (let row = 0; row < rows; row++) {
    const [id, code] = [ids[row]!, value.codes[row]!];
    if (id < 0 || code < 0) continue;
    const key = id * width + code;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, count] of counts) {
    const group = result[Math.floor(key / width)]!;
    group.total += count;
    if (count > group.top) {
      group.second = group.top;
      group.top = count;
      group.usual = key % width;
    } else if (count > group.second) group.second = count;
  }
  return result;
};

/** What a group needs to speak: enough known values, and a usual value with this share of them. */
export type Quorum = { rowsMin: number; shareMin: number };

/** The value a row's group expects: its code, or -1 where the group has no opinion. */
export const opinions = (sample: Sample, determinant: readonly Column[], value: Column, quorum: Quorum): Int32Array => {
  const { ids, groups } = groupIds(determinant, sample.rows);
  const expected = pluralities(ids, groups, value, sample.rows).map((g) =>
    g.total >= quorum.rowsMin && g.top >= quorum.shareMin * g.total && g.top > g.second ? g.usual : -1,
  );
  return Int32Array.from(ids, (id) => (id < 0 ? -1 : expected[id]!));
};

export type Dependency = {
  determinant: readonly Column[];
  value: Column;
  expected: Int32Array;
  /** Rows with a value whose group has an opinion, and those of them that differ from it. */
  judged: number;
  exceptions: number[];
  /** Rows without a value whose group has an opinion. */
  missing: number;
  /** Groups with an opinion, and usual values that differ. */
  groups: number;
  usuals: number;
  /** Goodman and Kruskal's lambda over the judged rows: 1 when nothing is left to guess. */
  lambda: number;
};

export const dependency = (sample: Sample, determinant: readonly Column[], value: Column, quorum: Quorum): Dependency => {
  const expected = opinions(sample, determinant, value, quorum);
  const exceptions: number[] = [];
  const usual = new Map<number, number>();
  const groups = new Set<number>();
  const { ids } = groupIds(determinant, sample.rows);
  let [judged, missing] = [0, 0];
  for (let row = 0; row < sample.rows; row++) {
    const e = expected[row]!;
    if (e < 0) continue;
    groups.add(ids[row]!);
    if (value.codes[row]! < 0) missing++;
    else {
      judged++;
      usual.set(e, (usual.get(e) ?? 0) + 1);
      if (value.codes[row] !== e) exceptions.push(row);
    }
  }
  const guess = judged === 0 ? 1 : Math.max(...usual.values()) / judged;
  const lambda = guess >= 1 ? 0 : ((judged - exceptions.length) / judged - guess) / (1 - guess);
  return { determinant, value, expected, judged, exceptions, missing, groups: groups.size, usuals: usual.size, lambda };
};

/** Strict: a key of an entity; few exceptions, each alone in its group. */
export const STRICT: Quorum = { rowsMin: GROUP_ROWS_MIN, shareMin: 0.75 };

const holds = (d: Dependency) =>
  d.groups >= GROUPS_MIN &&
  d.judged >= Math.max(ROWS_MIN, d.value.known * COVERED_MIN) &&
  d.exceptions.length <= ERROR_MAX * d.judged &&
  d.lambda >= LAMBDA_MIN &&
  (d.usuals >= 3 || (d.usuals === 2 && d.groups >= 10));

/**
 * Whether the exceptions share a value of a third column that is rare otherwise: then they are a rule of their own (another
 * state has other averages) and no errors.
 */
const systematic = (sample: Sample, d: Dependency): boolean =>
  d.exceptions.length >= SYSTEMATIC_ROWS_MIN &&
  sample.columns.some((c) => {
    if (c === d.value || d.determinant.includes(c)) return false;
    const counts = new Map<number, number>();
    for (const row of d.exceptions) counts.set(c.codes[row]!, (counts.get(c.codes[row]!) ?? 0) + 1);
    return [...counts].some(([code, count]) => {
      const all = code < 0 ? sample.rows - c.known : c.counts[code]!;
      return count >= SYSTEMATIC_ROWS_MIN && count >= d.exceptions.length * 0.25 && all / sample.rows < count / d.exceptions.length / 4;
    });
  });

const distinctOf = (c: Column) => c.counts.reduce((n, count) => n + (count > 0 ? 1 : 0), 0);

const mayDetermine = (sample: Sample, c: Column) => {
  const distinct = distinctOf(c);
  return distinct >= GROUPS_MIN && distinct <= c.known * 0.5 && c.known >= sample.rows * 0.3;
};

const mayDepend = (c: Column) => c.known >= ROWS_MIN && c.counts.filter((count) => count > 0).length >= 2;

/** All accepted dependencies of one column: single determinants, else pairs. */
const determinantsOf = (sample: Sample, value: Column, singles: readonly Column[]): Dependency[] => {
  const tried = singles
    .filter((c) => c !== value)
    .map((c) => dependency(sample, [c], value, STRICT))
    .filter(holds);
  return tried.filter((d) => !systematic(sample, d));
};

/** A row breaks the dependencies where more of them expect another value than its own. */
export const outvoted = (expected: readonly Int32Array[], codes: Int32Array, row: number, missingFails: boolean): boolean => {
  const code = codes[row]!;
  if (code < 0 && !missingFails) return false;
  let balance = 0;
  for (const e of expected) if (e[row]! >= 0) balance += e[row] === code ? -1 : 1;
  return balance > 0;
};

const candidateOf = (
  value: Column,
  dependencies: readonly Dependency[],
  quorum: Quorum,
  missing: boolean,
  exceptionsMax: number,
): Candidate => {
  const best = dependencies.toSorted((a, b) => a.exceptions.length / a.judged - b.exceptions.length / b.judged).slice(0, DETERMINANTS_MAX);
  const names = best.map((d) => d.determinant.map((c) => c.field.name));
  const first = best[0]!;
  return {
    rule_type: "dependsOn",
    fields: [value.field.name],
    properties: { determined_by: names, rows_min: quorum.rowsMin, share_min: quorum.shareMin, missing },
    coverage: null,
    why:
      `${first.judged - first.exceptions.length} of ${first.judged} rows hold the value of ${value.field.name} that is usual for their ${names[0]!.join(" and ")} ` +
      `(${first.groups} groups, ${first.usuals} values); guessing without it would be right far less often`,
    support: first.judged,
    violates: (sample, row) =>
      outvoted(opinionsOf(sample, names, value.field.name, quorum), columnNamed(sample, value.field.name)!.codes, row, missing),
    exceptionsMax,
  };
};

/** Opinions per sample are computed once: `violates` is asked row by row. */
const remembered = new WeakMap<Sample, Map<string, Int32Array[]>>();

const opinionsOf = (sample: Sample, determinants: readonly (readonly string[])[], value: string, quorum: Quorum): Int32Array[] => {
  const known = remembered.get(sample) ?? new Map<string, Int32Array[]>();
  remembered.set(sample, known);
  const key = JSON.stringify([value, determinants, quorum]);
  const found =
    known.get(key) ??
    determinants.map((names) =>
      opinions(
        sample,
        names.map((n) => columnNamed(sample, n)!),
        columnNamed(sample, value)!,
        quorum,
      ),
    );
  known.set(key, found);
  return found;
};

/** Pairs of determinants for a column that no single one determines, or whose single ones fail on a rule of their own. */
const pairsOf = (sample: Sample, value: Column, columns: readonly Column[]): Dependency[] => {
  const found: Dependency[] = [];
  columns.forEach((a, i) => {
    for (const b of columns.slice(i + 1)) {
      if (a === value || b === value) continue;
      const d = dependency(sample, [a, b], value, STRICT);
      if (holds(d) && !systematic(sample, d)) found.push(d);
    }
  });
  return found;
};

/** Columns that may form pairs: those of fewest values, which make groups of many rows. */
const pairable = (singles: readonly Column[]) => singles.toSorted((a, b) => distinctOf(a) - distinctOf(b)).slice(0, PAIR_COLUMNS_MAX);

const strict = (sample: Sample): Candidate[] => {
  const singles = sample.columns.filter((c) => mayDetermine(sample, c));
  const pairs = pairable(singles);
  return sample.columns.filter(mayDepend).flatMap((value) => {
    const single = determinantsOf(sample, value, singles);
    const dependencies = single.length > 0 ? single : pairsOf(sample, value, pairs);
    return dependencies.length === 0 ? [] : [candidateOf(value, dependencies, STRICT, false, ERROR_MAX * 2)];
  });
};

/** Several observers report on the same entities: a plurality of a third of five reports is far from chance where reports may be anything. */
const REPORTED: Quorum = { rowsMin: 5, shareMin: 0.35 };

/** Observers err often, and are silent often; the usual value is the usual value all the same. */
const REPORTED_EXCEPTIONS_MAX = 0.75;

/**
 * An entity column and an observer column: each pair occurs (nearly) once, and the observers meet the same entities again and
 * again. Observers are names: a measurement repeated over time or place is no second opinion on the first.
 */
const observed = (sample: Sample): { entity: Column; observer: Column } | null => {
  const names = sample.columns.filter((c) => c.field.field_type === "String" && distinctOf(c) >= 5 && c.known >= distinctOf(c) * 5);
  for (const entity of names)
    for (const observer of names) {
      if (entity === observer || distinctOf(entity) < distinctOf(observer)) continue;
      const pairs = new Set<number>();
      for (let row = 0; row < sample.rows; row++) pairs.add(entity.codes[row]! * observer.values.length + observer.codes[row]!);
      if (pairs.size >= sample.rows * 0.95 && sample.rows >= distinctOf(entity) * distinctOf(observer) * 0.25) return { entity, observer };
    }
  return null;
};

/** What observers say of an entity differs from entity to entity, and they mostly agree; at least two columns do so. */
const reported = (sample: Sample): Candidate[] => {
  const design = observed(sample);
  if (design === null) return [];
  const dependencies = sample.columns
    .filter((c) => c !== design.entity && c !== design.observer && mayDepend(c) && !["Integral", "Fractional"].includes(c.field.field_type))
    .map((value) => dependency(sample, [design.entity], value, REPORTED))
    .filter((d) => d.usuals >= d.groups / 3 && d.lambda >= 0.5 && d.judged >= d.value.known * COVERED_MIN && d.groups >= 10);
  return dependencies.length < 2
    ? []
    : dependencies.map((d) => candidateOf(d.value, [d], REPORTED, d.missing <= d.judged * MISSING_MAX, REPORTED_EXCEPTIONS_MAX));
};

const candidates = (sample: Sample): Candidate[] => {
  const claims = reported(sample);
  const claimed = new Set(claims.map((c) => c.fields[0]));
  return [...claims, ...strict(sample).filter((c) => !claimed.has(c.fields[0]!))];
};

export default inference({
  name: "dependsOn",
  level: 2,
  docs: "Columns that determine another but for few scattered exceptions.",
  candidates,
});
