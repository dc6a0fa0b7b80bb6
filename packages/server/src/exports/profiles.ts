/** The newest statistics of every field. Of a masked field none that shows a value. */
import { sql } from "kysely";
import { statisticsOf } from "../routes/statistics.ts";
import type { ExportTable } from "./table.ts";
import { tagNames } from "./table.ts";

/** Kinds of connection that are files, in the words of the public contract. */
const FILE_STORES = ["files", "s3", "gcs", "abfs"];

export const profileExport: ExportTable = {
  table: "export_field_profiles",
  identity: ["field_name", "field_type", "source_datastore"],
  columns: {
    approximate_distinct_values: "bigint",
    completeness: "double",
    container_id: "bigint",
    source_container: "text",
    container_store_type: "text",
    created: "timestamp",
    datastore_id: "bigint",
    source_datastore: "text",
    datastore_type: "text",
    entropy: "double",
    field_global_tags: "text",
    field_id: "bigint",
    field_name: "text",
    field_profile_id: "bigint",
    /** Fields have no score, and no weight of their own, so far; the sketch is `quantiles`. */
    field_quality_score: "double",
    field_type: "text",
    field_weight: "double",
    generated_at: "timestamp",
    histogram_buckets: "text",
    is_not_normal: "boolean",
    kll: "text",
    kurtosis: "double",
    max: "text",
    max_length: "bigint",
    mean: "double",
    median: "double",
    min: "text",
    min_length: "bigint",
    name: "text",
    q1: "double",
    q3: "double",
    skewness: "double",
    std_dev: "double",
    sum: "double",
    type_declared: "boolean",
    unique_distinct_ratio: "double",
    records_processed: "bigint",
    quantiles: "text",
    patterns: "text",
    field_status: "text",
  },
  rows: async (db, { containerIds }, after, rowsMax) => {
    const rows = await db
      .selectFrom("field_profile")
      .innerJoin("container_profile", "container_profile.id", "field_profile.container_profile_id")
      .innerJoin("field", "field.id", "field_profile.field_id")
      .innerJoin("container", "container.id", "container_profile.container_id")
      .innerJoin("datastore", "datastore.id", "container.datastore_id")
      .innerJoin("connection", "connection.id", "datastore.connection_id")
      .where("container_profile.container_id", "in", containerIds)
      .where("container_profile.id", "=", sql<number>`(SELECT max(p.id) FROM container_profile p WHERE p.container_id = container.id)`)
      .where("field.status", "<>", "Excluded")
      .where("field_profile.id", ">", after)
      .orderBy("field_profile.id")
      .limit(rowsMax)
      .select(["field_profile.id", "field_profile.field_id", "profile", "field.name", "field.status"])
      .select(["field.field_type", "field.native_type", "field.type_declared"])
      .select(["container_profile.container_id", "container_profile.created_at as created", "container.name as source_container"])
      .select(["container.datastore_id", "datastore.name as source_datastore", "connection.type as datastore_type"])
      .execute();
    const ids = rows.map(({ field_id }) => field_id);
    const tags = await tagNames(db, "field", ids);
    return rows.map(({ id, field_id, profile, name, status, field_type, native_type, type_declared, ...place }) => ({
      ...place,
      ...statisticsOf({ id, field_id, profile, name, status, field_type, native_type, type_declared }),
      field_name: name,
      field_profile_id: id,
      field_status: status,
      field_global_tags: tags.get(field_id) ?? [],
      container_store_type: FILE_STORES.includes(place.datastore_type) ? "dfs" : "jdbc",
    }));
  },
};
