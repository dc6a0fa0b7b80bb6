/** What computed containers are made of: kept as ids, told to a dataplane as names, which is what it finds containers by. */
import { z } from "zod";
import type { Database } from "./database.ts";
import type { Mapping } from "./tables.ts";

/** Computed containers may be made of computed ones, so deep. */
const DEPTH_MAX = 5;

const Id = z.number().int().nullish();
const Parts = z.object({
  source_container_id: Id,
  left_container_id: Id,
  right_container_id: Id,
  sources: z.array(z.looseObject({ container_id: z.number().int() })).nullish(),
});

const partIds = (definition: Mapping): number[] => {
  const { data } = Parts.safeParse(definition);
  if (data === undefined) return [];
  const { source_container_id, left_container_id, right_container_id, sources } = data;
  const ids = [source_container_id, left_container_id, right_container_id, ...(sources ?? []).map(({ container_id }) => container_id)];
  return ids.flatMap((id) => id ?? []);
};

/**
 * A definition with its parts by name, and the other datastores in which they are. Below the greatest depth, and so in a circle, parts are not
 * told: the dataplane then says which one it does not know.
 */
export const withParts = async (
  db: Database,
  definition: Mapping,
  homeId: number,
  depth = 0,
): Promise<{ definition: Mapping; datastoreIds: number[] }> => {
  const ids = partIds(definition);
  if (ids.length === 0 || depth >= DEPTH_MAX) return { definition, datastoreIds: [] };
  const rows = await db
    .selectFrom("container")
    .innerJoin("datastore", "datastore.id", "container.datastore_id")
    .where("container.id", "in", ids)
    .select(["container.id", "container.name", "container_type", "definition", "container.datastore_id", "datastore.name as datastore"])
    .execute();
  const datastoreIds = new Set<number>();
  const containers: Mapping[] = [];
  for (const { datastore_id, datastore, definition: own, ...part } of rows) {
    const inner = await withParts(db, own, homeId, depth + 1);
    for (const id of [datastore_id, ...inner.datastoreIds]) if (id !== homeId) datastoreIds.add(id);
    containers.push({ ...part, definition: inner.definition, datastore: datastore_id === homeId ? null : datastore });
  }
  return { definition: { ...definition, containers }, datastoreIds: [...datastoreIds] };
};
