/** Making and changing containers: what is asked first, and what is then written in one transaction. */
import { isDeepStrictEqual } from "node:util";
import { userError } from "@touchstone/core/errors";
import {
  DEFINITION_PARTS,
  SETTINGS,
  type ContainerChanges,
  type ContainerInput,
  type ContainerType,
} from "@touchstone/core/routes/container-kinds";
import type { Context } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { containerRows, keepVersion, type ContainerRow, type Snapshot } from "../store/containers.ts";
import type { Database } from "../store/database.ts";
import { fieldsInUse, fieldsOf, setFoundFields, withdrawFields, type FieldRow } from "../store/fields.ts";
import { found, unlessTaken } from "../store/found.ts";
import type { Mapping } from "../store/tables.ts";
import { setTags } from "../store/tags.ts";
import { validatedIfPossible, type Fields } from "../work/validate.ts";

/** Those of these properties that were given; null is a value. */
const picked = (given: Readonly<Record<string, unknown>>, names: readonly string[]): Mapping =>
  Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));

const withoutNulls = (mapping: Mapping): Mapping => Object.fromEntries(Object.entries(mapping).filter(([, value]) => value !== null));

/** What of an input makes the container, apart from its settings. */
export const definitionOf = (input: ContainerInput): Mapping => ({
  ...(input.container_type === "computed_join" && !input.query ? { join_type: "inner", left_prefix: "left_", right_prefix: "right_" } : {}),
  ...withoutNulls(picked(input, DEFINITION_PARTS[input.container_type])),
});

/** A container that is read by another must be one that the caller may read. */
const requireReadable = async ({ db, visible }: Context<Services>, ids: readonly (number | null | undefined)[], within: number | null) => {
  const readable = await visible("Viewer");
  for (const id of ids) {
    if (id === null || id === undefined) continue;
    const row = await db.selectFrom("container").where("id", "=", id).select(["name", "datastore_id"]).executeTakeFirst();
    const { name, datastore_id } = found(row, "container", id);
    found(readable === "all" || readable.includes(datastore_id) ? name : undefined, "container", id);
    if (within !== null && datastore_id !== within)
      throw userError("REQUEST_INVALID", "body.source_container_id", "the container belongs to another datastore");
  }
};

type Parts = {
  source_container_id?: number;
  left_container_id?: number | null;
  right_container_id?: number | null;
  sources?: readonly { container_id: number }[] | null;
};

const requireParts = async (context: Context<Services>, datastoreId: number, parts: Parts): Promise<void> => {
  await requireReadable(context, [parts.source_container_id], datastoreId);
  await requireReadable(
    context,
    [parts.left_container_id, parts.right_container_id, ...(parts.sources ?? []).map(({ container_id }) => container_id)],
    null,
  );
};

/** The datastore a new container belongs to: the one named, or of a join the one of its first side. */
export const datastoreIdOf = async ({ db }: Context<Services>, input: ContainerInput): Promise<number> => {
  if (typeof input.datastore_id === "number") return input.datastore_id;
  const first = input.container_type === "computed_join" ? (input.left_container_id ?? input.sources?.[0]?.container_id) : undefined;
  if (typeof first !== "number") throw userError("REQUEST_INVALID", "body.datastore_id", "a container belongs to a datastore");
  const row = await db.selectFrom("container").where("id", "=", first).select("datastore_id").executeTakeFirst();
  return found(row, "container", first).datastore_id;
};

/** A new computed container as it would be: where it belongs and what it is made of, within what the caller may read. */
export const planned = async (context: Context<Services>, input: ContainerInput) => {
  const datastoreId = await datastoreIdOf(context, input);
  const editable = await context.visible("Editor");
  found(editable === "all" || editable.includes(datastoreId) ? input : undefined, "datastore", datastoreId);
  if (input.container_type !== "computed_table") await requireParts(context, datastoreId, input as Parts);
  return { datastoreId, definition: definitionOf(input) };
};

const INCREMENTAL_TYPES = ["Integral", "Fractional", "Date", "Timestamp"];

/** Settings name fields that are there, that are not hidden, and whose type will do. Throws FIELD_UNKNOWN, OBJECT_STATE_WRONG, FIELD_TYPE_WRONG. */
const requireSettings = (container: string, settings: Mapping, fields: readonly FieldRow[] | Fields): void => {
  if (fields.length === 0) return;
  const byName = new Map(fields.map((field) => [field.name, field]));
  const require = (name: unknown, setting: string, types: readonly string[] | null): void => {
    if (typeof name !== "string") return;
    const field = byName.get(name);
    if (field === undefined) throw userError("FIELD_UNKNOWN", name, container, null);
    if ("status" in field && (field.status === "Masked" || field.status === "Excluded"))
      throw userError("OBJECT_STATE_WRONG", "field", name, `it is ${field.status.toLowerCase()}, and cannot be the ${setting}`);
    if (types !== null && !types.includes(field.field_type))
      throw userError("FIELD_TYPE_WRONG", name, field.field_type, setting, "numbers and times");
  };
  require(settings["incremental_field_name"], "incremental field", INCREMENTAL_TYPES);
  require(settings["partition_field"], "partition field", null);
  const groups = settings["group_by_fields"];
  if (Array.isArray(groups)) for (const name of groups.flat()) require(name, "group field", null);
};

