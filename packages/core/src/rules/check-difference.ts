/** What one check says otherwise than another, by what it means: a default that is written out, or tags in another order, are no change. */
import type { QualityCheck } from "../model/check.ts";
import { ruleByType } from "./index.ts";
import { takeUid } from "./identity.ts";
import { parseProperties } from "./properties.ts";

/** JSON with the keys of mappings in order, so that equal values are equal texts. */
export const stable = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** Properties with their defaults written out; as they are where the rule cannot read them. */
export const meantProperties = (ruleType: string, properties: Record<string, unknown>): unknown => {
  const rule = ruleByType(ruleType);
  const parsed = rule === null ? null : parseProperties(rule, properties);
  return parsed !== null && "value" in parsed ? parsed.value : properties;
};

export const meantTags = (tags: readonly string[]): string[] => [...new Set(tags.map((tag) => tag.toLowerCase()))].sort();

/** What people decide about a check in a file. Where it came from, and what inference knew of it, is not for them to say. */
const PARTS = [
  "rule_type",
  "fields",
  "coverage",
  "filter",
  "properties",
  "null_policy",
  "anomaly_message_field",
  "description",
  "tags",
  "status",
  "additional_metadata",
] as const satisfies readonly (keyof QualityCheck)[];
export type CheckPart = (typeof PARTS)[number];

/** Before and after, by part. */
export type CheckDifference = Partial<Record<CheckPart, [before: unknown, after: unknown]>>;

const shown = (check: QualityCheck, part: CheckPart): unknown =>
  part === "additional_metadata" ? takeUid(check.additional_metadata).metadata : check[part];

const meaning = (check: QualityCheck, part: CheckPart): unknown => {
  switch (part) {
    case "coverage":
      return check.coverage ?? 1;
    case "tags":
      return meantTags(check.tags);
    case "fields":
      return check.fields.map((name) => name.toLowerCase());
    case "filter":
      return check.filter?.trim() ?? null;
    case "properties":
      return meantProperties(check.rule_type, check.properties);
    default:
      return shown(check, part);
  }
};

/** A description that is left out is left to the server, which then makes one or keeps the one there is. */
const isLeftOut = (part: CheckPart, ...checks: QualityCheck[]): boolean =>
  part === "description" && checks.some(({ description }) => description.trim() === "");

export const checkDifference = (before: QualityCheck, after: QualityCheck): CheckDifference =>
  Object.fromEntries(
    PARTS.filter((part) => !isLeftOut(part, before, after) && stable(meaning(before, part)) !== stable(meaning(after, part))).map(
      (part) => [part, [shown(before, part), shown(after, part)]],
    ),
  );

export const isSameCheck = (one: QualityCheck, other: QualityCheck): boolean => Object.keys(checkDifference(one, other)).length === 0;
