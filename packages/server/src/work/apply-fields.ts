/** The fields of a container as they were found: what is new is added, what is gone is Missing, what people decided stays. */
import type { Field } from "@touchstone/core/model/field";
import type { Database } from "../store/database.ts";

const found = (field: Field, position: number) => ({
  name: field.name,
  position,
  field_type: field.field_type,
  native_type: field.native_type,
  type_declared: field.type_declared,
  nullable: field.nullable,
});

/** Answers the ids of the fields by name. */
export const applyFields = async (db: Database, containerId: number, fields: readonly Field[]): Promise<Map<string, number>> => {
  const known = await db.selectFrom("field").where("container_id", "=", containerId).selectAll().execute();
  const byName = new Map(known.map((row) => [row.name, row]));
  const fresh = fields.map(found).filter(({ name }) => !byName.has(name));
  for (const values of fields.map(found)) {
    const row = byName.get(values.name);
    if (row === undefined) continue;
    // A type that was read off the values is not taken back by a source that declares none.
    const isSame = (Object.keys(values) as (keyof typeof values)[]).every((key) => row[key] === values[key]);
    if (isSame && row.status !== "Missing") continue;
    await db
      .updateTable("field")
      .set({ ...values, ...(row.status === "Missing" ? { status: "Active" } : {}) })
      .where("id", "=", row.id)
      .execute();
  }
  const gone = known.filter(
    ({ name, status, computed }) => status === "Active" && computed === null && !fields.some((field) => field.name === name),
  );
  if (gone.length > 0)
    await db
      .updateTable("field")
      .set({ status: "Missing" })
      .where(
        "id",
        "in",
        gone.map(({ id }) => id),
      )
      .execute();
  const ids = new Map(known.map(({ name, id }) => [name, id]));
  if (fresh.length === 0) return ids;
  const added = await db
    .insertInto("field")
    .values(fresh.map((values) => ({ ...values, container_id: containerId })))
    .returning(["id", "name"])
    .execute();
  for (const { id, name } of added) ids.set(name, id);
  return ids;
};