/** Makes a container and answers it as `answer` finds it, in the transaction that makes it. */
export const createContainer = async <T>(
  context: Context<Services>,
  input: ContainerInput,
  answer: (db: Database, id: number) => Promise<T>,
): Promise<T> => {
  const { datastoreId, definition } = await planned(context, input);
  const fields = await validatedIfPossible(context, datastoreId, { ...input, definition });
  const settings = withoutNulls(picked(input, SETTINGS));
  requireSettings(input.name, settings, fields ?? []);
  return context.change(async (db) => {
    const state = {
      name: input.name,
      description: input.description ?? "",
      definition,
      settings,
      additional_metadata: input.additional_metadata ?? {},
    };
    const row = {
      ...written(state),
      datastore_id: datastoreId,
      container_type: input.container_type,
      records_count: null,
      checkpoint: null,
    };
    const inserted = db.insertInto("container").values(row).returning("id").executeTakeFirstOrThrow();
    const { id } = await unlessTaken("container_name", "container", input.name, inserted);
    await setFoundFields(db, id, fields ?? []);
    await setTags(db, "container", id, input.tags ?? []);
    await keepVersion(db, id, { before: null, after: state }, context.principal.userId);
    await startProfile(context, db, datastoreId, input.name);
    return answer(db, id);
  });
};

const written = ({ name, description, definition, settings, additional_metadata }: Snapshot) => ({
  name,
  description,
  definition: JSON.stringify(definition),
  settings: JSON.stringify(settings),
  additional_metadata: JSON.stringify(additional_metadata),
});

/** What is new is looked at once, so that it has fields and statistics. */
const startProfile = ({ services, principal }: Context<Services>, db: Database, datastoreId: number, container: string) =>
  services.work.start(db, {
    type: "profile",
    datastoreId,
    request: { type: "profile", datastore_id: datastoreId, container_names: [container] },
    userId: principal.userId,
    scheduleId: null,
  });

const findRow = async (db: Database, id: number): Promise<ContainerRow> =>
  found(await containerRows(db).where("container.id", "=", id).executeTakeFirst(), "container", id);

/** The container after a change. */
const after = (row: ContainerRow, changes: ContainerChanges): Snapshot => ({
  name: ("name" in changes ? changes.name : undefined) ?? row.name,
  description: changes.description ?? row.description,
  definition: withoutNulls({ ...row.definition, ...picked(changes, DEFINITION_PARTS[changes.container_type]) }),
  settings: withoutNulls({ ...row.settings, ...picked(changes, SETTINGS) }),
  additional_metadata: changes.additional_metadata ?? row.additional_metadata,
});

/**
 * Fields of a definition that changed; null where they are not known. Where checks or anomalies are about fields, not knowing is not
 * good enough: they could be dropped unseen.
 */
const fieldsAfter = async (context: Context<Services>, row: ContainerRow, next: Snapshot, force: boolean): Promise<Fields | null> => {
  const fields = await validatedIfPossible(context, row.datastore_id, { container_type: row.container_type, ...next });
  if (fields !== null || force) return fields;
  const names = (await fieldsOf(context.db, row.id)).map(({ name }) => name);
  const used = await fieldsInUse(context.db, row.id, names);
  if (used.length > 0) throw userError("DATAPLANE_ABSENT", row.name, "no dataplane that could tell which fields would be dropped");
  return null;
};

const dropFields = async (db: Database, row: ContainerRow, fields: Fields, force: boolean): Promise<void> => {
  const kept = new Set(fields.map(({ name }) => name));
  const gone = (await fieldsOf(db, row.id)).filter(({ name, computed }) => computed === null && !kept.has(name)).map(({ name }) => name);
  const used = await fieldsInUse(db, row.id, gone);
  if (used.length > 0 && !force) throw userError("FIELDS_IN_USE", row.name, used.join(", "));
  await withdrawFields(db, row.id, gone);
  await setFoundFields(db, row.id, fields);
};

export const updateContainer = async (context: Context<Services>, id: number, changes: ContainerChanges): Promise<void> => {
  const row = await findRow(context.db, id);
  if (changes.container_type !== row.container_type)
    throw userError("OBJECT_STATE_WRONG", "container", row.name, `it is a ${row.container_type as ContainerType}, and stays one`);
  const force = "force_drop_fields" in changes && changes.force_drop_fields;
  const next = after(row, changes);
  const isRemade = !isDeepStrictEqual(next.definition, row.definition);
  if (isRemade) await requireParts(context, row.datastore_id, changes as Parts);
  const fields = isRemade ? await fieldsAfter(context, row, next, force) : null;
  await context.change(async (db) => {
    const before = await findRow(db, id);
    const result = after(before, changes);
    if (fields !== null) await dropFields(db, before, fields, force);
    if (!isDeepStrictEqual(result.settings, before.settings)) requireSettings(result.name, result.settings, await fieldsOf(db, id));
    const changed = db.updateTable("container").set(written(result)).where("id", "=", id).execute();
    await unlessTaken("container_name", "container", result.name, changed);
    if (changes.tags) await setTags(db, "container", id, changes.tags);
    await keepVersion(db, id, { before, after: result }, context.principal.userId);
    if (isRemade) await startProfile(context, db, before.datastore_id, result.name);
  });
};
