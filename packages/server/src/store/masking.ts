/**
 * What is forgotten when a field becomes masked: the values that statistics and messages show of it, here and in what is computed from its
 * container. What is masked is not merely not shown. Properties of checks stay, for they are what is asked of the data.
 */
import { sql, type RawBuilder, type SqlBool } from "kysely";
import type { Database } from "./database.ts";
import { isMadeOf } from "./containers.ts";
import { isAbout, VALUES_HIDDEN } from "./fields.ts";
import { contains } from "./like.ts";

/** Takes the values of a field out of the profiles that are kept. */
const forgetValues = (db: Database, where: RawBuilder<SqlBool>) =>
  sql`UPDATE field_profile SET profile = profile || ${JSON.stringify(VALUES_HIDDEN)}::jsonb WHERE ${where}`.execute(db);

/** What stands in the place of a message. */
const unsaid = (name: string): string => `${name} is masked: what was found is not said`;

const escaped = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Condition that a message of the check at hand may show a value of the field: it is about it, names it in an expression, or repeats it. */
const mayShow = (name: string): RawBuilder<SqlBool> => {
  const word = /^\w+$/.test(name) ? `\\m${name}\\M` : escaped(name);
  return sql<SqlBool>`(${isAbout([name])} OR "check".anomaly_message_field = ${name} OR "check".properties::text ~* ${word})`;
};

/** Takes messages that may show a value of a field out of anomalies, and what was seen of it out of the evidence of checks. */
const forgetMessages = async (db: Database, containerId: number, name: string): Promise<void> => {
  const told = sql`failed_check JOIN "check" ON "check".id = failed_check.check_id AND ${mayShow(name)}`;
  await sql`UPDATE anomaly SET message = ${unsaid(name)} WHERE container_id = ${containerId}
    AND (fields @> ${JSON.stringify([name])}::jsonb OR EXISTS (SELECT 1 FROM ${told} WHERE failed_check.anomaly_id = anomaly.id))`.execute(
    db,
  );
  await sql`UPDATE failed_check SET message = ${unsaid(name)} FROM "check"
    WHERE "check".id = failed_check.check_id AND "check".container_id = ${containerId} AND ${mayShow(name)}`.execute(db);
  await sql`UPDATE "check" SET evidence = jsonb_set(evidence, '{text}', to_jsonb(CAST(${unsaid(name)} AS text)))
    WHERE container_id = ${containerId} AND evidence IS NOT NULL AND ${isAbout([name])}`.execute(db);
};

type Made = { id: number; name: string; datastore_id: number };

/** Computed containers that read this one: those that name it as a part, and queries of its datastore in which its name stands. */
const readersOf = (db: Database, { id, name, datastore_id }: Made): Promise<Made[]> =>
  db
    .selectFrom("container")
    .where((where) =>
      where.or([
        isMadeOf(id),
        where.and([
          where("container_type", "=", "computed_table"),
          where("datastore_id", "=", datastore_id),
          sql<boolean>`definition->>'query' ILIKE ${contains(name)}`,
        ]),
      ]),
    )
    .where("id", "<>", id)
    .select(["id", "name", "datastore_id"])
    .execute();

/** All that are computed from it, through however many steps. */
const computedFrom = async (db: Database, container: Made): Promise<Made[]> => {
  const found = new Map<number, Made>([[container.id, container]]);
  for (const one of found.values()) for (const reader of await readersOf(db, one)) if (!found.has(reader.id)) found.set(reader.id, reader);
  return [...found.values()].filter(({ id }) => id !== container.id);
};

/** Of what is computed nobody knows which value came from where: all of them go, and the next profile and scan say what may be said. */
const forgetComputed = async (db: Database, { id, name }: Made): Promise<void> => {
  await forgetValues(db, sql<SqlBool>`field_id IN (SELECT id FROM field WHERE container_id = ${id})`);
  await sql`UPDATE anomaly SET message = ${unsaid(name)} WHERE container_id = ${id}`.execute(db);
  await sql`UPDATE "check" SET evidence = jsonb_set(evidence, '{text}', to_jsonb(CAST(${unsaid(name)} AS text)))
    WHERE container_id = ${id} AND evidence IS NOT NULL`.execute(db);
  await sql`UPDATE failed_check SET message = ${unsaid(name)} WHERE anomaly_id IN (SELECT id FROM anomaly WHERE container_id = ${id})`.execute(
    db,
  );
};

/** To be called with the field's change of status. */
export const forgetField = async (db: Database, field: { id: number; name: string; container_id: number }): Promise<void> => {
  await forgetValues(db, sql<SqlBool>`field_id = ${field.id}`);
  await forgetMessages(db, field.container_id, field.name);
  const container = await db
    .selectFrom("container")
    .where("id", "=", field.container_id)
    .select(["id", "name", "datastore_id"])
    .executeTakeFirstOrThrow();
  for (const made of await computedFrom(db, container)) await forgetComputed(db, made);
};
