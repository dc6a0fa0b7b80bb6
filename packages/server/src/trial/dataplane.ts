/** For tests: what they need of a trial to run the engine's own dataplane against it, and to look at what it leaves. */
import { sql } from "kysely";
import type { OperationType } from "@touchstone/core/model/work";
import type { StartDataplane, Trial } from "./trial.ts";

/** The part of the engine's loop that is meant here; the control plane itself never imports the engine. */
export type RunLoop = (options: {
  send: Parameters<StartDataplane>[0];
  code: string;
  version: string;
  signal: AbortSignal;
  settings: { threads: number };
}) => Promise<unknown>;

/** A dataplane beside the trial, in its process. */
export const embeddedBy =
  (run: RunLoop): StartDataplane =>
  (send, code) => {
    const stop = new AbortController();
    const running = run({ send, code, version: "trial", signal: stop.signal, settings: { threads: 2 } });
    return {
      stop: async () => {
        stop.abort();
        await running;
      },
    };
  };

/** A datastore of files below a folder, or of another type. */
export const addDatastore = async (
  { store: { db } }: Trial,
  name: string,
  uri: string,
  { type = "files", enrichmentId = null as number | null } = {},
): Promise<number> => {
  const settings = JSON.stringify({ uri });
  const connection = await db.insertInto("connection").values({ name, type, settings }).returning("id").executeTakeFirstOrThrow();
  const values = { name, connection_id: connection.id, enrichment_id: enrichmentId };
  return (await db.insertInto("datastore").values(values).returning("id").executeTakeFirstOrThrow()).id;
};

export const begin = (
  { store: { db }, services: { work } }: Trial,
  type: OperationType,
  datastoreId: number,
  request: Record<string, unknown> = {},
) => db.transaction().execute((tx) => work.start(tx, { type, datastoreId, request, userId: null, scheduleId: null }));

export const ended = async ({ store: { db }, services: { news } }: Trial, id: number) => {
  for (;;) {
    const row = await db.selectFrom("operation").where("id", "=", id).selectAll().executeTakeFirstOrThrow();
    if (row.finished_at !== null) return row;
    await news.wait(200);
  }
};

/** Starts an operation and waits for its end. */
export const runOperation = async (trial: Trial, type: OperationType, datastoreId: number, request: Record<string, unknown> = {}) =>
  ended(trial, await begin(trial, type, datastoreId, request));

/** Every row of every table of the store and of its queue, as text, by table. */
export const wholeStore = async ({ store: { db } }: { store: Pick<Trial["store"], "db"> }): Promise<Map<string, string>> => {
  const { rows } = await sql<{
    schema: string;
    name: string;
  }>`SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
    WHERE table_schema IN ('public', 'queue') AND table_type = 'BASE TABLE'`.execute(db);
  const texts = new Map<string, string>();
  for (const { schema, name } of rows) {
    const found = await sql<{ text: string }>`SELECT t::text AS text FROM ${sql.table(`${schema}.${name}`)} AS t`.execute(db);
    texts.set(`${schema}.${name}`, found.rows.map(({ text }) => text).join("\n"));
  }
  return texts;
};
