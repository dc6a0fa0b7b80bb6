/**
 * Differences that triggers wrote are added up now and then, so that a sum stays a sum of few (docs/decisions/0015-totals-are-kept.md).
 * Nobody waits for it: what somebody else has at the same time is left for the next time.
 */
import { sql } from "kysely";
import type { Database } from "./database.ts";
import { takeInTagWeights } from "./tag-weights.ts";

/** Differences of one thing from which on they are added up: a container or a datastore has at most some dozen kinds of what is counted. */
const DIFFERENCES_MAX = 50;

/** The tables of differences: by what a table is gone through, and what a difference is of. */
const TALLIES = [
  { table: "anomaly_tally", by: "container_id", of: sql`datastore_id, container_id, type, status` },
  { table: "datastore_anomaly_tally", by: "datastore_id", of: sql`datastore_id, type, status` },
  { table: "datastore_check_tally", by: "datastore_id", of: sql`datastore_id, status, last_status` },
] as const;

/** Adds up the differences of what has many. */
const addUp = async (db: Database, { table, by, of }: (typeof TALLIES)[number]): Promise<void> => {
  const [tally, one] = [sql.table(table), sql.ref(by)];
  await sql`WITH many AS (SELECT ${one} FROM ${tally} GROUP BY ${one} HAVING count(*) > ${DIFFERENCES_MAX}),
      held AS MATERIALIZED (SELECT ctid AS place FROM ${tally} WHERE ${one} IN (SELECT ${one} FROM many) FOR UPDATE SKIP LOCKED),
      gone AS (DELETE FROM ${tally} WHERE ctid IN (SELECT place FROM held) RETURNING *)
    INSERT INTO ${tally} SELECT ${of}, sum(count) FROM gone GROUP BY ${of} HAVING sum(count) <> 0`.execute(db);
};

/**
 * Takes the open anomalies of checks into the checks' own rows, where lists of all checks find them in order. A check that somebody is
 * changing is left for the next time: a scan must not wait for this, nor this for a scan.
 */
const takeIntoChecks = async (db: Database): Promise<void> => {
  await sql`WITH held AS MATERIALIZED (SELECT id FROM "check" WHERE id IN (SELECT check_id FROM check_tally) FOR NO KEY UPDATE SKIP LOCKED),
      gone AS (DELETE FROM check_tally USING held WHERE check_id = held.id RETURNING check_id, count),
      sums AS (SELECT check_id, sum(count) AS sum FROM gone GROUP BY check_id HAVING sum(count) <> 0)
    UPDATE "check" SET open_kept = open_kept + sums.sum FROM sums WHERE "check".id = sums.check_id`.execute(db);
  await sql`DELETE FROM check_tally WHERE NOT EXISTS (SELECT FROM "check" WHERE "check".id = check_id)`.execute(db);
};

export const addUpTallies = async (db: Database, settledMs?: number): Promise<void> => {
  for (const tally of TALLIES) await addUp(db, tally);
  await takeIntoChecks(db);
  await takeInTagWeights(db, settledMs);
};
