/** Checks as lists and one by one. */
import { sql, type RawBuilder, type SqlBool } from "kysely";
import type { z } from "zod";
import type { CheckFilters } from "@touchstone/core/routes/checks";
import type { Database } from "./database.ts";
import { openAnomalies, weightOfCheck } from "./check-weight.ts";
import { contains } from "./like.ts";
import { prepared } from "./prepared.ts";
import { idsTagged } from "./tags.ts";
import { isVisible } from "./visible.ts";

const CHECK = [
  "check.id",
  "check.container_id",
  "check.template_id",
  "check.is_template",
  "check.uid",
  "check.rule_type",
  "check.fields",
  "check.description",
  "check.filter",
  "check.coverage",
  "check.properties",
  "check.null_policy",
  "check.anomaly_message_field",
  "check.additional_metadata",
  "check.status",
  "check.inferred",
  "check.evidence",
  "check.owner_id",
  "check.default_anomaly_assignee_id",
  "check.last_editor_id",
  "check.version",
  "check.last_status",
  "check.last_asserted_at",
  "check.last_error",
  "check.archived_at",
  "check.created_at",
  "check.updated_at",
] as const;

const joined = (db: Database) =>
  db
    .selectFrom("check")
    .leftJoin("container", "container.id", "check.container_id")
    .leftJoin("datastore", "datastore.id", "container.datastore_id");

/** Checks with where they belong, how much they matter and what they found. */
export const checkRows = (db: Database) =>
  joined(db)
    .select(CHECK)
    .select(["container.name as container_name", "container.container_type", "container.datastore_id", "datastore.name as datastore_name"])
    .select([
      weightOfCheck.as("weight"),
      openAnomalies.as("anomaly_count"),
      sql<boolean>`CASE WHEN "check".is_template THEN "check".template_locked
        ELSE EXISTS (SELECT 1 FROM "check" t WHERE t.id = "check".template_id AND t.template_locked) END`.as("template_locked"),
      sql<number>`(SELECT count(*) FROM "check" d WHERE d.template_id = "check".id)`.as("template_checks_count"),
    ]);
export type CheckRow = Awaited<ReturnType<ReturnType<typeof checkRows>["execute"]>>[number];

/** Those of these ids. */
export const checksById = prepared({ ids: "bigint[]" }, (db, given) =>
  checkRows(db).where("check.id", "=", sql<number>`ANY(${given("ids")})`),
);

/** Checks in few words. */
export const checkLines = (db: Database) =>
  db
    .selectFrom("check")
    .select(["check.id", "check.uid", "check.rule_type", "check.description", "check.status", "check.container_id", "check.fields"]);

export type Filters = z.output<typeof CheckFilters>;
export type Condition = RawBuilder<SqlBool>;

const ARCHIVED = ["Invalid", "Discarded"];

export const statusesOf = ({ status, archived }: Filters): string[] => {
  const asked = (status ?? []).flatMap((one) => (one === "Archived" ? ARCHIVED : [one]));
  if (asked.length > 0) return archived === "only" ? asked.filter((one) => ARCHIVED.includes(one)) : asked;
  switch (archived ?? "exclude") {
    case "exclude":
      return ["Active", "Draft"];
    case "only":
      return ARCHIVED;
    case "include":
      return ["Active", "Draft", ...ARCHIVED];
  }
};

/** A field by its id, or by its name in whatever container. */
const onField = (given: string): Condition => {
  const byName = sql<SqlBool>`"check".fields @> ${JSON.stringify([given])}::jsonb`;
  if (!/^\d{1,15}$/.test(given)) return byName;
  return sql<SqlBool>`(${byName} OR EXISTS (SELECT 1 FROM field f WHERE f.id = ${Number(given)} AND f.container_id = "check".container_id
    AND "check".fields @> jsonb_build_array(f.name)))`;
};

const inState = (state: string): Condition =>
  state === "not_asserted" ? sql<SqlBool>`"check".last_status IS NULL` : sql<SqlBool>`"check".last_status = ${state}`;

