/**
 * Dependencies between columns that hold but for some errors: zip -> city.
 *
 * Discovery walks the lattice of determinants from the bottom (Huhtala et al. 1999, TANE): single columns first, pairs only for
 * columns that no single one determines. A dependency is accepted on the share of rows that agree with the plurality of their
 * group (1 - g3 of Kivinen & Mannila 1995) and on how much better that is than knowing nothing (lambda of Goodman & Kruskal
 * 1954): a column that is nearly constant is "determined" by anything.
 */
import { inference, type Candidate } from "./candidate.ts";
import { column, columnNamed, type Column, type Sample } from "./sample.ts";

/** Known values a group needs to have an opinion; below three there is no majority against a single error. */
export const GROUP_ROWS_MIN = 3;
/** Groups, and rows in them, a dependency needs. */
const GROUPS_MIN = 3;
const ROWS_MIN = 20;
const LAMBDA_MIN = 0.8;
const ERROR_MAX = 0.12;
/** Share of the rows that must lie in groups with an opinion: a dependency that few rows can be held against says little. */
const COVERED_MIN = 0.5;
/**
 * Share of the rows of large groups whose group must have an opinion. Looking only at groups that agree makes any two related
 * columns look dependent: county names determine the state, except where two states share one.
 */
const OPINIONATED_MIN = 0.9;
const SYSTEMATIC_ROWS_MIN = 4;
/** Missing values for each known one up to which a reported column's gaps are taken for gaps. */
const MISSING_MAX = 0.6;
/** Determinants one check lists: the best few are enough for a vote. */
const DETERMINANTS_MAX = 6;
/** Columns that may form pairs: work grows with the square. */
const PAIR_COLUMNS_MAX = 14;

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

/** Cells of the counting table up to which it is a plain array; beyond it rows are counted in a map. */
const DENSE_MAX = 1 << 22;
const dense = new Int32Array(DENSE_MAX);

/** Rows per (group, value) as triples, each pair once. */
const pairCounts = (ids: Int32Array, groups: number, value: Column, visit: (group: number, code: number, count: number) => void) => {
  const width = value.values.length;
  if (groups * width > DENSE_MAX) return sparseCounts(ids, value, visit);
  for (let row = 0; row < ids.length; row++) if (ids[row]! >= 0 && value.codes[row]! >= 0) dense[ids[row]! * width + value.codes[row]!]!++;
  for (let row = 0; row < ids.length; row++) {
    if (ids[row]! < 0 || value.codes[row]! < 0) continue;
    const at = ids[row]! * width + value.codes[row]!;
    if (dense[at] === 0) continue;
    visit(ids[row]!, value.codes[row]!, dense[at]!);
    dense[at] = 0;
  }
};

const sparseCounts = (ids: Int32Array, value: Column, visit: (group: number, code: number, count: number) => void) => {
  const width = value.values.length;
  const counts = new Map<number, number>();
  for (let row = 0; row < ids.length; row++) {
    if (ids[row]! < 0 || value.codes[row]! < 0) continue;
    const key = ids[row]! * width + value.codes[row]!;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, count] of counts) visit(Math.floor(key / width), key % width, count);
};

/** Per group: known rows, the usual value (the first met of the most frequent), its rows, the rows of the runner-up. */
export type Pluralities = { total: Int32Array; usual: Int32Array; top: Int32Array; second: Int32Array };

export const pluralities = (ids: Int32Array, groups: number, value: Column): Pluralities => {
  const result = {
    total: new Int32Array(groups),
    usual: new Int32Array(groups).fill(-1),
    top: new Int32Array(groups),
    second: new Int32Array(groups),
  };
  pairCounts(ids, groups, value, (group, code, count) => {
    result.total[group]! += count;
    if (count > result.top[group]!) {
      result.second[group] = result.top[group]!;
      result.top[group] = count;
      result.usual[group] = code;
    } else if (count > result.second[group]!) result.second[group] = count;
  });
  return result;
};

/** What a group needs to speak: enough known values, and a usual value with this share of them. */
export type Quorum = { rowsMin: number; shareMin: number };

const hasOpinion = (p: Pluralities, group: number, quorum: Quorum): boolean =>
  p.total[group]! >= quorum.rowsMin && p.top[group]! >= quorum.shareMin * p.total[group]! && p.top[group]! > p.second[group]!;

/** The value a row's group expects: its code, or -1 where the group has no opinion. */
export const opinions = (sample: Sample, determinant: readonly Column[], value: Column, quorum: Quorum): Int32Array => {
  const { ids, groups } = groupIds(determinant, sample.rows);
  const p = pluralities(ids, groups, value);
  return ids.map((id) => (id >= 0 && hasOpinion(p, id, quorum) ? p.usual[id]! : -1));
};

