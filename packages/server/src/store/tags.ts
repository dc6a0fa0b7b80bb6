/**
 * Tags of objects. What a container carries holds for its fields and checks as well, what a datastore carries for all in it, and what
 * a check carries for its anomalies. Own tags are what is edited and exported; inherited ones are looked up, never copied, so that they change everywhere at
 * once.
 */
import { sql, type RawBuilder } from "kysely";
import type { Database } from "./database.ts";
import { prepared } from "./prepared.ts";

export type TaggedNoun = "datastore" | "container" | "field" | "check" | "anomaly";
export type Tag = {
  id: number;
  name: string;
  color: string;
  category: string | null;
  description: string;
  weight_modifier: number;
  created_at: Date;
};

/** Tags by the id of the object; every id that was asked for is there. */
export type TagsById = Map<number, Tag[]>;

const grouped = (ids: readonly number[], rows: readonly (Tag & { object_id: number })[]): TagsById => {
  const byId: TagsById = new Map(ids.map((id) => [id, []]));
  for (const { object_id, ...tag } of rows) byId.get(object_id)?.push(tag);
  return byId;
};

const TAG = ["tag.id", "tag.name", "tag.color", "tag.category", "tag.description", "tag.weight_modifier", "tag.created_at"] as const;

const ownTags = prepared({ noun: "text", ids: "bigint[]" }, (db, given) =>
  db
    .selectFrom("tag_link")
    .innerJoin("tag", "tag.id", "tag_link.tag_id")
    .where("tag_link.noun", "=", sql<string>`${given("noun")}`)
    .where("tag_link.object_id", "=", sql<number>`ANY(${given("ids")})`)
    .orderBy("tag.name")
    .select([...TAG, "tag_link.object_id"]),
);

/** The objects' own tags, in order of their names. */
export const tagsOf = async (db: Database, noun: TaggedNoun, ids: readonly number[]): Promise<TagsById> =>
  ids.length === 0 ? new Map() : grouped(ids, await ownTags(db, { noun, ids }));

/** Per noun, the objects that one of it inherits from, as rows (object, noun, id). */
const ANCESTORS = {
  datastore: null,
  container: sql`SELECT c.id, 'datastore', c.datastore_id FROM container c`,
  field: sql`SELECT f.id, l.noun, l.id FROM field f JOIN container c ON c.id = f.container_id,
    LATERAL (VALUES ('container', c.id), ('datastore', c.datastore_id)) AS l (noun, id)`,
  check: sql`SELECT k.id, l.noun, l.id FROM "check" k JOIN container c ON c.id = k.container_id,
    LATERAL (VALUES ('container', c.id), ('datastore', c.datastore_id)) AS l (noun, id)`,
  anomaly: sql`SELECT a.id, l.noun, l.id FROM anomaly a, LATERAL (VALUES ('container', a.container_id), ('datastore', a.datastore_id)) AS l (noun, id)
    UNION ALL SELECT f.anomaly_id, 'check', f.check_id FROM failed_check f`,
} as const;

const inheritedTags = (noun: TaggedNoun, ancestors: RawBuilder<unknown>) =>
  prepared({ ids: "bigint[]" }, (db, given) => ({
    compile: () =>
      sql<Tag & { object_id: number }>`
    SELECT DISTINCT up.object_id, tag.id, tag.name, tag.color, tag.category, tag.description, tag.weight_modifier, tag.created_at
    FROM (${ancestors}) AS up (object_id, noun, id)
    JOIN tag_link link ON link.noun = up.noun AND link.object_id = up.id JOIN tag ON tag.id = link.tag_id
    WHERE up.object_id = ANY(${given("ids")})
      AND NOT EXISTS (SELECT 1 FROM tag_link own WHERE own.noun = ${sql.lit(noun)} AND own.object_id = up.object_id AND own.tag_id = tag.id)
    ORDER BY tag.name`.compile(db),
  }));

const INHERITED = {
  datastore: null,
  container: inheritedTags("container", ANCESTORS.container),
  field: inheritedTags("field", ANCESTORS.field),
  check: inheritedTags("check", ANCESTORS.check),
  anomaly: inheritedTags("anomaly", ANCESTORS.anomaly),
} as const;

/** What the objects inherit and do not carry themselves, in order of the names. */
export const inheritedTagsOf = async (db: Database, noun: TaggedNoun, ids: readonly number[]): Promise<TagsById> => {
  const inherited = INHERITED[noun];
  const rows = ids.length === 0 || inherited === null ? [] : await inherited(db, { ids });
  return grouped(
    ids,
    rows.map((row) => ({ ...row, object_id: Number(row.object_id), id: Number(row.id) })),
  );
};

const fold = (name: string): string => name.trim().toLowerCase();

/**
 * Ids of tags by name. Names that are new become tags of weight 0: checks and configurations that come from another installation bring their tags with
 * them, and a tag without a weight changes nothing.
 */
const idsOfNames = async (db: Database, names: readonly string[]): Promise<number[]> => {
  const wanted = new Map(names.map((name) => [fold(name), name.trim()]));
  wanted.delete("");
  if (wanted.size === 0) return [];
  await db
    .insertInto("tag")
    .values([...wanted.values()].map((name) => ({ name, category: null })))
    .onConflict((conflict) => conflict.expression(sql`lower(name)`).doNothing())
    .execute();
  const rows = await db
    .selectFrom("tag")
    .where(sql`lower(name)`, "in", [...wanted.keys()])
    .select("id")
    .execute();
  return rows.map(({ id }) => id);
};

/** Makes these the own tags of an object, and no others. */
export const setTags = async (db: Database, noun: TaggedNoun, id: number, names: readonly string[]): Promise<void> => {
  const ids = await idsOfNames(db, names);
  await db.deleteFrom("tag_link").where("noun", "=", noun).where("object_id", "=", id).execute();
  if (ids.length === 0) return;
  await db
    .insertInto("tag_link")
    .values(ids.map((tag_id) => ({ tag_id, noun, object_id: id })))
    .execute();
};

/** Ids of the objects that carry one of these tags themselves, as a subquery for `where id in`. */
export const idsTagged = (db: Database, noun: TaggedNoun, names: readonly string[]) =>
  db
    .selectFrom("tag_link")
    .innerJoin("tag", "tag.id", "tag_link.tag_id")
    .where("tag_link.noun", "=", noun)
    .where(sql`lower(tag.name)`, "in", names.map(fold))
    .select("tag_link.object_id");
