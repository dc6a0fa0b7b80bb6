/** All rules, sorted by type: one import and one line for each. */
import between from "./between.ts";
import dependsOn from "./dependsOn.ts";
import notMisspelled from "./notMisspelled.ts";
import type { Rule } from "./rule.ts";

export const RULES: readonly Rule[] = [between, dependsOn, notMisspelled];

const BY_TYPE: ReadonlyMap<string, Rule> = new Map(RULES.map((rule) => [rule.type, rule]));

/** The rule of that name, exactly; null when there is none. Aliases are resolved when checks are read (read.ts). */
export const ruleByType = (type: string): Rule | null => BY_TYPE.get(type) ?? null;
