/** Results of containers, stored as they come in: each is one step of its operation, and a step that was told twice is stored once. */
import type { ContainerResult } from "@touchstone/core/model/dataplane";
import { OperationOptions } from "@touchstone/core/model/operation-options";
import type { Database } from "../store/database.ts";
import { applyProfile } from "./apply-profile.ts";
import { applyScan } from "./apply-scan.ts";
import { applySync } from "./apply-sync.ts";
import type { HeldOperation } from "./lease.ts";

/** Counts by name; they add up over the containers of an operation. */
export type Counters = Record<string, number>;

/** What a result is stored for. */
export type Applying = { db: Database; operation: HeldOperation; request: OperationOptions; now: Date };

export type Applied = { containerId: number | null; counters: Counters };

const nameOf = async (db: Database, result: ContainerResult): Promise<string | null> => {
  if (result.kind === "sync" || result.kind === "export") return result.name;
  return (await db.selectFrom("container").where("id", "=", result.container_id).select("name").executeTakeFirst())?.name ?? null;
};

const applied = async (applying: Applying, result: ContainerResult): Promise<Applied> => {
  switch (result.kind) {
    case "sync":
      return applySync(applying, result);
    case "profile":
      return applyProfile(applying, result);
    case "scan":
      return applyScan(applying, result);
    case "materialize":
      return { containerId: result.container_id, counters: { records_processed: result.records } };
    case "export":
      return { containerId: null, counters: { records_exported: result.records } };
  }
};

const isStored = async (db: Database, operationId: number, container: string): Promise<boolean> =>
  (await db
    .selectFrom("operation_container")
    .where("operation_id", "=", operationId)
    .where("container", "=", container)
    .select("container")
    .executeTakeFirst()) !== undefined;

const messageOf = ({ error }: ContainerResult): string | null => (error === null ? null : `${error.code}: ${error.what}: ${error.why}`);

/** Stores results, to be called under the lease; answers how many were new. */
export const applyResults = async (db: Database, operation: HeldOperation, results: readonly ContainerResult[]): Promise<number> => {
  const applying = { db, operation, request: OperationOptions.parse(operation.request), now: new Date() };
  const counters = { ...operation.counters };
  let stored = 0;
  for (const result of results) {
    const container = await nameOf(db, result);
    // What was deleted meanwhile has nothing to be stored for.
    if (container === null || (await isStored(db, operation.id, container))) continue;
    const { containerId, counters: own } = await applied(applying, result);
    for (const [name, count] of Object.entries({ containers_analyzed: 1, ...own })) counters[name] = (counters[name] ?? 0) + count;
    await db
      .insertInto("operation_container")
      .values({
        operation_id: operation.id,
        container,
        container_id: containerId,
        result: result.result,
        message: messageOf(result),
        counters: JSON.stringify(own),
        finished_at: applying.now,
      })
      .execute();
    stored++;
  }
  if (stored > 0)
    await db
      .updateTable("operation")
      .set({ counters: JSON.stringify(counters) })
      .where("id", "=", operation.id)
      .execute();
  return stored;
};
