/** All rules, sorted by type: one import and one line for each. */
import afterDateTime from "./afterDateTime.ts";
import anyNotNull from "./anyNotNull.ts";
import beforeDateTime from "./beforeDateTime.ts";
import between from "./between.ts";
import betweenTimes from "./betweenTimes.ts";
import dependsOn from "./dependsOn.ts";
import equalTo from "./equalTo.ts";
import equalToField from "./equalToField.ts";
import expectedValues from "./expectedValues.ts";
import greaterThan from "./greaterThan.ts";
import greaterThanField from "./greaterThanField.ts";
import isType from "./isType.ts";
import lengthEquals from "./lengthEquals.ts";
import lessThan from "./lessThan.ts";
import lessThanField from "./lessThanField.ts";
import matchesPattern from "./matchesPattern.ts";
import maxLength from "./maxLength.ts";
import maxValue from "./maxValue.ts";
import minLength from "./minLength.ts";
import minValue from "./minValue.ts";
import notFuture from "./notFuture.ts";
import notMatchesPattern from "./notMatchesPattern.ts";
import notMisspelled from "./notMisspelled.ts";
import notNegative from "./notNegative.ts";
import notNull from "./notNull.ts";
import positive from "./positive.ts";
import predictedBy from "./predictedBy.ts";
import satisfiesExpression from "./satisfiesExpression.ts";
import type { Rule } from "./rule.ts";

export const RULES: readonly Rule[] = [
  afterDateTime,
  anyNotNull,
  beforeDateTime,
  between,
  betweenTimes,
  dependsOn,
  equalTo,
  equalToField,
  expectedValues,
  greaterThan,
  greaterThanField,
  isType,
  lengthEquals,
  lessThan,
  lessThanField,
  matchesPattern,
  maxLength,
  maxValue,
  minLength,
  minValue,
  notFuture,
  notMatchesPattern,
  notMisspelled,
  notNegative,
  notNull,
  positive,
  predictedBy,
  satisfiesExpression,
];

const BY_TYPE: ReadonlyMap<string, Rule> = new Map(RULES.map((rule) => [rule.type, rule]));

/** The rule of that name, exactly; null when there is none. Aliases are resolved when checks are read (read.ts). */
export const ruleByType = (type: string): Rule | null => BY_TYPE.get(type) ?? null;
