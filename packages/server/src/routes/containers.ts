import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { parseExpression } from "@touchstone/core/expr/parse";
import { fieldNamesIn } from "@touchstone/core/expr/walk";
import { ContainerDefinition, ContainerSettings, ContainerType } from "@touchstone/core/routes/container-kinds";
import type { Container, containers } from "@touchstone/core/routes/containers";
import type { Context, Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import {
  changesetOf,
  containerRows,
  containersById,
  containersMadeOf,
  versionRows,
  keepVersion,
  type ContainerRow,
} from "../store/containers.ts";
import type { Database } from "../store/database.ts";
import { fieldsOf, fieldRows, modelOf, readableFields } from "../store/fields.ts";
import { found } from "../store/found.ts";
import { contains } from "../store/like.ts";
import { paged, pageRows } from "../store/paging.ts";
import { idsTagged, setTags, tagsOf } from "../store/tags.ts";
import { isVisible } from "../store/visible.ts";
import { validated } from "../work/validate.ts";
import { computedFieldOf } from "./computed-fields.ts";
import { createContainer, planned, updateContainer } from "./container-edits.ts";
import { findOperation } from "./operations.ts";
import { tagOf } from "./tags.ts";

/** Listed at once, without pages: what clients resolve names with. */
const LISTING_MAX = 100_000;

type Answer = z.input<typeof Container>;

/** Rows as they are answered, with their tags and computed fields. */
const answered = async (db: Database, rows: readonly ContainerRow[]): Promise<Answer[]> => {
  const ids = rows.map(({ id }) => id);
  const tags = await tagsOf(db, "container", ids);
  const computed =
    ids.length === 0
      ? []
      : await fieldRows(db).where("container_id", "in", ids).where("computed", "is not", null).orderBy("position").execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    container_type: ContainerType.parse(row.container_type),
    datastore: { id: row.datastore_id, name: row.datastore_name, type: row.datastore_type },
    description: row.description,
    ...ContainerDefinition.parse(row.definition),
    ...ContainerSettings.parse(row.settings),
    additional_metadata: row.additional_metadata,
    global_tags: (tags.get(row.id) ?? []).map(tagOf),
    computed_fields: computed.filter(({ container_id }) => container_id === row.id).map(computedFieldOf),
    incremental_checkpoint: row.checkpoint,
    metrics: {
      records: row.records_count,
      fields: Number(row.fields_count),
      last_synced: row.last_synced_at?.toISOString() ?? null,
      last_profiled: row.last_profiled_at?.toISOString() ?? null,
      last_scanned: row.last_scanned_at?.toISOString() ?? null,
    },
    deleted_at: row.removed_at?.toISOString() ?? null,
    created: row.created_at.toISOString(),
  }));
};

const find = async (db: Database, id: number): Promise<Answer> => {
  const row = await containerRows(db).where("container.id", "=", id).executeTakeFirst();
  const [container] = await answered(db, [found(row, "container", id)]);
  return found(container, "container", id);
};

/** What is watched is a setting, and settings are for editors. */
const requireEditor = async ({ visible }: Context<Services>, datastoreId: number): Promise<void> => {
  const editable = await visible("Editor");
  if (editable !== "all" && !editable.includes(datastoreId)) throw userError("NOT_ALLOWED", "the team permission Editor on its datastore");
};

type Change = z.output<(typeof containers)["change"]["body"]>[number];

const changeOne = async (context: Context<Services>, { id, tags, ...tracking }: Change): Promise<void> => {
  const { db, principal } = context;
  if (tags !== undefined) await setTags(db, "container", id, tags);
  const given = Object.fromEntries(Object.entries(tracking).filter(([, value]) => value !== undefined));
  if (Object.keys(given).length === 0) return;
  const before = found(await containerRows(db).where("container.id", "=", id).executeTakeFirst(), "container", id);
  await requireEditor(context, before.datastore_id);
  const after = { ...before, settings: { ...before.settings, ...given } };
  await db
    .updateTable("container")
    .set({ settings: JSON.stringify(after.settings) })
    .where("id", "=", id)
    .execute();
  await keepVersion(db, id, { before, after }, principal.userId);
};

/** A condition on a preview names fields that are read and whose values may be seen: what is masked must not be found out by asking. */
const requireCondition = (where: string, container: string, fields: Parameters<typeof readableFields>[0]): void => {
  const readable = readableFields(fields);
  const expr = parseExpression(where, { fields: readable.map(modelOf), container, expect: "Boolean" });
  const named = new Set(fieldNamesIn(expr));
  const hidden = readable.find(({ name, status }) => status === "Masked" && named.has(name));
  if (hidden !== undefined)
    throw userError("OBJECT_STATE_WRONG", "field", hidden.name, "it is masked, and nothing is looked up by its values");
};

