/**
 * Tags of objects. What a container carries holds for its fields and checks as well, what a datastore carries for all in it, and what
 * a check carries for its anomalies. Own tags are what is edited and exported; inherited ones are looked up (`surroundings.ts`), never copied, so that they
 * change everywhere at once.
 */
import { sql } from "kysely";
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
type TagsById = Map<number, Tag[]>;

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

/** Condition that a tag has one of these names, in any capitals. */
export const isNamed = (names: readonly string[]) => sql<boolean>`lower(tag.name) IN (${sql.join(names.map(fold))})`;

/** Ids of the objects that carry one of these tags themselves, as a subquery for `where id in`. */
export const idsTagged = (db: Database, noun: TaggedNoun, names: readonly string[]) =>
  db
    .selectFrom("tag_link")
    .innerJoin("tag", "tag.id", "tag_link.tag_id")
    .where("tag_link.noun", "=", noun)
    .where(isNamed(names))
    .select("tag_link.object_id");
