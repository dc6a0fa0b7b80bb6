/**
 * Discovery of dependencies: the lattice of determinants from the bottom (Huhtala et al. 1999, TANE), single columns first, pairs
 * only for columns that no single one determines. What is found on some of the rows is held against all of them later.
 */
import { dependency, groupIds, type Dependency, type Quorum } from "./dependency.ts";
import { elsewhere } from "./elsewhere.ts";
import { distinctOf, type Column, type Sample } from "./sample.ts";

/** Known values a group needs to have an opinion; below three there is no majority against a single error. */
const GROUP_ROWS_MIN = 3;
/** Groups, and rows in them, a dependency needs. */
const GROUPS_MIN = 3;
const ROWS_MIN = 20;
const LAMBDA_MIN = 0.8;
export const ERROR_MAX = 0.12;
/** Share of the rows that must lie in groups with an opinion: a dependency that few rows can be held against says little. */
export const COVERED_MIN = 0.5;
/** The same in a sample, which leaves most groups of a large container too small. */
const COVERED_IN_SAMPLE_MIN = 0.1;
/**
 * Share of the rows of large groups whose group must have an opinion. Looking only at groups that agree makes any two related
 * columns look dependent: county names determine the state, except where two states share one.
 */
const OPINIONATED_MIN = 0.9;
const SYSTEMATIC_ROWS_MIN = 4;
/** Of two values, rows of the groups in which the rarer is usual: one small group of some of the rare ones is a coincidence. */
const MINORITY_ROWS_MIN = 10;
/** Columns that may form pairs: work grows with the square. */
const PAIR_COLUMNS_MAX = 14;

/** Strict: a key of an entity; few exceptions, each alone in its group. */
export const STRICT: Quorum = { rowsMin: GROUP_ROWS_MIN, shareMin: 0.75 };

/** Whether a dependency of a sample is one: nearly all rows agree, nearly all groups have an opinion, and guessing would be worse. */
export const holds = (sample: Sample, d: Dependency): boolean =>
  d.groups >= GROUPS_MIN &&
  d.judged >= d.large * OPINIONATED_MIN &&
  d.judged >= Math.max(ROWS_MIN, d.value.known * (sample.rows < sample.records ? COVERED_IN_SAMPLE_MIN : COVERED_MIN)) &&
  d.exceptions.length <= ERROR_MAX * d.judged &&
  d.lambda >= LAMBDA_MIN &&
  (d.usuals >= 3 || (d.usuals === 2 && d.groups >= 10 && d.minority >= MINORITY_ROWS_MIN));

const SYSTEMATIC_SHARE_MIN = 0.25;
/** Share of the exceptions that may hold one and the same value: more, and it is an alternative of its own. */
const ONE_VALUE_MAX = 0.5;

/** Rows of one group with one value from which that is a second value of the group, and no slip. */
const SECOND_VALUE_ROWS_MIN = 3;

/** Whether most exceptions are a second value of their group that recurs: two airports lie 184 miles away. */
export const recurring = (
  sample: Sample,
  { value, determinant, exceptions }: Pick<Dependency, "value" | "determinant" | "exceptions">,
): boolean => {
  const { ids } = groupIds(determinant, sample.rows);
  const pairs = new Map<number, number>();
  const keyOf = (row: number) => ids[row]! * value.values.length + value.codes[row]!;
  for (const row of exceptions) pairs.set(keyOf(row), (pairs.get(keyOf(row)) ?? 0) + 1);
  const rows = exceptions.filter((row) => pairs.get(keyOf(row))! >= SECOND_VALUE_ROWS_MIN).length;
  return rows > exceptions.length * ONE_VALUE_MAX;
};

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
  if (recurring(sample, { value, determinant, exceptions })) return true;
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

export const mayDepend = (c: Column) => c.known >= ROWS_MIN && distinctOf(c) >= 2;

