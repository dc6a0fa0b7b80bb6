import { userError } from "@touchstone/core/errors";
import { CheckState, type checks } from "@touchstone/core/routes/checks";
import { RULES } from "@touchstone/core/rules/index";
import { specificationOf } from "@touchstone/core/rules/specification";
import { checksOf } from "../checks/answer.ts";
import { homeOf, makeCheck, readWanted, templateOf } from "../checks/birth.ts";
import { readContent, type Read } from "../checks/content.ts";
import { dryRun, templateRefusal } from "../checks/dry-run.ts";
import { editCheck } from "../checks/edit.ts";
import { historyOf } from "../checks/history.ts";
import { stateOf } from "../checks/kept.ts";
import { archiveItsAnomalies, currentCheck, deleteCheck, lockCheck } from "../checks/save.ts";
import { seesOf } from "../http/allowed.ts";
import type { Context, Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { assertionRows, measurementRows } from "../store/check-history.ts";
import { checkPage } from "../store/check-page.ts";
import { checkConditions, checkLines } from "../store/checks.ts";
import type { Database } from "../store/database.ts";
import { paged } from "../store/paging.ts";

/** Most lines of a listing: who wants more pages through the list. */
const LINES_MAX = 10_000;

const find = async (db: Database, id: number) => {
  const [check] = await checksOf(db, [(await currentCheck(db, id)).row]);
  if (check === undefined) throw userError("OBJECT_UNKNOWN", "check", String(id));
  return check;
};

type Removal = { id: number; archive: boolean; status: string; delete_anomalies: boolean };

/** Archives or deletes one check, and what it found with it if that is asked for. */
const remove = async (context: Context<Services>, { id, archive, status, delete_anomalies }: Removal): Promise<void> => {
  const current = await lockCheck(context.db, id);
  if (current.row.is_template)
    throw userError("OBJECT_STATE_WRONG", "check", String(id), "it is a template: delete it under /quality-check-templates");
  if (!archive) return deleteCheck(context.db, id, delete_anomalies);
  const state = stateOf(status);
  await editCheck(context, current, { status: status === "Invalid" ? "Invalid" : "Discarded" });
  if (delete_anomalies) await archiveItsAnomalies(context.db, id, state, context.principal.userId);
};

export const checkHandlers: Handlers<typeof checks, Services> = {
  list: async ({ query }, { db, visible }) => {
    const { rows, total } = await checkPage(db, query, await visible("Reporter"));
    return paged(await checksOf(db, rows), total, query);
  },

  listing: async ({ query }, { db, visible }) => {
    let rows = checkLines(db).orderBy("check.id").limit(LINES_MAX);
    for (const condition of checkConditions(db, query, await visible("Reporter"))) rows = rows.where(condition);
    return (await rows.execute()).map((line) => ({ ...line, status: CheckState.parse(line.status) }));
  },

  rules: async () => RULES.map(specificationOf),

  validate: async ({ body }, context) => {
    const { content, uid, sentence } = await readWanted(
      context,
      body,
      await homeOf(context, body.container_id),
      await templateOf(context, body),
    );
    return { valid: true, uid, fields: content.fields, description: sentence };
  },

  tryOut: async ({ body }, context) => {
    const home = await homeOf(context, body.container_id);
    return dryRun(context, home, await readWanted(context, body, home, await templateOf(context, body)), body);
  },

  create: async ({ body }, context) => {
    const id = await makeCheck(context, body, await homeOf(context, body.container_id), await templateOf(context, body));
    return find(context.db, id);
  },

  get: ({ params }, { db }) => find(db, params.id),

  update: async ({ params, body }, context) => {
    await editCheck(context, await lockCheck(context.db, params.id), body);
    return find(context.db, params.id);
  },

  delete: async ({ params, query }, context) => {
    await remove(context, { id: params.id, ...query });
    return undefined;
  },

  deleteMany: async ({ body }, context) => {
    for (const item of body) await remove(context, item);
    return undefined;
  },

  updateMany: async ({ body }, context) => {
    let updated = 0;
    for (const { id, ...asked } of body) {
      const changes = await editCheck(context, await lockCheck(context.db, id), asked);
      if (Object.keys(changes).length > 0) updated++;
    }
    return { updated };
  },

  history: ({ params, query }, { db }) => historyOf(db, params.id, query),

  assertions: async ({ params, query }, { db }) => {
    const { rows, total } = await assertionRows(db, params.id, query.status, query);
    return paged(
      rows.map(({ created_at, ...row }) => ({ ...row, created: created_at.toISOString() })),
      total,
      query,
    );
  },

  measurements: async ({ params, query }, { db }) => {
    const { rows, total } = await measurementRows(db, params.id, query);
    return paged(
      rows.map(({ operation_id, created_at, value }) => ({ operation_id, at: created_at.toISOString(), value })),
      total,
      query,
    );
  },

  dryRun: async ({ params, body }, context) => {
    const { row, kept } = await currentCheck(context.db, params.id);
    if (row.container_id === null) throw templateRefusal(params.id);
    const home = await homeOf(context, row.container_id);
    const read: Read = await readContent(context.db, home, kept, await seesOf(context));
    return dryRun(context, home, read, body);
  },
};
