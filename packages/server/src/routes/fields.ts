import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { FieldType } from "@touchstone/core/model/field";
import { FieldStatus, type Field, type fields } from "@touchstone/core/routes/fields";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { fieldRows, fieldsInUse, fieldsOf, withdrawFields, type FieldRow } from "../store/fields.ts";
import { found } from "../store/found.ts";
import { forgetField } from "../store/masking.ts";
import { paged, pageRows } from "../store/paging.ts";
import { newestProfile, statisticsRows } from "../store/profiles.ts";
import { setTags, tagsOf } from "../store/tags.ts";
import { sourcesOf } from "./computed-fields.ts";
import { statisticsOf } from "./statistics.ts";
import { tagOf } from "./tags.ts";

const answered = async (db: Database, rows: readonly FieldRow[]): Promise<z.input<typeof Field>[]> => {
  const tags = await tagsOf(
    db,
    "field",
    rows.map(({ id }) => id),
  );
  return rows.map(({ computed, created_at, ...row }) => ({
    ...row,
    field_type: FieldType.parse(row.field_type),
    status: FieldStatus.parse(row.status),
    is_computed: computed !== null,
    global_tags: (tags.get(row.id) ?? []).map(tagOf),
    created: created_at.toISOString(),
  }));
};

const findRow = async (db: Database, id: number): Promise<FieldRow> =>
  found(await fieldRows(db).where("id", "=", id).executeTakeFirst(), "field", id);

const find = async (db: Database, id: number): Promise<z.input<typeof Field>> => {
  const [field] = await answered(db, [await findRow(db, id)]);
  return found(field, "field", id);
};

/** What the settings of its container use a field for; null when nothing. */
const useOf = async (db: Database, { container_id, name }: FieldRow): Promise<string | null> => {
  const { settings } = await db.selectFrom("container").where("id", "=", container_id).select("settings").executeTakeFirstOrThrow();
  if (settings["incremental_field_name"] === name) return "the incremental field";
  if (settings["partition_field"] === name) return "the partition field";
  const groups = settings["group_by_fields"];
  return Array.isArray(groups) && groups.flat().includes(name) ? "a group field" : null;
};

/** Part of a structure: its name continues that of another field. */
const isSubField = async (db: Database, { container_id, name }: FieldRow): Promise<boolean> => {
  const at = name.lastIndexOf(".");
  if (at < 1) return false;
  const siblings = await fieldsOf(db, container_id);
  return siblings.some((field) => field.name === name.slice(0, at));
};

/** Why a field cannot be masked or excluded (platform rules); null when it can. */
const obstacle = async (db: Database, field: FieldRow, status: "Masked" | "Excluded"): Promise<string | null> => {
  if (field.status === "Missing") return "it is missing";
  const use = await useOf(db, field);
  if (use !== null) return `it is ${use} of its container`;
  if (status === "Masked") return null;
  if (field.computed !== null) return "it is computed: delete it instead";
  return (await isSubField(db, field)) ? "it is a part of another field" : null;
};

/** Computed fields that read this one: they show what it shows. */
const computedFrom = async (db: Database, { container_id, name }: FieldRow): Promise<FieldRow[]> => {
  const rows = await fieldsOf(db, container_id);
  return rows.filter(({ computed }) => computed !== null && sourcesOf(computed).includes(name));
};

const requireActive = async (db: Database, field: FieldRow): Promise<void> => {
  if (field.status === "Missing")
    throw userError("OBJECT_STATE_WRONG", "field", field.name, "it is missing, and comes back by itself when a sync finds it");
  const sources = field.computed === null ? [] : sourcesOf(field.computed);
  const masked = (await fieldsOf(db, field.container_id)).find(({ name, status }) => status === "Masked" && sources.includes(name));
  if (masked !== undefined)
    throw userError("OBJECT_STATE_WRONG", "field", field.name, `it is computed from ${masked.name}, which is masked`);
};

/** Checks that were archived with an excluded field stay archived when it is active again: somebody decides about each. */
const setStatus = async (db: Database, field: FieldRow, status: "Active" | "Masked" | "Excluded"): Promise<void> => {
  if (status === field.status) return;
  const reason = status === "Active" ? null : await obstacle(db, field, status);
  if (reason !== null) throw userError("OBJECT_STATE_WRONG", "field", field.name, reason);
  if (status === "Active") await requireActive(db, field);
  const dependents = status === "Active" ? [] : await computedFrom(db, field);
  if (status === "Excluded" && dependents.length > 0)
    throw userError("OBJECT_IN_USE", "field", field.name, `computed fields (${dependents.map(({ name }) => name).join(", ")})`);
  for (const dependent of dependents) await setStatus(db, dependent, status);
  await db.updateTable("field").set({ status }).where("id", "=", field.id).execute();
  if (status === "Masked") await forgetField(db, field);
  if (status === "Excluded") await withdrawFields(db, field.container_id, [field.name]);
};

export const fieldHandlers: Handlers<typeof fields, Services> = {
  list: async ({ params, query }, { db }) => {
    const wanted: readonly string[] = query.status ?? ["Active", "Masked", "Missing"];
    const rows = await fieldsOf(db, params.id);
    return answered(
      db,
      rows.filter(({ status }) => wanted.includes(status)),
    );
  },

  get: ({ params }, { db }) => find(db, params.id),

  change: async ({ params: { id }, body }, { db }) => {
    const before = await findRow(db, id);
    if (body.status !== undefined) await setStatus(db, before, body.status);
    if (body.description !== undefined) await db.updateTable("field").set({ description: body.description }).where("id", "=", id).execute();
    if (body.tags !== undefined) await setTags(db, "field", id, body.tags);
    return find(db, id);
  },

  delete: async ({ params: { id } }, { db }) => {
    const { name, status, container_id } = await findRow(db, id);
    if (status !== "Missing") throw userError("OBJECT_STATE_WRONG", "field", name, "only a field that is missing is deleted");
    if ((await fieldsInUse(db, container_id, [name])).length > 0) throw userError("OBJECT_IN_USE", "field", name, "checks or anomalies");
    await db.deleteFrom("field").where("id", "=", id).execute();
    return undefined;
  },

  statistics: async ({ params, query }, { db }) => {
    const profile = await newestProfile(db, params.id);
    if (profile === null) return paged([], 0, query);
    const page = await pageRows(statisticsRows(db, profile), query);
    return paged(page.rows.map(statisticsOf), page.total, query);
  },
};
