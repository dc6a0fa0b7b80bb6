/** Anomalies as lists and one by one. What a list is narrowed to is in anomaly-conditions.ts. */
import { sql } from "kysely";
import { isNarrow, isPlain, type Filters } from "./anomaly-filters.ts";
import type { Database } from "./database.ts";
import { totalBeside } from "./paging.ts";
import { prepared } from "./prepared.ts";

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

type Direction = "asc" | "desc" | undefined;

/**
 * Ids grow with time: theirs is the order of creation, and needs no other index. Of a list that is counted the order is kept from the planner: it
 * would walk through everybody's anomalies from the newest on, sure to meet fifty of them soon.
 */
export const anomalyOrder = (
  { sort_created, sort_weight }: { sort_created?: Direction; sort_weight?: Direction },
  filters: Filters = {},
) => {
  const way = (direction: Direction) => (direction === "asc" ? sql`ASC` : sql`DESC`);
  const isCounted = !isPlain(filters);
  const id = isCounted ? sql`(anomaly.id + 0)` : sql`anomaly.id`;
  // Within a container or a datastore no index is ordered by weight.
  const weight = isNarrow(filters) || isCounted ? sql`(anomaly.weight + 0)` : sql`anomaly.weight`;
  return [
    ...(sort_weight === undefined ? [] : [sql`${weight} ${way(sort_weight)}`]),
    sql`${id} ${way(sort_created ?? (sort_weight === "asc" ? "asc" : "desc"))}`,
  ];
};

/** Ids of anomalies, beside how many there are in all where tallies cannot tell. */
export const anomalyIds = (db: Database, isCounted: boolean) => db.selectFrom("anomaly").select(["anomaly.id", totalBeside(isCounted)]);