const any = (conditions: readonly Condition[]): Condition => sql<SqlBool>`(${sql.join(conditions, sql` OR `)})`;

/** Own tags, and those of the container and the datastore. */
const tagged = (db: Database, names: readonly string[]): Condition => sql<SqlBool>`("check".id IN (${idsTagged(db, "check", names)})
  OR "check".container_id IN (${idsTagged(db, "container", names)}) OR "check".datastore_id IN (${idsTagged(db, "datastore", names)}))`;

const ofNumbers = (column: Condition, ids: readonly number[] | undefined): Condition[] =>
  ids === undefined || ids.length === 0 ? [] : [sql<SqlBool>`${column} IN (${sql.join(ids)})`];

const searched = (text: string): Condition => {
  return sql<SqlBool>`("check".description || ' ' || "check".rule_type || ' ' || "check".fields::text) ILIKE ${contains(text)}`;
};

/** What a list of checks is narrowed to, all of which holds. */
export const checkConditions = (db: Database, filters: Filters, visible: "all" | readonly number[]): Condition[] => {
  const isTemplate = filters.template_only === true;
  return [
    sql<SqlBool>`"check".is_template = ${isTemplate}`,
    // Templates are everybody's; checks are seen by those who see their datastore.
    ...(isTemplate ? [] : [isVisible("check.datastore_id", visible)]),
    sql<SqlBool>`"check".status IN (${sql.join(statusesOf(filters).length === 0 ? [""] : statusesOf(filters))})`,
    ...ofNumbers(sql<SqlBool>`"check".datastore_id`, filters.datastore),
    ...ofNumbers(sql<SqlBool>`"check".container_id`, filters.container),
    ...ofNumbers(sql<SqlBool>`"check".template_id`, filters.template),
    ...ofNumbers(sql<SqlBool>`"check".owner_id`, filters.owner),
    ...(filters.rule_type?.length ? [sql<SqlBool>`"check".rule_type IN (${sql.join(filters.rule_type)})`] : []),
    ...(filters.field?.length ? [any(filters.field.map(onField))] : []),
    ...(filters.tag?.length ? [tagged(db, filters.tag)] : []),
    ...(filters.asserted_state?.length ? [any(filters.asserted_state.map(inState))] : []),
    ...(filters.inferred === undefined ? [] : [sql<SqlBool>`"check".inferred = ${filters.inferred}`]),
    ...(filters.template_locked === undefined ? [] : [sql<SqlBool>`"check".template_locked = ${filters.template_locked}`]),
    ...(filters.search ? [searched(filters.search)] : []),
  ];
};

export type Direction = "asc" | "desc";
export type CheckOrder = { sort_created?: Direction; sort_weight?: Direction; sort_anomalies?: Direction; sort_last_asserted?: Direction };

export const way = (direction: Direction) => (direction === "asc" ? sql`ASC` : sql`DESC`);

/**
 * The order of a list, the id last so that pages do not overlap. Ids grow with time: theirs is the order of creation. The oldest come
 * first, so that clients that number files by it find the same numbers again when checks were added. Of a list that is counted the order is kept
 * from the planner, as with anomalies.
 */
export const checkOrder = (order: { [K in keyof CheckOrder]?: Direction | undefined }, isCounted = false) => {
  return [
    ...(order.sort_weight === undefined ? [] : [sql`${weightOfCheck} ${way(order.sort_weight)}`]),
    ...(order.sort_anomalies === undefined ? [] : [sql`${openAnomalies} ${way(order.sort_anomalies)}`]),
    // What was never asserted comes last, whichever way.
    ...(order.sort_last_asserted === undefined ? [] : [sql`"check".last_asserted_at ${way(order.sort_last_asserted)} NULLS LAST`]),
    sql`${isCounted ? sql`("check".id + 0)` : sql`"check".id`} ${way(order.sort_created ?? "asc")}`,
  ];
};
