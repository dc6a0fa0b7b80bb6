/** Anomalies as lists and one by one. Lists read the anomalies of the containers or datastores they are narrowed to, and no others. */
import { sql, type RawBuilder, type SqlBool } from "kysely";
import type { z } from "zod";
import { AnomalyStatus, ArchivedStatus, OpenStatus } from "@touchstone/core/model/anomaly-status";
import { AnomalyFilters } from "@touchstone/core/routes/anomalies";
import type { Database } from "./database.ts";
import { contains } from "./like.ts";
import { prepared } from "./prepared.ts";
import { idsTagged } from "./tags.ts";
import { isVisible } from "./visible.ts";

/** Anomalies with where they belong. */
export const anomalyRows = (db: Database) =>
  db
    .selectFrom("anomaly")
    .innerJoin("container", "container.id", "anomaly.container_id")
    .innerJoin("datastore", "datastore.id", "anomaly.datastore_id")
    .select([
      "anomaly.id",
      "anomaly.uuid",
      "anomaly.datastore_id",
      "anomaly.container_id",
      "anomaly.operation_id",
      "anomaly.type",
      "anomaly.status",
      "anomaly.fingerprint",
      "anomaly.message",
      "anomaly.description",
      "anomaly.fields",
      "anomaly.row",
      "anomaly.partition",
      "anomaly.anomalous_records",
      "anomaly.weight",
      "anomaly.source_enriched",
      "anomaly.created_at",
      "anomaly.updated_at",
      "container.name as container_name",
      "container.container_type",
      "datastore.name as datastore_name",
    ])
    .select([sql<number>`told.comments`.as("comments_count"), sql<boolean>`NOT coalesce(told.touched, FALSE)`.as("is_new")])
    .leftJoinLateral(
      sql<{
        comments: number;
        touched: boolean;
      }>`(SELECT count(*) FILTER (WHERE e.kind = 'comment' AND NOT e.detail ? 'deleted') AS comments,
        bool_or(e.user_id IS NOT NULL) AS touched FROM anomaly_event e WHERE e.anomaly_id = anomaly.id)`.as("told"),
      (join) => join.onTrue(),
    );
export type AnomalyRow = Awaited<ReturnType<ReturnType<typeof anomalyRows>["execute"]>>[number];

/** Those of these ids. */
export const anomaliesById = prepared({ ids: "bigint[]" }, (db, given) =>
  anomalyRows(db).where("anomaly.id", "=", sql<number>`ANY(${given("ids")})`),
);

/** Anomalies in few words. */
export const anomalyLines = (db: Database) =>
  db
    .selectFrom("anomaly")
    .select([
      "anomaly.id",
      "anomaly.uuid",
      "anomaly.type",
      "anomaly.status",
      "anomaly.weight",
      "anomaly.message",
      "anomaly.description",
      "anomaly.container_id",
      "anomaly.datastore_id",
      "anomaly.fields",
      "anomaly.created_at",
    ]);

export type Filters = z.output<typeof AnomalyFilters>;
type Condition = RawBuilder<SqlBool>;

/** Without a status and without a word on archived ones, the open ones are meant. */
export const statusesOf = ({ status = [], archived }: Filters): readonly string[] => {
  const among: readonly string[] = status.length > 0 ? status : AnomalyStatus.options;
  if (archived === "only") return among.filter((one) => ArchivedStatus.safeParse(one).success);
  return status.length > 0 || archived === "include" ? among : OpenStatus.options;
};

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
 * Own tags, and those of the container, the datastore and the failed checks. Asked of each anomaly where a list is of some containers;
 * elsewhere those that have the tags are gathered, which are fewer than there are.
 */
