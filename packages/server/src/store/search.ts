/**
 * Finding objects by the beginnings of words in their names, over the indexes `…_words` (full-text search of Postgres with the
 * configuration `simple`, which knows no language): `ord tot` finds `orders_total` and `OrderTotals`.
 */
import { sql, type RawBuilder } from "kysely";
import type { Database } from "./database.ts";
import { isVisible } from "./visible.ts";

export type Hit = {
  noun: string;
  id: number;
  name: string;
  container_id: number | null;
  container_name: string | null;
  datastore_id: number;
  datastore_name: string;
};

/** `ord:* & tot:*`; null where there is no word. Letters and digits only: nothing of the query language gets in. */
export const wordsOf = (text: string): string | null => {
  const words = text.match(/[\p{L}\p{N}]+/gu);
  return words === null ? null : words.map((word) => `${word}:*`).join(" & ");
};

const none = sql`NULL::bigint AS container_id, NULL::text AS container_name`;
const own = sql`container.id AS container_id, container.name AS container_name`;
const datastore = sql`datastore.id AS datastore_id, datastore.name AS datastore_name`;

const find = async (db: Database, query: RawBuilder<Hit>): Promise<Hit[]> => (await query.execute(db)).rows;

/** Hits among what is visible, at most `size` of each noun, the shorter names first. */
export const searched = async (db: Database, words: string, visible: "all" | readonly number[], size: number): Promise<Hit[]> => {
  const wanted = sql`to_tsquery('simple', ${words})`;
  const isSeen = isVisible("datastore.id", visible);
  const datastores = await find(
    db,
    sql<Hit>`SELECT 'datastore' AS noun, datastore.id, datastore.name, ${none}, ${datastore} FROM datastore
      WHERE search_words(datastore.name) @@ ${wanted} AND ${isSeen} ORDER BY length(datastore.name), datastore.id LIMIT ${size}`,
  );
  const containers = await find(
    db,
    sql<Hit>`SELECT 'container' AS noun, container.id, container.name, ${own}, ${datastore}
      FROM container JOIN datastore ON datastore.id = container.datastore_id
      WHERE search_words(container.name) @@ ${wanted} AND container.removed_at IS NULL AND ${isSeen}
      ORDER BY length(container.name), container.id LIMIT ${size}`,
  );
  const fields = await find(
    db,
    sql<Hit>`SELECT 'field' AS noun, field.id, field.name, ${own}, ${datastore}
      FROM field JOIN container ON container.id = field.container_id JOIN datastore ON datastore.id = container.datastore_id
      WHERE search_words(field.name) @@ ${wanted} AND field.status <> 'Excluded' AND container.removed_at IS NULL AND ${isSeen}
      ORDER BY length(field.name), field.id LIMIT ${size}`,
  );
  const checks = await find(
    db,
    sql<Hit>`SELECT 'check' AS noun, "check".id, "check".description AS name, ${own}, ${datastore}
      FROM "check" JOIN container ON container.id = "check".container_id JOIN datastore ON datastore.id = container.datastore_id
      WHERE search_words("check".description) @@ ${wanted} AND "check".status IN ('Active', 'Draft') AND ${isSeen}
      ORDER BY length("check".description), "check".id LIMIT ${size}`,
  );
  return [...datastores, ...containers, ...fields, ...checks];
};
