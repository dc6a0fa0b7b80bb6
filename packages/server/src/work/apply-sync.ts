/** What sync found, in the catalogue: new containers are added, known ones brought up to date, what people set stays as they set it. */
import type { Container } from "@touchstone/core/model/container";
import type { SyncedContainer } from "@touchstone/core/model/dataplane";
import { OperationOptions } from "@touchstone/core/model/operation-options";
import type { Database } from "../store/database.ts";
import type { Mapping } from "../store/tables.ts";
import type { Applied, Applying } from "./apply.ts";
import { applyFields } from "./apply-fields.ts";

/** Settings that sync guesses. A key that is there, even with null, was set before: by an earlier sync, or by somebody who knows better. */
const guessedSettings = ({ incremental_field, partition_field }: Container): Mapping => ({
  ...(incremental_field === null ? {} : { incremental_field_name: incremental_field }),
  ...(partition_field === null ? {} : { partition_field }),
});

const factsOf = ({ keys, partitions, modified_at, rejected_lines }: Container): Mapping => ({
  keys,
  partitions_count: partitions.length,
  bytes: partitions.every(({ bytes }) => bytes === null) ? null : partitions.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
  modified_at,
  rejected_lines,
});

export const applySync = async ({ db, operation, request, now }: Applying, { name, container }: SyncedContainer): Promise<Applied> => {
  const known = await db
    .selectFrom("container")
    .where("datastore_id", "=", operation.datastore_id)
    .where("name", "=", name)
    .select(["id", "settings", "removed_at"])
    .executeTakeFirst();
  if (container === null) return { containerId: known?.id ?? null, counters: {} };
  if (known !== undefined && known.removed_at !== null && request.recreate !== true) return { containerId: known.id, counters: {} };
  const guessed = { ...guessedSettings(container), ...known?.settings, found: factsOf(container) };
  const values = { container_type: container.kind, settings: JSON.stringify(guessed), last_synced_at: now, removed_at: null };
  const id = known?.id ?? (await added(db, operation.datastore_id, name, values));
  if (known !== undefined) await db.updateTable("container").set(values).where("id", "=", id).execute();
  await applyFields(db, id, container.fields);
  const verb = known === undefined ? "containers_added" : known.removed_at === null ? "containers_updated" : "containers_recreated";
  return { containerId: id, counters: { [verb]: 1 } };
};

const added = async (
  db: Database,
  datastoreId: number,
  name: string,
  values: { container_type: string; settings: string; last_synced_at: Date; removed_at: null },
): Promise<number> => {
  const { id } = await db
    .insertInto("container")
    .values({ datastore_id: datastoreId, name, ...values })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
};

const COMPUTED = ["computed_table", "computed_file", "computed_join"];

/** At the end of a sync that looked at everything, and was asked to: what it did not find is taken away. Answers how many were. */
export const applyPrune = async (
  db: Database,
  operation: { id: number; datastore_id: number; request: Mapping },
  now: Date,
): Promise<number> => {
  const { prune, include, container_names } = OperationOptions.parse(operation.request);
  if (prune !== true || container_names?.length) return 0;
  const found = db.selectFrom("operation_container").where("operation_id", "=", operation.id).select("container");
  let gone = db
    .updateTable("container")
    .set({ removed_at: now })
    .where("datastore_id", "=", operation.datastore_id)
    .where("removed_at", "is", null)
    .where("container_type", "not in", COMPUTED)
    .where("name", "not in", found);
  if (include?.length) gone = gone.where("container_type", "in", include);
  const [result] = await gone.execute();
  return Number(result?.numUpdatedRows ?? 0);
};
