import { errorInfo } from "@touchstone/core/errors";
import type { checkTemplates } from "@touchstone/core/routes/check-templates";
import { takeUid } from "@touchstone/core/rules/identity";
import { checksOf } from "../checks/answer.ts";
import { readContent, unusablePart } from "../checks/content.ts";
import { askedOfTemplate, writtenIn } from "../checks/edit.ts";
import type { Kept } from "../checks/kept.ts";
import { currentCheck, insertCheck, lockCheck, saveCheck } from "../checks/save.ts";
import { passOn, useTemplate } from "../checks/template-use.ts";
import { seesOf } from "../http/allowed.ts";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { checkPage } from "../store/check-page.ts";
import { checkRows } from "../store/checks.ts";
import type { Database } from "../store/database.ts";
import { paged } from "../store/paging.ts";

const find = async (db: Database, id: number) => (await checksOf(db, [(await currentCheck(db, id, "template")).row]))[0]!;

export const checkTemplateHandlers: Handlers<typeof checkTemplates, Services> = {
  list: async ({ query }, { db }) => {
    const { rows, total } = await checkPage(db, { ...query, template_only: true }, "all");
    return paged(await checksOf(db, rows), total, query);
  },

  create: async ({ body }, context) => {
    const named = body.rule ?? body.rule_type;
    if (named === undefined) throw unusablePart("rule", errorInfo("CHECK_INVALID", "The template", "rule is missing"));
    const { content, uid, sentence } = await readContent(context.db, null, { ...writtenIn(body), rule_type: named }, await seesOf(context));
    const kept: Kept = {
      ...content,
      description: body.description?.trim() || sentence,
      additional_metadata: takeUid(body.additional_metadata ?? {}).metadata,
      status: "Active",
      inferred: false,
      owner_id: context.principal.userId,
      default_anomaly_assignee_id: null,
      tags: [...new Set(body.tags ?? [])].sort(),
    };
    const birth = { containerId: null, templateId: null, locked: body.template_locked ?? false, uid, evidence: null };
    return find(context.db, await insertCheck(context.db, kept, birth, context.principal.userId));
  },

  get: ({ params }, { db }) => find(db, params.id),

  update: async ({ params, body }, context) => {
    const { db, principal } = context;
    const current = await lockCheck(db, params.id, "template");
    const after = await askedOfTemplate(context, current, body);
    const locked = body.template_locked ?? current.row.template_locked;
    await saveCheck(db, current, after, principal.userId);
    await db.updateTable("check").set({ template_locked: locked }).where("id", "=", params.id).execute();
    await passOn(context, params.id, { before: current.kept, after, locked });
    return find(db, params.id);
  },

  delete: async ({ params }, { db }) => {
    await lockCheck(db, params.id, "template");
    await db.deleteFrom("check").where("id", "=", params.id).execute();
    return undefined;
  },

  use: async ({ params, body }, context) => {
    const ids = await useTemplate(context, await currentCheck(context.db, params.id, "template"), body);
    const rows = await checkRows(context.db).where("check.id", "in", ids).orderBy("check.id").execute();
    return { items: await checksOf(context.db, rows) };
  },
};
