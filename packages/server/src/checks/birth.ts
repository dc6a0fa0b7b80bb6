/** A new check, from what somebody wrote and the template it may come from. */
import type { z } from "zod";
import { errorInfo, userError } from "@touchstone/core/errors";
import { takeUid } from "@touchstone/core/rules/identity";
import { bareName } from "@touchstone/core/rules/legacy";
import type { CheckInput } from "@touchstone/core/routes/checks";
import { hasPermission, requirePermission, seesOf } from "../http/allowed.ts";
import type { Context } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { readContent, unusablePart, type Read, type Written } from "./content.ts";
import { requirePeople, writtenIn } from "./edit.ts";
import { homesOf, type Home } from "./home.ts";
import { stateOf, type Kept } from "./kept.ts";
import { currentCheck, freeUid, insertCheck, type Current } from "./save.ts";

export type Wanted = z.output<typeof CheckInput>;

/** The container of a new check; the gate has seen to it that the caller may. */
export const homeOf = async (context: Context<Services>, containerId: number): Promise<Home> => {
  const home = (await homesOf(context.db, [containerId])).get(containerId);
  if (home === undefined) throw userError("OBJECT_UNKNOWN", "container", String(containerId));
  return home;
};

/** What is written, over what the template says; what a locked one says stands over what is written. */
export const overTemplate = (written: Written, template: Current | null): Written => {
  if (template === null) return written;
  const { rule_type, coverage, filter, properties, null_policy, anomaly_message_field } = template.kept;
  const given = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined && value !== null));
  const own = { rule_type, coverage, filter, properties, null_policy };
  return template.row.template_locked ? { anomaly_message_field, ...given, ...own } : { anomaly_message_field, ...own, ...given };
};

const ruleOf = (wanted: Wanted, template: Current | null): string => {
  const named = wanted.rule ?? wanted.rule_type ?? template?.kept.rule_type;
  if (named === undefined) throw unusablePart("rule", errorInfo("CHECK_INVALID", "The check", "rule is missing"));
  if (template !== null && bareName(named) !== bareName(template.kept.rule_type))
    throw unusablePart("rule", errorInfo("CHECK_INVALID", "The check", `its template is of the rule ${template.kept.rule_type}`));
  return named;
};

/** The template that is named, if one is. */
export const templateOf = (context: Context<Services>, wanted: Wanted): Promise<Current | null> =>
  wanted.template_id ? currentCheck(context.db, wanted.template_id, "template") : Promise.resolve(null);

/** Reads a check that is not there yet. Throws what is wrong with it. */
export const readWanted = async (context: Context<Services>, wanted: Wanted, home: Home, template: Current | null): Promise<Read> => {
  const written = { ...overTemplate(writtenIn(wanted), template), rule_type: ruleOf(wanted, template) };
  return readContent(context.db, home, written, await seesOf(context));
};

/** Without a word on it, a check is active where its maker may say so, and a draft elsewhere. */
const statusOf = async (context: Context<Services>, { status }: Wanted, home: Home): Promise<string> => {
  if (status !== undefined) return stateOf(status);
  return (await hasPermission(context, "Author", home.datastoreId)) ? "Active" : "Draft";
};

/** Makes a check, and answers its id. Throws where the caller may not, or the check does not fit. */
export const makeCheck = async (context: Context<Services>, wanted: Wanted, home: Home, template: Current | null): Promise<number> => {
  const status = await statusOf(context, wanted, home);
  if (status !== "Draft") await requirePermission(context, "Author", home.datastoreId);
  const { content, uid, sentence } = await readWanted(context, wanted, home, template);
  const { uid: carried, metadata } = takeUid(wanted.additional_metadata ?? {});
  const kept: Kept = {
    ...content,
    description: wanted.description?.trim() || sentence,
    additional_metadata: metadata,
    status,
    inferred: false,
    owner_id: wanted.owner_id || context.principal.userId,
    default_anomaly_assignee_id: wanted.default_anomaly_assignee_id || null,
    tags: [...new Set([...(wanted.tags ?? []), ...(template?.kept.tags ?? [])])].sort(),
  };
  await requirePeople(context, kept, { owner_id: context.principal.userId, default_anomaly_assignee_id: null }, home.datastoreId);
  const birth = {
    containerId: home.containerId,
    templateId: template?.row.id ?? null,
    locked: false,
    uid: await freeUid(context.db, home.datastoreId, carried ?? uid, kept),
    evidence: null,
  };
  return insertCheck(context.db, kept, birth, context.principal.userId);
};
