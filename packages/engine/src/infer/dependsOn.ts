/**
 * Dependencies between columns that hold but for some errors: zip -> city.
 *
 * Discovery walks the lattice of determinants from the bottom (Huhtala et al. 1999, TANE): single columns first, pairs only for
 * columns that no single one determines. A dependency is accepted on the share of rows that agree with the plurality of their
 * group (1 - g3 of Kivinen & Mannila 1995) and on how much better that is than knowing nothing (lambda of Goodman & Kruskal
 * 1954): a column that is nearly constant is "determined" by anything.
 */
import { inference, outOf, type Candidate } from "./candidate.ts";
import { dependency, opinions, type Dependency, type Quorum } from "./dependency.ts";
import { COVERED_MIN, discover, ERROR_MAX, holds, mayDepend, recurring, STRICT } from "./dependencyDiscovery.ts";
import { columnNamed, distinctOf, type Column, type Sample } from "./sample.ts";

/** Determinants one check lists: the best few are enough for a vote. */
const DETERMINANTS_MAX = 6;
/** Missing values for each known one up to which a reported column's gaps are taken for gaps. */
const MISSING_MAX = 0.6;

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
      `${outOf(first.judged - first.exceptions.length, first.judged)} rows hold the value of ${value.field.name} that is usual for their ${names[0]!.join(" and ")} ` +
      `(${first.groups} groups, ${first.usuals} values); guessing without it would be right far less often`,
    support: first.judged,
    violates: (sample) => {
      const expected = opinionsOf(sample, names, value.field.name, quorum);
      const { codes } = columnNamed(sample, value.field.name)!;
      return (row) => outvoted(expected, codes, row, missing);
    },
    exceptionsMax,
  };
};

/** Opinions of the determinants on a column, row by row. */
const opinionsOf = (sample: Sample, determinants: readonly (readonly string[])[], value: string, quorum: Quorum): Int32Array[] => {
  const column = columnNamed(sample, value)!;
  const columnsOf = (names: readonly string[]) => names.map((n) => columnNamed(sample, n)!);
  return determinants.map((names) => opinions(sample, columnsOf(names), column, quorum));
};

/** Missing values for each known one up to which a determined value that is missing is a lapse. */
const LAPSES_MAX = 0.1;

const isGapFree = (d: Dependency) => d.missing <= d.judged * LAPSES_MAX;

const strict = (sample: Sample): Candidate[] =>
  [...discover(sample)].flatMap(([name, determinants]) => {
    const value = columnNamed(sample, name)!;
    const columnsOf = (names: readonly string[]) => names.map((n) => columnNamed(sample, n)!);
    const dependencies = determinants
      .map((names) => dependency(sample, columnsOf(names), value, STRICT))
      .filter((d) => holds(sample, d) && !recurring(sample, d));
    return dependencies.length === 0 ? [] : [candidateOf(value, dependencies, STRICT, dependencies.every(isGapFree), ERROR_MAX * 2)];
  });

/** Several observers report on the same entities: a plurality of a third of five reports is far from chance where reports may be anything. */
const REPORTED: Quorum = { rowsMin: 5, shareMin: 0.35 };

/** Observers err often, and are silent often; the usual value is the usual value all the same. */
const REPORTED_EXCEPTIONS_MAX = 0.75;

/** Share of the rows whose pair of entity and observer occurs once, and share of the possible pairs that must occur. */
const ONCE_MIN = 0.95;
const MET_MIN = 0.25;

/**
 * An entity column and an observer column: each pair occurs (nearly) once, and the observers meet the same entities again and
 * again. Observers are names: a measurement repeated over time or place is no second opinion on the first.
 */
const observed = (sample: Sample): { entity: Column; observer: Column } | null => {
  const names = sample.columns.filter((c) => c.field.field_type === "String" && distinctOf(c) >= 5 && c.known >= distinctOf(c) * 5);
  for (const entity of names)
    for (const observer of names) {
      const possible = distinctOf(entity) * distinctOf(observer);
      if (entity === observer || distinctOf(entity) < distinctOf(observer)) continue;
      if (possible < sample.rows * ONCE_MIN || sample.rows < possible * MET_MIN) continue;
      const pairs = new Set<number>();
      for (let row = 0; row < sample.rows; row++) pairs.add(entity.codes[row]! * observer.values.length + observer.codes[row]!);
      if (pairs.size >= sample.rows * ONCE_MIN) return { entity, observer };
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
