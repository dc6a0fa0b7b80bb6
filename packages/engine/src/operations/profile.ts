/**
 * Profile: what a container holds, field by field.
 *
 * Small containers and fields of few values are answered from value counts, exactly. A large container is first looked
 * at in a small sample, by which the plan of each field is chosen: fields of few values by one grouping each, the others
 * by one shared scan and a grouping each. Raw rows do not leave the engine, and of masked fields no value at all.
 */
import type { Container } from "@touchstone/core/model/container";
import type { Field } from "@touchstone/core/model/field";
import type { OnEvent } from "@touchstone/core/model/operation";
import type { FieldProfile, Profile } from "@touchstone/core/model/profile";
import { fromOnly, type Datastore, type Relation } from "../connectors/connector.ts";
import { correlate } from "../profile/correlations.ts";
import { profileFromCounts } from "../profile/from-counts.ts";
import { kindOf } from "../profile/kind.ts";
import { expectDistinct, isWorthStaging, previewFields, takeSample, type Preview, type Sample } from "../profile/look-ahead.ts";
import { statementsOf } from "../profile/statements.ts";
import { batches, countValues, type Writer } from "../profile/value-counts.ts";
import { findGaps, groupField } from "../profile/whole-groups.ts";
import { scanChunks, scanFields, type Planned } from "../profile/whole-scan.ts";

export type ProfileOptions = {
  /** Start of the operation, ISO 8601 UTC. */
  now: string;
  /** Only these fields; all when absent. */
  fields?: readonly string[] | undefined;
  onEvent?: OnEvent | undefined;
  signal?: AbortSignal | undefined;
};

/** Values up to which a field is answered from its value counts: few enough to fetch, many enough for codes, dates and prices. */
const VALUES_MAX = 20_000;
/** Values fetched of all fields together: some seconds of work, and some hundred megabytes at once. Wide containers meet it first. */
const VALUES_TOTAL_MAX = 4_000_000;

/** What all steps share. */
type Work = {
  datastore: Datastore;
  container: Container;
  relation: Relation;
  writer: Writer;
  records: number;
  signal: AbortSignal | undefined;
  /** Marks one statement as done. */
  step: () => void;
  /** Says how many statements are to come. */
  expect: (statements: number) => void;
};

/**
 * Statistics of every field of a container. Throws ABORTED, and what the engine fails with (QUERY_FAILED, OUT_OF_MEMORY …).
 */
export const profileContainer = async (
  datastore: Datastore,
  container: Container,
  relation: Relation,
  options: ProfileOptions,
): Promise<Profile> => {
  const fields = chosenFields(container, options.fields);
  const work = await startWork(datastore, container, relation, options);
  const isSmall = work.records <= VALUES_MAX && work.records * fields.length <= VALUES_TOTAL_MAX;
  const profiles = isSmall ? await profileSmall(work, fields) : await profileLarge(work, fields);
  return {
    container: container.name,
    records: relation.recordsTotal ?? work.records,
    records_processed: work.records,
    profiled_at: options.now,
    fields: fields.map(({ name }) => profiles.get(name)!),
  };
};

const chosenFields = ({ fields }: Container, names: readonly string[] | undefined): Field[] =>
  names === undefined ? fields : fields.filter(({ name }) => names.includes(name));

const startWork = async (datastore: Datastore, container: Container, relation: Relation, options: ProfileOptions): Promise<Work> => {
  const { session } = datastore;
  const records = relation.records ?? (await countRecords(datastore, relation, options.signal));
  let [done, expected] = [0, 1];
  const step = (): void => {
    done = Math.min(expected, done + 1);
    options.onEvent?.({ event: "progress", container: container.name, phase: "profile", fraction: done / expected });
  };
  const expect = (statements: number): void => void (expected = done + statements);
  const writer = { dialect: session.dialect, sql: statementsOf(session.dialect) };
  return { datastore, container, relation, writer, records, signal: options.signal, step, expect };
};

const countRecords = async ({ session }: Datastore, { from }: Relation, signal: AbortSignal | undefined): Promise<number> => {
  const [row] = await session.query(`/* profile: records */ SELECT count(*) AS n FROM ${from}`, { signal });
  return Number(row?.["n"] ?? 0);
};

type Profiles = Map<string, FieldProfile>;

const namesOf = (fields: readonly Field[]): string[] => fields.map(({ name }) => name);

/** Values of these leave the engine; of the others only counts do. */
const isCounted = (field: Field): boolean => !field.masked && kindOf(field) !== "opaque";

