/**
 * How many anomalies there are, without counting them: triggers keep differences per type and status, of containers and of datastores,
 * and the sum over a few hundred of those is what counting a million anomalies would give (docs/decisions/0015-totals-are-kept.md).
 */
import { sql, type RawBuilder, type SqlBool } from "kysely";
import { AnomalyStatus } from "@touchstone/core/model/anomaly-status";
import { isGiven, statusesOf, type Filters } from "./anomaly-filters.ts";
import type { Database } from "./database.ts";
import { isVisible } from "./visible.ts";

const among = (column: string, values: readonly (string | number)[] | undefined): RawBuilder<SqlBool>[] =>
  values === undefined || values.length === 0 ? [] : [sql<SqlBool>`${sql.ref(column)} IN (${sql.join(values)})`];

/** How long a plain list is. */
export const anomalyTotal = async (db: Database, filters: Filters, visible: "all" | readonly number[]): Promise<number> => {
  const statuses = statusesOf(filters);
  if (statuses.length === 0) return 0;
  // Datastores are a few dozen, their containers ten thousand.
  const table = isGiven(filters.container) ? "anomaly_tally" : "datastore_anomaly_tally";
  const conditions = [
    isVisible(`${table}.datastore_id`, visible),
    ...among("datastore_id", filters.datastore),
    ...among("container_id", filters.container),
    ...among("type", filters.anomaly_type),
    ...(statuses.length === AnomalyStatus.options.length ? [] : among("status", statuses)),
  ];
  let tallies = db.selectFrom(table).select(sql<number>`coalesce(sum(count), 0)::bigint`.as("total"));
  for (const condition of conditions) tallies = tallies.where(condition);
  return Number((await tallies.executeTakeFirstOrThrow()).total);
};