export type Dependency = {
  determinant: readonly Column[];
  value: Column;
  /** Rows with a value whose group is large enough to have an opinion, and those of them whose group has one. */
  large: number;
  judged: number;
  /** Rows that differ from their group's opinion, and rows without a value whose group has one. */
  exceptions: number[];
  missing: number;
  /** Groups with an opinion, and usual values that differ. */
  groups: number;
  usuals: number;
  /** Goodman and Kruskal's lambda over the judged rows: 1 when nothing is left to guess. */
  lambda: number;
};

export const dependency = (sample: Sample, determinant: readonly Column[], value: Column, quorum: Quorum): Dependency => {
  const { ids, groups } = groupIds(determinant, sample.rows);
  const p = pluralities(ids, groups, value);
  const usual = new Map<number, number>();
  let [large, judged, agree, count] = [0, 0, 0, 0];
  for (let group = 0; group < groups; group++) {
    if (p.total[group]! >= quorum.rowsMin) large += p.total[group]!;
    if (!hasOpinion(p, group, quorum)) continue;
    count++;
    judged += p.total[group]!;
    agree += p.top[group]!;
    usual.set(p.usual[group]!, (usual.get(p.usual[group]!) ?? 0) + p.total[group]!);
  }
  const guess = judged === 0 ? 1 : Math.max(...usual.values()) / judged;
  const lambda = guess >= 1 ? 0 : (agree / judged - guess) / (1 - guess);
  const { exceptions, missing } = lambda < LAMBDA_WORTH ? { exceptions: [], missing: 0 } : exceptionsOf(ids, p, value, quorum);
  return { determinant, value, large, judged, exceptions, missing, groups: count, usuals: usual.size, lambda };
};

/** Below this lambda nobody asks for the exceptions. */
const LAMBDA_WORTH = 0.4;

const exceptionsOf = (ids: Int32Array, p: Pluralities, value: Column, quorum: Quorum) => {
  const exceptions: number[] = [];
  let missing = 0;
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!;
    if (id < 0 || !hasOpinion(p, id, quorum)) continue;
    if (value.codes[row]! < 0) missing++;
    else if (value.codes[row] !== p.usual[id]) exceptions.push(row);
  }
  return { exceptions, missing };
};

/** Strict: a key of an entity; few exceptions, each alone in its group. */
export const STRICT: Quorum = { rowsMin: GROUP_ROWS_MIN, shareMin: 0.75 };

const holds = (d: Dependency) =>
  d.groups >= GROUPS_MIN &&
  d.judged >= d.large * OPINIONATED_MIN &&
  d.judged >= Math.max(ROWS_MIN, d.value.known * COVERED_MIN) &&
  d.exceptions.length <= ERROR_MAX * d.judged &&
  d.lambda >= LAMBDA_MIN &&
  (d.usuals >= 3 || (d.usuals === 2 && d.groups >= 10));

const SYSTEMATIC_SHARE_MIN = 0.25;
/** Share of the exceptions that may hold one and the same value: more, and it is an alternative of its own. */
const ONE_VALUE_MAX = 0.5;

/** Rows per value of a column among some rows. */
const amongRows = (c: Column, rows: readonly number[]) => {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(c.codes[row]!, (counts.get(c.codes[row]!) ?? 0) + 1);
  return counts;
};

/**
 * Whether the exceptions are a rule of their own and no errors: they share a value of a third column that is rare otherwise
 * (another state has other averages), or most of them hold one and the same value.
 */
const systematic = (sample: Sample, { value, determinant, exceptions }: Dependency): boolean => {
  if (exceptions.length < SYSTEMATIC_ROWS_MIN) return false;
  const same = Math.max(...amongRows(value, exceptions).values());
  if (same > SYSTEMATIC_ROWS_MIN && same > exceptions.length * ONE_VALUE_MAX) return true;
  return sample.columns.some((c) => {
    if (c === value || determinant.includes(c)) return false;
    return [...amongRows(c, exceptions)].some(([code, count]) => {
      const usualShare = (code < 0 ? sample.rows - c.known : c.counts[code]!) / sample.rows;
      const share = count / exceptions.length;
      return count >= SYSTEMATIC_ROWS_MIN && share >= SYSTEMATIC_SHARE_MIN && usualShare < share / 4;
    });
  });
};

const distinctOf = (c: Column) => c.counts.reduce((n, count) => n + (count > 0 ? 1 : 0), 0);

