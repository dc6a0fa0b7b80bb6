/** The weight of checks as SQL, for lists in its order: core/scores/weight.ts says it once more for one check, and a test holds the two together. */
import { sql, type RawBuilder } from "kysely";
import { BONUS } from "@touchstone/core/scores/weight";
import { checksRetagged } from "./tag-weights.ts";

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

/** What its tags weigh: what its row says, unless they changed just now. */
const modifiers = (isRetagged: RawBuilder<unknown>) =>
  sql`CASE WHEN ${isRetagged} THEN weight_of_tags("check".id, "check".container_id, "check".datastore_id) ELSE "check".tags_kept END`;

const isRetagged = sql`EXISTS (SELECT FROM retagged r WHERE (r.noun = 'check' AND r.object_id = "check".id)
  OR (r.noun = 'container' AND r.object_id = "check".container_id) OR (r.noun = 'datastore' AND r.object_id = "check".datastore_id))`;

export const weightOfCheck: RawBuilder<number> = sql`(${ruleWeight} + ${bonus(openAnomalies)} + ${modifiers(isRetagged)})`;

/** What a list of all checks may be ordered by that is kept in their rows, but for some. */
export type Standing = {
  kept: RawBuilder<number>;
  /**
   * The checks whose row does not say it, because something happened to them just now: id, open anomalies that the row does not count, and whether
   * tags of theirs changed. Put together once for all of them: a look-up for each would be most of what a list costs.
   */
  apart: RawBuilder<unknown>;
  /** As it is for those, beside a row of `apart`. */
  exact: RawBuilder<number>;
};

const JUST_NOW = sql`SELECT check_id AS id, count AS open, FALSE AS is_retagged FROM check_tally`;
const RETAGGED = checksRetagged(sql`retagged`, sql`k.id, 0 AS open, TRUE AS is_retagged`);

const together = (parts: RawBuilder<unknown>) =>
  sql`SELECT id, sum(open) AS open, bool_or(is_retagged) AS is_retagged FROM (${parts}) parts GROUP BY id`;

const OPEN_EXACT = sql<number>`("check".open_kept + apart.open)`;

export const OPEN: Standing = { kept: sql`"check".open_kept`, apart: together(JUST_NOW), exact: OPEN_EXACT };

export const WEIGHT: Standing = {
  kept: sql`"check".weight_kept`,
  apart: together(sql`${JUST_NOW} UNION ALL ${RETAGGED}`),
  exact: sql`(${ruleWeight} + ${bonus(OPEN_EXACT)} + ${modifiers(sql`apart.is_retagged`)})`,
};
