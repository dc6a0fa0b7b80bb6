/**
 * Fields of many values, second half: one grouping per field (one at a time, for memory) that answers how many values
 * differ and how often the commonest occur, and, with the extremes known from the shared scan, histogram and quantiles.
 */
import type { Field } from "@touchstone/core/model/field";
import type { FieldProfile, ValueCount } from "@touchstone/core/model/profile";
import type { Cell } from "@touchstone/core/rules/rule";
import type { Row, Session } from "../connectors/connector.ts";
import { shownNumber, shownTime, TOP_VALUES_MAX } from "./from-counts.ts";
import { kindOf, spread } from "./kind.ts";
import { bucketsFor, entropyBits, histogramOf, quantileOfBins, quantileSketch, type Bin, type Buckets } from "./numbers.ts";
import { SHOWN_CHARACTERS_MAX, type Writer } from "./value-counts.ts";
import { gapsOf, MICROS_PER_DAY, SECONDS_PER_DAY } from "./times.ts";
import { numberExpression, timeExpression, type Planned } from "./whole-scan.ts";

/** A scale of the field's values in the engine: what its numbers are, and how many of them make a shown unit. */
type Axis = { expression: string; min: number; max: number; unit: number; whole: boolean };

/** Stretch of the axis cut into bins of equal width. */
type Segment = { low: number; high: number; bins: number; firstBin: number };

/** The middle 98 % gets nearly all bins, so that far outliers do not blur the quantiles. */
const BINS = { tail: 200, middle: 4000 };

const numberAxis = (writer: Writer, field: Field, profile: FieldProfile): Axis | null => {
  if (profile.min === null || profile.max === null) return null;
  return {
    expression: numberExpression(writer, field),
    min: Number(profile.min),
    max: Number(profile.max),
    unit: 1,
    whole: field.field_type === "Integral",
  };
};

/** Times lie on an axis of their engine unit (microseconds, days) and are shown in seconds. */
const timeAxis = (writer: Writer, field: Field, profile: FieldProfile): Axis | null => {
  const [first, last] = [profile.min, profile.max].map((text) =>
    Date.parse(`${String(text).replace(" ", "T")}${field.field_type === "Date" ? "" : "Z"}`),
  );
  // Years beyond four digits do not parse: no histogram then.
  if (first === undefined || last === undefined || Number.isNaN(first) || Number.isNaN(last)) return null;
  const unit = field.field_type === "Date" ? SECONDS_PER_DAY : 1e-6;
  return {
    expression: writer.sql.double(timeExpression(writer, field)),
    min: first / 1000 / unit,
    max: last / 1000 / unit,
    unit,
    whole: false,
  };
};

/** The field as the grouping names its values. */
const grouped = (field: Field): Field => ({ ...field, name: "v" });

const axisOf = (writer: Writer, { field }: Planned, profile: FieldProfile): Axis | null => {
  if (field.masked) return null;
  const kind = kindOf(field);
  if (kind === "number") return numberAxis(writer, grouped(field), profile);
  return kind === "time" ? timeAxis(writer, grouped(field), profile) : null;
};

/** Segments by the look-ahead's 1 % and 99 % points, kept within the extremes. */
const segmentsOf = (axis: Axis, { preview }: Planned): Segment[] => {
  const at = (p: number, otherwise: number): number => {
    const value = preview?.profile.quantiles.find(([point]) => point === p)?.[1];
    return value === undefined ? otherwise : Math.min(axis.max, Math.max(axis.min, value / axis.unit));
  };
  const [a, b] = [at(0.01, axis.min), at(0.99, axis.max)];
  const drafts = [
    { low: axis.min, high: a, bins: BINS.tail },
    { low: a, high: b, bins: BINS.middle },
    { low: b, high: axis.max, bins: BINS.tail },
  ].filter(({ low, high }) => high > low && Number.isFinite(high - low));
  let firstBin = 0;
  return drafts.map((draft) => {
    const segment = { ...draft, firstBin };
    firstBin += draft.bins;
    return segment;
  });
};

const literal = (writer: Writer, x: number): string => writer.sql.double(x < 0 ? `(${x})` : String(x));

