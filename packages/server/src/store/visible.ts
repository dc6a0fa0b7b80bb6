import { sql, type RawBuilder, type SqlBool } from "kysely";

/** Condition that a row belongs to a datastore that is visible. */
export const isVisible = (
  column:
    | "datastore.id"
    | "container.datastore_id"
    | "operation.datastore_id"
    | "check.datastore_id"
    | "anomaly.datastore_id"
    | "anomaly_tally.datastore_id"
    | "datastore_anomaly_tally.datastore_id"
    | "datastore_check_tally.datastore_id",
  visible: "all" | readonly number[],
): RawBuilder<SqlBool> => {
  if (visible === "all") return sql<SqlBool>`true`;
  return visible.length === 0 ? sql<SqlBool>`false` : sql<SqlBool>`${sql.ref(column)} IN (${sql.join(visible)})`;
};
