import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { SET, type Connection, type connections } from "@touchstone/core/routes/connections";
import type { Context, Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { connectionRows, divided, insertConnection, keepSecrets, type ConnectionRow } from "../store/connections.ts";
import { found, unlessTaken } from "../store/found.ts";
import { contains } from "../store/like.ts";
import { paged, pageRows } from "../store/paging.ts";
import { overlaid, storedConnection, tryTarget } from "../work/reach.ts";

const DATABASES = ["postgresql", "duckdb"];

/** Whether a kind of connection leads to a database or to files. */
export const storeTypeOf = (type: string): "jdbc" | "dfs" => (DATABASES.includes(type) ? "jdbc" : "dfs");

/** Settings as they are kept: what is not secret, under the names they are answered with. */
const Settings = z.object({
  host: z.string().nullish(),
  port: z.number().nullish(),
  username: z.string().nullish(),
  uri: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  secrets_manager: z.record(z.string(), z.unknown()).nullish(),
  jdbc_fetch_size: z.number().nullish(),
  max_parallelization: z.number().nullish(),
});

const connectionOf = (row: ConnectionRow): z.input<typeof Connection> => {
  const settings = Settings.parse(row.settings);
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    connection_type: storeTypeOf(row.type),
    host: settings.host ?? null,
    port: settings.port ?? null,
    username: settings.username ?? null,
    uri: settings.uri ?? null,
    parameters: settings.parameters ?? {},
    secrets_manager: settings.secrets_manager ?? null,
    jdbc_fetch_size: settings.jdbc_fetch_size ?? null,
    max_parallelization: settings.max_parallelization ?? null,
    ...Object.fromEntries(row.secrets.map((name) => [name, SET])),
    datastores: row.datastores,
    created: row.created_at.toISOString(),
  };
};

const find = async ({ db, visible }: Context<Services>, id: number): Promise<z.input<typeof Connection>> => {
  const rows = connectionRows(db, await visible("Reporter"));
  return connectionOf(found(await rows.where("connection.id", "=", id).executeTakeFirst(), "connection", id));
};

export const connectionHandlers: Handlers<typeof connections, Services> = {
  list: async ({ query }, { db, visible }) => {
    let rows = connectionRows(db, await visible("Reporter"))
      .orderBy("connection.name")
      .orderBy("connection.id");
    if (query.name !== undefined) rows = rows.where("connection.name", "ilike", contains(query.name));
    if (query.type !== undefined) rows = rows.where("connection.type", "in", query.type);
    const page = await pageRows(rows, query);
    return paged(page.rows.map(connectionOf), page.total, query);
  },

  create: async ({ body }, context) => find(context, await insertConnection(context.db, context.services.ring, body)),

  get: ({ params }, context) => find(context, params.id),

  update: async ({ params, body: { name, type, ...given } }, context) => {
    const { db, services } = context;
    const row = await db.selectFrom("connection").where("id", "=", params.id).selectAll().executeTakeFirst();
    const before = found(row, "connection", params.id);
    const { secrets, settings } = divided(given);
    const after = {
      name: name ?? before.name,
      type: type ?? before.type,
      settings: JSON.stringify({ ...before.settings, ...settings }),
      updated_at: new Date(),
    };
    const changed = db.updateTable("connection").set(after).where("id", "=", params.id).execute();
    await unlessTaken("connection_name", "connection", after.name, changed);
    await keepSecrets(db, services.ring, params.id, secrets);
    return find(context, params.id);
  },

  delete: async ({ params }, context) => {
    const { db } = context;
    const { name } = await find(context, params.id);
    const users = await db.selectFrom("datastore").where("connection_id", "=", params.id).select("id").limit(1).execute();
    if (users.length > 0) throw userError("OBJECT_IN_USE", "connection", name, "datastores");
    await db.deleteFrom("connection").where("id", "=", params.id).execute();
    return undefined;
  },

  test: async ({ params, body }, { db, services, signal }) => {
    const { name: _, type, ...given } = body ?? {};
    const target = overlaid(await storedConnection(db, services, params.id), { type, ...divided(given) });
    // A server answers about a database; that of a datastore on it will do.
    const place = await db
      .selectFrom("datastore")
      .where("connection_id", "=", params.id)
      .orderBy("id")
      .limit(1)
      .select(["database", "schema", "root_path"])
      .executeTakeFirst();
    return tryTarget(services, signal, { ...target, ...(place ?? { database: null, schema: null, root_path: null }) });
  },
};
