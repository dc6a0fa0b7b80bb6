import type { z } from "zod";
import { AnomalyStatus } from "@touchstone/core/model/anomaly-status";
import { AnomalyType, type anomalies, type AnomalyFilters } from "@touchstone/core/routes/anomalies";
import { anomaliesOf } from "../anomalies/answer.ts";
import { editAnomaly, findAnomaly, lockAnomaly, moveAnomaly, removeAnomaly, tell } from "../anomalies/edit.ts";
import { commentsOf, findComment, historyOf, rewriteComment } from "../anomalies/events.ts";
import { sourceRecords } from "../anomalies/source-records.ts";
import type { Context, Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { anomaliesById, anomalyIds, anomalyLines, anomalyOrder } from "../store/anomalies.ts";
import { anomalyConditions } from "../store/anomaly-conditions.ts";
import { isPlain } from "../store/anomaly-filters.ts";
import { anomalyTotal } from "../store/anomaly-totals.ts";
import type { Database } from "../store/database.ts";
import { counted, inOrderOf, paged, pageRows, totalOf, type Page } from "../store/paging.ts";

/** Most lines of a listing: who wants more pages through the list. */
const LINES_MAX = 10_000;

const find = async (db: Database, id: number) => (await anomaliesOf(db, [await findAnomaly(db, id)]))[0]!;

/** Anomalies in the order of their ids. */
const inOrder = async (db: Database, ids: readonly number[]) =>
  ids.length === 0 ? [] : anomaliesOf(db, inOrderOf(ids, await anomaliesById(db, { ids })));

type Asked = { page: number; size: number };
type Order = Parameters<typeof anomalyOrder>[0];

/** A page: first which anomalies, from their own table alone, then all about these. */
const pageOf = async (
  { db, visible }: Context<Services>,
  filters: z.output<typeof AnomalyFilters>,
  order: Order,
  asked: Asked,
): Promise<Page<Awaited<ReturnType<typeof find>>>> => {
  const seen = await visible("Reporter");
  let ids = anomalyIds(db, !isPlain(filters));
  for (const condition of await anomalyConditions(db, filters, seen, new Date())) ids = ids.where(condition);
  const total = isPlain(filters) ? () => anomalyTotal(db, filters, seen) : () => counted(ids);
  for (const by of anomalyOrder(order, filters)) ids = ids.orderBy(by);
  const rows = await ids
    .limit(asked.size)
    .offset((asked.page - 1) * asked.size)
    .execute();
  const items = await inOrder(
    db,
    rows.map(({ id }) => id),
  );
  return paged(items, await totalOf(rows, asked, total), asked);
};

export const anomalyHandlers: Handlers<typeof anomalies, Services> = {
  list: ({ query }, context) => pageOf(context, query, query, query),

  listing: async ({ query }, { db, visible }) => {
    let lines = anomalyLines(db).orderBy("anomaly.id", "desc").limit(LINES_MAX);
    for (const condition of await anomalyConditions(db, query, await visible("Reporter"), new Date())) lines = lines.where(condition);
    return (await lines.execute()).map(({ message, description, created_at, type, status, ...line }) => ({
      ...line,
      type: AnomalyType.parse(type),
      status: AnomalyStatus.parse(status),
      description: description ?? message,
      created: created_at.toISOString(),
    }));
  },

  get: ({ params }, { db }) => find(db, params.id),

  update: async ({ params, body }, context) => {
    await editAnomaly(context, await lockAnomaly(context.db, params.id), body);
    return find(context.db, params.id);
  },

  updateMany: async ({ body }, context) => {
    let updated = 0;
    for (const { id, ...asked } of body) if (await editAnomaly(context, await lockAnomaly(context.db, id), asked)) updated++;
    return { updated };
  },

  delete: async ({ params, query }, context) => {
    await removeAnomaly(context, { id: params.id, ...query });
    return undefined;
  },

  deleteMany: async ({ body }, context) => {
    for (const item of body) await removeAnomaly(context, item);
    return undefined;
  },

  restore: async ({ params }, context) => {
    await moveAnomaly(context, await lockAnomaly(context.db, params.id), "Active");
    return find(context.db, params.id);
  },

  comments: ({ params, query }, { db }) => commentsOf(db, params.id, query),

  addComment: async ({ params, body }, { db, principal }) =>
    findComment(db, params.id, await tell(db, params.id, "comment", { message: body.message }, principal.userId)),

  editComment: async ({ params, body }, { db, principal }) => {
    await rewriteComment(db, principal, params.id, params.comment_id, { message: body.message, edited_at: new Date().toISOString() });
    return findComment(db, params.id, params.comment_id);
  },

  deleteComment: async ({ params }, { db, principal }) => {
    await rewriteComment(db, principal, params.id, params.comment_id, { deleted: true });
    return undefined;
  },

  history: ({ params, query }, { db }) => historyOf(db, params.id, query),

  related: async ({ params, query }, { db }) => {
    const { container_id, fingerprint } = await findAnomaly(db, params.id);
    const same = anomalyLines(db)
      .where("anomaly.container_id", "=", container_id)
      .where("anomaly.fingerprint", "=", fingerprint)
      .where("anomaly.id", "<>", params.id)
      .orderBy("anomaly.id", "desc");
    const { rows, total } = await pageRows(same, query);
    return paged(
      await inOrder(
        db,
        rows.map(({ id }) => id),
      ),
      total,
      query,
    );
  },

  sourceRecords: async ({ params, query }, context) => sourceRecords(context, await findAnomaly(context.db, params.id), query),
};
