import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { typeFault } from "@touchstone/core/expr/faults";
import { nearestName } from "@touchstone/core/expr/nearest";
import { parseExpression } from "@touchstone/core/expr/parse";
import { typeOf } from "@touchstone/core/expr/types";
import { fieldNamesIn } from "@touchstone/core/expr/walk";
import { FieldType } from "@touchstone/core/model/field";
import { Transformation, type ComputedField, type ComputedFieldChange, type computedFields } from "@touchstone/core/routes/computed-fields";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { fieldRows, fieldsInUse, fieldsOf, modelOf, readableFields, type FieldRow } from "../store/fields.ts";
import { found } from "../store/found.ts";
import type { Mapping } from "../store/tables.ts";

/** How a computed field is kept. */
const Kept = z.object({
  transformation: Transformation,
  source_fields: z.array(z.string()),
  properties: z.record(z.string(), z.unknown()),
});
type Kept = z.output<typeof Kept>;

/** Names of the fields that a computed field is made of. */
export const sourcesOf = (computed: Mapping): string[] => Kept.parse(computed).source_fields;

export const computedFieldOf = ({ id, name, container_id, field_type, computed }: FieldRow): z.input<typeof ComputedField> => ({
  id,
  name,
  container_id,
  ...Kept.parse(computed),
  field_type: FieldType.parse(field_type),
});

type Change = z.output<typeof ComputedFieldChange>;
type Container = { id: number; name: string; fields: FieldRow[] };

const containerOf = async (db: Database, id: number): Promise<Container> => {
  const row = await db.selectFrom("container").where("id", "=", id).select("name").executeTakeFirst();
  return { id, ...found(row, "container", id), fields: await fieldsOf(db, id) };
};

/** The field that is transformed: one that was found, and not itself computed, so that there is no order to compute in. */
const sourceOf = (
  { name: container, fields }: Container,
  { transformation, source_fields }: Change,
  types: readonly FieldType[] | null,
): string => {
  const [wanted = ""] = source_fields ?? [];
  const readable = readableFields(fields);
  const source = readable.find(({ name }) => name === wanted) ?? readable.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  if (source === undefined) {
    const names = readable.map(({ name }) => name);
    throw userError("FIELD_UNKNOWN", wanted, container, nearestName(wanted, names));
  }
  const type = FieldType.parse(source.field_type);
  if (types !== null && type !== "Unknown" && !types.includes(type))
    throw userError("FIELD_TYPE_WRONG", source.name, type, transformation, types.join(", "));
  return source.name;
};

/** An expression over the found fields of the container: what it reads, and what it yields. */
const expressionOf = ({ name: container, fields }: Container, text: string): { sources: string[]; type: FieldType } => {
  const expr = parseExpression(text, { fields: readableFields(fields).map(modelOf), container, expect: "any" });
  const fault = typeFault(expr);
  if (fault !== null) throw userError("EXPRESSION_INVALID", text, 1, fault);
  return { sources: fieldNamesIn(expr), type: FieldType.safeParse(typeOf(expr)).data ?? "Unknown" };
};

/** What is kept of a computed field, and the type it has. */
const resolved = (container: Container, change: Change): { kept: Kept; type: FieldType } => {
  const keep = (source_fields: string[], type: FieldType) => ({
    kept: { transformation: change.transformation, source_fields, properties: change.properties ?? {} },
    type,
  });
  switch (change.transformation) {
    case "cast":
      return keep([sourceOf(container, change, null)], change.properties.target_type);
    case "cleanedEntityName":
      return keep([sourceOf(container, change, ["String"])], "String");
    case "convertFormattedNumeric":
      return keep([sourceOf(container, change, ["String"])], "Fractional");
    case "customExpression": {
      const { sources, type } = expressionOf(container, change.properties.column_expression);
      return keep(sources, type);
    }
  }
};

/** What is computed from a masked field is masked as well. */
const statusOf = ({ fields }: Container, { source_fields }: Kept): "Masked" | "Active" =>
  fields.some(({ name, status }) => status === "Masked" && source_fields.includes(name)) ? "Masked" : "Active";

/** Names of fields are told apart in any capitals: checks find them so. */
const requireFree = ({ fields }: Container, name: string, ownId: number | null): void => {
  if (fields.some((field) => field.id !== ownId && field.name.toLowerCase() === name.toLowerCase()))
    throw userError("OBJECT_EXISTS", "field", name);
};

const findRow = async (db: Database, id: number): Promise<FieldRow> =>
  found(await fieldRows(db).where("id", "=", id).where("computed", "is not", null).executeTakeFirst(), "computed field", id);

export const computedFieldHandlers: Handlers<typeof computedFields, Services> = {
  create: async ({ body }, { db }) => {
    const container = await containerOf(db, body.container_id);
    requireFree(container, body.name, null);
    const { kept, type } = resolved(container, body);
    const row = {
      container_id: container.id,
      name: body.name,
      position: Math.max(-1, ...container.fields.map(({ position }) => position)) + 1,
      field_type: type,
      status: statusOf(container, kept),
      computed: JSON.stringify(kept),
    };
    return computedFieldOf(await db.insertInto("field").values(row).returningAll().executeTakeFirstOrThrow());
  },

  update: async ({ params: { id }, body }, { db }) => {
    const before = await findRow(db, id);
    const container = await containerOf(db, before.container_id);
    requireFree(container, body.name, id);
    if (body.name !== before.name && (await fieldsInUse(db, container.id, [before.name])).length > 0)
      throw userError("OBJECT_IN_USE", "name", before.name, "checks or anomalies");
    const { kept, type } = resolved(container, body);
    const masked = statusOf(container, kept) === "Masked" ? { status: "Masked" } : {};
    const row = { name: body.name, field_type: type, computed: JSON.stringify(kept), ...masked };
    return computedFieldOf(await db.updateTable("field").set(row).where("id", "=", id).returningAll().executeTakeFirstOrThrow());
  },

  delete: async ({ params: { id } }, { db }) => {
    const { name, container_id } = await findRow(db, id);
    if ((await fieldsInUse(db, container_id, [name])).length > 0)
      throw userError("OBJECT_IN_USE", "computed field", name, "checks or anomalies");
    await db.deleteFrom("field").where("id", "=", id).execute();
    return undefined;
  },
};