/** Number of the bin of the value `e`; the last segment takes what lies at its upper end. */
const binSql = (writer: Writer, segments: readonly Segment[], e: string): string => {
  if (segments.length === 0) return "0";
  const within = ({ low, high, bins, firstBin }: Segment): string =>
    `${firstBin} + least(${bins - 1}, greatest(0, ${writer.sql.floor(`(${e} - ${literal(writer, low)}) / ${literal(writer, (high - low) / bins)}`)}))`;
  const last = segments.at(-1)!;
  const whens = segments.slice(0, -1).map((segment) => `WHEN ${e} < ${literal(writer, segment.high)} THEN ${within(segment)}`);
  return whens.length === 0 ? within(last) : `CASE ${whens.join(" ")} ELSE ${within(last)} END`;
};

const bucketSql = (writer: Writer, { low, width, count }: Buckets, e: string): string =>
  width === 0
    ? "0"
    : `least(${count - 1}, greatest(0, ${writer.sql.floor(`(${e} - ${literal(writer, low)}) / ${literal(writer, width)}`)}))`;

type Plan = { planned: Planned; axis: Axis | null; segments: Segment[]; buckets: Buckets | null };

const planOf = (writer: Writer, planned: Planned, profile: FieldProfile): Plan => {
  const axis = axisOf(writer, planned, profile);
  return {
    planned,
    axis,
    segments: axis ? segmentsOf(axis, planned) : [],
    buckets: axis ? bucketsFor(axis.min, axis.max, axis.whole) : null,
  };
};

const statement = (writer: Writer, from: string, { planned: { field }, axis, segments, buckets }: Plan): string => {
  const { dialect, sql } = writer;
  const x = dialect.quote(field.name);
  const kind = kindOf(field);
  const key = kind === "text" || kind === "opaque" ? sql.text(x) : x;
  const bin = axis ? binSql(writer, segments, axis.expression) : "0";
  const bucket = axis && buckets ? bucketSql(writer, buckets, axis.expression) : "0";
  const onAxis = axis ? `CASE WHEN ${axis.expression} IS NULL THEN 1 ELSE 0 END` : "0";
  const showsValues = !field.masked && kind !== "opaque";
  const shown = kind === "time" ? sql.text(timeExpression(writer, grouped(field))) : sql.left(sql.text("v"), SHOWN_CHARACTERS_MAX);
  const groups = `WITH g AS MATERIALIZED (SELECT ${key} AS v, count(*) AS n FROM ${from} WHERE ${x} IS NOT NULL GROUP BY 1)`;
  const spreads = `SELECT 0 AS top, NULL AS v, off, bin, bucket, count(*) AS d, sum(CASE WHEN n = 1 THEN 1 ELSE 0 END) AS u, sum(n) AS r, sum(n * ln(n)) AS l
FROM (SELECT n, ${onAxis} AS off, ${bin} AS bin, ${bucket} AS bucket FROM g) b GROUP BY off, bin, bucket`;
  const top = `SELECT 1 AS top, ${shown} AS v, 0 AS off, 0 AS bin, 0 AS bucket, 0 AS d, 0 AS u, n AS r, 0 AS l
FROM (SELECT * FROM g ORDER BY n DESC, v LIMIT ${TOP_VALUES_MAX}) t`;
  return showsValues ? `${groups}\n${spreads}\nUNION ALL\n${top}` : `${groups}\n${spreads}`;
};

const numberOf = (cell: Cell | undefined): number => Number(cell ?? 0);
const total = (rows: readonly Row[], name: string): number => rows.reduce((sum, row) => sum + numberOf(row[name]), 0);

const topOf = ({ planned: { field } }: Plan, rows: readonly Row[], records: number): ValueCount[] => {
  const values = rows.map((row) => ({ v: row["v"] ?? null, count: numberOf(row["r"]) })).sort((a, b) => b.count - a.count);
  if ((values[0]?.count ?? 0) <= 1) return [];
  return values.flatMap(({ v, count }) => (v === null ? [] : [{ value: shownKey(field, String(v)), count, ratio: count / records }]));
};

const shownKey = (field: Field, text: string): ValueCount["value"] => {
  switch (kindOf(field)) {
    case "number":
      return shownNumber(text, field.field_type === "Integral");
    case "time":
      return shownTime(field, BigInt(text) * (field.field_type === "Date" ? MICROS_PER_DAY : 1n));
    case "boolean":
      return text === "true";
    case "text":
    case "opaque":
      return text;
  }
};

