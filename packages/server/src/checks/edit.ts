/** What somebody asks of a check, held against what the check is and what they may. */
import type { z } from "zod";
import { errorInfo, userError } from "@touchstone/core/errors";
import { stable } from "@touchstone/core/rules/check-difference";
import { ruleByType } from "@touchstone/core/rules/index";
import { takeUid } from "@touchstone/core/rules/identity";
import { bareName } from "@touchstone/core/rules/legacy";
import type { CheckChanges } from "@touchstone/core/routes/checks";
import { requireCapable, requirePermission, seesOf } from "../http/allowed.ts";
import type { Context } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { frozen, readContent, unusablePart, type Content, type Written } from "./content.ts";
import { homesOf, type Home } from "./home.ts";
import { changesOf, edited, neededFor, stateOf, touchesLocked, type Changes, type Kept } from "./kept.ts";
import { currentCheck, saveCheck, type Current } from "./save.ts";

export type Asked = z.output<typeof CheckChanges>;
type At = readonly (string | number)[];

/** What of a request is the content of a check. */
export const writtenIn = (asked: Asked): Written => {
  const { fields, coverage, filter, properties, null_policy, anomaly_message_field } = asked;
  return { fields, coverage, filter, properties, null_policy, anomaly_message_field };
};

const contentOf = (kept: Kept): Content => {
  const { rule_type, fields, coverage, filter, properties, null_policy, anomaly_message_field } = kept;
  return { rule_type, fields, coverage, filter, properties, null_policy, anomaly_message_field };
};

/** The parts that were named, over those that were not. */
const laidOver = <T extends object>(under: T, over: { [K in keyof T]?: unknown }): Record<string, unknown> => ({
  ...under,
  ...Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined)),
});

/** Refuses a request that names another rule or container than the check has. */
const refuseMoved = (asked: Asked, kept: Kept, containerId: number | null): void => {
  const named = asked.rule ?? asked.rule_type;
  if (named !== undefined && bareName(named) !== bareName(kept.rule_type)) throw unusablePart("rule", frozen("rule"));
  if (asked.container_id !== undefined && asked.container_id !== containerId) throw unusablePart("container_id", frozen("container"));
};

/** The content that is asked for. What is sent back as it was read is not read again, so that a check whose field went away can still be tagged. */
const contentAsked = async (context: Context<Services>, { kept }: Current, asked: Asked, home: Home | null): Promise<Content> => {
  const before = contentOf(kept);
  const written = laidOver(before, writtenIn(asked));
  const isSame = stable({ ...before, ...written, filter: written["filter"] || null }) === stable(before);
  const isActivated = asked.status === "Active" && kept.status !== "Active" && home !== null;
  if (isSame && !isActivated) return before;
  const { content } = await readContent(context.db, home, { ...written, rule_type: kept.rule_type }, await seesOf(context));
  // What is activated must fit; that it may be spelled otherwise today is no change of it.
  if (isSame) return before;
  return ruleByType(kept.rule_type)?.takes === "calculated" && home === null ? { ...content, fields: [] } : content;
};

/** The owner that is asked for. Somebody always answers for a check, once somebody does. */
export const ownerAsked = (asked: number | null | undefined, before: number | null): number | null => {
  if (asked === undefined) return before;
  if (asked !== null && asked !== 0) return asked;
  if (before === null) return null;
  throw unusablePart("owner_id", errorInfo("CHECK_INVALID", "The change", "an owner can be replaced, not taken away"));
};

/** The check with the asked parts in the place of what it had. */
const keptAsked = (before: Kept, asked: Asked, content: Content): Kept => ({
  ...before,
  ...content,
  description: asked.description === undefined ? before.description : (asked.description ?? ""),
  additional_metadata: asked.additional_metadata ? takeUid(asked.additional_metadata).metadata : before.additional_metadata,
  status: asked.status === undefined ? before.status : stateOf(asked.status),
  owner_id: ownerAsked(asked.owner_id, before.owner_id),
  default_anomaly_assignee_id:
    asked.default_anomaly_assignee_id === undefined ? before.default_anomaly_assignee_id : asked.default_anomaly_assignee_id || null,
  tags: asked.tags ? [...new Set(asked.tags)].sort() : before.tags,
});

/** Refuses owners and assignees who cannot do what they are named for. */
export const requirePeople = async (
  context: Context<Services>,
  kept: Pick<Kept, "owner_id" | "default_anomaly_assignee_id">,
  before: Pick<Kept, "owner_id" | "default_anomaly_assignee_id"> | null,
  datastoreId: number,
  at: At = ["body"],
): Promise<void> => {
  if (kept.owner_id !== null && kept.owner_id !== before?.owner_id)
    await requireCapable(context.db, [kept.owner_id], "Drafter", datastoreId, [...at, "owner_id"]);
  const assignee = kept.default_anomaly_assignee_id;
  if (assignee !== null && assignee !== before?.default_anomaly_assignee_id)
    await requireCapable(context.db, [assignee], "Viewer", datastoreId, [...at, "default_anomaly_assignee_id"]);
};

/** Refuses to let a check diverge from its locked template; its tags are the template's at least. */
const heldByTemplate = async (context: Context<Services>, { row, kept: before }: Current, after: Kept, changes: Changes): Promise<Kept> => {
  if (row.template_id === null) return after;
  const template = await currentCheck(context.db, row.template_id, "template");
  if (template.row.template_locked && touchesLocked(changes))
    throw userError(
      "OBJECT_STATE_WRONG",
      "check",
      String(row.id),
      `its template ${row.template_id} is locked: what the rule asserts is changed there`,
    );
  return { ...after, tags: [...new Set([...after.tags, ...template.kept.tags.filter((tag) => before.tags.includes(tag))])].sort() };
};

/** Changes a check as somebody asks, if they may. */
export const editCheck = async (context: Context<Services>, current: Current, asked: Asked): Promise<Changes> => {
  const { row, kept: before } = current;
  if (row.is_template || row.container_id === null || row.datastore_id === null)
    throw userError("OBJECT_STATE_WRONG", "check", String(row.id), "it is a template: change it under /quality-check-templates");
  refuseMoved(asked, before, row.container_id);
  const home = (await homesOf(context.db, [row.container_id])).get(row.container_id) ?? null;
  const wanted = keptAsked(before, asked, await contentAsked(context, current, asked, home));
  const held = await heldByTemplate(context, current, wanted, changesOf(before, wanted));
  const after = edited(before, held, context.principal.userId);
  await requirePermission(context, neededFor(before, changesOf(before, held)), row.datastore_id);
  await requirePeople(context, held, before, row.datastore_id);
  return saveCheck(context.db, current, after, context.principal.userId);
};

/** Changes a template as somebody asks; its checks are another matter. */
export const askedOfTemplate = async (context: Context<Services>, current: Current, asked: Asked): Promise<Kept> => {
  refuseMoved(asked, current.kept, null);
  return keptAsked(current.kept, asked, await contentAsked(context, current, { ...asked, fields: [] }, null));
};
