/**
 * Fields of many values, first half: one shared scan that answers what needs each row but no grouping (extremes, sums,
 * lengths, counts of special values). Moments come from power sums around the look-ahead's mean: a third of the cost of
 * the engine's own functions, and stable.
 */
import type { Field, FieldType } from "@touchstone/core/model/field";
import type { FieldProfile } from "@touchstone/core/model/profile";
import type { Cell } from "@touchstone/core/rules/rule";
import type { Session } from "../connectors/connector.ts";
import { DENOTED_TYPES, heldType, numberOf, shownNumber, shownTime, type DenotedType } from "./from-counts.ts";
import { blankProfile, kindOf } from "./kind.ts";
import type { Preview } from "./look-ahead.ts";
import { finite, momentsOfSums } from "./numbers.ts";
import { castable, SHOWN_CHARACTERS_MAX, type Writer } from "./value-counts.ts";
import { finer, MICROS_PER_DAY, secondsOf, type Granularity } from "./times.ts";

/** A field and what is known of it before the scan. */
export type Planned = { field: Field; preview: Preview | null };

/** Name of a metric -> aggregate SQL. */
type Metrics = Record<string, string>;
type Values = Record<string, Cell>;

/** Aggregates of one statement: more make plans slow and gain nothing. */
const METRICS_PER_STATEMENT = 400;

const countIf = (predicate: string): string => `sum(CASE WHEN ${predicate} THEN 1 ELSE 0 END)`;
const isFloating = (writer: Writer, field: Field): boolean => writer.sql.floating.test(field.native_type);

/** Double of a numeric field, NULL where it is not finite. */
export const numberExpression = (writer: Writer, field: Field): string => {
  const x = writer.dialect.quote(field.name);
  return isFloating(writer, field) ? writer.sql.finiteDouble(x) : writer.sql.double(x);
};

/** Microseconds (Timestamp) or days (Date) of a temporal field, NULL where it is infinite. */
export const timeExpression = (writer: Writer, field: Field): string => {
  const x = writer.dialect.quote(field.name);
  return `CASE WHEN ${writer.sql.isFiniteTime(x)} THEN ${field.field_type === "Date" ? writer.sql.days(x) : writer.sql.micros(x)} END`;
};

/** Centre for the power sums: near the mean, and whole for whole numbers so that their differences are exact. */
const centreOf = ({ field, preview }: Planned): number => {
  const mean = preview?.profile.mean ?? 0;
  return field.field_type === "Integral" ? Math.round(mean) : mean;
};

const sqlNumber = (x: number): string => {
  const text = String(x);
  return `CAST(${text.startsWith("-") ? `(${text})` : text} AS double precision)`;
};

const numberMetrics = (writer: Writer, planned: Planned): Metrics => {
  const { field } = planned;
  const x = writer.dialect.quote(field.name);
  const e = numberExpression(writer, field);
  const special: Metrics = isFloating(writer, field)
    ? { nan: countIf(writer.sql.isNaN(x)), infinite: countIf(writer.sql.isInfinite(x)) }
    : {};
  const signs: Metrics = { zero: countIf(`${e} = 0`), negative: countIf(`${e} < 0`) };
  if (field.masked) return { ...special, ...signs };
  const exact = isFloating(writer, field) ? `CASE WHEN ${e} IS NOT NULL THEN ${x} END` : x;
  const y = `(${e} - ${sqlNumber(centreOf(planned))})`;
  return {
    ...special,
    ...signs,
    finite: `count(${e})`,
    min: writer.sql.text(`min(${exact})`),
    max: writer.sql.text(`max(${exact})`),
    s1: `sum(${y})`,
    s2: `sum(${y} * ${y})`,
    s3: `sum(${y} * ${y} * ${y})`,
    s4: `sum(${y} * ${y} * ${y} * ${y})`,
  };
};

/** Seconds of the units finer than a day, the finest first, and the unit that a remainder proves. */
const REMAINDERS: readonly { micros: bigint; proves: Granularity }[] = [
  { micros: 1_000_000n, proves: "subsecond" },
  { micros: 60_000_000n, proves: "second" },
  { micros: 3_600_000_000n, proves: "minute" },
  { micros: MICROS_PER_DAY, proves: "hour" },
];

