/** Pearson correlations between numeric fields, of all rows when that is cheap, else of the look-ahead. */
import type { Field } from "@touchstone/core/model/field";
import type { FieldProfile } from "@touchstone/core/model/profile";
import type { Session } from "../connectors/connector.ts";
import type { Writer } from "./value-counts.ts";
import { numberExpression } from "./whole-scan.ts";

type Correlation = FieldProfile["field_correlations"][number];

/** Fields that are paired, the first in the container's order: pairs grow with the square. */
const FIELDS_MAX = 40;
/** Strongest partners kept per field. */
const PARTNERS_MAX = 10;
/** Rows times pairs that may be computed on all rows; about a second of one core. */
const EXACT_WORK_MAX = 50_000_000;
const PAIRS_PER_STATEMENT = 200;

/** Numeric fields that vary, whose values may leave the engine as coefficients. */
const candidates = (fields: readonly Field[], profiles: ReadonlyMap<string, FieldProfile>): FieldProfile[] =>
  fields.flatMap((field) => {
    const profile = profiles.get(field.name);
    const isUsable = !field.masked && profile !== undefined && profile.mean !== null && (profile.std_dev ?? 0) > 0;
    return isUsable && (field.field_type === "Integral" || field.field_type === "Fractional") ? [profile] : [];
  });

/** The field as distance from its mean in standard deviations: squares of it neither overflow nor cancel. */
const standardised = (writer: Writer, field: Field, { mean, std_dev }: FieldProfile): string => {
  const number = (x: number | null): string => writer.sql.double((x ?? 0) < 0 ? `(${x})` : String(x));
  return `(${numberExpression(writer, field)} - ${number(mean)}) / ${number(std_dev)}`;
};

const pairsOf = (count: number): [number, number][] =>
  Array.from({ length: count }, (_, i) => Array.from({ length: count - i - 1 }, (_none, j): [number, number] => [i, i + j + 1])).flat();

/** Whether all rows can be looked at for this many fields. */
const isAffordable = (records: number, fields: number): boolean => (records * fields * (fields - 1)) / 2 <= EXACT_WORK_MAX;

/** Correlations per field name, strongest first, and whether they are of a sample. Pairs leave out rows where either is NULL or not finite. */
export const correlate = async (
  session: Session,
  writer: Writer,
  source: { all: string; sample: string | null; records: number },
  fields: readonly Field[],
  profiles: ReadonlyMap<string, FieldProfile>,
  options: { signal?: AbortSignal | undefined },
): Promise<{ byField: Map<string, Correlation[]>; isEstimate: boolean }> => {
  const byField = new Map<string, Correlation[]>();
  const paired = candidates(fields, profiles).slice(0, FIELDS_MAX);
  const isEstimate = source.sample !== null && !isAffordable(source.records, paired.length);
  if (paired.length < 2) return { byField, isEstimate };
  const columns = paired.map((profile, i) => {
    const field = fields.find(({ name }) => name === profile.name)!;
    return `${standardised(writer, field, profile)} AS z${i}`;
  });
  const from = `(SELECT ${columns.join(", ")} ${isEstimate ? source.sample : source.all}) z`;
  const pairs = pairsOf(paired.length);
  for (let start = 0; start < pairs.length; start += PAIRS_PER_STATEMENT) {
    const chunk = pairs.slice(start, start + PAIRS_PER_STATEMENT);
    const aggregates = chunk.map(([a, b], i) => `corr(z${a}, z${b}) AS r${i}`);
    const [row] = await session.query(`/* profile: correlations */ SELECT ${aggregates.join(", ")} FROM ${from}`, options);
    chunk.forEach(([a, b], i) => {
      const r = row?.[`r${i}`];
      // No common rows, or none that vary.
      if (typeof r !== "number" || !Number.isFinite(r)) return;
      add(byField, paired[a]!.name, paired[b]!.name, r);
      add(byField, paired[b]!.name, paired[a]!.name, r);
    });
  }
  return { byField, isEstimate };
};

const add = (byField: Map<string, Correlation[]>, name: string, other: string, r: number): void => {
  const list = [...(byField.get(name) ?? []), { other, bivariate_correlation: Math.max(-1, Math.min(1, r)) }];
  list.sort((a, b) => Math.abs(b.bivariate_correlation) - Math.abs(a.bivariate_correlation));
  byField.set(name, list.slice(0, PARTNERS_MAX));
};
