import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { OperationResult, OperationType } from "@touchstone/core/model/work";
import { TeamPermission } from "@touchstone/core/routes/contract";
import {
  RemediationStrategy,
  type Datastore,
  type DatastoreChanges,
  type DatastoreInput,
  type datastores,
  type DatastoreTrial,
} from "@touchstone/core/routes/datastores";
import { includes, permissionsOf } from "../auth/permissions.ts";
import { hasRole, type Principal } from "../auth/principal.ts";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { divided, insertConnection } from "../store/connections.ts";
import type { Database } from "../store/database.ts";
import { datastoreRows, setTeamsOfDatastore, teamsOfMaker, type DatastoreRow } from "../store/datastores.ts";
import { found, unlessTaken } from "../store/found.ts";
import { contains } from "../store/like.ts";
import { paged, pageRows } from "../store/paging.ts";
import { idsTagged, setTags, tagsOf } from "../store/tags.ts";
import { isVisible } from "../store/visible.ts";
import { overlaid, storedConnection, tryDatastore, tryTarget, type Reached } from "../work/reach.ts";
import { storeTypeOf } from "./connections.ts";
import { tagOf } from "./tags.ts";

/** Listed at once, without pages: names and ids of more would be no list to choose from. */
const LISTING_MAX = 10_000;

const latestOf = (row: DatastoreRow["latest_operation"]): z.input<typeof Datastore>["latest_operation"] =>
  row && {
    id: row.id,
    type: OperationType.parse(row.type),
    result: OperationResult.parse(row.result),
    created: new Date(row.created_at).toISOString(),
    end_time: row.finished_at && new Date(row.finished_at).toISOString(),
  };

/** Rows as they are answered. */
const answered = async (db: Database, rows: readonly DatastoreRow[]): Promise<z.input<typeof Datastore>[]> => {
  const tags = await tagsOf(
    db,
    "datastore",
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    ...row,
    store_type: storeTypeOf(row.type),
    enrich_datastore:
      row.enrichment_id === null || row.enrichment_name === null ? null : { id: row.enrichment_id, name: row.enrichment_name },
    enrichment_remediation_strategy: RemediationStrategy.parse(row.enrichment_remediation_strategy),
    teams: row.teams.map((team) => ({ ...team, permission: TeamPermission.parse(team.permission) })),
    global_tags: (tags.get(row.id) ?? []).map(tagOf),
    container_count: Number(row.container_count),
    latest_operation: latestOf(row.latest_operation),
    created: row.created_at.toISOString(),
  }));
};

const findRow = async (db: Database, id: number): Promise<DatastoreRow> =>
  found(await datastoreRows(db).where("datastore.id", "=", id).executeTakeFirst(), "datastore", id);

const find = async (db: Database, id: number): Promise<z.input<typeof Datastore>> => {
  const [datastore] = await answered(db, [await findRow(db, id)]);
  return found(datastore, "datastore", id);
};

type Place = { database: string | null; schema: string | null; root_path: string | null };

/** Where a datastore lies, with what its kind does not use left out. Throws REQUEST_INVALID for what it needs and was not given. */
const placeOf = (type: string, { database, schema, root_path }: { [K in keyof Place]?: string | null | undefined }): Place => {
  if (storeTypeOf(type) === "dfs") return { database: null, schema: null, root_path: root_path ?? "/" };
  if (type === "postgresql" && !database) throw userError("REQUEST_INVALID", "body.database", "this kind of datastore needs one");
  return { database: database ?? null, schema: schema ?? (type === "postgresql" ? "public" : null), root_path: null };
};

type Input = z.output<typeof DatastoreInput>;

/** Id of the connection that a new datastore names, or of the one that is made for it. */
const connectionIdOf = async (db: Database, services: Services, { connection_id, connection }: Input): Promise<number> => {
  if (connection && "type" in connection) return insertConnection(db, services.ring, connection);
  const id = connection_id ?? connection?.id;
  if (id === undefined) throw userError("REQUEST_INVALID", "body.connection_id", "a datastore needs a connection");
  return id;
};

const typeOfConnection = async (db: Database, id: number): Promise<string> => {
  const row = await db.selectFrom("connection").where("id", "=", id).select("type").executeTakeFirst();
  return found(row, "connection", id).type;
};

