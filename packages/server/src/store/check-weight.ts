/** The weight of checks as SQL, for lists in its order: core/scores/weight.ts says it once more for one check, and a test holds the two together. */
import { sql, type RawBuilder } from "kysely";
import { BONUS } from "@touchstone/core/scores/weight";

/**
 * Number of open anomalies of the check at hand: those that were added up, and what happened since (store/tallies.ts). A deleted check's are gone with
 * it.
 */
export const openAnomalies: RawBuilder<number> = sql`("check".open_kept
  + (SELECT coalesce(sum(t.count), 0)::bigint FROM check_tally t WHERE t.check_id = "check".id))`;

const ruleWeight = sql`rule_weight("check".rule_type)`;

const bonus = (open: RawBuilder<number>) => sql`CASE WHEN "check".inferred
  THEN CASE WHEN ${open} > 0 THEN ${sql.lit(BONUS.inferred.found)} ELSE ${sql.lit(BONUS.inferred.clean)} END
  ELSE CASE WHEN ${open} > 0 THEN ${sql.lit(BONUS.authored.found)} ELSE ${sql.lit(BONUS.authored.clean)} END END`;

/** A tag that the check and its container both carry counts once. */
const modifiers = sql`(SELECT coalesce(sum(tag.weight_modifier), 0) FROM tag WHERE tag.id IN (
  SELECT link.tag_id FROM tag_link link WHERE (link.noun = 'check' AND link.object_id = "check".id)
    OR (link.noun = 'container' AND link.object_id = "check".container_id) OR (link.noun = 'datastore' AND link.object_id = "check".datastore_id)))`;

export const weightOfCheck: RawBuilder<number> = sql`(${ruleWeight} + ${bonus(openAnomalies)} + ${modifiers})`;

/** What a list of all checks may be ordered by that is kept in their rows, but for some. */
export type Standing = {
  kept: RawBuilder<number>;
  /**
   * The checks whose row does not say it, because something happened to them just now or tags weigh on them: id, what the tags weigh
   * together, and open anomalies that the row does not count. Put together once for all of them: a look-up for each would be most of what a list costs.
   */
  apart: RawBuilder<unknown>;
  /** As it is for those, beside a row of `apart`. */
  exact: RawBuilder<number>;
};

const JUST_NOW = sql`SELECT check_id AS id, 0 AS modifier, count AS open FROM check_tally`;

/** A tag that a check, its container and its datastore carry counts once. */
const TAGS = sql`SELECT carried.id, tag.weight_modifier AS modifier, 0 AS open FROM (
    SELECT object_id AS id, tag_id FROM tag_link WHERE noun = 'check'
    UNION SELECT k.id, l.tag_id FROM tag_link l JOIN "check" k ON k.container_id = l.object_id WHERE l.noun = 'container'
    UNION SELECT k.id, l.tag_id FROM tag_link l JOIN "check" k ON k.datastore_id = l.object_id WHERE l.noun = 'datastore'
  ) carried JOIN tag ON tag.id = carried.tag_id WHERE tag.weight_modifier <> 0`;

const together = (parts: RawBuilder<unknown>) =>
  sql`SELECT id, sum(modifier) AS modifier, sum(open) AS open FROM (${parts}) parts GROUP BY id`;

const OPEN_EXACT = sql<number>`("check".open_kept + apart.open)`;

export const OPEN: Standing = { kept: sql`"check".open_kept`, apart: together(JUST_NOW), exact: OPEN_EXACT };

export const WEIGHT: Standing = {
  kept: sql`"check".weight_kept`,
  apart: together(sql`${JUST_NOW} UNION ALL ${TAGS}`),
  exact: sql`(${ruleWeight} + ${bonus(OPEN_EXACT)} + apart.modifier)`,
};
