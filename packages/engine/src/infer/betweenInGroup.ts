/**
 * Bounds within a group: a price lies near the others of its product, though prices as such lie anywhere.
 *
 * Per group a median and a spread, both robust; what is left of a value beyond them, over all groups together, is a distribution of its own and is
 * fenced (residual.ts). A group says something only where it leaves much less to guess than knowing nothing: the spread within the
 * groups against that of all values.
 */
import { NUMERIC_TYPES } from "@touchstone/core/model/field";
import { inference, outOf, type Candidate } from "./candidate.ts";
import { numbersNamed, quoted } from "./numbers.ts";
import { areSlips, bound, logsOf, OUTSIDE_MAX, reachOf, SIZES_MIN, spreadOf, TIMES_MIN } from "./residual.ts";
import { columnNamed, distinctOf, type Column, type Sample } from "./sample.ts";
import { quantileOf } from "./statistics.ts";

/** Values a group needs to be judged by, groups, and share of the rows in such groups. */
const GROUP_ROWS_MIN = 8;
const GROUPS_MIN = 3;
const JUDGED_MIN = 0.5;
/** Spread within the groups, relative to that of all values, up to which the group says something. */
const WITHIN_MAX = 0.4;
/** Columns that group, and columns that are grouped. */
const GROUPINGS_MAX = 12;
const COLUMNS_MAX = 60;
/** Rows (of whole groups) by which most groupings are rejected. */
const FIRST_ROWS = 1000;
/** Least spread of a group on the scale of logarithms: prices that never change may be discounted all the same. */
const SPREAD_MIN = 0.05;
/** Share of a group that lies outside from which it mixes different things, and share of the groups that must not. */
const MIXED_MIN = 0.12;
const PURE_MIN = 0.9;
/** Groups listed in one check. */
const LISTED_MAX = 200;

/** The rows of each group together; `starts` says where each begins. */
type Grouping = { column: Column; rows: Int32Array; starts: Int32Array };

const groupingOf = (column: Column): Grouping => {
  const starts = new Int32Array(column.values.length + 1);
  for (let code = 0; code < column.values.length; code++) starts[code + 1] = starts[code]! + column.counts[code]!;
  const rows = new Int32Array(column.known);
  const next = starts.slice();
  column.codes.forEach((code, row) => {
    if (code >= 0) rows[next[code]!++] = row;
  });
  return { column, rows, starts };
};

/** A group with its values, sorted, its usual one and its spread, all on the scale of logarithms. */
type Group = { code: number; values: Float64Array; middle: number; spread: number };

const rowsOf = (groups: readonly Group[]): number => groups.reduce((sum, { values }) => sum + values.length, 0);

/** The sizes of some rows that have one, sorted. */
const known = (logs: Float64Array, rows: Int32Array): Float64Array => {
  const sizes = new Float64Array(rows.length);
  let found = 0;
  for (const row of rows) if (!Number.isNaN(logs[row]!)) sizes[found++] = logs[row]!;
  return sizes.subarray(0, found).sort();
};

/** The groups that are large enough, up to so many rows. */
const groupsOf = ({ rows, starts }: Grouping, logs: Float64Array, rowsMax: number): Group[] => {
  const groups: Group[] = [];
  let judged = 0;
  for (let code = 0; code + 1 < starts.length && judged < rowsMax; code++) {
    if (starts[code + 1]! - starts[code]! < GROUP_ROWS_MIN) continue;
    const values = known(logs, rows.subarray(starts[code]!, starts[code + 1]!));
    if (values.length < GROUP_ROWS_MIN) continue;
    groups.push({ code, values, middle: quantileOf(values, 0.5), spread: spreadOf(values) });
    judged += values.length;
  }
  return groups;
};

/** Something of each value of each group. */
const joined = (groups: readonly Group[], of: (x: number, group: Group) => number): Float64Array => {
  const all = new Float64Array(rowsOf(groups));
  let at = 0;
  for (const group of groups) for (const x of group.values) all[at++] = of(x, group);
  return all;
};

/** Spread within the groups relative to that of all values; 1 where there are too few groups. */
const leftToGuess = (groups: readonly Group[]): number =>
  groups.length < GROUPS_MIN
    ? 1
    : spreadOf(joined(groups, (x, { middle }) => x - middle).sort()) / spreadOf(joined(groups, (x) => x).sort());

/** A group with its bounds, and what lies outside of them. */
type Bounded = { group: Group; min: number; max: number; outside: number[] };

const boundedBy = (group: Group, reach: number): Bounded => {
  const [min, max] = [bound(group.middle - reach), bound(group.middle + reach)];
  const [from, to] = [Math.log(min), Math.log(max)];
  return { group, min, max, outside: Array.from(group.values.filter((x) => x < from || x > to)) };
};

type Fit = { bounded: Bounded[]; rows: number; outside: number };

