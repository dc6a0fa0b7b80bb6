/** Which containers an operation is about. */
import { OperationOptions } from "@touchstone/core/model/operation-options";
import type { Database } from "../store/database.ts";

type Asked = { id: number; type: string; datastore_id: number; request: Record<string, unknown> };

/** The containers that an operation named, by name, id or tag, or all of its datastore, in order of their names. */
export const meantContainers = (
  db: Database,
  operation: Pick<Asked, "datastore_id" | "request">,
  { includeRemoved }: { includeRemoved: boolean },
) => {
  const { container_names, container_ids, container_tags } = OperationOptions.parse(operation.request);
  let chosen = db.selectFrom("container").where("datastore_id", "=", operation.datastore_id).orderBy("name").select(["id", "name"]);
  if (!includeRemoved) chosen = chosen.where("removed_at", "is", null);
  if (container_names?.length) chosen = chosen.where("name", "in", container_names);
  if (container_ids?.length) chosen = chosen.where("id", "in", container_ids);
  if (container_tags?.length) {
    const tagged = db
      .selectFrom("tag_link")
      .innerJoin("tag", "tag.id", "tag_link.tag_id")
      .where("tag_link.noun", "=", "container")
      .where("tag.name", "in", container_tags)
      .select("tag_link.object_id");
    chosen = chosen.where("id", "in", tagged);
  }
  return chosen;
};

/** Those of them that it has not finished already. A scan of everything leaves out what has no checks. */
export const chosenContainers = async (db: Database, operation: Asked): Promise<{ id: number; name: string }[]> => {
  const { container_names, container_ids, container_tags } = OperationOptions.parse(operation.request);
  const finished = db.selectFrom("operation_container").where("operation_id", "=", operation.id).select("container");
  let chosen = meantContainers(db, operation, { includeRemoved: false }).where("name", "not in", finished);
  const isNamed = Boolean(container_names?.length || container_ids?.length || container_tags?.length);
  if (operation.type === "scan" && !isNamed)
    chosen = chosen.where(
      "id",
      "in",
      db.selectFrom("check").where("status", "=", "Active").where("container_id", "is not", null).select("container_id"),
    );
  return chosen.execute();
};
