import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { Connection, connections, SECRETS, type ConnectionChanges } from "@touchstone/core/routes/connections";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { connectionRows, keepSecrets, type ConnectionRow } from "../store/connections.ts";
import type { Database } from "../store/database.ts";
import { isDuplicate, paged, pageRows } from "../store/paging.ts";

const DATABASES = ["postgresql", "duckdb"];

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
    store_type: DATABASES.includes(row.type) ? "jdbc" : "dfs",
    host: settings.host ?? null,
    port: settings.port ?? null,
    username: settings.username ?? null,
    uri: settings.uri ?? null,
    parameters: settings.parameters ?? {},
    jdbc_fetch_size: settings.jdbc_fetch_size ?? null,
    max_parallelization: settings.max_parallelization ?? null,
    secrets: row.secrets,
    datastores_count: Number(row.datastores_count),
    created: row.created_at.toISOString(),
    updated: row.updated_at.toISOString(),
  };
};

const find = async (db: Database, id: number): Promise<z.input<typeof Connection>> => {
  const row = await connectionRows(db).where("connection.id", "=", id).executeTakeFirst();
  if (row === undefined) throw userError("OBJECT_UNKNOWN", "connection", String(id));
  return connectionOf(row);
};

type Changes = z.output<typeof ConnectionChanges>;

/** What of the changes is secret, and what is not; a name that was not given appears in neither. */
const divided = ({ name: _name, type: _type, ...given }: Changes) => {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  const isSecret = ([key]: [string, unknown]) => SECRETS.some((secret) => secret === key);
  return {
    secrets: Object.fromEntries(entries.filter(isSecret)) as Record<string, string | null>,
    settings: Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
  };
};

const unlessTaken = async <T>(name: string, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (thrown) {
    throw isDuplicate(thrown, "connection_name") ? userError("OBJECT_EXISTS", "connection", name) : thrown;
  }
};

export const connectionHandlers: Handlers<typeof connections, Services> = {
  list: async ({ query }, { db }) => {
    let rows = connectionRows(db).orderBy("connection.name").orderBy("connection.id");
    if (query.name !== undefined) rows = rows.where("connection.name", "ilike", `%${query.name}%`);
    if (query.type !== undefined) rows = rows.where("connection.type", "in", query.type);
    const { rows: found, total } = await pageRows(rows, query);
    return paged(found.map(connectionOf), total, query);
  },

  create: async ({ body }, { db, services }) => {
    const { secrets, settings } = divided(body);
    const { id } = await unlessTaken(
      body.name,
      db
        .insertInto("connection")
        .values({ name: body.name, type: body.type, settings: JSON.stringify(settings) })
        .returning("id")
        .executeTakeFirstOrThrow(),
    );
    await keepSecrets(db, services.ring, id, secrets);
    return find(db, id);
  },

  get: ({ params }, { db }) => find(db, params.id),

  update: async ({ params, body }, { db, services }) => {
    const row = await connectionRows(db).where("connection.id", "=", params.id).executeTakeFirst();
    if (row === undefined) throw userError("OBJECT_UNKNOWN", "connection", String(params.id));
    const { secrets, settings } = divided(body);
    const changed = {
      name: body.name ?? row.name,
      type: body.type ?? row.type,
      settings: JSON.stringify({ ...row.settings, ...settings }),
      updated_at: new Date(),
    };
    await unlessTaken(changed.name, db.updateTable("connection").set(changed).where("id", "=", params.id).execute());
    await keepSecrets(db, services.ring, params.id, secrets);
    return find(db, params.id);
  },

  delete: async ({ params }, { db }) => {
    const { name, datastores_count } = await find(db, params.id);
    if (datastores_count > 0) throw userError("OBJECT_IN_USE", "connection", name, `${datastores_count} datastores`);
    await db.deleteFrom("connection").where("id", "=", params.id).execute();
    return undefined;
  },
};
