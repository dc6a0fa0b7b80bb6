/**
 * A dependency between columns, measured: how many rows hold the value that is usual for their group.
 *
 * The share of rows that agree is 1 - g3 of Kivinen & Mannila (1995); how much better that is than knowing nothing is lambda of
 * Goodman & Kruskal (1954): a column that is nearly constant is "determined" by anything.
 */
import type { Column, Sample } from "./sample.ts";

type Groups = { ids: Int32Array; groups: number };

/** Groups of pairs, which are asked for with one value column after another. */
const paired = new WeakMap<Column, WeakMap<Column, Groups>>();

/** Group id per row (-1 where a determinant is NULL). */
export const groupIds = (columns: readonly Column[], rows: number): Groups => {
  const [first, second] = [columns[0]!, columns[1]];
  if (second === undefined) return { ids: first.codes, groups: first.values.length };
  const known = paired.get(first) ?? new WeakMap<Column, Groups>();
  paired.set(first, known);
  const found = known.get(second) ?? pairIds(first, second, rows);
  known.set(second, found);
  return found;
};

const pairIds = (first: Column, second: Column, rows: number): Groups => {
  const index = new Map<number, number>();
  const ids = new Int32Array(rows).fill(-1);
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
  /** Rows of the large groups that hold the most frequent value of their group, whether or not it is an opinion. */
  top: number;
  /** Rows that differ from their group's opinion, and rows without a value whose group has one. */
  exceptions: number[];
  missing: number;
  /** Groups with an opinion, and usual values that differ. */
  groups: number;
  usuals: number;
  /** Judged rows of groups whose usual value is another than the most common one. */
  minority: number;
  /** Goodman and Kruskal's lambda over the judged rows: 1 when nothing is left to guess. */
  lambda: number;
};

export const dependency = (sample: Sample, determinant: readonly Column[], value: Column, quorum: Quorum): Dependency => {
  const { ids, groups } = groupIds(determinant, sample.rows);
  const p = pluralities(ids, groups, value);
  const usual = new Map<number, number>();
  let [large, top, judged, agree, count] = [0, 0, 0, 0, 0];
  for (let group = 0; group < groups; group++) {
    if (p.total[group]! >= quorum.rowsMin) {
      large += p.total[group]!;
      top += p.top[group]!;
    }
    if (!hasOpinion(p, group, quorum)) continue;
    count++;
    judged += p.total[group]!;
    agree += p.top[group]!;
    usual.set(p.usual[group]!, (usual.get(p.usual[group]!) ?? 0) + p.total[group]!);
  }
  const guess = judged === 0 ? 1 : Math.max(...usual.values()) / judged;
  const lambda = guess >= 1 ? 0 : (agree / judged - guess) / (1 - guess);
  const { exceptions, missing } = lambda < LAMBDA_WORTH ? { exceptions: [], missing: 0 } : exceptionsOf(ids, p, value, quorum);
  const minority = judged - Math.max(0, ...usual.values());
  return { determinant, value, large, top, judged, exceptions, missing, groups: count, usuals: usual.size, minority, lambda };
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