const preview = async ({ db, services, signal }: Context<Services>, id: number, where: string | null, limit: number) => {
  const container = await db.selectFrom("container").where("id", "=", id).select(["name", "datastore_id"]).executeTakeFirst();
  const { name, datastore_id } = found(container, "container", id);
  const fields = await fieldsOf(db, id);
  if (where !== null) requireCondition(where, name, fields);
  const namesOf = (status: string) => fields.filter((field) => field.status === status).map((field) => field.name);
  const [masked, excluded] = [namesOf("Masked"), new Set(namesOf("Excluded"))];
  const asked = { container: name, where, rows_max: limit, masked };
  const { error, ...rows } = await services.work.ask(datastore_id, "preview", asked, { signal });
  if (error !== null) throw userError("QUESTION_FAILED", `${name} could not be read`, `${error.what}: ${error.why}`);
  const shown = rows.fields.flatMap((field, at) => (excluded.has(field) ? [] : [at]));
  return {
    fields: shown.map((at) => rows.fields[at]!),
    rows: rows.rows.map((row) => shown.map((at) => row[at])),
    truncated: rows.truncated,
    masked_fields: masked,
  };
};

export const containerHandlers: Handlers<typeof containers, Services> = {
  list: async ({ query }, { db, visible }) => {
    // First which they are, from their own table alone, then all about these.
    let ids = db
      .selectFrom("container")
      .select("container.id")
      .where(isVisible("container.datastore_id", await visible("Reporter")));
    if (query.datastore !== undefined) ids = ids.where("container.datastore_id", "in", query.datastore);
    if (query.container_type !== undefined) ids = ids.where("container.container_type", "in", query.container_type);
    for (const text of [query.name, query.search]) if (text !== undefined) ids = ids.where("container.name", "ilike", contains(text));
    if (query.tag !== undefined) ids = ids.where("container.id", "in", idsTagged(db, "container", query.tag));
    if (query.archived !== "include") ids = ids.where("container.removed_at", query.archived === "only" ? "is not" : "is", null);
    if (query.profiled !== undefined) ids = ids.where("container.last_profiled_at", query.profiled ? "is not" : "is", null);
    const page = await pageRows(ids.orderBy("container.name").orderBy("container.id"), query);
    const wanted = page.rows.map(({ id }) => id);
    return paged(await answered(db, await containersById(db, wanted)), page.total, query);
  },

  listing: async ({ query }, { db }) => {
    let rows = db.selectFrom("container").where("datastore_id", "=", query.datastore).where("removed_at", "is", null);
    if (query.container_type !== undefined) rows = rows.where("container_type", "=", query.container_type);
    const listed = await rows.orderBy("name").limit(LISTING_MAX).select(["id", "name", "container_type", "datastore_id"]).execute();
    return listed.map((row) => ({ ...row, container_type: ContainerType.parse(row.container_type) }));
  },

  get: ({ params }, { db }) => find(db, params.id),

  create: ({ body }, context) => createContainer(context, body, find),

  update: async ({ params, body }, context) => {
    await updateContainer(context, params.id, body);
    return find(context.db, params.id);
  },

  change: async ({ body }, context) => {
    for (const one of body) await changeOne(context, one);
    const ids = [...new Set(body.map(({ id }) => id))];
    return answered(context.db, await containerRows(context.db).where("container.id", "in", ids).orderBy("container.id").execute());
  },

  delete: async ({ params: { id } }, { db }) => {
    const { name } = await find(db, id);
    const users = await containersMadeOf(db, id);
    if (users.length > 0) throw userError("OBJECT_IN_USE", "container", name, users.join(", "));
    await db.deleteFrom("container").where("id", "=", id).execute();
    return undefined;
  },

  validate: async ({ body: { container }, query }, context) => {
    const { datastoreId, definition } = await planned(context, container);
    await validated(context, datastoreId, { ...container, definition }, query.timeout_seconds);
    return undefined;
  },

  preview: ({ params, query }, context) => preview(context, params.id, query.where ?? null, query.limit),

  scan: async ({ params: { id }, body }, context) => {
    const { db, services, principal } = context;
    const container = await find(db, id);
    if (container.deleted_at != null) throw userError("OBJECT_STATE_WRONG", "container", container.name, "it is no longer there");
    const request = { container_ids: [id], upload_name: body.name, upload_format: body.format, upload_sheet: body.sheet ?? null };
    const operation = {
      type: "external_scan" as const,
      datastoreId: container.datastore.id,
      request,
      userId: principal.userId,
      scheduleId: null,
    };
    return findOperation(db, await services.work.startWithRows(context.change, operation, body.records));
  },

  history: async ({ params, query }, { db }) => {
    const page = await pageRows(versionRows(db, params.id), query);
    const items = page.rows.map((row) => ({
      version: row.version,
      created: row.created_at.toISOString(),
      user: row.editor_id === null || row.editor_name === null ? null : { id: row.editor_id, name: row.editor_name },
      changeset: changesetOf(row.previous, row.snapshot),
    }));
    return paged(items, page.total, query);
  },
};
