import { sql } from "kysely";
import type { z } from "zod";
import type { Tag, tags } from "@touchstone/core/routes/tags";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { found, unlessTaken } from "../store/found.ts";
import { contains } from "../store/like.ts";
import { paged, pageRows } from "../store/paging.ts";
import type { Tag as TagRow } from "../store/tags.ts";

/** A tag as it is answered, also inside of what carries it. */
export const tagOf = ({ created_at, ...tag }: TagRow): z.input<typeof Tag> => ({
  ...tag,
  type: "global",
  created: created_at.toISOString(),
});

const byName = (db: Database, name: string) => db.selectFrom("tag").where(sql`lower(name)`, "=", name.trim().toLowerCase());

const find = async (db: Database, name: string): Promise<TagRow> =>
  found(await byName(db, name).selectAll().executeTakeFirst(), "tag", name);

export const tagHandlers: Handlers<typeof tags, Services> = {
  list: async ({ query }, { db }) => {
    let rows = db.selectFrom("tag").selectAll().orderBy("name").orderBy("id");
    if (query.search !== undefined) rows = rows.where("name", "ilike", contains(query.search));
    if (query.category !== undefined) rows = rows.where("category", "=", query.category);
    const page = await pageRows(rows, query);
    return paged(page.rows.map(tagOf), page.total, query);
  },

  get: async ({ params }, { db }) => tagOf(await find(db, params.name)),

  create: async ({ body }, { db }) => {
    const { description, category, ...given } = body;
    const row = { ...given, category: category ?? null, description: description ?? "" };
    const made = db.insertInto("tag").values(row).returningAll().executeTakeFirstOrThrow();
    return tagOf(await unlessTaken("tag_name", "tag", body.name, made));
  },

  update: async ({ params, body }, { db }) => {
    const { id, ...before } = await find(db, params.name);
    const { description, ...given } = body;
    const after = { ...before, ...given, description: description === undefined ? before.description : (description ?? "") };
    const changed = db.updateTable("tag").set(after).where("id", "=", id).returningAll().executeTakeFirstOrThrow();
    return tagOf(await unlessTaken("tag_name", "tag", after.name, changed));
  },

  delete: async ({ params }, { db }) => {
    const { id } = await find(db, params.name);
    await db.deleteFrom("tag").where("id", "=", id).execute();
    return undefined;
  },
};
