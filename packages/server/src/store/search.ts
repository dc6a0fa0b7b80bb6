/**
 * Finding objects by the beginnings of words in their names, over the indexes `…_words` (full-text search of Postgres with the
 * configuration `simple`, which knows no language): `ord tot` finds `orders_total` and `OrderTotals`.
 */
import { sql, type RawBuilder } from "kysely";
import type { Database } from "./database.ts";
import { prepared } from "./prepared.ts";

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

/**
 * Hits of a noun that are looked at. A word that more of them have tells nothing about which of them is meant, and to put tens of thousands in order would
 * cost more than all other searches together; what is called exactly so is found however many there are.
 */
const LOOKED_AT = 300;

type Given = (name: "words" | "text" | "everything" | "visible" | "size") => RawBuilder<unknown>;

/** Where hits of a noun are. */
type Place = {
  noun: string;
  /** The text that is searched, and shown. */
  name: RawBuilder<unknown>;
  /** What they are in, as joins. */
  joins: RawBuilder<unknown>;
  /** Which of them count. */
  counts: RawBuilder<unknown>;
  inContainer: boolean;
  /** Whether one that is called exactly so is looked for besides (by the indexes `…_called`): nobody types the whole description of a check. */
  byWholeName: boolean;
};

const inDatastore = sql`JOIN datastore ON datastore.id = container.datastore_id`;

const PLACES: readonly Place[] = [
  { noun: "datastore", name: sql`datastore.name`, joins: sql``, counts: sql`TRUE`, inContainer: false, byWholeName: false },
  {
    noun: "container",
    name: sql`container.name`,
    joins: inDatastore,
    counts: sql`container.removed_at IS NULL`,
    inContainer: true,
    byWholeName: true,
  },
  {
    noun: "field",
    name: sql`field.name`,
    joins: sql`JOIN container ON container.id = field.container_id ${inDatastore}`,
    counts: sql`field.status <> 'Excluded' AND container.removed_at IS NULL`,
    inContainer: true,
    byWholeName: true,
  },
  {
    noun: "check",
    name: sql`"check".description`,
    joins: sql`JOIN container ON container.id = "check".container_id ${inDatastore}`,
    counts: sql`"check".status IN ('Active', 'Draft')`,
    inContainer: true,
    byWholeName: false,
  },
];

/** Hits of one noun, the shorter names first. */
const hitsOf = ({ noun, name, joins, counts, inContainer, byWholeName }: Place, given: Given): RawBuilder<unknown> => {
  const [table, ofContainer] = [
    sql.table(noun),
    inContainer
      ? sql`container.id AS container_id, container.name AS container_name`
      : sql`NULL::bigint AS container_id, NULL::text AS container_name`,
  ];
  // OFFSET 0 keeps the limit from the planner, who would otherwise read the table from its beginning, sure to meet so many soon, and take its texts apart.
  const some = (condition: RawBuilder<unknown>, most: RawBuilder<unknown>) =>
    sql`(SELECT ${sql.lit(noun)} AS noun, ${table}.id, ${name} AS name, ${ofContainer}, datastore.id AS datastore_id, datastore.name AS datastore_name
      FROM (SELECT * FROM ${table} WHERE ${condition} OFFSET 0) ${table} ${joins}
      WHERE ${counts} AND (${given("everything")} OR datastore.id = ANY(${given("visible")})) LIMIT ${most})`;
  const byWords = some(sql`search_words(${name}) @@ to_tsquery('simple', ${given("words")})`, sql.lit(LOOKED_AT));
  const found = byWholeName ? sql`${some(sql`lower(${name}) = lower(${given("text")})`, given("size"))} UNION ${byWords}` : byWords;
  return sql`(SELECT * FROM (${found}) found ORDER BY length(name), id LIMIT ${given("size")})`;
};

const find = prepared({ words: "text", text: "text", everything: "boolean", visible: "bigint[]", size: "integer" }, (db, given) => ({
  compile: () =>
    sql<Hit>`${sql.join(
      PLACES.map((place) => hitsOf(place, given)),
      sql` UNION ALL `,
    )}`.compile(db),
}));

/** Hits among what is visible, at most `size` of each noun; `words` are those of `text`. */
export const searched = async (
  db: Database,
  { text, words, visible, size }: { text: string; words: string; visible: "all" | readonly number[]; size: number },
): Promise<Hit[]> => {
  const everything = visible === "all";
  const hits = await find(db, { words, text: text.trim(), everything, visible: everything ? [] : visible, size });
  return PLACES.flatMap(({ noun }) => hits.filter((hit) => hit.noun === noun));
};
