/**
 * What stands around the anomalies or the checks of a page, in one statement each: what one of them has is few, and looked up by indexes, while
 * each statement more costs this process and the store a round trip.
 */
import { sql, type RawBuilder } from "kysely";
import type { Database } from "./database.ts";
import type { Person } from "./person-mentions.ts";
import { prepared } from "./prepared.ts";
import type { Mapping } from "./tables.ts";
import type { Tag } from "./tags.ts";

/** As JSON has it: moments are texts. */
type Told<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] };

const asTag = (tag: Told<Tag>): Tag => ({ ...tag, created_at: new Date(tag.created_at) });

/** Rows of a query, which are named `one`, as a list. */
const listOf = (rows: RawBuilder<unknown>, order: RawBuilder<unknown>) =>
  sql`(SELECT coalesce(json_agg(one ORDER BY ${order}), '[]') FROM (${rows}) one)`;

const TAG = sql`tag.id, tag.name, tag.color, tag.category, tag.description, tag.weight_modifier, tag.created_at`;

/** Links of tags of one object, or of those of a query. */
const links = (noun: "anomaly" | "check" | "container" | "datastore", id: RawBuilder<unknown>) =>
  sql`SELECT link.tag_id FROM tag_link link WHERE link.noun = ${sql.lit(noun)} AND link.object_id ${id}`;

const ownTags = (own: RawBuilder<unknown>) => listOf(sql`SELECT ${TAG} FROM (${own}) own JOIN tag ON tag.id = own.tag_id`, sql`one.name`);

/** What its ancestors carry and it does not, each tag once. */
const inheritedTags = (own: RawBuilder<unknown>, ancestors: readonly RawBuilder<unknown>[]) =>
  listOf(sql`SELECT ${TAG} FROM (${sql.join(ancestors, sql` UNION `)} EXCEPT ${own}) up JOIN tag ON tag.id = up.tag_id`, sql`one.name`);

/** A check that failed, as it is now, and of which version it was. */
export type FailedRow = {
  check_id: number;
  version: number;
  message: string;
  uid: string;
  current_version: number;
  rule_type: string;
  description: string;
  fields: string[];
  coverage: number | null;
  filter: string | null;
  properties: Mapping;
  null_policy: string;
};

type AroundAnomaly<T> = { id: number; failed: FailedRow[]; assignees: Person[]; tags: T[]; inherited: T[] };

const anomalyOwn = links("anomaly", sql`= a.id`);
const aroundAnomalies = prepared({ ids: "bigint[]" }, (db, given) => ({
  compile: () =>
    sql<AroundAnomaly<Told<Tag>>>`SELECT a.id,
      ${listOf(
        sql`SELECT f.check_id, f.version, f.message, k.uid, k.version AS current_version, k.rule_type, k.description, k.fields, k.coverage, k.filter,
          k.properties, k.null_policy FROM failed_check f JOIN "check" k ON k.id = f.check_id WHERE f.anomaly_id = a.id`,
        sql`one.check_id`,
      )} AS failed,
      ${listOf(sql`SELECT u.id, u.name, u.email FROM anomaly_assignee s JOIN "user" u ON u.id = s.user_id WHERE s.anomaly_id = a.id`, sql`one.name`)} AS assignees,
      ${ownTags(anomalyOwn)} AS tags,
      ${inheritedTags(anomalyOwn, [
        links("container", sql`= a.container_id`),
        links("datastore", sql`= a.datastore_id`),
        links("check", sql`IN (SELECT f.check_id FROM failed_check f WHERE f.anomaly_id = a.id)`),
      ])} AS inherited
      FROM anomaly a WHERE a.id = ANY(${given("ids")})`.compile(db),
}));

/** By the id of the anomaly. */
export const surroundingsOfAnomalies = async (db: Database, ids: readonly number[]): Promise<Map<number, AroundAnomaly<Tag>>> => {
  const rows = await aroundAnomalies(db, { ids });
  return new Map(rows.map((row) => [row.id, { ...row, tags: row.tags.map(asTag), inherited: row.inherited.map(asTag) }]));
};

type FieldMention = { id: number; name: string; field_type: string };
type AroundCheck<T> = { id: number; tags: T[]; inherited: T[]; people: Person[]; fields: FieldMention[] };

const checkOwn = links("check", sql`= k.id`);
const aroundChecks = prepared({ ids: "bigint[]" }, (db, given) => ({
  compile: () =>
    sql<AroundCheck<Told<Tag>>>`SELECT k.id, ${ownTags(checkOwn)} AS tags,
      ${inheritedTags(checkOwn, [links("container", sql`= k.container_id`), links("datastore", sql`= k.datastore_id`)])} AS inherited,
      ${listOf(
        sql`SELECT u.id, u.name, u.email FROM "user" u WHERE u.id IN (k.owner_id, k.default_anomaly_assignee_id, k.last_editor_id)`,
        sql`one.id`,
      )} AS people,
      ${listOf(
        sql`SELECT f.id, f.name, f.field_type FROM field f
          WHERE f.container_id = k.container_id AND f.name IN (SELECT jsonb_array_elements_text(k.fields))`,
        sql`one.id`,
      )} AS fields
      FROM "check" k WHERE k.id = ANY(${given("ids")})`.compile(db),
}));

/** By the id of the check. */
export const surroundingsOfChecks = async (db: Database, ids: readonly number[]): Promise<Map<number, AroundCheck<Tag>>> => {
  const rows = await aroundChecks(db, { ids });
  return new Map(rows.map((row) => [row.id, { ...row, tags: row.tags.map(asTag), inherited: row.inherited.map(asTag) }]));
};
