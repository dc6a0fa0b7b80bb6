/** What a list of anomalies is narrowed to, as conditions on their table: they read the anomalies of the containers or datastores that are named, and no others. */
import { sql, type RawBuilder, type SqlBool } from "kysely";
import { AnomalyStatus } from "@touchstone/core/model/anomaly-status";
import { isNarrow, statusesOf, type Filters } from "./anomaly-filters.ts";
import { anomalyTotal } from "./anomaly-totals.ts";
import type { Database } from "./database.ts";
import { contains } from "./like.ts";
import { isNamed } from "./tags.ts";
import { isVisible } from "./visible.ts";

type Condition = RawBuilder<SqlBool>;

const among = (column: Condition, values: readonly (string | number)[] | undefined): Condition[] =>
  values === undefined || values.length === 0 ? [] : [sql<SqlBool>`${column} IN (${sql.join(values)})`];

const onField = (given: string): Condition => {
  const byName = sql<SqlBool>`anomaly.fields @> ${JSON.stringify([given])}::jsonb`;
  if (!/^\d{1,15}$/.test(given)) return byName;
  return sql<SqlBool>`(${byName} OR EXISTS (SELECT 1 FROM field f WHERE f.id = ${Number(given)} AND f.container_id = anomaly.container_id
    AND anomaly.fields @> jsonb_build_array(f.name)))`;
};

/** The checks of what a list is narrowed to: an anomaly's failed checks are of its container, and the store does not know that. */
const itsChecks = ({ container, datastore }: Filters): Condition[] => [
  ...among(sql<SqlBool>`c.container_id`, container),
  ...(datastore?.length
    ? [sql<SqlBool>`c.container_id IN (SELECT o.id FROM container o WHERE o.datastore_id IN (${sql.join(datastore)}))`]
    : []),
];

const failedOn = (condition: Condition, filters: Filters): Condition =>
  sql<SqlBool>`EXISTS (SELECT 1 FROM failed_check f JOIN "check" c ON c.id = f.check_id
    WHERE f.anomaly_id = anomaly.id AND ${sql.join([condition, ...itsChecks(filters)], sql` AND `)})`;

/**
 * Anomalies that another table tells: looked up one by one. Left to itself, the planner may go through the open ones of everybody instead, and sort out
 * those that are meant.
 */
const gathered = (ids: RawBuilder<unknown>): Condition => sql<SqlBool>`anomaly.id = ANY(ARRAY(${ids}))`;

/** What carries tags that hold for anomalies below it, and the tags themselves: told the ids, the planner knows how many there are, and of what there are none. */
type Carriers = { tags: number[]; containers: number[]; datastores: number[]; checks: number[] };

const carriersOf = async (db: Database, names: readonly string[]): Promise<Carriers> => {
  const rows = await db
    .selectFrom("tag")
    .leftJoin("tag_link as link", (join) =>
      join.onRef("link.tag_id", "=", "tag.id").on("link.noun", "in", ["container", "datastore", "check"]),
    )
    .where(isNamed(names))
    .select(["tag.id", "link.noun", "link.object_id"])
    .execute();
  const ids = (wanted: string): number[] =>
    rows.flatMap(({ noun, object_id }) => (noun === wanted && object_id !== null ? [object_id] : []));
  return { tags: [...new Set(rows.map(({ id }) => id))], containers: ids("container"), datastores: ids("datastore"), checks: ids("check") };
};

/**
 * Own tags, and those of the container, the datastore and the failed checks. Asked of each anomaly where a list is of some containers;
 * elsewhere those that have the tags are gathered, which are fewer than there are.
 */
const tagged = ({ tags, containers, datastores, checks }: Carriers, filters: Filters): Condition => {
  const own = sql`SELECT l.object_id FROM tag_link l WHERE l.noun = 'anomaly' AND l.tag_id = ANY(${tags}::bigint[])`;
  const any = (column: string, ids: readonly number[]): Condition[] =>
    ids.length === 0 ? [] : [sql<SqlBool>`${sql.ref(column)} = ANY(${ids}::bigint[])`];
  const places = [...any("anomaly.container_id", containers), ...any("anomaly.datastore_id", datastores)];
  const [failed] = any("c.id", checks);
  if (failed === undefined) return sql<SqlBool>`(${sql.join([gathered(own), ...places], sql` OR `)})`;
  const ways = filters.container?.length
    ? [gathered(own), failedOn(failed, filters)]
    : [gathered(sql`${own} UNION SELECT f.anomaly_id FROM failed_check f WHERE f.check_id = ANY(${checks}::bigint[])`)];
  return sql<SqlBool>`(${sql.join([...ways, ...places], sql` OR `)})`;
};

