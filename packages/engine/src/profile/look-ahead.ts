/**
 * The look-ahead: a small sample of a large container, by which the plan of each field is chosen, and from which come
 * the few statistics that would cost too much on every row (patterns, correlations).
 */
import type { Field } from "@touchstone/core/model/field";
import type { Datastore, Relation, Session } from "../connectors/connector.ts";
import { kindOf } from "./kind.ts";
import { batches, countValues, type Writer } from "./value-counts.ts";
import { profileFromCounts, tallyTypes } from "./from-counts.ts";
import type { FieldProfile } from "@touchstone/core/model/profile";

/** Rows of the look-ahead, fewer when the container is wide: so many cells are held at most. */
const SAMPLE_ROWS = 20_000;
const SAMPLE_CELLS_MAX = 8_000_000;
const SAMPLE_ROWS_MIN = 1000;
/** Fields whose distinct values one statement counts. */
const FIELDS_PER_STATEMENT = 100;
const STAGED = "touchstone_look_ahead";
const ROW = "touchstone_row";

/** Where sampled rows are read (`from`, a FROM clause), how many there are, and how to forget them. */
export type Sample = { from: string; rows: number; release: () => Promise<void> };

/** Takes the sample, into a temporary table where the engine can stage. */
export const takeSample = async (
  datastore: Datastore,
  writer: Writer,
  source: { relation: Relation; records: number; isTable: boolean },
  fields: readonly Field[],
  options: { signal?: AbortSignal | undefined },
): Promise<Sample> => {
  const rows = Math.min(source.records, Math.max(SAMPLE_ROWS_MIN, Math.min(SAMPLE_ROWS, Math.floor(SAMPLE_CELLS_MAX / fields.length))));
  const columns = fields.map(({ name }) => writer.dialect.quote(name));
  const inner = `SELECT ${columns.join(", ")} ${writer.sql.sample(source.relation.from, rows, source.records, source.isTable)}`;
  const query = `SELECT row_number() OVER () AS ${ROW}, s.* FROM (${inner}) s`;
  if (!datastore.canStage || writer.sql.stage === null) return { from: `FROM (${query}) s`, rows, release: () => Promise.resolve() };
  await datastore.session.run(`/* profile: look-ahead */ ${writer.sql.stage(STAGED, query)}`, options);
  return { from: `FROM ${STAGED}`, rows, release: () => datastore.session.run(`DROP TABLE IF EXISTS ${STAGED}`) };
};

/** Fields from which on naming a container (its views, a Parquet footer of thousands of columns) costs more than reading it. */
const WIDE_FIELDS_MIN = 100;

/** Whether all rows of a wide container should be copied once: each statement names it anew. */
export const isWorthStaging = (datastore: Datastore, records: number, fields: number): boolean =>
  datastore.canStage && fields >= WIDE_FIELDS_MIN && records > 0 && records * fields <= SAMPLE_CELLS_MAX && records <= SAMPLE_ROWS;

/** Distinct values the whole container is expected to hold, per field. */
export const expectDistinct = async (
  session: Session,
  writer: Writer,
  sample: Sample,
  records: number,
  fields: readonly Field[],
  options: { signal?: AbortSignal | undefined },
): Promise<number[]> => {
  const expected: number[] = [];
  for (let i = 0; i < fields.length; i += FIELDS_PER_STATEMENT) {
    const chunk = fields.slice(i, i + FIELDS_PER_STATEMENT);
    const columns = chunk.flatMap(({ name }, f) => {
      const x = writer.dialect.quote(name);
      return [`count(DISTINCT ${x}) AS d${f}`, `count(DISTINCT CASE WHEN ${ROW} <= ${Math.floor(sample.rows / 2)} THEN ${x} END) AS h${f}`];
    });
    const [row] = await session.query(
      `/* profile: distinct values of the look-ahead */ SELECT count(*) AS n, ${columns.join(", ")} ${sample.from}`,
      options,
    );
    const n = Number(row?.["n"] ?? 0);
    expected.push(
      ...chunk.map((_, f) => extrapolate({ records, rows: n, distinct: Number(row?.[`d${f}`] ?? 0), inHalf: Number(row?.[`h${f}`] ?? 0) })),
    );
  }
  return expected;
};

/** How far from the uniform model the first half may be before its growth is believed instead. */
const UNIFORM_TOLERANCE = 0.95;

/**
 * Distinct values of the whole, from those of a sample and of its first half. Values drawn evenly from D show
 * D·(1 − e^(−n/D)) of them in n rows; when the first half fits that, D is the answer. When the halves share less than
 * that (sorted keys, long tails), the growth from half to whole is continued as a power law (Heaps).
 */
export const extrapolate = ({
  records,
  rows,
  distinct,
  inHalf,
}: {
  records: number;
  rows: number;
  distinct: number;
  inHalf: number;
}): number => {
  if (rows === 0 || distinct === 0) return 0;
  const uniform = evenPool(rows, distinct);
  const fitsUniform = inHalf >= UNIFORM_TOLERANCE * uniform * (1 - Math.exp(-rows / 2 / uniform));
  if (fitsUniform && uniform < records) return uniform;
  const growth = Math.log2(distinct / Math.max(1, inHalf));
  return Math.min(records, distinct * (records / rows) ** growth);
};

/** The D for which n even draws are expected to show `distinct` values, by bisection. */
const evenPool = (rows: number, distinct: number): number => {
  if (distinct >= rows) return Infinity;
  let [low, high] = [distinct, 1e15];
  while (high / low > 1.001) {
    const middle = Math.sqrt(low * high);
    if (middle * (1 - Math.exp(-rows / middle)) < distinct) low = middle;
    else high = middle;
  }
  return high;
};

/** What the sample says of a field of many values. */
export type Preview = { profile: FieldProfile; types: ReturnType<typeof tallyTypes> | null };

/** Sampled values that previews may fetch in all, and the fewest rows that still show a field's shape. */
const PREVIEW_VALUES_MAX = 400_000;
const PREVIEW_ROWS_MIN = 2000;

/** Profiles the sample's values of fields whose values may leave the engine; other fields have no preview. */
export const previewFields = async (
  session: Session,
  writer: Writer,
  sample: Sample,
  fields: readonly Field[],
  options: { signal?: AbortSignal | undefined },
): Promise<Map<string, Preview>> => {
  const previews = new Map<string, Preview>();
  const shown = fields.filter((field) => !field.masked && kindOf(field) !== "opaque");
  const rows = Math.min(sample.rows, Math.max(PREVIEW_ROWS_MIN, Math.floor(PREVIEW_VALUES_MAX / shown.length)));
  const from = rows < sample.rows ? `${sample.from} WHERE ${ROW} <= ${rows}` : sample.from;
  for (const batch of batches(shown, rows, rows)) {
    const counts = await countValues(session, writer, from, batch, rows, options);
    batch.forEach((field, i) => {
      const counted = counts[i];
      if (counted == null) return;
      const types = counted.kind === "text" ? tallyTypes(counted.values) : null;
      previews.set(field.name, { profile: profileFromCounts(field, counted), types });
    });
  }
  return previews;
};
