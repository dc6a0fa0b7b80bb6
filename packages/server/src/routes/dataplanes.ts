import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { Dataplane, dataplanes } from "@touchstone/core/routes/dataplanes";
import { inviteDataplane } from "../auth/dataplanes.ts";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { dataplaneRows, type DataplaneRow } from "../store/dataplanes.ts";
import type { Database } from "../store/database.ts";
import { isDuplicate, paged, pageRows } from "../store/paging.ts";
import { SILENT_SECONDS } from "../work/dispatch.ts";

const statusOf = ({ token_hash, revoked_at, last_seen_at }: DataplaneRow): z.input<typeof Dataplane>["status"] => {
  if (revoked_at !== null) return "revoked";
  if (token_hash === null) return "invited";
  return last_seen_at !== null && Date.now() - last_seen_at.getTime() < SILENT_SECONDS * 1000 ? "connected" : "silent";
};

const dataplaneOf = (row: DataplaneRow): z.input<typeof Dataplane> => ({
  id: row.id,
  name: row.name,
  version: row.version,
  status: statusOf(row),
  capabilities: row.capabilities,
  last_seen: row.last_seen_at?.toISOString() ?? null,
  datastores_count: Number(row.datastores_count),
  created: row.created_at.toISOString(),
});

const find = async (db: Database, id: number): Promise<DataplaneRow> => {
  const row = await dataplaneRows(db).where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw userError("OBJECT_UNKNOWN", "dataplane", String(id));
  return row;
};

export const dataplaneHandlers: Handlers<typeof dataplanes, Services> = {
  list: async ({ query }, { db }) => {
    const { rows, total } = await pageRows(dataplaneRows(db).orderBy("name"), query);
    return paged(rows.map(dataplaneOf), total, query);
  },

  invite: async ({ body }, { db }) => {
    const { expiresAt, ...invited } = await inviteDataplane(db, body.name);
    return { ...invited, expires_at: expiresAt.toISOString() };
  },

  rename: async ({ params, body }, { db }) => {
    const { name: before } = await find(db, params.id);
    try {
      await db.updateTable("dataplane").set({ name: body.name }).where("id", "=", params.id).execute();
    } catch (thrown) {
      throw isDuplicate(thrown, "dataplane_name_key") ? userError("OBJECT_EXISTS", "dataplane", body.name) : thrown;
    }
    await db.updateTable("datastore").set({ dataplane: body.name }).where("dataplane", "=", before).execute();
    return dataplaneOf(await find(db, params.id));
  },

  revoke: async ({ params }, { db }) => {
    await find(db, params.id);
    // The token dies with its digest, and so does a code that was not used yet.
    await db
      .updateTable("dataplane")
      .set({ revoked_at: new Date(), token_hash: null, code_hash: null, code_expires_at: null })
      .where("id", "=", params.id)
      .execute();
    return undefined;
  },
};