/** Whether enough rows repeat a value for half of the rows that must be covered to agree with others: a quick way to leave most measurements out. */
const repeats = (sample: Sample, c: Column): boolean =>
  distinctOf(c) <= c.known * (1 - (sample.rows < sample.records ? COVERED_IN_SAMPLE_MIN : COVERED_MIN) / 2);

/** Rows on which dependencies are looked for (fewer when there are many columns). */
const DISCOVERY_ROWS_MAX = 10_000;
const DISCOVERY_ROWS_MIN = 1_500;
const DISCOVERY_CELLS_MAX = 300_000;
/** Values of a determinant, for each part the sample is cut into, from which whole groups are kept rather than single rows. */
const FOCUS_VALUES_MIN = 30;
/** Views that are kept for the pairs; each holds as many cells as are looked at. */
const VIEWS_MAX = 30;

const partsOf = (sample: Sample): number => {
  const rowsMax = Math.max(DISCOVERY_ROWS_MIN, Math.min(DISCOVERY_ROWS_MAX, Math.floor(DISCOVERY_CELLS_MAX / sample.columns.length)));
  return Math.ceil(sample.rows / rowsMax);
};

/** Some rows, re-coded, so that tables of counts stay small. */
const only = (sample: Sample, rows: readonly number[]): Sample => ({
  ...sample,
  rows: rows.length,
  records: sample.rows === sample.records ? rows.length : sample.records,
  whole: false,
  columns: sample.columns.map((c) => recoded(c, rows)),
});

const recoded = (c: Column, rows: readonly number[]): Column => {
  const index = new Int32Array(c.values.length).fill(-1);
  const codes = new Int32Array(rows.length).fill(-1);
  const old: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    const code = c.codes[rows[i]!]!;
    if (code < 0) continue;
    if (index[code]! < 0) index[code] = old.push(code) - 1;
    codes[i] = index[code]!;
  }
  const counts = new Int32Array(old.length);
  for (const code of codes) if (code >= 0) counts[code]!++;
  const numbers = Float64Array.from(old, (code) => c.numbers[code]!);
  const known = codes.reduce((n, code) => n + (code >= 0 ? 1 : 0), 0);
  return { ...c, codes, counts, known, numbers, values: old.map((code) => c.values[code]!), total: (code) => counts[code]! };
};

/** Every n-th row: enough of each group when a determinant has few values. */
const thinned = (sample: Sample, parts: number): Sample =>
  parts <= 1
    ? sample
    : only(
        sample,
        Array.from({ length: Math.floor(sample.rows / parts) }, (_, i) => i * parts),
      );

/** All rows of every n-th value of a determinant of many values, whose groups thinning would dissolve. */
const focused = (sample: Sample, determinant: Column, parts: number): Sample => {
  const rows: number[] = [];
  determinant.codes.forEach((code, row) => {
    if (code >= 0 && code % parts === 0) rows.push(row);
  });
  return only(sample, rows);
};

/** Share of the errors left when one of the two columns is shuffled that both together must explain. */
const EXPLAINED_MIN = 0.35;

/** A column with its values in the order of other rows. */
const shuffled = (c: Column): Column => ({ ...c, codes: c.codes.map((_, row) => c.codes[elsewhere(row, c.codes.length)]!) });

/**
 * Whether it takes both columns. Two together make small groups, and in small groups values agree by chance; how far they do is
 * seen by shuffling either of the two (the correction for chance of Mandros et al. 2017, estimated by one permutation).
 */
const needsBoth = (sample: Sample, d: Dependency): boolean => {
  const [a, b] = [d.determinant[0]!, d.determinant[1]!];
  const errors = (x: Dependency) => 1 - x.top / Math.max(1, x.large);
  const most = Math.min(
    ...[
      [shuffled(a), b],
      [a, shuffled(b)],
    ].map((by) => errors(dependency(sample, by, d.value, STRICT))),
  );
  return errors(d) <= most * (1 - EXPLAINED_MIN);
};

type Pair = { value: string; determinant: string[] };