const timeMetrics = (writer: Writer, { field, preview }: Planned): Metrics => {
  const e = timeExpression(writer, field);
  const infinite: Metrics = { infinite: countIf(`NOT ${writer.sql.isFiniteTime(writer.dialect.quote(field.name))}`) };
  if (field.masked) return infinite;
  const known = preview?.profile.granularity ?? "day";
  // What the look-ahead has proved need not be tested: only finer units can still come.
  const open = field.field_type === "Date" ? [] : REMAINDERS.filter(({ proves }) => finer(known, proves) !== known);
  return {
    ...infinite,
    min: `min(${e})`,
    max: `max(${e})`,
    ...Object.fromEntries(open.map(({ micros, proves }) => [proves, countIf(`${e} % ${micros} <> 0`)])),
  };
};

/** Types that the look-ahead saw denoted, or all when there was none: the rest are not tried on every row. */
const typesToTry = ({ preview }: Planned): DenotedType[] =>
  DENOTED_TYPES.filter((type) => preview?.types == null || (preview.types.denoting.get(type) ?? 0) > 0);

const textMetrics = (writer: Writer, planned: Planned): Metrics => {
  const { field } = planned;
  const { sql } = writer;
  const x = sql.text(writer.dialect.quote(field.name));
  const casts = typesToTry(planned).flatMap((type) => {
    const predicate = castable(writer.dialect, x, type);
    return predicate === null ? [] : [{ type, predicate: `${x} <> '' AND ${predicate}` }];
  });
  const any: Metrics =
    casts.length === 0 ? {} : { denotesAny: countIf(`${x} <> '' AND (${casts.map(({ predicate }) => predicate).join(" OR ")})`) };
  const range: Metrics = field.masked
    ? {}
    : { min: sql.left(`min(${x})`, SHOWN_CHARACTERS_MAX), max: sql.left(`max(${x})`, SHOWN_CHARACTERS_MAX) };
  return {
    ...range,
    shortest: `min(length(${x}))`,
    longest: `max(length(${x}))`,
    characters: `sum(length(${x}))`,
    empty: countIf(`${x} = ''`),
    blank: countIf(sql.isBlank(x)),
    ...Object.fromEntries(casts.map(({ type, predicate }) => [`denotes_${type}`, countIf(predicate)])),
    ...any,
  };
};

const metricsOf = (writer: Writer, planned: Planned): Metrics => {
  const present: Metrics = { present: `count(${writer.dialect.quote(planned.field.name)})` };
  switch (kindOf(planned.field)) {
    case "number":
      return { ...present, ...numberMetrics(writer, planned) };
    case "time":
      return { ...present, ...timeMetrics(writer, planned) };
    case "text":
      return { ...present, ...textMetrics(writer, planned) };
    case "boolean":
    case "opaque":
      return present;
  }
};

const numberOr0 = (cell: Cell | undefined): number => Number(cell ?? 0);

const ofNumbers = (planned: Planned, values: Values): Partial<FieldProfile> => {
  const { field } = planned;
  const whole = field.field_type === "Integral";
  const signs = {
    zero_count: numberOr0(values["zero"]),
    negative_count: numberOr0(values["negative"]),
    nan_count: numberOr0(values["nan"]),
    infinite_count: numberOr0(values["infinite"]),
  };
  const n = numberOr0(values["finite"]);
  if (field.masked || n === 0) return signs;
  const centre = centreOf(planned);
  const sums = ["s1", "s2", "s3", "s4"].map((name) => numberOf(String(values[name]))) as [number, number, number, number];
  const moments = momentsOfSums(n, centre, sums);
  return {
    ...signs,
    min: shownNumber(String(values["min"]), whole),
    max: shownNumber(String(values["max"]), whole),
    mean: moments.mean,
    sum: whole ? Number(BigInt(centre) * BigInt(n) + BigInt(Math.round(sums[0]))) : finite(centre * n + sums[0]),
    std_dev: moments.stdDev,
    skewness: moments.skewness,
    kurtosis: moments.kurtosis,
  };
};