/** Everything from value counts: no estimate anywhere. */
const profileSmall = async (work: Work, fields: readonly Field[]): Promise<Profiles> => {
  const { datastore, writer, relation, records, signal } = work;
  const counted = fields.filter(isCounted);
  const hidden = fields.filter((field) => !isCounted(field)).map((field) => ({ field, preview: null }));
  work.expect(batches(counted, records, VALUES_MAX).length + hidden.length + 2);
  const source = { relation, records, isTable: work.container.kind === "table" };
  const copy = isWorthStaging(datastore, records, counted.length) ? await takeSample(datastore, writer, source, counted, { signal }) : null;
  try {
    const profiles: Profiles = new Map();
    const all = copy?.from ?? `FROM ${relation.from}`;
    await profileFew(work, copy?.from ?? null, counted, profiles);
    await profileMany(work, hidden, profiles);
    await addCorrelations(work, { all, sample: null }, fields, profiles);
    return profiles;
  } finally {
    await forget(copy);
  }
};

/** When the session itself is gone, so is the sample. */
const forget = async (sample: Sample | null): Promise<void> => void (await Promise.allSettled([sample?.release()]));

/** Fields by what the look-ahead expects of them: few values or many. */
const profileLarge = async (work: Work, fields: readonly Field[]): Promise<Profiles> => {
  const { datastore, writer, relation, records, signal } = work;
  const counted = fields.filter(isCounted);
  work.expect(fields.length + 2);
  const source = { relation, records, isTable: work.container.kind === "table" };
  const sample = counted.length === 0 ? null : await takeSample(datastore, writer, source, counted, { signal });
  work.step();
  try {
    const profiles: Profiles = new Map();
    const expected = sample ? await expectDistinct(datastore.session, writer, sample, records, counted, { signal }) : [];
    const few = fewest(counted, expected);
    const all = `FROM ${relation.from}`;
    await profileFew(work, null, few, profiles);
    // Those expected to be few and found to be many come here too.
    const many = fields.filter(({ name }) => !profiles.has(name));
    const previews = sample ? await previewFields(datastore.session, writer, sample, many, { signal }) : new Map<string, Preview>();
    await profileMany(
      work,
      many.map((field) => ({ field, preview: previews.get(field.name) ?? null })),
      profiles,
    );
    await addCorrelations(work, { all, sample: sample?.from ?? null }, fields, profiles);
    return profiles;
  } finally {
    await forget(sample);
  }
};

/** The fields of few values, those of the fewest first, as far as they can be fetched together. */
const fewest = (fields: readonly Field[], expected: readonly number[]): Field[] => {
  const byValues = fields.map((field, i) => ({ field, values: expected[i]! })).sort((a, b) => a.values - b.values);
  let total = 0;
  return byValues.flatMap(({ field, values }) => (values <= VALUES_MAX && (total += values) <= VALUES_TOTAL_MAX ? [field] : []));
};

/** Profiles fields by their value counts, of a copy when there is one; fields with more than VALUES_MAX values are left out. */
const profileFew = async (work: Work, copy: string | null, fields: readonly Field[], profiles: Profiles): Promise<void> => {
  const { datastore, writer, relation, records, signal } = work;
  for (const batch of batches(fields, records, VALUES_MAX)) {
    const from = copy ?? `FROM ${fromOnly(relation, namesOf(batch))}`;
    const counts = await countValues(datastore.session, writer, from, batch, VALUES_MAX, { signal });
    batch.forEach((field, i) => {
      const counted = counts[i];
      if (counted != null) profiles.set(field.name, profileFromCounts(field, counted));
    });
    work.step();
  }
};

/** Profiles fields by the shared scan, then one grouping each. */
const profileMany = async (work: Work, many: readonly Planned[], profiles: Profiles): Promise<void> => {
  const { datastore, writer, relation, signal } = work;
  for (const chunk of scanChunks(writer, many)) {
    const from = fromOnly(relation, namesOf(chunk.map(({ field }) => field)));
    const scanned = await scanFields(datastore.session, writer, from, chunk, { signal });
    work.step();
    for (const [i, planned] of chunk.entries()) {
      const own = fromOnly(relation, [planned.field.name]);
      const profile = await groupField(datastore.session, writer, own, planned, scanned[i]!, { signal });
      const gaps =
        kindOf(planned.field) === "time" ? await findGaps(datastore.session, writer, own, profile, planned.field, { signal }) : {};
      profiles.set(planned.field.name, { ...profile, ...gaps });
      work.step();
    }
  }
};

const addCorrelations = async (
  work: Work,
  source: { all: string; sample: string | null },
  fields: readonly Field[],
  profiles: Profiles,
): Promise<void> => {
  const { datastore, writer, records, signal } = work;
  const { byField, isEstimate } = await correlate(datastore.session, writer, { ...source, records }, fields, profiles, { signal });
  for (const [name, correlations] of byField) {
    const profile = profiles.get(name)!;
    profiles.set(name, {
      ...profile,
      field_correlations: correlations,
      estimated: isEstimate ? [...profile.estimated, "field_correlations"] : profile.estimated,
    });
  }
  work.step();
};
