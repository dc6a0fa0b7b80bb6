/**
 * How many anomalies there are, without counting them: triggers keep differences per container, type and status, and the sum over
 * a few thousand of those is what counting a million anomalies would give (docs/decisions/0015-totals-are-kept.md).
 */
import { sql, type RawBuilder, type SqlBool } from "kysely";
import { AnomalyStatus } from "@touchstone/core/model/anomaly-status";
import { statusesOf, type Filters } from "./anomalies.ts";
import type { Database } from "./database.ts";
import { isVisible } from "./visible.ts";

const among = (column: string, values: readonly (string | number)[] | undefined): RawBuilder<SqlBool>[] =>
  values === undefined || values.length === 0 ? [] : [sql<SqlBool>`${sql.ref(column)} IN (${sql.join(values)})`];

/** How long a plain list is. */
export const anomalyTotal = async (db: Database, filters: Filters, visible: "all" | readonly number[]): Promise<number> => {
  const statuses = statusesOf(filters);
  if (statuses.length === 0) return 0;
  const conditions = [
    isVisible("anomaly_tally.datastore_id", visible),
    ...among("datastore_id", filters.datastore),
    ...among("container_id", filters.container),
    ...among("type", filters.anomaly_type),
    ...(statuses.length === AnomalyStatus.options.length ? [] : among("status", statuses)),
  ];
  let tallies = db.selectFrom("anomaly_tally").select(sql<number>`coalesce(sum(count), 0)::bigint`.as("total"));
  for (const condition of conditions) tallies = tallies.where(condition);
  return Number((await tallies.executeTakeFirstOrThrow()).total);
};

/** Differences of one thing from which on they are added up: a container has at most a dozen kinds of anomalies. */
const DIFFERENCES_MAX = 50;

/** The tables of differences: what a difference is of, and by what a table is gone through. */
const TALLIES = [
  { table: "anomaly_tally", by: "container_id", of: sql`datastore_id, container_id, type, status` },
  { table: "check_tally", by: "check_id", of: sql`check_id` },
] as const;

/** Adds up the differences of what has many. What somebody else adds up at the same time is left to them. */
export const addUpTallies = async (db: Database): Promise<void> => {
  for (const { table, by, of } of TALLIES) {
    const [tally, one] = [sql.table(table), sql.ref(by)];
    await sql`WITH many AS (SELECT ${one} FROM ${tally} GROUP BY ${one} HAVING count(*) > ${DIFFERENCES_MAX}),
        held AS MATERIALIZED (SELECT ctid AS place FROM ${tally} WHERE ${one} IN (SELECT ${one} FROM many) FOR UPDATE SKIP LOCKED),
        gone AS (DELETE FROM ${tally} WHERE ctid IN (SELECT place FROM held) RETURNING *)
      INSERT INTO ${tally} SELECT ${of}, sum(count) FROM gone GROUP BY ${of} HAVING sum(count) <> 0`.execute(db);
  }
};
