/** The weight of checks as SQL, for lists in its order: core/scores/weight.ts says it once more for one check, and a test holds the two together. */
import { sql, type RawBuilder } from "kysely";
import { RULES } from "@touchstone/core/rules/index";
import { BONUS } from "@touchstone/core/scores/weight";
import type { Database } from "./database.ts";

const typesOf = (weight: number) => sql.join(RULES.filter((rule) => rule.weight === weight).map(({ type }) => type));

/** Number of open anomalies of the check at hand, as triggers keep it (docs/decisions/0015-totals-are-kept.md). */
export const openAnomalies: RawBuilder<number> = sql`(SELECT coalesce(sum(t.count), 0)::bigint FROM check_tally t WHERE t.check_id = "check".id)`;

const ruleWeight = sql`CASE WHEN "check".rule_type IN (${typesOf(3)}) THEN 3 WHEN "check".rule_type IN (${typesOf(2)}) THEN 2 ELSE 1 END`;

const bonus = (open: RawBuilder<number>) => sql`CASE WHEN "check".inferred
  THEN CASE WHEN ${open} > 0 THEN ${sql.lit(BONUS.inferred.found)} ELSE ${sql.lit(BONUS.inferred.clean)} END
  ELSE CASE WHEN ${open} > 0 THEN ${sql.lit(BONUS.authored.found)} ELSE ${sql.lit(BONUS.authored.clean)} END END`;

/** A tag that the check and its container both carry counts once. */
const modifiers = sql`(SELECT coalesce(sum(tag.weight_modifier), 0) FROM tag WHERE tag.id IN (
  SELECT link.tag_id FROM tag_link link WHERE (link.noun = 'check' AND link.object_id = "check".id)
    OR (link.noun = 'container' AND link.object_id = container.id) OR (link.noun = 'datastore' AND link.object_id = container.datastore_id)))`;

export const weightOfCheck: RawBuilder<number> = sql`(${ruleWeight} + ${bonus(openAnomalies)} + ${modifiers})`;

/** What lists are ordered by that is not in the check's own row. */
export type Standing = { weight: RawBuilder<number>; open: RawBuilder<number> };

/** Looked up for each check: for a list that is narrowed to some. */
export const ofEach: Standing = { weight: weightOfCheck, open: openAnomalies };

/** Open anomalies of all checks. */
const openOfAll = sql<{ check_id: number; count: number }>`(SELECT check_id, sum(count)::bigint AS count FROM check_tally GROUP BY 1)`;

/** What the tags of containers and of their datastores weigh together. */
const ofContainers = sql<{
  container_id: number;
  modifier: number;
}>`(SELECT carried.container_id, sum(tag.weight_modifier)::bigint AS modifier FROM (
    SELECT c.id AS container_id, l.tag_id FROM container c JOIN tag_link l ON l.noun = 'container' AND l.object_id = c.id
    UNION SELECT c.id, l.tag_id FROM container c JOIN tag_link l ON l.noun = 'datastore' AND l.object_id = c.datastore_id
  ) carried JOIN tag ON tag.id = carried.tag_id GROUP BY 1)`;

/** What the checks' own tags weigh besides. */
const ofChecks = sql<{ check_id: number; modifier: number }>`(SELECT l.object_id AS check_id, sum(tag.weight_modifier)::bigint AS modifier
  FROM tag_link l JOIN tag ON tag.id = l.tag_id WHERE l.noun = 'check' AND NOT EXISTS (
    SELECT FROM "check" k JOIN container c ON c.id = k.container_id JOIN tag_link u ON u.tag_id = l.tag_id
      AND ((u.noun = 'container' AND u.object_id = c.id) OR (u.noun = 'datastore' AND u.object_id = c.datastore_id)) WHERE k.id = l.object_id)
  GROUP BY 1)`;

/** Put together once for all checks: a hundred thousand look-ups would be most of what a list costs. */
export const ofAll: Standing = {
  weight: sql`(${ruleWeight} + ${bonus(sql`open_anomalies.count`)} + coalesce(container_tags.modifier, 0) + coalesce(check_tags.modifier, 0))`,
  open: sql`coalesce(open_anomalies.count, 0)`,
};

/** Ids of checks, beside what `ofAll` is made of. */
export const checkIds = (db: Database) =>
  db
    .selectFrom("check")
    .leftJoin("container", "container.id", "check.container_id")
    .leftJoin(openOfAll.as("open_anomalies"), (join) => join.onRef("open_anomalies.check_id", "=", "check.id"))
    .leftJoin(ofContainers.as("container_tags"), (join) => join.onRef("container_tags.container_id", "=", "check.container_id"))
    .leftJoin(ofChecks.as("check_tags"), (join) => join.onRef("check_tags.check_id", "=", "check.id"))
    .select("check.id");
