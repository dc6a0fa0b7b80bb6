/** Whether an operation can be done at all, asked before it is queued or scheduled. */
import { userError } from "@touchstone/core/errors";
import { OperationOptions } from "@touchstone/core/model/operation-options";
import type { OperationType } from "@touchstone/core/model/work";
import type { Database } from "../store/database.ts";
import { found } from "../store/found.ts";

/** Throws OPTION_INVALID, OBJECT_STATE_WRONG when there is nowhere to write to, NOT_SUPPORTED. */
export const requireRunnable = async (
  db: Database,
  type: OperationType,
  datastoreId: number,
  request: Readonly<Record<string, unknown>>,
): Promise<void> => {
  if (type === "external_scan")
    throw userError(
      "NOT_SUPPORTED",
      "the operation external_scan",
      "This route",
      "it has no place for the rows: POST /api/containers/{id}/scan has",
    );
  if (type !== "export" && type !== "materialize") return;
  const row = await db
    .selectFrom("datastore")
    .where("id", "=", datastoreId)
    .select(["name", "enrichment_id", "enrichment_only"])
    .executeTakeFirst();
  const { name, enrichment_id, enrichment_only } = found(row, "datastore", datastoreId);
  const { asset_type } = OperationOptions.parse(request);
  if (type === "export" && asset_type == null)
    throw userError("OPTION_INVALID", "asset_type", "an export says what is exported: anomalies, checks, profiles or check_templates");
  if (type === "export" && asset_type === "check_templates") {
    if (!enrichment_only) throw userError("OBJECT_STATE_WRONG", "datastore", name, "it is no enrichment datastore");
  } else if (enrichment_id === null) throw userError("OBJECT_STATE_WRONG", "datastore", name, "it has no enrichment datastore to write to");
};
