/** The weight of checks as SQL, for lists in its order: core/scores/weight.ts says it once more for one check, and a test holds the two together. */
import { sql, type RawBuilder } from "kysely";
import { OpenStatus } from "@touchstone/core/model/anomaly-status";
import { RULES } from "@touchstone/core/rules/index";
import { BONUS } from "@touchstone/core/scores/weight";

const typesOf = (weight: number) => sql.join(RULES.filter((rule) => rule.weight === weight).map(({ type }) => type));

const open = sql.join(OpenStatus.options.map((status) => sql.lit(status)));

/** Number of open anomalies of the check at hand. */
export const openAnomalies: RawBuilder<number> = sql`(SELECT count(*) FROM failed_check f JOIN anomaly a ON a.id = f.anomaly_id
  WHERE f.check_id = "check".id AND a.status IN (${open}))`;

const hasOpen = sql`EXISTS (SELECT 1 FROM failed_check f JOIN anomaly a ON a.id = f.anomaly_id
  WHERE f.check_id = "check".id AND a.status IN (${open}))`;

const ruleWeight = sql`CASE WHEN "check".rule_type IN (${typesOf(3)}) THEN 3 WHEN "check".rule_type IN (${typesOf(2)}) THEN 2 ELSE 1 END`;

const bonus = sql`CASE WHEN "check".inferred THEN CASE WHEN ${hasOpen} THEN ${sql.lit(BONUS.inferred.found)} ELSE ${sql.lit(BONUS.inferred.clean)} END
  ELSE CASE WHEN ${hasOpen} THEN ${sql.lit(BONUS.authored.found)} ELSE ${sql.lit(BONUS.authored.clean)} END END`;

/** A tag that the check and its container both carry counts once. */
const modifiers = sql`(SELECT coalesce(sum(tag.weight_modifier), 0) FROM tag WHERE tag.id IN (
  SELECT link.tag_id FROM tag_link link WHERE (link.noun = 'check' AND link.object_id = "check".id)
    OR (link.noun = 'container' AND link.object_id = container.id) OR (link.noun = 'datastore' AND link.object_id = container.datastore_id)))`;

export const weightOfCheck: RawBuilder<number> = sql`(${ruleWeight} + ${bonus} + ${modifiers})`;