/** `_` and the name in snake case, as much of it as a prefix may have. */
const prefixFrom = (name: string): string => {
  const snake = name
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, "_")
    .slice(0, 59)
    .replaceAll(/^_+|_+$/g, "");
  return `_${snake === "" ? "datastore" : snake}`;
};

/** Whoever makes a datastore must be able to go on with it. */
const requireEditor = async (db: Database, principal: Principal, id: number): Promise<void> => {
  const permissions = await permissionsOf(db, principal);
  if (permissions !== "all" && !includes(permissions.get(id), "Editor"))
    throw userError("NOT_ALLOWED", "a team in which you are an Editor: name one under `teams`");
};

const create = async (db: Database, services: Services, principal: Principal, body: Input): Promise<number> => {
  const connection_id = await connectionIdOf(db, services, body);
  const place = placeOf(await typeOfConnection(db, connection_id), body);
  const row = {
    ...place,
    name: body.name,
    connection_id,
    enrichment_id: null,
    enrichment_only: body.enrichment_only ?? false,
    enrichment_prefix: body.enrichment_prefix ?? prefixFrom(body.name),
    enrichment_source_record_limit: body.enrichment_source_record_limit ?? undefined,
    enrichment_remediation_strategy: body.enrichment_remediation_strategy ?? undefined,
    high_count_rollup_threshold: body.high_count_rollup_threshold ?? undefined,
    dataplane: body.dataplane ?? null,
    additional_metadata: JSON.stringify(body.additional_metadata ?? {}),
  };
  const made = db.insertInto("datastore").values(row).returning("id").executeTakeFirstOrThrow();
  const { id } = await unlessTaken("datastore_name", "datastore", body.name, made);
  await setTeamsOfDatastore(db, id, body.teams ?? (await teamsOfMaker(db, principal.userId)));
  await requireEditor(db, principal, id);
  await setTags(db, "datastore", id, body.tags ?? []);
  if (body.trigger_sync)
    await services.work.start(db, {
      type: "sync",
      datastoreId: id,
      request: { type: "sync", datastore_id: id, prune: false, recreate: false },
      userId: principal.userId,
      scheduleId: null,
    });
  return id;
};

type Changes = z.output<typeof DatastoreChanges>;

const given = <T>(value: T | null | undefined, before: T): T => value ?? before;

/** The row after a change. What a datastore reads is for managers to change: an editor's rights end at what the datastore shows. */
const changed = async (db: Database, principal: Principal, before: DatastoreRow, body: Changes) => {
  const connection_id = body.connection_id ?? before.connection_id;
  const place = placeOf(await typeOfConnection(db, connection_id), {
    database: body.database ?? before.database,
    schema: body.schema ?? before.schema,
    root_path: body.root_path ?? before.root_path,
  });
  const moved =
    connection_id !== before.connection_id ||
    place.database !== before.database ||
    place.schema !== before.schema ||
    place.root_path !== before.root_path;
  if (moved && !hasRole(principal, "Manager")) throw userError("NOT_ALLOWED", "the role Manager, to change what a datastore reads");
  return {
    ...place,
    name: body.name ?? before.name,
    connection_id,
    enrichment_only: given(body.enrichment_only, before.enrichment_only),
    enrichment_prefix: given(body.enrichment_prefix, before.enrichment_prefix),
    enrichment_source_record_limit: given(body.enrichment_source_record_limit, before.enrichment_source_record_limit),
    enrichment_remediation_strategy: given(body.enrichment_remediation_strategy, before.enrichment_remediation_strategy),
    high_count_rollup_threshold: given(body.high_count_rollup_threshold, before.high_count_rollup_threshold),
    dataplane: body.dataplane === undefined ? before.dataplane : body.dataplane,
    additional_metadata: JSON.stringify(given(body.additional_metadata, before.additional_metadata)),
    updated_at: new Date(),
  };
};

const UNDER_WAY = ["queued", "running"];

/** Tables must not lose their place while they are written. */
const requireNoWriting = async (db: Database, { id, name }: DatastoreRow): Promise<void> => {
  const rows = await db
    .selectFrom("operation")
    .where("datastore_id", "=", id)
    .where("type", "in", ["export", "materialize"])
    .where("result", "in", UNDER_WAY)
    .select("id")
    .limit(1)
    .execute();
  const [operation] = rows;
  if (operation !== undefined) throw userError("OBJECT_STATE_WRONG", "datastore", name, `operation ${operation.id} is writing its tables`);
};