/** Names and codes determine other columns; a measurement that happens to go with them does not. */
const isName = (c: Column) => {
  if (c.field.field_type === "String" || c.field.field_type === "Boolean") return true;
  if (c.field.field_type !== "Integral") return false;
  const lengths = c.values.flatMap((text, code) => (c.counts[code]! > 0 ? [text.length] : []));
  return lengths.every((length) => length === lengths[0] && length >= CODE_DIGITS_MIN);
};

/** Digits from which whole numbers all of one length are codes. */
const CODE_DIGITS_MIN = 4;

/** Groups from which whole numbers of any length may be the identifiers of something, each with a name of its own. */
const NUMBERED_GROUPS_MIN = 10;
const NUMBERED_USUALS_MIN = 0.5;

/** Whole numbers that are no codes by their look determine only text that differs from number to number: 17 -> its brewery. */
const mayNumber = ({ determinant, value, groups, usuals }: Dependency): boolean =>
  determinant.every(isName) ||
  (determinant.length === 1 &&
    value.field.field_type === "String" &&
    groups >= NUMBERED_GROUPS_MIN &&
    usuals >= groups * NUMBERED_USUALS_MIN);

const mayDetermine = (sample: Sample, c: Column) => {
  const distinct = distinctOf(c);
  return (
    distinct >= GROUPS_MIN && distinct <= c.known * 0.5 && c.known >= sample.rows * 0.3 && (isName(c) || c.field.field_type === "Integral")
  );
};

const mayDepend = (c: Column) => c.known >= ROWS_MIN && c.counts.filter((count) => count > 0).length >= 2;

/** All accepted dependencies of one column: single determinants, else pairs. */
const determinantsOf = (sample: Sample, value: Column, singles: readonly Column[]): Dependency[] => {
  const tried = singles
    .filter((c) => c !== value)
    .map((c) => dependency(sample, [c], value, STRICT))
    .filter((d) => holds(d) && mayNumber(d));
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
const pairable = (singles: readonly Column[]) =>
  singles
    .filter(isName)
    .toSorted((a, b) => distinctOf(a) - distinctOf(b))
    .slice(0, PAIR_COLUMNS_MAX);

/** Every n-th row, re-coded, so that tables of counts stay small. */
const thinned = (sample: Sample, rowsMax: number): Sample => {
  const step = Math.ceil(sample.rows / rowsMax);
  if (step <= 1) return sample;
  const rows = Array.from({ length: Math.floor(sample.rows / step) }, (_, i) => i * step);
  const columns = sample.columns.map((c) =>
    column(
      c.field,
      c.profile,
      rows.map((row) => (c.codes[row]! < 0 ? null : c.values[c.codes[row]!]!)),
    ),
  );
  return { ...sample, rows: rows.length, columns, whole: false };
};

/** Rows on which dependencies are looked for (fewer when there are many columns); those found are held against all rows. */
const DISCOVERY_ROWS_MAX = 10_000;
const DISCOVERY_ROWS_MIN = 1_500;
const DISCOVERY_CELLS_MAX = 300_000;

const discoveryRows = (columns: number) =>
  Math.max(DISCOVERY_ROWS_MIN, Math.min(DISCOVERY_ROWS_MAX, Math.floor(DISCOVERY_CELLS_MAX / columns)));

/** Missing values for each known one up to which a determined value that is missing is a lapse. */
const LAPSES_MAX = 0.1;

const isGapFree = (d: Dependency) => d.missing <= d.judged * LAPSES_MAX;

/** Determinants per column that seem to hold on the thinned sample, by name. */
const discovered = (thin: Sample): Map<string, string[][]> => {
  const singles = thin.columns.filter((c) => mayDetermine(thin, c));
  const pairs = pairable(singles);
  return new Map(
    thin.columns.filter(mayDepend).map((value) => {
      const single = determinantsOf(thin, value, singles);
      const found = single.length > 0 ? single : pairsOf(thin, value, pairs);
      return [value.field.name, found.map((d) => d.determinant.map((c) => c.field.name))];
    }),
  );
};

const strict = (sample: Sample): Candidate[] => {
  const found = discovered(thinned(sample, discoveryRows(sample.columns.length)));
  return [...found].flatMap(([name, determinants]) => {
    const value = columnNamed(sample, name)!;
    const dependencies = determinants
      .map((names) =>
        dependency(
          sample,
          names.map((n) => columnNamed(sample, n)!),
          value,
          STRICT,
        ),
      )
      .filter(holds);
    return dependencies.length === 0 ? [] : [candidateOf(value, dependencies, STRICT, dependencies.every(isGapFree), ERROR_MAX * 2)];
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
