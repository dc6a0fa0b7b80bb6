import { isDeepStrictEqual } from "node:util";
import { sql, type RawBuilder, type SqlBool } from "kysely";
import type { Database } from "./database.ts";
import { inOrderOf } from "./paging.ts";
import type { Mapping } from "./tables.ts";

export const containerRows = (db: Database) =>
  db
    .selectFrom("container")
    .innerJoin("datastore", "datastore.id", "container.datastore_id")
    .innerJoin("connection", "connection.id", "datastore.connection_id")
    .selectAll("container")
    .select([
      "datastore.name as datastore_name",
      "connection.type as datastore_type",
      sql<number>`(SELECT count(*) FROM field f WHERE f.container_id = container.id AND f.status <> 'Excluded')`.as("fields_count"),
    ]);

export type ContainerRow = Awaited<ReturnType<ReturnType<typeof containerRows>["execute"]>>[number];

/** Those of these ids, in their order. */
export const containersById = async (db: Database, ids: readonly number[]): Promise<ContainerRow[]> =>
  ids.length === 0 ? [] : inOrderOf(ids, await containerRows(db).where("container.id", "in", ids).execute());

/** Condition that a container is computed from another one that its definition names as a part. */
export const isMadeOf = (id: number): RawBuilder<SqlBool> =>
  sql<SqlBool>`(${String(id)} IN (definition->>'source_container_id', definition->>'left_container_id', definition->>'right_container_id')
    OR definition->'sources' @> ${JSON.stringify([{ container_id: id }])}::jsonb)`;

/** Names of computed containers that are made of this one. */
export const containersMadeOf = async (db: Database, id: number): Promise<string[]> => {
  const rows = await db.selectFrom("container").where(isMadeOf(id)).orderBy("name").select("name").execute();
  return rows.map(({ name }) => name);
};

/** What of a container has versions. */
export type Snapshot = Pick<ContainerRow, "name" | "description" | "definition" | "settings" | "additional_metadata">;

const flat = ({ name, description, definition, settings, additional_metadata }: Snapshot): Mapping => ({
  name,
  description,
  ...definition,
  ...settings,
  additional_metadata,
});

const insertVersion = async (db: Database, container_id: number, version: number, snapshot: Snapshot, editor_id: number | null) =>
  db
    .insertInto("container_version")
    .values({ container_id, version, snapshot: JSON.stringify(flat(snapshot)), editor_id })
    .execute();

/** Keeps the state after an edit, and before the first edit the one that was found; nothing when nothing was changed. */
export const keepVersion = async (
  db: Database,
  id: number,
  { before, after }: { before: Snapshot | null; after: Snapshot },
  editorId: number,
): Promise<void> => {
  if (before !== null && isDeepStrictEqual(flat(before), flat(after))) return;
  const { last } = await db
    .selectFrom("container_version")
    .where("container_id", "=", id)
    .select(({ fn }) => fn.max("version").as("last"))
    .executeTakeFirstOrThrow();
  if (last === null && before !== null) await insertVersion(db, id, 1, before, null);
  await insertVersion(db, id, (last ?? (before === null ? 0 : 1)) + 1, after, editorId);
};

/** Versions with the one before each. */
export const versionRows = (db: Database, containerId: number) =>
  db
    .selectFrom("container_version")
    .where("container_id", "=", containerId)
    .orderBy("version", "desc")
    .select([
      "version",
      "snapshot",
      "created_at",
      "editor_id",
      sql<Mapping | null>`(SELECT b.snapshot FROM container_version b
        WHERE b.container_id = container_version.container_id AND b.version = container_version.version - 1)`.as("previous"),
      sql<string | null>`(SELECT u.name FROM "user" u WHERE u.id = container_version.editor_id)`.as("editor_name"),
    ]);

/** By the name of what differs: before and after. */
export const changesetOf = (before: Mapping | null, after: Mapping): Record<string, [unknown, unknown]> =>
  Object.fromEntries(
    [...new Set([...Object.keys(before ?? {}), ...Object.keys(after)])]
      .filter((key) => !isDeepStrictEqual(before?.[key] ?? null, after[key] ?? null))
      .map((key) => [key, [before?.[key] ?? null, after[key] ?? null]]),
  );