/** Bins and buckets with their rows, on the scale that is shown. */
const shapeOf = ({ axis, segments, buckets }: Plan, rows: readonly Row[]): Partial<FieldProfile> => {
  if (axis === null) return {};
  const onAxis = rows.filter((row) => numberOf(row["off"]) === 0);
  const perBin = new Map<number, number>();
  const perBucket = Array.from({ length: buckets?.count ?? 0 }, () => 0);
  for (const row of onAxis) {
    const count = numberOf(row["r"]);
    perBin.set(numberOf(row["bin"]), (perBin.get(numberOf(row["bin"])) ?? 0) + count);
    if (buckets) perBucket[numberOf(row["bucket"])]! += count;
  }
  const bins: Bin[] = segments.flatMap(({ low, high, bins: count, firstBin }) =>
    Array.from({ length: count }, (_, i) => ({
      low: (low + ((high - low) * i) / count) * axis.unit,
      high: (low + ((high - low) * (i + 1)) / count) * axis.unit,
      count: perBin.get(firstBin + i) ?? 0,
    })),
  );
  const histogram = buckets
    ? histogramOf({ ...buckets, low: buckets.low * axis.unit, width: buckets.width * axis.unit }, perBucket, axis.max * axis.unit)
    : [];
  return { ...quantileSketch((p) => quantileOfBins(bins, p)), histogram_buckets: histogram };
};

/** Groups the rows by one field and completes its profile from the shared scan. */
export const groupField = async (
  session: Session,
  writer: Writer,
  from: string,
  planned: Planned,
  scanned: FieldProfile,
  options: { signal?: AbortSignal | undefined },
): Promise<FieldProfile> => {
  const plan = planOf(writer, planned, scanned);
  const rows = await session.query(`/* profile: grouping */ ${statement(writer, from, plan)}`, options);
  const groups = rows.filter((row) => numberOf(row["top"]) === 0);
  const present = total(groups, "r");
  const shape = shapeOf(plan, groups);
  const isNumber = kindOf(planned.field) === "number";
  return {
    ...scanned,
    ...spread(total(groups, "d"), total(groups, "u"), entropyBits(present, total(groups, "l"))),
    ...(isNumber ? shape : { quantiles: shape.quantiles ?? [], histogram_buckets: shape.histogram_buckets ?? [] }),
    top_values: topOf(
      plan,
      rows.filter((row) => numberOf(row["top"]) === 1),
      present,
    ),
    patterns: planned.preview?.profile.patterns ?? [],
    estimated: [...scanned.estimated, ...estimatesOf(planned, plan)],
  };
};

const estimatesOf = ({ preview }: Planned, { axis, planned }: Plan): string[] => {
  if (axis !== null) return kindOf(planned.field) === "number" ? ["q1", "median", "q3", "quantiles"] : ["quantiles"];
  return preview !== null && preview.profile.patterns.length > 0 ? ["patterns"] : [];
};

/** Days a search for gaps looks at: 270 years of days. */
const DAYS_MAX = 100_000;

/** Gaps of a time field of many values; unknown beyond 270 years of days. */
export const findGaps = async (
  session: Session,
  writer: Writer,
  from: string,
  profile: FieldProfile,
  field: Field,
  options: { signal?: AbortSignal | undefined },
): Promise<Partial<FieldProfile>> => {
  if (field.masked || profile.granularity === null) return {};
  const e = timeExpression(writer, field);
  const day = field.field_type === "Date" ? e : writer.sql.daysOfMicros(e);
  const rows = await session.query(
    `/* profile: days with rows */ SELECT day FROM (SELECT DISTINCT ${day} AS day FROM ${from}) d WHERE day IS NOT NULL LIMIT ${DAYS_MAX + 1}`,
    options,
  );
  if (rows.length > DAYS_MAX) return {};
  const gaps = gapsOf(
    rows.map((row) => Number(row["day"])),
    profile.granularity,
  );
  return { gap_count: gaps.count, longest_gap_seconds: gaps.longestSeconds };
};
