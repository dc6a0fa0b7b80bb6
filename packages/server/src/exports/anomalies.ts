/** Anomalies of all statuses. Their rows stand in the enrichment tables of the scans, under the same uuid. */
import type { ExportTable } from "./table.ts";
import { tagNames } from "./table.ts";

export const anomalyExport: ExportTable = {
  table: "export_anomalies",
  identity: ["uuid", "status", "source_datastore"],
  columns: {
    id: "bigint",
    created: "timestamp",
    uuid: "text",
    type: "text",
    status: "text",
    global_tags: "text",
    container_id: "bigint",
    source_container: "text",
    datastore_id: "bigint",
    source_datastore: "text",
    generated_at: "timestamp",
    message: "text",
    weight: "bigint",
    anomalous_records_count: "bigint",
    fingerprint: "text",
  },
  rows: async (db, { containerIds }, after, rowsMax) => {
    const rows = await db
      .selectFrom("anomaly")
      .innerJoin("container", "container.id", "anomaly.container_id")
      .innerJoin("datastore", "datastore.id", "anomaly.datastore_id")
      .where("anomaly.container_id", "in", containerIds)
      .where("anomaly.id", ">", after)
      .orderBy("anomaly.id")
      .limit(rowsMax)
      .select(["anomaly.id", "uuid", "type", "status", "container_id", "anomaly.datastore_id", "weight", "fingerprint"])
      .select(["anomaly.created_at as created", "anomaly.anomalous_records as anomalous_records_count"])
      .select(["container.name as source_container", "datastore.name as source_datastore"])
      .select(({ fn }) => fn.coalesce("anomaly.description", "anomaly.message").as("message"))
      .execute();
    const ids = rows.map(({ id }) => id);
    const tags = await tagNames(db, "anomaly", ids);
    return rows.map((row) => ({ ...row, global_tags: tags.get(row.id) ?? [] }));
  },
};