const fitOf = (groups: readonly Group[]): Fit | null => {
  const usual = Math.max(SPREAD_MIN, quantileOf(Float64Array.from(groups, ({ spread }) => spread).sort(), 0.5));
  const scaleOf = ({ spread }: Group) => Math.max(spread, usual) / usual;
  const reach = reachOf(joined(groups, (x, group) => (x - group.middle) / scaleOf(group)));
  if (reach === null) return null;
  const bounded = groups
    .map((group) => boundedBy(group, reach.reach * scaleOf(group)))
    .filter(({ group, outside }) => outside.length <= Math.max(1, group.values.length * MIXED_MIN));
  if (bounded.length < groups.length * PURE_MIN) return null;
  const outside = bounded.flatMap(({ group, outside: of }) => of.map((x) => x - group.middle));
  const pure = bounded.map(({ group }) => group);
  return areSlips(
    outside,
    joined(pure, (x, { middle }) => x - middle),
  )
    ? { bounded, rows: rowsOf(pure), outside: outside.length }
    : null;
};

const literal = (c: Column, code: number): string =>
  c.field.field_type === "String" ? `'${c.values[code]!.replaceAll("'", "''")}'` : c.values[code]!;

const expressionOf = (x: Column, by: Column, bounded: readonly Bounded[]): string => {
  const cases = bounded.map(
    ({ group, min, max }) =>
      `WHEN ${quoted(by.field.name)} = ${literal(by, group.code)} THEN ${quoted(x.field.name)} BETWEEN ${min} AND ${max}`,
  );
  return `CASE WHEN ${quoted(x.field.name)} <= 0 THEN TRUE ${cases.join(" ")} ELSE TRUE END`;
};

/** The groups worth listing: those in which something is wrong, and the largest. */
const listed = (bounded: readonly Bounded[]): Bounded[] =>
  bounded
    .toSorted((a, b) => b.outside.length - a.outside.length || b.group.values.length - a.group.values.length || a.group.code - b.group.code)
    .slice(0, LISTED_MAX);

const candidateOf = (x: Column, by: Column, { bounded, rows, outside }: Fit): Candidate => {
  const groups = listed(bounded);
  const of = new Map(groups.map((each) => [each.group.code, each]));
  const [name, group] = [x.field.name, by.field.name];
  const others = outside === 1 ? "is" : "are";
  return {
    rule_type: "satisfiesExpression",
    fields: [name],
    properties: { expression: expressionOf(x, by, groups) },
    coverage: 1,
    key: JSON.stringify(["within its group", name, group]),
    says: `${name} lies within bounds around the usual ${name} of its ${group}`,
    why:
      `${outOf(rows - outside, rows)} values of ${name} lie near those with the same ${group} (${bounded.length} groups), among which they differ far less than ${name} does as a whole` +
      (outside === 0
        ? ""
        : `; the other ${outside} ${others} more than ${TIMES_MIN} times the usual one, or less than that part of it, and apart from all others`),
    support: rows - outside,
    violates: (sample) => {
      const [numbers, { codes }] = [numbersNamed(sample, name), columnNamed(sample, group)!];
      return (row) => {
        const own = of.get(codes[row]!);
        return own !== undefined && numbers[row]! > 0 && (numbers[row]! < own.min || numbers[row]! > own.max);
      };
    },
    exceptionsMax: OUTSIDE_MAX * 2,
  };
};

/** Columns of recurring values, whose groups are large enough. */
const groupingsOf = (sample: Sample): Grouping[] =>
  sample.columns
    .filter((c) => {
      const isNominal = c.field.field_type === "String" || c.field.field_type === "Boolean" || c.field.field_type === "Integral";
      return isNominal && c.known >= sample.rows * JUDGED_MIN && distinctOf(c) >= GROUPS_MIN && distinctOf(c) * GROUP_ROWS_MIN <= c.known;
    })
    .toSorted((a, b) => distinctOf(b) - distinctOf(a))
    .slice(0, GROUPINGS_MAX)
    .map(groupingOf);

/** The grouping that leaves least to guess, with bounds for its groups. */
const bounded = (x: Column, groupings: readonly Grouping[]): Candidate[] => {
  const logs = logsOf(x);
  if (logs === null) return [];
  const telling = groupings
    .filter(({ column }) => column !== x)
    .map((grouping) => ({ grouping, left: leftToGuess(groupsOf(grouping, logs, FIRST_ROWS)) }))
    .filter(({ left }) => left <= WITHIN_MAX)
    .toSorted((a, b) => a.left - b.left);
  for (const { grouping } of telling) {
    const groups = groupsOf(grouping, logs, Infinity);
    if (rowsOf(groups) < Math.max(SIZES_MIN, x.known * JUDGED_MIN) || !(leftToGuess(groups) <= WITHIN_MAX)) continue;
    const fit = fitOf(groups);
    return fit === null ? [] : [candidateOf(x, grouping.column, fit)];
  }
  return [];
};

export default inference({
  name: "betweenInGroup",
  level: 2,
  docs:
    "Sizes lie within bounds around the usual one of their group (a price near the others of its product), where the groups leave much less to guess than knowing nothing. Outside is what is several times the " +
    "usual value, or that part of it, and apart from all that is left over in any group; more than a few must be the group's values times a power of ten. Groups that mix different things are left alone.",
  candidates: (sample) => {
    const groupings = sample.rows < SIZES_MIN ? [] : groupingsOf(sample);
    const sizes =
      groupings.length === 0 ? [] : sample.columns.filter((c) => NUMERIC_TYPES.includes(c.field.field_type)).slice(0, COLUMNS_MAX);
    return sizes.flatMap((x) => bounded(x, groupings));
  },
});
