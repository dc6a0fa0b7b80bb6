/** Every kind of inferred rule, in the order in which checks are listed. A new kind is one file and one line. */
import anyNotNull from "./anyNotNull.ts";
import between from "./between.ts";
import betweenInGroup from "./betweenInGroup.ts";
import betweenTimes from "./betweenTimes.ts";
import type { Inference } from "./candidate.ts";
import dateFormat from "./dateFormat.ts";
import conditional from "./conditional.ts";
import dependsOn from "./dependsOn.ts";
import derivedFrom from "./derivedFrom.ts";
import expectedValues from "./expectedValues.ts";
import fieldOrder from "./fieldOrder.ts";
import foreignDomain from "./foreignDomain.ts";
import isType from "./isType.ts";
import knownCodes from "./knownCodes.ts";
import matchesPattern from "./matchesPattern.ts";
import naturalBounds from "./naturalBounds.ts";
import notFuture from "./notFuture.ts";
import notMisspelled from "./notMisspelled.ts";
import notNegative from "./notNegative.ts";
import notNull from "./notNull.ts";
import placeholders from "./placeholders.ts";
import proportion from "./proportion.ts";
import predictedBy from "./predictedBy.ts";
import semanticType from "./semanticType.ts";
import sameAs from "./sameAs.ts";
import shapeVariants from "./shapeVariants.ts";
import strayBlanks from "./strayBlanks.ts";
import timeBounds from "./timeBounds.ts";
import timeDistributionSize from "./timeDistributionSize.ts";
import unique from "./unique.ts";

export const INFERENCES: readonly Inference[] = [
  notNull,
  anyNotNull,
  expectedValues,
  notNegative,
  notFuture,
  betweenTimes,
  between,
  betweenInGroup,
  proportion,
  isType,
  dateFormat,
  semanticType,
  knownCodes,
  matchesPattern,
  placeholders,
  strayBlanks,
  notMisspelled,
  unique,
  dependsOn,
  timeBounds,
  timeDistributionSize,
  naturalBounds,
  fieldOrder,
  predictedBy,
  sameAs,
  foreignDomain,
  conditional,
  derivedFrom,
  shapeVariants,
];