const reachedBy = async (db: Database, services: Services, body: z.output<typeof DatastoreTrial>): Promise<Reached> => {
  const { connection } = body;
  if (connection && "type" in connection) {
    const { name: _, type, ...described } = connection;
    return overlaid({ type, settings: {}, secrets: {} }, { ...divided(described) });
  }
  const id = body.connection_id ?? connection?.id;
  if (id === undefined) throw userError("REQUEST_INVALID", "body.connection_id", "a datastore needs a connection");
  return storedConnection(db, services, id);
};

export const datastoreHandlers: Handlers<typeof datastores, Services> = {
  list: async ({ query }, { db, visible }) => {
    let rows = datastoreRows(db).where(isVisible("datastore.id", await visible("Reporter")));
    for (const text of [query.name, query.search]) if (text !== undefined) rows = rows.where("datastore.name", "ilike", contains(text));
    if (query.datastore_type !== undefined) rows = rows.where("connection.type", "in", query.datastore_type);
    if (query.enrichment_only !== undefined) rows = rows.where("datastore.enrichment_only", "=", query.enrichment_only);
    if (query.tag !== undefined) rows = rows.where("datastore.id", "in", idsTagged(db, "datastore", query.tag));
    if (query.connection !== undefined) rows = rows.where("datastore.connection_id", "=", query.connection);
    const column = query.sort.endsWith("name") ? "datastore.name" : "datastore.created_at";
    const direction = query.sort.startsWith("-") ? "desc" : "asc";
    const page = await pageRows(rows.orderBy(column, direction).orderBy("datastore.id", direction), query);
    return paged(await answered(db, page.rows), page.total, query);
  },

  listing: async (_, { db, visible }) => {
    const rows = await db
      .selectFrom("datastore")
      .innerJoin("connection", "connection.id", "datastore.connection_id")
      .where(isVisible("datastore.id", await visible("Reporter")))
      .orderBy("datastore.name")
      .limit(LISTING_MAX)
      .select(["datastore.id", "datastore.name", "connection.type", "datastore.enrichment_only"])
      .execute();
    return rows.map((row) => ({ ...row, store_type: storeTypeOf(row.type) }));
  },

  get: ({ params }, { db }) => find(db, params.id),

  create: async ({ body }, { db, services, principal }) => find(db, await create(db, services, principal, body)),

  update: async ({ params: { id }, body }, { db, principal }) => {
    const row = await changed(db, principal, await findRow(db, id), body);
    await unlessTaken("datastore_name", "datastore", row.name, db.updateTable("datastore").set(row).where("id", "=", id).execute());
    if (body.teams) await setTeamsOfDatastore(db, id, body.teams);
    if (body.tags) await setTags(db, "datastore", id, body.tags);
    return find(db, id);
  },

  delete: async ({ params: { id } }, { db }) => {
    const { name } = await findRow(db, id);
    const sources = await db.selectFrom("datastore").where("enrichment_id", "=", id).select("name").orderBy("name").execute();
    if (sources.length > 0) throw userError("OBJECT_IN_USE", "datastore", name, `${sources.length} datastores that write to it`);
    await db.deleteFrom("datastore").where("id", "=", id).execute();
    return undefined;
  },

  tryOut: async ({ body }, { db, services, signal }) => {
    const target = await reachedBy(db, services, body);
    return tryTarget(services, signal, { ...target, ...placeOf(target.type, body) });
  },

  verify: ({ params }, { services, signal }) => tryDatastore(services, signal, params.id),

  link: async ({ params: { id, enrichment_id } }, { db }) => {
    const [source, target] = [await findRow(db, id), await findRow(db, enrichment_id)];
    if (!target.enrichment_only) throw userError("OBJECT_STATE_WRONG", "datastore", target.name, "it is no enrichment datastore");
    if (source.enrichment_only) throw userError("OBJECT_STATE_WRONG", "datastore", source.name, "it is an enrichment datastore itself");
    if (source.enrichment_id !== null && source.enrichment_id !== enrichment_id) await requireNoWriting(db, source);
    await db.updateTable("datastore").set({ enrichment_id, updated_at: new Date() }).where("id", "=", id).execute();
    return find(db, id);
  },

  unlink: async ({ params: { id } }, { db }) => {
    await requireNoWriting(db, await findRow(db, id));
    const row = { enrichment_id: null, enrichment_remediation_strategy: "none", updated_at: new Date() };
    await db.updateTable("datastore").set(row).where("id", "=", id).execute();
    return undefined;
  },
};
