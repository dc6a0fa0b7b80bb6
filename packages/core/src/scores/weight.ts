/** How much a check matters, for sorting and scoring: published, pure, one place. */
import { ruleByType } from "../rules/index.ts";

/** What a check's origin and its record add: a check a person wrote matters more, and more still when it found something. */
export const BONUS = { authored: { found: 12, clean: 9 }, inferred: { found: 6, clean: 0 } } as const;

/**
 * Weight of a check: that of its rule (1 to 3), the bonus of its origin and record, and the modifiers of its tags and its
 * container's. A rule that is not known weighs 1.
 */
export const checkWeight = (
  check: { rule_type: string; inferred: boolean; anomalous_records: number | null },
  modifiers: readonly number[] = [],
): number => {
  const record = (check.anomalous_records ?? 0) > 0 ? "found" : "clean";
  const bonus = BONUS[check.inferred ? "inferred" : "authored"][record];
  return (ruleByType(check.rule_type)?.weight ?? 1) + bonus + modifiers.reduce((sum, modifier) => sum + modifier, 0);
};