const ofTimes = ({ field, preview }: Planned, values: Values): Partial<FieldProfile> => {
  const infinite_count = numberOr0(values["infinite"]);
  if (values["min"] == null || values["max"] == null) return { infinite_count };
  const unit = field.field_type === "Date" ? MICROS_PER_DAY : 1n;
  const [min, max] = [values["min"], values["max"]].map((value) => BigInt(String(value)) * unit) as [bigint, bigint];
  const proved = REMAINDERS.filter(({ proves }) => numberOr0(values[proves]) > 0).map(({ proves }) => proves);
  return {
    infinite_count,
    min: shownTime(field, min),
    max: shownTime(field, max),
    span_seconds: secondsOf(max - min),
    granularity: proved.reduce(finer, preview?.profile.granularity ?? "day"),
  };
};

const ofTexts = (planned: Planned, values: Values): Partial<FieldProfile> => {
  const present = numberOr0(values["present"]);
  const empty = numberOr0(values["empty"]);
  const types = typesToTry(planned);
  const denoting = new Map<FieldType, number>(types.map((type) => [type, numberOr0(values[`denotes_${type}`])]));
  const held = heldType(denoting, present - empty - numberOr0(values["denotesAny"]), present - empty);
  return {
    ...(planned.field.masked ? {} : { min: shown(values["min"]), max: shown(values["max"]) }),
    min_length: present === 0 ? null : numberOr0(values["shortest"]),
    max_length: present === 0 ? null : numberOr0(values["longest"]),
    mean_length: present === 0 ? null : numberOr0(values["characters"]) / present,
    empty_count: empty,
    blank_count: numberOr0(values["blank"]),
    ...held,
    // Types the look-ahead never saw were not tried on the other rows.
    estimated: types.length === DENOTED_TYPES.length ? [] : ["holds_type", "holds_type_ratio"],
  };
};

const shown = (cell: Cell | undefined): string | null => (cell == null ? null : String(cell));

const ofKind = (planned: Planned, values: Values): Partial<FieldProfile> => {
  switch (kindOf(planned.field)) {
    case "number":
      return ofNumbers(planned, values);
    case "time":
      return ofTimes(planned, values);
    case "text":
      return ofTexts(planned, values);
    case "boolean":
    case "opaque":
      return {};
  }
};

/** Fields in chunks of one statement each. */
export const scanChunks = (writer: Writer, fields: readonly Planned[]): Planned[][] => {
  const chunks: Planned[][] = [];
  let room = 0;
  for (const planned of fields) {
    const size = Object.keys(metricsOf(writer, planned)).length;
    if (size > room) {
      chunks.push([]);
      room = METRICS_PER_STATEMENT;
    }
    chunks.at(-1)!.push(planned);
    room -= size;
  }
  return chunks;
};

/** Runs the shared scan for one chunk: a profile per field, without what needs a grouping. */
export const scanFields = async (
  session: Session,
  writer: Writer,
  from: string,
  chunk: readonly Planned[],
  options: { signal?: AbortSignal | undefined },
): Promise<FieldProfile[]> => {
  const metrics = chunk.map((planned) => Object.entries(metricsOf(writer, planned)));
  const columns = metrics.flatMap((entries, f) => entries.map(([, sql], m) => `${sql} AS m${f}_${m}`));
  const [row] = await session.query(`/* profile: shared scan */ SELECT count(*) AS records, ${columns.join(",\n")} FROM ${from}`, options);
  const records = Number(row?.["records"] ?? 0);
  return chunk.map((planned, f) => {
    const values: Values = Object.fromEntries(metrics[f]!.map(([name], m) => [name, row?.[`m${f}_${m}`] ?? null]));
    const profile = blankProfile(planned.field, records, records - numberOr0(values["present"]));
    return { ...profile, ...ofKind(planned, values) };
  });
};
