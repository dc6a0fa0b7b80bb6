/** All rules, sorted by type: one import and one line for each. */
import afterDateTime from "./afterDateTime.ts";
import aggregationComparison from "./aggregationComparison.ts";
import anyNotNull from "./anyNotNull.ts";
import beforeDateTime from "./beforeDateTime.ts";
import between from "./between.ts";
import betweenTimes from "./betweenTimes.ts";
import containsCreditCard from "./containsCreditCard.ts";
import containsEmail from "./containsEmail.ts";
import containsSocialSecurityNumber from "./containsSocialSecurityNumber.ts";
import containsUrl from "./containsUrl.ts";
import dataDiff from "./dataDiff.ts";
import decreasing from "./decreasing.ts";
import dependsOn from "./dependsOn.ts";
import distinctCount from "./distinctCount.ts";
import distinctProportion from "./distinctProportion.ts";
import distributionDrift from "./distributionDrift.ts";
import entityResolution from "./entityResolution.ts";
import equalTo from "./equalTo.ts";
import equalToField from "./equalToField.ts";
import existsIn from "./existsIn.ts";
import expectedSchema from "./expectedSchema.ts";
import expectedValues from "./expectedValues.ts";
import fieldCount from "./fieldCount.ts";
import fieldOrder from "./fieldOrder.ts";
import fieldSet from "./fieldSet.ts";
import freshness from "./freshness.ts";
import greaterThan from "./greaterThan.ts";
import greaterThanField from "./greaterThanField.ts";
import increasing from "./increasing.ts";
import isAddress from "./isAddress.ts";
import isCreditCard from "./isCreditCard.ts";
import isEmail from "./isEmail.ts";
import isIban from "./isIban.ts";
import isIpAddress from "./isIpAddress.ts";
import isIsoDate from "./isIsoDate.ts";
import isReplicaOf from "./isReplicaOf.ts";
import isType from "./isType.ts";
import isUrl from "./isUrl.ts";
import isUuid from "./isUuid.ts";
import lengthEquals from "./lengthEquals.ts";
import lessThan from "./lessThan.ts";
import lessThanField from "./lessThanField.ts";
import matchesPattern from "./matchesPattern.ts";
import maxBetween from "./maxBetween.ts";
import maxLength from "./maxLength.ts";
import maxPartitionSize from "./maxPartitionSize.ts";
import maxValue from "./maxValue.ts";
import meanBetween from "./meanBetween.ts";
import medianBetween from "./medianBetween.ts";
import metric from "./metric.ts";
import minBetween from "./minBetween.ts";
import minLength from "./minLength.ts";
import minPartitionSize from "./minPartitionSize.ts";
import minValue from "./minValue.ts";
import mostCommonValue from "./mostCommonValue.ts";
import notExistsIn from "./notExistsIn.ts";
import notFuture from "./notFuture.ts";
import notMatchesPattern from "./notMatchesPattern.ts";
import notMisspelled from "./notMisspelled.ts";
import notNegative from "./notNegative.ts";
import notNull from "./notNull.ts";
import positive from "./positive.ts";
import predictedBy from "./predictedBy.ts";
import primaryKey from "./primaryKey.ts";
import quantileBetween from "./quantileBetween.ts";
import requiredValues from "./requiredValues.ts";
import rowCountBetween from "./rowCountBetween.ts";
import rowCountEqualTo from "./rowCountEqualTo.ts";
import satisfiesExpression from "./satisfiesExpression.ts";
import stddevBetween from "./stddevBetween.ts";
import sum from "./sum.ts";
import sumBetween from "./sumBetween.ts";
import timeDistributionSize from "./timeDistributionSize.ts";
import unique from "./unique.ts";
import volumetric from "./volumetric.ts";
import type { Rule } from "./rule.ts";

export const RULES: readonly Rule[] = [
  afterDateTime,
  aggregationComparison,
  anyNotNull,
  beforeDateTime,
  between,
  betweenTimes,
  containsCreditCard,
  containsEmail,
  containsSocialSecurityNumber,
  containsUrl,
  dataDiff,
  decreasing,
  dependsOn,
  distinctCount,
  distinctProportion,
  distributionDrift,
  entityResolution,
  equalTo,
  equalToField,
  existsIn,
  expectedSchema,
  expectedValues,
  fieldCount,
  fieldOrder,
  fieldSet,
  freshness,
  greaterThan,
  greaterThanField,
  increasing,
  isAddress,
  isCreditCard,
  isEmail,
  isIban,
  isIpAddress,
  isIsoDate,
  isReplicaOf,
  isType,
  isUrl,
  isUuid,
  lengthEquals,
  lessThan,
  lessThanField,
  matchesPattern,
  maxBetween,
  maxLength,
  maxPartitionSize,
  maxValue,
  meanBetween,
  medianBetween,
  metric,
  minBetween,
  minLength,
  minPartitionSize,
  minValue,
  mostCommonValue,
  notExistsIn,
  notFuture,
  notMatchesPattern,
  notMisspelled,
  notNegative,
  notNull,
  positive,
  predictedBy,
  primaryKey,
  quantileBetween,
  requiredValues,
  rowCountBetween,
  rowCountEqualTo,
  satisfiesExpression,
  stddevBetween,
  sum,
  sumBetween,
  timeDistributionSize,
  unique,
  volumetric,
];

const BY_TYPE: ReadonlyMap<string, Rule> = new Map(RULES.map((rule) => [rule.type, rule]));

/** The rule of that name, exactly; null when there is none. Aliases are resolved when checks are read (read.ts). */
export const ruleByType = (type: string): Rule | null => BY_TYPE.get(type) ?? null;
