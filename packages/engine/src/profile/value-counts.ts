/** Value counts of fields, read from the engine: one grouping per field, many small ones in one statement. */
import type { Field } from "@touchstone/core/model/field";
import type { Row, Session } from "../connectors/connector.ts";
import { isGap, type Dialect } from "../dialects/dialect.ts";
import { DENOTED_TYPES, type TextCount, type ValueCounts } from "./from-counts.ts";
import { kindOf } from "./kind.ts";
import type { ProfileSql } from "./statements.ts";
import { MICROS_PER_DAY } from "./times.ts";

/** What the SQL of a profile is written with. */
export type Writer = { dialect: Dialect; sql: ProfileSql };

/** Characters of a text that are shown; bounds what leaves the engine. */
export const SHOWN_CHARACTERS_MAX = 1000;

/** Statement for the value counts of one field: `values_max + 1` groups at most, so that too many are noticed. */
export const countsStatement = (writer: Writer, from: string, field: Field, number: number, valuesMax: number): string => {
  const { dialect, sql } = writer;
  const column = dialect.quote(field.name);
  const limit = `LIMIT ${valuesMax + 1}`;
  const select = (columns: string, by: string): string =>
    `(SELECT ${number} AS f, ${columns} FROM (SELECT ${by} AS v, count(*) AS n ${from} GROUP BY 1 ${limit}) g)`;
  switch (kindOf(field)) {
    case "number":
    case "boolean":
      return select(`${sql.text("v")} AS v, n`, column);
    case "time":
      return select(`${timeValue(sql, field)} AS v, n, CASE WHEN v IS NULL THEN 1 ELSE 0 END AS missing`, column);
    case "text":
      return select(`${sql.left("v", SHOWN_CHARACTERS_MAX)} AS v, n, length(v) AS length, ${flags(writer)} AS flags`, sql.text(column));
    case "opaque":
      throw new Error("An opaque field has no value counts");
  }
};

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

/** The counts of one field from its rows; null when there were more groups than asked for. */
export const readCounts = (field: Field, rows: readonly Row[], valuesMax: number): ValueCounts | null => {
  if (rows.length > valuesMax) return null;
  const counted = rows.map((row) => ({ value: row["v"] ?? null, count: Number(row["n"]), row }));
  const kind = kindOf(field);
  if (kind === "time") return readTimes(field, counted);
  const nulls = counted.filter(({ value }) => value === null).reduce((total, { count }) => total + count, 0);
  const present = counted.filter(({ value }) => value !== null).map(({ value, count, row }) => ({ value: String(value), count, row }));
  if (kind === "number") return { kind, nulls, values: present.map(({ value, count }) => ({ text: value, count })) };
  if (kind === "boolean") return { kind, nulls, values: present.map(({ value, count }) => ({ value: value === "true", count })) };
  return { kind: "text", nulls, values: present.map(({ value, count, row }) => textCount(value, count, row)) };
};

const readTimes = (field: Field, counted: readonly { value: unknown; count: number; row: Row }[]): ValueCounts => {
  const total = (missing: number): number =>
    counted.filter(({ value, row }) => value === null && Number(row["missing"]) === missing).reduce((sum, { count }) => sum + count, 0);
  const unit = field.field_type === "Date" ? MICROS_PER_DAY : 1n;
  const values = counted.flatMap(({ value, count }) => (value === null ? [] : [{ micros: BigInt(String(value)) * unit, count }]));
  return { kind: "time", nulls: total(1), infinite: total(0), values };
};

const textCount = (value: string, count: number, row: Row): TextCount => {
  const bits = Number(row["flags"]);
  const denotes = DENOTED_TYPES.filter((_, i) => (bits & (2 ** (i + 1))) !== 0);
  return { value, count, length: Number(row["length"]), isBlank: (bits & 1) !== 0, denotes };
};

/** Rows all statements of one batch may return together: well below what a session hands over. */
const BATCH_ROWS_MAX = 100_000;
/** Fields of one statement: more make it no faster, and its plan grows. */
const BATCH_FIELDS_MAX = 40;
/** From here on a grouping is work enough for the engine to be a statement of its own. */
const BATCH_RECORDS_MAX = 200_000;

/** Fields in batches whose groupings stand in one statement (one kind, because a union has one list of columns). */
export const batches = (fields: readonly Field[], records: number, valuesMax: number): Field[][] => {
  const groupsEach = Math.min(records, valuesMax) + 2;
  const size = records > BATCH_RECORDS_MAX ? 1 : Math.max(1, Math.min(BATCH_FIELDS_MAX, Math.floor(BATCH_ROWS_MAX / groupsEach)));
  const made: Field[][] = [];
  for (const kind of ["number", "time", "text", "boolean"] as const) {
    const same = fields.filter((field) => kindOf(field) === kind);
    for (let i = 0; i < same.length; i += size) made.push(same.slice(i, i + size));
  }
  return made;
};

/**
 * The groupings of a batch. Several read a common table of just their columns: binding a wide container once per
 * grouping would cost more than the groupings.
 */
const batchStatement = (writer: Writer, from: string, batch: readonly Field[], valuesMax: number): string => {
  if (batch.length === 1) return countsStatement(writer, from, batch[0]!, 0, valuesMax);
  const columns = batch.map(({ name }) => writer.dialect.quote(name)).join(", ");
  const groupings = batch.map((field, i) => countsStatement(writer, "FROM batch", field, i, valuesMax));
  return `WITH batch AS MATERIALIZED (SELECT ${columns} ${from})\n${groupings.join("\nUNION ALL\n")}`;
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
  const byField: Row[][] = batch.map(() => []);
  for (const row of rows) byField[Number(row["f"])]?.push(row);
  return batch.map((field, i) => readCounts(field, byField[i]!, valuesMax));
};
