/** How many checks there are, without counting them: as with anomalies (docs/decisions/0015-totals-are-kept.md). */
import { sql, type RawBuilder, type SqlBool } from "kysely";
import { CheckFilters } from "@touchstone/core/routes/checks";
import { isGiven } from "./anomaly-filters.ts";
import { statusesOf, type Filters } from "./checks.ts";
import type { Database } from "./database.ts";
import { isVisible } from "./visible.ts";

/** By what tallies are kept. */
const PLAIN: readonly string[] = ["datastore", "status", "archived", "asserted_state"] satisfies (keyof Filters)[];

/** Whether a list of checks is narrowed by nothing that tallies do not know. Templates are not tallied. */
export const isPlain = (filters: Filters): boolean =>
  filters.template_only !== true &&
  Object.keys(CheckFilters.shape).every((name) => PLAIN.includes(name) || name === "template_only" || !isGiven(Reflect.get(filters, name)));

const inState = (state: string): RawBuilder<SqlBool> =>
  state === "not_asserted" ? sql<SqlBool>`last_status IS NULL` : sql<SqlBool>`last_status = ${state}`;

/** How long a plain list is. */
export const checkTotal = async (db: Database, filters: Filters, visible: "all" | readonly number[]): Promise<number> => {
  const statuses = statusesOf(filters);
  if (statuses.length === 0) return 0;
  let tallies = db
    .selectFrom("datastore_check_tally")
    .where(isVisible("datastore_check_tally.datastore_id", visible))
    .where("status", "in", statuses)
    .select(sql<number>`coalesce(sum(count), 0)::bigint`.as("total"));
  if (filters.datastore?.length) tallies = tallies.where("datastore_id", "in", filters.datastore);
  if (filters.asserted_state?.length) tallies = tallies.where(sql<SqlBool>`(${sql.join(filters.asserted_state.map(inState), sql` OR `)})`);
  return Number((await tallies.executeTakeFirstOrThrow()).total);
};
