/**
 * A field's profile from its value counts. Every statistic is exact here, on every engine the same: the engine only
 * groups, and what a value means is decided in one place.
 */
import { compareTexts } from "@touchstone/core/expr/values";
import type { Field, FieldType } from "@touchstone/core/model/field";
import type { FieldProfile, ShownValue, ValueCount } from "@touchstone/core/model/profile";
import { blankProfile, spread } from "./kind.ts";
import { patternsOf } from "./masks.ts";
import { compensatedSum, entropyBits, finite, histogramOfValues, momentsOf, quantileOf, quantileSketch, type Weighted } from "./numbers.ts";
import { dateText, dayOf, finer, gapsOf, granularityOf, secondsOf, timestampText, type Granularity } from "./times.ts";

/** `denotes`: the types the text can be read as. `length` in characters; `value` may be cut to what can be shown. */
export type TextCount = { value: string; count: number; length: number; isBlank: boolean; denotes: readonly FieldType[] };

export type ValueCounts =
  /** `text` as the engine writes the number, NaN and infinities included. */
  | { kind: "number"; nulls: number; values: { text: string; count: number }[] }
  | { kind: "time"; nulls: number; infinite: number; values: { micros: bigint; count: number }[] }
  | { kind: "text"; nulls: number; values: TextCount[] }
  | { kind: "boolean"; nulls: number; values: { value: boolean; count: number }[] };

/** Most frequent values kept per field. */
export const TOP_VALUES_MAX = 20;

/** The profile of a field whose every value was counted. */
export const profileFromCounts = (field: Field, counts: ValueCounts): FieldProfile => {
  const rows = totalOf(counts.values) + (counts.kind === "time" ? counts.infinite : 0);
  const profile = blankProfile(field, rows + counts.nulls, counts.nulls);
  return { ...profile, ...spreadOf(counts), ...ofKind(field, counts, rows) };
};

const totalOf = (values: readonly { count: number }[]): number => values.reduce((total, { count }) => total + count, 0);

const spreadOf = (counts: ValueCounts): Partial<FieldProfile> => {
  const sizes = counts.values.map(({ count }) => count);
  if (counts.kind === "time" && counts.infinite > 0) sizes.push(counts.infinite);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const logs = sizes.reduce((sum, size) => sum + size * Math.log(size), 0);
  return spread(sizes.length, sizes.filter((size) => size === 1).length, entropyBits(total, logs));
};

const ofKind = (field: Field, counts: ValueCounts, rows: number): Partial<FieldProfile> => {
  switch (counts.kind) {
    case "number":
      return ofNumbers(field, counts.values, rows);
    case "time":
      return ofTimes(field, counts.values, counts.infinite, rows);
    case "text":
      return ofTexts(counts.values, rows);
    case "boolean":
      return { top_values: topValues(counts.values, rows, byBoolean), ...booleanRange(counts.values) };
  }
};

/** The most frequent, ties in the order given; nothing when no value repeats, because then none is more frequent. */
const topValues = <V extends { value: ShownValue; count: number }>(
  values: readonly V[],
  rows: number,
  order: (a: V, b: V) => number,
): ValueCount[] =>
  values.length > 1 && values.every(({ count }) => count === 1)
    ? []
    : first(values, TOP_VALUES_MAX, (a, b) => b.count - a.count || order(a, b)).map(({ value, count }) => ({
        value,
        count,
        ratio: count / rows,
      }));

/** The first few in an order, without sorting the rest: most values are compared once. */
const first = <V>(values: readonly V[], most: number, order: (a: V, b: V) => number): V[] => {
  const found: V[] = [];
  for (const value of values) {
    if (found.length === most && order(found[most - 1]!, value) <= 0) continue;
    const at = found.findIndex((other) => order(other, value) > 0);
    found.splice(at < 0 ? found.length : at, 0, value);
    if (found.length > most) found.pop();
  }
  return found;
};

const byBoolean = (a: { value: boolean }, b: { value: boolean }): number => Number(a.value) - Number(b.value);

const booleanRange = (values: readonly { value: boolean }[]): Partial<FieldProfile> => {
  const sorted = values.toSorted(byBoolean);
  return { min: sorted[0]?.value ?? null, max: sorted.at(-1)?.value ?? null };
};

// ── Numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** The number an engine's text stands for; the engines write NaN and infinities in their own ways. */
export const numberOf = (text: string): number => {
  const word = text.toLowerCase();
  if (word === "nan") return NaN;
  if (word === "inf" || word === "infinity") return Infinity;
  if (word === "-inf" || word === "-infinity") return -Infinity;
  // A decimal may lie beyond the doubles and still be finite.
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(text)));
};

/** A number as it is shown: whole numbers beyond 2^53 as text, since a double would change them. */
export const shownNumber = (text: string, whole: boolean): ShownValue => {
  const x = numberOf(text);
  return whole && !Number.isSafeInteger(x) ? text : finite(x);
};

type NumberCount = Weighted & { text: string; value: ShownValue };

const byNumber = (a: NumberCount, b: NumberCount): number => {
  if (a.x !== b.x) return a.x < b.x ? -1 : 1;
  // Different whole numbers beyond 2^53 may be one double.
  return typeof a.value === "string" && typeof b.value === "string" && BigInt(a.value) < BigInt(b.value) ? -1 : 1;
};

const sumOf = (values: readonly NumberCount[], whole: boolean): number | null => {
  if (values.length === 0) return null;
  if (whole) return Number(values.reduce((sum, { text, count }) => sum + BigInt(text) * BigInt(count), 0n));
  return finite(compensatedSum(values.map(({ x, count }) => x * count)));
};

