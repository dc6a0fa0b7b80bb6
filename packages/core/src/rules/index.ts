/** The rules as a list and by name. Adding one is its file and one line in `list.ts`. */
import * as list from "./list.ts";
import type { Rule } from "./rule.ts";

/** All rules, sorted by type. */
export const RULES: readonly Rule[] = Object.values(list).sort((a, b) => (a.type.toLowerCase() < b.type.toLowerCase() ? -1 : 1));

const BY_TYPE: ReadonlyMap<string, Rule> = new Map(RULES.map((rule) => [rule.type, rule]));

/** The rule of that name, exactly; null when there is none. Aliases are resolved when checks are read (read.ts). */
export const ruleByType = (type: string): Rule | null => BY_TYPE.get(type) ?? null;
