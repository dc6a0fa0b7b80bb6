/** A check as it is kept, and what an edit changes in it. Pure. */
import { z } from "zod";
import { Evidence, NullPolicy } from "@touchstone/core/model/check";
import type { TeamPermission } from "@touchstone/core/routes/contract";
import { meantProperties, meantTags, stable } from "@touchstone/core/rules/check-difference";

/** All of a check that people decide; what a version holds. */
export const Kept = z.object({
  rule_type: z.string(),
  fields: z.array(z.string()),
  coverage: z.number().nullable(),
  filter: z.string().nullable(),
  properties: z.record(z.string(), z.unknown()),
  null_policy: NullPolicy,
  anomaly_message_field: z.string().nullable(),
  description: z.string(),
  additional_metadata: z.record(z.string(), z.unknown()),
  status: z.string(),
  inferred: z.boolean(),
  owner_id: z.number().nullable(),
  default_anomaly_assignee_id: z.number().nullable(),
  /** Names, sorted. */
  tags: z.array(z.string()),
});
export type Kept = z.infer<typeof Kept>;

/** What a scan asserts. Changing it makes an inferred check its editor's own. */
const CONTENT = ["fields", "coverage", "filter", "properties", "null_policy"] as const satisfies readonly (keyof Kept)[];
/** What a locked template decides for its checks. */
const LOCKED = ["coverage", "filter", "properties", "null_policy"] as const satisfies readonly (keyof Kept)[];

/** What a part means: a default that is written out is none the less the default. */
const meaning = (kept: Kept, part: keyof Kept): unknown => {
  if (part === "coverage") return kept.coverage ?? 1;
  if (part === "tags") return meantTags(kept.tags);
  return part === "properties" ? meantProperties(kept.rule_type, kept.properties) : kept[part];
};

/** Before and after, by part. */
export type Changes = Partial<Record<keyof Kept, [unknown, unknown]>>;

export const changesOf = (before: Kept, after: Kept): Changes =>
  Object.fromEntries(
    Kept.keyof()
      .options.filter((part) => stable(meaning(before, part)) !== stable(meaning(after, part)))
      .map((part) => [part, [before[part], after[part]]]),
  );

const touches = (changes: Changes, parts: readonly (keyof Kept)[]): boolean => parts.some((part) => part in changes);

export const touchesContent = (changes: Changes): boolean => touches(changes, CONTENT);
export const touchesLocked = (changes: Changes): boolean => touches(changes, LOCKED);

/** The edited check: an inferred one whose content changed is from now on its editor's. */
export const edited = (before: Kept, asked: Kept, editorId: number): Kept =>
  before.inferred && touchesContent(changesOf(before, asked)) ? { ...asked, inferred: false, owner_id: editorId } : asked;

/** What an edit needs: tags and drafts are a Drafter's, everything else an Author's. */
export const neededFor = (before: Kept, changes: Changes): TeamPermission => {
  const others = Object.keys(changes).filter((part) => part !== "tags");
  if (others.length === 0) return "Drafter";
  return before.status === "Draft" && !("status" in changes) ? "Drafter" : "Author";
};

/** What of a template holds for a check made from it. */
export const followed = (check: Kept, template: Kept): Kept => ({
  ...check,
  ...Object.fromEntries(LOCKED.map((part) => [part, template[part]])),
});

/** Evidence as it is told; one in a form that this version does not know is not. Made once: a schema costs more than what it reads. */
export const KnownEvidence = Evidence.nullable().catch(null);

/** `Archived` without a reason is what is not wanted. */
export const stateOf = (asked: string): string => (asked === "Archived" ? "Discarded" : asked);
export const isArchived = (status: string): boolean => status === "Invalid" || status === "Discarded";