const ofNumbers = (field: Field, counted: readonly { text: string; count: number }[], rows: number): Partial<FieldProfile> => {
  const whole = field.field_type === "Integral";
  const all: NumberCount[] = counted.map(({ text, count }) => ({ x: numberOf(text), count, text, value: shownNumber(text, whole) }));
  const values = all.filter(({ x }) => Number.isFinite(x)).toSorted(byNumber);
  const moments = momentsOf(values);
  const count = (holds: (x: number) => boolean): number => totalOf(all.filter(({ x }) => holds(x)));
  return {
    min: values[0]?.value ?? null,
    max: values.at(-1)?.value ?? null,
    mean: moments.mean,
    sum: sumOf(values, whole),
    std_dev: moments.stdDev,
    skewness: moments.skewness,
    kurtosis: moments.kurtosis,
    ...quantileSketch((p) => quantileOf(values, p)),
    zero_count: count((x) => x === 0),
    negative_count: count((x) => x < 0 && x !== -Infinity),
    nan_count: count(Number.isNaN),
    infinite_count: count((x) => Math.abs(x) === Infinity),
    histogram_buckets: histogramOfValues(values, whole),
    top_values: topValues(values, rows, byNumber),
  };
};

// ── Times ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** An instant as it is shown: a date, or a date and a time of day. */
export const shownTime = (field: Field, micros: bigint): string =>
  field.field_type === "Date" ? dateText(dayOf(micros)) : timestampText(micros);

const ofTimes = (
  field: Field,
  counted: readonly { micros: bigint; count: number }[],
  infinite: number,
  rows: number,
): Partial<FieldProfile> => {
  const values = counted.toSorted((a, b) => (a.micros < b.micros ? -1 : 1));
  const [first, last] = [values[0], values.at(-1)];
  if (first === undefined || last === undefined) return { infinite_count: infinite };
  const seconds = values.map(({ micros, count }) => ({ x: secondsOf(micros), count }));
  const granularity = values.reduce<Granularity>((unit, { micros }) => finer(unit, granularityOf(micros)), "year");
  const gaps = gapsOf(new Set(values.map(({ micros }) => dayOf(micros))), granularity);
  const shown = values.map(({ micros, count }) => ({ value: shownTime(field, micros), micros, count }));
  const { quantiles } = quantileSketch((p) => quantileOf(seconds, p));
  return {
    min: shownTime(field, first.micros),
    max: shownTime(field, last.micros),
    infinite_count: infinite,
    quantiles,
    histogram_buckets: histogramOfValues(seconds, false),
    top_values: topValues(shown, rows, (a, b) => (a.micros < b.micros ? -1 : 1)),
    span_seconds: secondsOf(last.micros - first.micros),
    granularity,
    gap_count: gaps.count,
    longest_gap_seconds: gaps.longestSeconds,
  };
};

// ── Text ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Order of code points, which is that of the bytes of UTF-8. */
const byBytes = (a: { value: string }, b: { value: string }): number => compareTexts(a.value, b.value);

/** Types a text may denote, the most specific first: of equal shares the first is told. */
export const DENOTED_TYPES = ["Integral", "Fractional", "Boolean", "Date", "Timestamp"] as const satisfies readonly FieldType[];
export type DenotedType = (typeof DENOTED_TYPES)[number];

/** A type is told when at least this share of the texts denote it; below, the field holds text. */
const HOLDS_MIN = 0.5;

/** The type that most of the non-empty texts denote and their share; `String` and the share that denotes nothing else, when no type does. */
export const heldType = (denoting: ReadonlyMap<FieldType, number>, none: number, total: number): Partial<FieldProfile> => {
  if (total === 0) return {};
  const best = DENOTED_TYPES.reduce((a, b) => ((denoting.get(b) ?? 0) > (denoting.get(a) ?? 0) ? b : a));
  const share = (denoting.get(best) ?? 0) / total;
  return share >= HOLDS_MIN ? { holds_type: best, holds_type_ratio: share } : { holds_type: "String", holds_type_ratio: none / total };
};

/** How many rows denote each type, from counted texts; empty texts are left out. */
export const tallyTypes = (values: readonly TextCount[]): { denoting: Map<FieldType, number>; none: number; total: number } => {
  const denoting = new Map<FieldType, number>();
  const texts = values.filter(({ length }) => length > 0);
  for (const { denotes, count } of texts) for (const type of denotes) denoting.set(type, (denoting.get(type) ?? 0) + count);
  return { denoting, none: totalOf(texts.filter(({ denotes }) => denotes.length === 0)), total: totalOf(texts) };
};

const ofTexts = (values: readonly TextCount[], rows: number): Partial<FieldProfile> => {
  if (rows === 0) return { empty_count: 0, blank_count: 0 };
  const { denoting, none, total } = tallyTypes(values);
  return {
    min: first(values, 1, byBytes)[0]?.value ?? null,
    max: first(values, 1, (a, b) => byBytes(b, a))[0]?.value ?? null,
    min_length: values.reduce((least, { length }) => Math.min(least, length), Infinity),
    max_length: values.reduce((most, { length }) => Math.max(most, length), 0),
    mean_length: values.reduce((sum, { length, count }) => sum + length * count, 0) / rows,
    empty_count: totalOf(values.filter(({ length }) => length === 0)),
    blank_count: totalOf(values.filter(({ isBlank }) => isBlank)),
    ...heldType(denoting, none, total),
    patterns: patternsOf(values),
    top_values: topValues(values, rows, byBytes),
  };
};
