import { sql, type RawBuilder, type SqlBool } from "kysely";
import { FieldType, type Field } from "@touchstone/core/model/field";
import type { Database } from "./database.ts";

export const fieldRows = (db: Database) => db.selectFrom("field").selectAll();
export type FieldRow = Awaited<ReturnType<ReturnType<typeof fieldRows>["execute"]>>[number];

/** A field as expressions know it. */
export const modelOf = (row: FieldRow): Field => ({
  name: row.name,
  field_type: FieldType.parse(row.field_type),
  native_type: row.native_type,
  nullable: row.nullable,
  type_declared: row.type_declared,
  masked: row.status === "Masked",
});

export const fieldsOf = (db: Database, containerId: number): Promise<FieldRow[]> =>
  fieldRows(db).where("container_id", "=", containerId).orderBy("position").orderBy("id").execute();

/** Fields that were found rather than computed, and are there to be read. */
export const readableFields = (rows: readonly FieldRow[]): FieldRow[] =>
  rows.filter(({ computed, status }) => computed === null && (status === "Active" || status === "Masked"));

/** A list of names in a column of jsonb has one of these. */
const hasOneOf = (column: "check.fields" | "anomaly.fields", names: readonly string[]): RawBuilder<SqlBool> =>
  sql<SqlBool>`EXISTS (SELECT 1 FROM jsonb_array_elements_text(${sql.ref(column)}) AS one (name) WHERE one.name IN (${sql.join(names)}))`;

/** Rules whose property `field_name` is another field of the same container. */
const FIELD_PAIRS = ["equalToField", "greaterThanField", "lessThanField"];

/** Condition that a check is about one of these fields of its container, as its subject or as the other side. */
export const isAbout = (names: readonly string[]): RawBuilder<SqlBool> =>
  sql<SqlBool>`(${hasOneOf("check.fields", names)} OR "check".rule_type IN (${sql.join(FIELD_PAIRS)})
    AND "check".properties->>'field_name' IN (${sql.join(names)}))`;

const RUNNABLE = ["Active", "Draft"];

/** Those of these fields that checks in force, or anomalies, are about. */
export const fieldsInUse = async (db: Database, containerId: number, names: readonly string[]): Promise<string[]> => {
  const used: string[] = [];
  for (const name of names) {
    const check = await db
      .selectFrom("check")
      .where("container_id", "=", containerId)
      .where("status", "in", RUNNABLE)
      .where(isAbout([name]))
      .select("id")
      .limit(1)
      .executeTakeFirst();
    const anomaly =
      check ??
      (await db
        .selectFrom("anomaly")
        .where("container_id", "=", containerId)
        .where(hasOneOf("anomaly.fields", [name]))
        .select("id")
        .limit(1)
        .executeTakeFirst());
    if (anomaly !== undefined) used.push(name);
  }
  return used;
};

/** Archives the checks that are about these fields, and takes the fields from what schemas expect. */
export const withdrawFields = async (db: Database, containerId: number, names: readonly string[]): Promise<void> => {
  if (names.length === 0) return;
  await db
    .updateTable("check")
    .set({ status: "Discarded", updated_at: new Date() })
    .where("container_id", "=", containerId)
    .where("status", "in", RUNNABLE)
    .where(isAbout(names))
    .execute();
  const gone = sql.join(names);
  await sql`UPDATE "check" SET updated_at = now(), properties = jsonb_set(properties, '{list}', (
      SELECT coalesce(jsonb_agg(item ORDER BY at), '[]') FROM jsonb_array_elements(properties->'list') WITH ORDINALITY AS listed (item, at)
      WHERE coalesce(item->>'name', item #>> '{}') NOT IN (${gone})))
    WHERE container_id = ${containerId} AND rule_type = 'expectedSchema' AND jsonb_typeof(properties->'list') = 'array'`.execute(db);
};

/** Statistics that show values of a field, and what stands in their place when it is masked. */
export const VALUES_HIDDEN = Object.freeze({
  min: null,
  max: null,
  mean: null,
  sum: null,
  q1: null,
  median: null,
  q3: null,
  quantiles: [],
  patterns: [],
  histogram_buckets: [],
  top_values: [],
  field_correlations: [],
});

/** A new field of a dataplane's answer. */
export type FoundField = { name: string; field_type: string; native_type: string };

/** Makes these the found fields of a container, in this order; computed ones stay. What is no longer there is deleted. */
export const setFoundFields = async (db: Database, containerId: number, found: readonly FoundField[]): Promise<void> => {
  const before = await fieldsOf(db, containerId);
  const names = new Set(found.map(({ name }) => name));
  const gone = before.filter(({ name, computed }) => computed === null && !names.has(name)).map(({ id }) => id);
  if (gone.length > 0) await db.deleteFrom("field").where("id", "in", gone).execute();
  const known = new Set(before.map(({ name }) => name));
  for (const [position, { name, field_type, native_type }] of found.entries()) {
    const row = { position, field_type: FieldType.safeParse(field_type).data ?? "Unknown", native_type };
    if (known.has(name))
      await db
        .updateTable("field")
        .set(row)
        .where("container_id", "=", containerId)
        .where("name", "=", name)
        .where("computed", "is", null)
        .execute();
    else
      await db
        .insertInto("field")
        .values({ ...row, container_id: containerId, name, computed: null })
        .execute();
  }
};
