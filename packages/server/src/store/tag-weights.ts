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
/** Objects at a time: a datastore is some thousands of checks. */
const OBJECTS_MAX = 20;

/** What of a check `k` names the object that it is, or is in. */
const PLACES = { check: sql`k.id`, container: sql`k.container_id`, datastore: sql`k.datastore_id` };

/**
 * The checks of all objects of `retagged` (a table or a query), once for each way. They are looked up object by object: the planner, who knows nothing of a
 * table that is mostly empty, would go through all checks.
 */
export const checksRetagged = (retagged: RawBuilder<unknown>, columns: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql.join(
    Object.entries(PLACES).map(
      ([noun, place]) => sql`SELECT ${columns} FROM (SELECT DISTINCT r.object_id FROM ${retagged} r WHERE r.noun = ${sql.lit(noun)}) object
        CROSS JOIN LATERAL (SELECT * FROM "check" k WHERE ${place} = object.object_id OFFSET 0) k`,
    ),
    sql` UNION ALL `,
  );

const weight = sql`weight_of_tags(k.id, k.container_id, k.datastore_id)`;

/**
 * Takes in what has settled. A check that somebody is changing is left, and what is written down about it with it, for the next time: a scan must
 * not wait for this, nor this for a scan.
 */
export const takeInTagWeights = async (db: Database, settledMs = SETTLED_MS): Promise<void> => {
  const settled = sql`(SELECT DISTINCT noun, object_id FROM retagged WHERE at <= now() - ${settledMs}::float8 * interval '1 ms' LIMIT ${OBJECTS_MAX})`;
  for (;;) {
    const { rows } = await sql<{ noun: string; object_id: number }>`SELECT noun, object_id FROM ${settled} settled`.execute(db);
    if (rows.length === 0) return;
    const taken = sql`(SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS t (noun text, object_id bigint))`;
    await sql`WITH held AS MATERIALIZED (SELECT id FROM "check" WHERE id IN (SELECT id FROM (${checksRetagged(taken, sql`k.id, k.tags_kept, ${weight} AS weight`)}) all_of_them
          WHERE tags_kept <> weight) FOR NO KEY UPDATE SKIP LOCKED)
      UPDATE "check" k SET tags_kept = ${weight} FROM held WHERE k.id = held.id`.execute(db);
    const { numAffectedRows } = await sql`DELETE FROM retagged USING ${taken} taken
      WHERE retagged.noun = taken.noun AND retagged.object_id = taken.object_id AND retagged.at <= now() - ${settledMs}::float8 * interval '1 ms'
        AND NOT EXISTS (SELECT FROM (${checksRetagged(sql`(SELECT taken.noun, taken.object_id)`, sql`k.tags_kept, ${weight} AS weight`)}) left_over
          WHERE tags_kept <> weight)`.execute(db);
    if (rows.length < OBJECTS_MAX || (numAffectedRows ?? 0n) === 0n) return;
  }
};
