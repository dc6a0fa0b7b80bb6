/**
 * What tags weigh on checks, taken into the checks' own rows, where lists by weight are read in order (check-weight.ts). Whoever changes a tag writes
 * down which objects carry it, and waits for none of the thousands of checks below them.
 */
import { sql, type RawBuilder } from "kysely";
import type { Database } from "./database.ts";

/**
 * So old is what is taken in: longer than any transaction of ours. A check that was made while its container was tagged has seen the tag, or
 * is seen here.
 */
const SETTLED_MS = 300_000;

/** What of a check `k` names the object that it is, or is in. */
const PLACES = { check: sql`k.id`, container: sql`k.container_id`, datastore: sql`k.datastore_id` };
type Noun = keyof typeof PLACES;
const NOUNS: readonly Noun[] = ["check", "container", "datastore"];

/** Objects at a time: a container is some dozens of checks, a datastore thousands. */
const OBJECTS_MAX: Readonly<Record<Noun, number>> = { check: 1_000, container: 50, datastore: 1 };
/** Checks at a time: a statement about more of them might be ended before it is done (database.ts), and again whenever it is tried. */
const CHECKS_MAX = 2_000;

/**
 * The checks of all objects of `retagged` (a table or a query), once for each way. They are looked up object by object: the planner, who knows nothing of a
 * table that is mostly empty, would go through all checks.
 */
export const checksRetagged = (retagged: RawBuilder<unknown>, columns: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql.join(
    NOUNS.map(
      (noun) => sql`SELECT ${columns} FROM (SELECT DISTINCT r.object_id FROM ${retagged} r WHERE r.noun = ${sql.lit(noun)}) object
        CROSS JOIN LATERAL (SELECT * FROM "check" k WHERE ${PLACES[noun]} = object.object_id OFFSET 0) k`,
    ),
    sql` UNION ALL `,
  );

const weight = sql`weight_of_tags(k.id, k.container_id, k.datastore_id)`;

const idsOf = async (db: Database, query: RawBuilder<{ id: number }>): Promise<number[]> =>
  (await query.execute(db)).rows.map(({ id }) => id);

/** Takes in what these objects carry, but for checks that somebody is changing: a scan must not wait for this, nor this for a scan. */
const takeIn = async (db: Database, noun: Noun, objects: readonly number[]): Promise<void> => {
  const checks = await idsOf(db, sql`SELECT k.id FROM "check" k WHERE ${PLACES[noun]} = ANY(${objects}::bigint[]) ORDER BY k.id`);
  for (let at = 0; at < checks.length; at += CHECKS_MAX)
    await sql`WITH held AS MATERIALIZED (SELECT k.id FROM "check" k WHERE k.id = ANY(${checks.slice(at, at + CHECKS_MAX)}::bigint[])
          AND k.tags_kept <> ${weight} FOR NO KEY UPDATE SKIP LOCKED)
      UPDATE "check" k SET tags_kept = ${weight} FROM held WHERE k.id = held.id`.execute(db);
};

/**
 * Takes in what has settled. A check that somebody is changing is left, and what is written down about its object with it, for the next time. Which are
 * done is seen by the statement that takes them off: what was committed since is not taken off unseen.
 */
export const takeInTagWeights = async (db: Database, settledMs = SETTLED_MS): Promise<void> => {
  const isSettled = sql`at <= now() - ${settledMs}::float8 * interval '1 ms'`;
  for (const noun of NOUNS)
    for (let last = 0; ;) {
      const objects = await idsOf(
        db,
        sql`SELECT DISTINCT object_id AS id FROM retagged WHERE noun = ${noun} AND object_id > ${last} AND ${isSettled}
          ORDER BY object_id LIMIT ${OBJECTS_MAX[noun]}`,
      );
      const end = objects.at(-1);
      if (end === undefined) break;
      await takeIn(db, noun, objects);
      await sql`WITH done AS MATERIALIZED (SELECT object.id FROM unnest(${objects}::bigint[]) AS object (id)
            WHERE NOT EXISTS (SELECT FROM "check" k WHERE ${PLACES[noun]} = object.id AND k.tags_kept <> ${weight}))
        DELETE FROM retagged USING done WHERE noun = ${noun} AND object_id = done.id AND ${isSettled}`.execute(db);
      last = end;
    }
};
