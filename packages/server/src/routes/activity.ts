import type { activity } from "@touchstone/core/routes/activity";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { activityLines, containerCounts } from "../store/activity.ts";
import { found } from "../store/found.ts";

export const activityHandlers: Handlers<typeof activity, Services> = {
  list: async ({ query }, { db, visible }) => ({
    items: await activityLines(db, { visible: await visible("Reporter"), datastores: query.datastore, size: query.size }),
  }),

  counts: async ({ params }, { db }) => found((await containerCounts(db, [params.id])).get(params.id), "container", params.id),
};
