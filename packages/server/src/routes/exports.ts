import type { exports } from "@touchstone/core/routes/exports";
import type { Context, Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { found } from "../store/found.ts";
import { requireRunnable } from "../work/runnable.ts";

type Asked = { datastore: number; containers?: number[] | undefined; include_deleted?: boolean | undefined };

const start = async ({ db, services, principal }: Context<Services>, datastoreId: number, request: Record<string, unknown>) => {
  await requireRunnable(db, "export", datastoreId, request);
  return services.work.start(db, { type: "export", datastoreId, request, userId: principal.userId, scheduleId: null });
};

/** Starts an export of a datastore to the one it is linked to. */
const exportOf = async (context: Context<Services>, asset_type: string, { datastore: id, containers, include_deleted }: Asked) => {
  const { db } = context;
  if (containers !== undefined) {
    const rows = await db.selectFrom("container").where("datastore_id", "=", id).where("id", "in", containers).select("id").execute();
    const known = new Set(rows.map((container) => container.id));
    for (const container of containers) found(known.has(container) ? container : undefined, "container", container);
  }
  const request = {
    asset_type,
    ...(containers === undefined ? {} : { container_ids: containers }),
    include_deleted: include_deleted ?? false,
  };
  return { id: await start(context, id, request), type: "export" as const, datastore_id: id, result: "queued" as const };
};

export const exportHandlers: Handlers<typeof exports, Services> = {
  anomalies: ({ query }, context) => exportOf(context, "anomalies", query),
  checks: ({ query }, context) => exportOf(context, "checks", query),
  fieldProfiles: ({ query }, context) => exportOf(context, "profiles", query),
  checkTemplates: async ({ query: { enrich_datastore_id: id, template_ids } }, context) => {
    await start(context, id, { asset_type: "check_templates", ...(template_ids === undefined ? {} : { template_ids }) });
    return undefined;
  },
};