/** Pairs of determinants for columns that no single one determines, or whose single ones fail on a rule of their own. */
const pairsOf = (
  viewOf: (at: number) => Sample,
  pairs: readonly (readonly [number, number])[],
  wanted: (name: string) => boolean,
): Pair[] =>
  pairs.flatMap(([first, second]) => {
    const view = viewOf(second);
    const [a, b] = [view.columns[first]!, view.columns[second]!];
    return view.columns.flatMap((value): Pair[] => {
      if (value === a || value === b || !wanted(value.field.name) || !repeats(view, value)) return [];
      const d = dependency(view, [a, b], value, STRICT);
      if (!holds(view, d) || !needsBoth(view, d) || systematic(view, d)) return [];
      return [{ value: value.field.name, determinant: [a.field.name, b.field.name] }];
    });
  });

/** Pairs of the columns of fewest values, which make groups of many rows; the column of more values second. */
const pairable = (sample: Sample, singles: readonly number[]): [number, number][] => {
  const columns = singles
    .filter((at) => isName(sample.columns[at]!))
    .toSorted((a, b) => distinctOf(sample.columns[a]!) - distinctOf(sample.columns[b]!))
    .slice(0, PAIR_COLUMNS_MAX);
  return columns.flatMap((a, i) => columns.slice(i + 1).map((b): [number, number] => [a, b]));
};

/** Pairs of columns looked at (about 5 µs each and 100 rows): of more than seven hundred columns not every one is tried against every other. */
const SINGLES_TIMES_COLUMNS_MAX = 500_000;

/** The determinants worth trying first when there are too many: those of fewest values, whose groups are the largest. */
const affordable = (sample: Sample, singles: readonly number[]): readonly number[] => {
  const most = Math.max(PAIR_COLUMNS_MAX, Math.floor(SINGLES_TIMES_COLUMNS_MAX / sample.columns.length));
  if (singles.length <= most) return singles;
  const distinct = new Map(singles.map((at) => [at, distinctOf(sample.columns[at]!)]));
  return singles.toSorted((a, b) => distinct.get(a)! - distinct.get(b)! || a - b).slice(0, most);
};

/** The rows to look at for a determinant: whole groups of one of many values, thinned out for the others. */
const views = (sample: Sample, thin: Sample, parts: number): ((at: number) => Sample) => {
  const known = new Map<number, Sample>();
  return (at) => {
    const isFocused = parts > 1 && distinctOf(sample.columns[at]!) >= FOCUS_VALUES_MIN * parts;
    if (!isFocused) return thin;
    const view = known.get(at) ?? focused(sample, sample.columns[at]!, parts);
    if (known.size < VIEWS_MAX) known.set(at, view);
    return view;
  };
};

/** Determinants per column that seem to hold, by name. */
export const discover = (sample: Sample): Map<string, string[][]> => {
  const parts = partsOf(sample);
  const thin = thinned(sample, parts);
  const found = new Map<string, string[][]>(thin.columns.filter(mayDepend).map((c) => [c.field.name, []]));
  const singles = affordable(
    sample,
    sample.columns.flatMap((c, at) => (mayDetermine(sample, c) ? [at] : [])),
  );
  const viewOf = views(sample, thin, parts);
  for (const at of singles) {
    const view = viewOf(at);
    const determinant = view.columns[at]!;
    for (const value of view.columns) {
      if (value === determinant || !found.has(value.field.name) || !repeats(view, value)) continue;
      const d = dependency(view, [determinant], value, STRICT);
      if (holds(view, d) && mayNumber(d) && !systematic(view, d)) found.get(value.field.name)!.push([determinant.field.name]);
    }
  }
  const open = new Set([...found].filter(([, determinants]) => determinants.length === 0).map(([name]) => name));
  const pairs = pairsOf(viewOf, pairable(sample, singles), (name) => open.has(name));
  for (const { value, determinant } of pairs) found.get(value)!.push(determinant);
  return found;
};
