/** Value counts of fields, read from the engine: one grouping per field, many small ones in one statement. */
import type { Field } from "@touchstone/core/model/field";
import type { Session } from "../connectors/connector.ts";
import { isGap, type Dialect } from "../dialects/dialect.ts";
import { DENOTED_TYPES, type TextCount, type ValueCounts } from "./from-counts.ts";
import { kindOf } from "./kind.ts";
import type { ProfileSql } from "./statements.ts";
import { MICROS_PER_DAY } from "./times.ts";

/** What the SQL of a profile is written with. */
export type Writer = { dialect: Dialect; sql: ProfileSql };

/** Characters of a text that are shown; bounds what leaves the engine. */
export const SHOWN_CHARACTERS_MAX = 1000;

/**
 * Statement for the value counts of fields of one type: `valuesMax + 1` groups at most of each, so that too many are
 * noticed. What is asked of a value stands once around all groupings, since engines compile a pattern per place.
 */
const countsStatement = (writer: Writer, from: string, fields: readonly Field[], valuesMax: number): string => {
  const { dialect, sql } = writer;
  const isText = kindOf(fields[0]!) === "text";
  const groupings = fields.map(({ name }, i) => {
    const by = isText ? sql.text(dialect.quote(name)) : dialect.quote(name);
    return `(SELECT ${i} AS f, v, n FROM (SELECT ${by} AS v, count(*) AS n ${from} GROUP BY 1 LIMIT ${valuesMax + 1}) g)`;
  });
  return `SELECT f, ${sql.tuples(["n", ...asked(writer, fields[0]!)])} AS counts FROM (${groupings.join("\nUNION ALL\n")}) counted GROUP BY f`;
};

/** What is asked of each value `v`, as `Counted` without its count. */
const asked = (writer: Writer, field: Field): string[] => {
  const { sql } = writer;
  switch (kindOf(field)) {
    case "number":
    case "boolean":
      return [sql.text("v")];
    case "time":
      // As text, for JSON numbers end at 2^53.
      return [sql.text(timeValue(sql, field)), "CASE WHEN v IS NULL THEN 1 ELSE 0 END"];
    case "text":
      return [sql.left("v", SHOWN_CHARACTERS_MAX), flags(writer), "length(v)"];
    case "opaque":
      throw new Error("An opaque field has no value counts");
  }
};

/** Count; value; for times whether it is missing, for text its flags; for text its length. */
type Counted = [count: number, value: string | null, mark?: number, length?: number];

const timeValue = (sql: ProfileSql, field: Field): string =>
  `CASE WHEN ${sql.isFiniteTime("v")} THEN ${field.field_type === "Date" ? sql.days("v") : sql.micros("v")} END`;

/** One number of bits: the first says blank, the others which type the text denotes. */
const flags = ({ dialect, sql }: Writer): string => {
  const bits = [sql.isBlank("v"), ...DENOTED_TYPES.map((type) => castable(dialect, "v", type))];
  return bits.flatMap((bit, i) => (bit === null ? [] : [`CASE WHEN ${bit} THEN ${2 ** i} ELSE 0 END`])).join(" + ");
};

/** Predicate that a text denotes a type, null where the engine cannot tell. */
export const castable = (dialect: Dialect, operand: string, type: (typeof DENOTED_TYPES)[number]): string | null => {
  const predicate = dialect.castable(operand, type);
  return isGap(predicate) ? null : predicate;
};

/** The counts of one field; null when there are more than asked for. */
const readCounts = (field: Field, counted: readonly Counted[], valuesMax: number): ValueCounts | null => {
  if (counted.length > valuesMax) return null;
  const kind = kindOf(field);
  if (kind === "time") return readTimes(field, counted);
  const nulls = counted.find(([, value]) => value === null)?.[0] ?? 0;
  const present = counted.flatMap(([count, value, mark = 0, length = 0]) => (value === null ? [] : [{ count, value, mark, length }]));
  if (kind === "number") return { kind, nulls, values: present.map(({ value, count }) => ({ text: value, count })) };
  if (kind === "boolean") return { kind, nulls, values: present.map(({ value, count }) => ({ value: value === "true", count })) };
  return { kind: "text", nulls, values: present.map(textCount) };
};

/** Infinite times have no value either, but are not missing. */
const readTimes = (field: Field, counted: readonly Counted[]): ValueCounts => {
  const total = (missing: number): number =>
    counted.filter(([, value, mark]) => value === null && mark === missing).reduce((sum, [count]) => sum + count, 0);
  const unit = field.field_type === "Date" ? MICROS_PER_DAY : 1n;
  const values = counted.flatMap(([count, value]) => (value === null ? [] : [{ micros: BigInt(value) * unit, count }]));
  return { kind: "time", nulls: total(1), infinite: total(0), values };
};

const DENOTING = Array.from({ length: 2 ** DENOTED_TYPES.length }, (_none, bits) =>
  DENOTED_TYPES.filter((_, i) => (bits & (2 ** i)) !== 0),
);

const textCount = ({ value, count, mark, length }: { value: string; count: number; mark: number; length: number }): TextCount => ({
  value,
  count,
  length,
  isBlank: (mark & 1) !== 0,
  denotes: DENOTING[mark >> 1]!,
});

/** Groups one statement may answer together: some megabytes of text, a hundred when every text is as long as is shown. */
const BATCH_GROUPS_MAX = 100_000;
/** Fields of one statement: more make it no faster, and its plan grows. */
const BATCH_FIELDS_MAX = 100;
/** From here on a grouping is work enough for the engine to be a statement of its own. */
const BATCH_RECORDS_MAX = 200_000;

/** Fields in batches whose groupings stand in one statement: of one native type, because a union has one list of columns. */
export const batches = (fields: readonly Field[], records: number, valuesMax: number): Field[][] => {
  const groupsEach = Math.min(records, valuesMax) + 2;
  const size = records > BATCH_RECORDS_MAX ? 1 : Math.max(1, Math.min(BATCH_FIELDS_MAX, Math.floor(BATCH_GROUPS_MAX / groupsEach)));
  const alike = Map.groupBy(fields, ({ field_type, native_type }) => `${field_type} ${native_type}`);
  return [...alike.values()].flatMap((same) =>
    Array.from({ length: Math.ceil(same.length / size) }, (_, i) => same.slice(i * size, (i + 1) * size)),
  );
};

/**
 * The groupings of a batch. Several read a common table of just their columns: binding a wide container once per
 * grouping would cost more than the groupings.
 */
const batchStatement = (writer: Writer, from: string, batch: readonly Field[], valuesMax: number): string => {
  if (batch.length === 1) return countsStatement(writer, from, batch, valuesMax);
  const columns = batch.map(({ name }) => writer.dialect.quote(name)).join(", ");
  return `WITH batch AS MATERIALIZED (SELECT ${columns} ${from})\n${countsStatement(writer, "FROM batch", batch, valuesMax)}`;
};

/** Counts the values of a batch; null for a field with more than `valuesMax` of them. `from`: FROM clause with all that follows. */
export const countValues = async (
  session: Session,
  writer: Writer,
  from: string,
  batch: readonly Field[],
  valuesMax: number,
  options: { signal?: AbortSignal | undefined },
): Promise<(ValueCounts | null)[]> => {
  const rows = await session.query(`/* profile: value counts */ ${batchStatement(writer, from, batch, valuesMax)}`, options);
  const texts = new Map(rows.map((row) => [Number(row["f"]), String(row["counts"])]));
  return batch.map((field, i) => readCounts(field, JSON.parse(texts.get(i) ?? "[]") as Counted[], valuesMax));
};