const DAY_MS = 86_400_000;
const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text);

/** A day is meant whole, and in UTC. */
const until = (text: string): Condition => {
  const at = new Date(text);
  return isDay(text)
    ? sql<SqlBool>`anomaly.created_at < ${new Date(at.getTime() + DAY_MS).toISOString()}::timestamptz`
    : sql<SqlBool>`anomaly.created_at <= ${at.toISOString()}::timestamptz`;
};
const since = (at: Date): Condition => sql<SqlBool>`anomaly.created_at >= ${at.toISOString()}::timestamptz`;

/** So many texts are read sooner than the index of everybody's texts is. */
const READ_MAX = 50_000;

/**
 * Texts that contain this. All texts there are have an index; it knows nothing of datastores, so that a word which is common elsewhere costs much: where
 * few are meant, these are read.
 */
const searched = async (db: Database, filters: Filters, text: string, visible: "all" | readonly number[]): Promise<Condition> => {
  const shown = sql`coalesce(anomaly.description, anomaly.message)`;
  return isNarrow(filters) && (await anomalyTotal(db, filters, visible)) <= READ_MAX
    ? sql<SqlBool>`lower(${shown}) LIKE lower(${contains(text)})`
    : sql<SqlBool>`${shown} ILIKE ${contains(text)}`;
};

/** What a list of anomalies is narrowed to, all of which holds. */
export const anomalyConditions = async (
  db: Database,
  filters: Filters,
  visible: "all" | readonly number[],
  now: Date,
): Promise<Condition[]> => {
  const statuses = statusesOf(filters);
  const any = (conditions: readonly Condition[]): Condition => sql<SqlBool>`(${sql.join(conditions, sql` OR `)})`;
  return [
    isVisible("anomaly.datastore_id", visible),
    ...among(sql<SqlBool>`anomaly.datastore_id`, filters.datastore),
    ...among(sql<SqlBool>`anomaly.container_id`, filters.container),
    ...(statuses.length === AnomalyStatus.options.length
      ? []
      : [statuses.length === 0 ? sql<SqlBool>`FALSE` : among(sql<SqlBool>`anomaly.status`, statuses)[0]!]),
    ...among(sql<SqlBool>`anomaly.type`, filters.anomaly_type),
    ...among(sql<SqlBool>`anomaly.operation_id`, filters.operation),
    ...(filters.quality_check?.length
      ? [sql<SqlBool>`anomaly.id IN (SELECT f.anomaly_id FROM failed_check f WHERE f.check_id IN (${sql.join(filters.quality_check)}))`]
      : []),
    ...(filters.rule_type?.length ? [failedOn(sql<SqlBool>`c.rule_type IN (${sql.join(filters.rule_type)})`, filters)] : []),
    ...(filters.field?.length ? [any(filters.field.map(onField))] : []),
    ...(filters.tag?.length ? [tagged(await carriersOf(db, filters.tag), filters)] : []),
    ...(filters.assignee?.length
      ? [gathered(sql`SELECT a.anomaly_id FROM anomaly_assignee a WHERE a.user_id IN (${sql.join(filters.assignee)})`)]
      : []),
    ...(filters.start_date === undefined ? [] : [since(new Date(filters.start_date))]),
    ...(filters.end_date === undefined ? [] : [until(filters.end_date)]),
    ...(filters.timeframe === undefined ? [] : [since(new Date(now.getTime() - filters.timeframe * DAY_MS))]),
    ...(filters.source_enriched === undefined ? [] : [sql<SqlBool>`anomaly.source_enriched = ${filters.source_enriched}`]),
    ...(filters.search ? [await searched(db, filters, filters.search, visible)] : []),
  ];
};