const tagged = (db: Database, names: readonly string[], filters: Filters): Condition => {
  const [containers, datastores] = [idsTagged(db, "container", names), idsTagged(db, "datastore", names)];
  const checks = idsTagged(db, "check", names);
  if (filters.container?.length)
    return sql<SqlBool>`(anomaly.id IN (${idsTagged(db, "anomaly", names)}) OR anomaly.container_id IN (${containers})
      OR anomaly.datastore_id IN (${datastores}) OR ${failedOn(sql<SqlBool>`c.id IN (${checks})`, filters)})`;
  return sql<SqlBool>`anomaly.id IN (${idsTagged(db, "anomaly", names)}
    UNION SELECT a.id FROM anomaly a WHERE a.container_id IN (${containers}) UNION SELECT a.id FROM anomaly a WHERE a.datastore_id IN (${datastores})
    UNION SELECT f.anomaly_id FROM failed_check f WHERE f.check_id IN (${checks}))`;
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

const searched = (text: string): Condition => {
  const pattern = contains(text);
  return sql<SqlBool>`coalesce(anomaly.description, anomaly.message) ILIKE ${pattern}`;
};

/** What a list of anomalies is narrowed to, all of which holds. */
export const anomalyConditions = (db: Database, filters: Filters, visible: "all" | readonly number[], now: Date): Condition[] => {
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
    ...(filters.tag?.length ? [tagged(db, filters.tag, filters)] : []),
    ...(filters.assignee?.length
      ? [sql<SqlBool>`anomaly.id IN (SELECT a.anomaly_id FROM anomaly_assignee a WHERE a.user_id IN (${sql.join(filters.assignee)}))`]
      : []),
    ...(filters.start_date === undefined ? [] : [since(new Date(filters.start_date))]),
    ...(filters.end_date === undefined ? [] : [until(filters.end_date)]),
    ...(filters.timeframe === undefined ? [] : [since(new Date(now.getTime() - filters.timeframe * DAY_MS))]),
    ...(filters.source_enriched === undefined ? [] : [sql<SqlBool>`anomaly.source_enriched = ${filters.source_enriched}`]),
    ...(filters.search ? [searched(filters.search)] : []),
  ];
};

type Direction = "asc" | "desc" | undefined;

/** By what tallies are kept and indexes ordered. */
const PLAIN: readonly string[] = ["datastore", "container", "status", "archived", "anomaly_type"] satisfies (keyof Filters)[];

export const isGiven = (value: unknown): boolean => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);

/** Whether a list is narrowed by nothing that tallies and indexes do not know. */
export const isPlain = (filters: Filters): boolean =>
  Object.keys(AnomalyFilters.shape).every((name) => PLAIN.includes(name) || !isGiven(Reflect.get(filters, name)));

/**
 * Ids grow with time: theirs is the order of creation, and needs no other index. Of a list that is counted the order is kept from the planner: it
 * would walk through everybody's anomalies from the newest on, sure to meet fifty of them soon.
 */
export const anomalyOrder = (
  { sort_created, sort_weight }: { sort_created?: Direction; sort_weight?: Direction },
  filters: Filters = {},
) => {
  const way = (direction: Direction) => (direction === "asc" ? sql`ASC` : sql`DESC`);
  const isNarrow = isGiven(filters.container) || isGiven(filters.datastore);
  const isCounted = !isPlain(filters);
  const id = isCounted ? sql`(anomaly.id + 0)` : sql`anomaly.id`;
  // Within a container or a datastore no index is ordered by weight.
  const weight = isNarrow || isCounted ? sql`(anomaly.weight + 0)` : sql`anomaly.weight`;
  return [
    ...(sort_weight === undefined ? [] : [sql`${weight} ${way(sort_weight)}`]),
    sql`${id} ${way(sort_created ?? (sort_weight === "asc" ? "asc" : "desc"))}`,
  ];
};

/** Ids of anomalies, beside how many there are in all where tallies cannot tell: what has to be gone through is gone through once. */
export const anomalyIds = (db: Database, isCounted: boolean) =>
  db.selectFrom("anomaly").select(["anomaly.id", sql<number | null>`${isCounted ? sql`count(*) OVER ()` : sql`NULL::bigint`}`.as("total")]);
