/** Checks in force; those that were archived when they are asked for. */
import { sql } from "kysely";
import type { Database } from "../store/database.ts";
import { weightOfCheck } from "../store/check-weight.ts";
import type { ExportTable } from "./table.ts";
import { tagNames } from "./table.ts";

/** Columns of a check, and of a template, which has no container. */
export const CHECK_COLUMNS = {
  additional_metadata: "text",
  coverage: "double",
  created: "timestamp",
  deleted_at: "timestamp",
  description: "text",
  fields: "text",
  filter: "text",
  generated_at: "timestamp",
  global_tags: "text",
  id: "bigint",
  is_new: "boolean",
  last_editor: "text",
  last_updated: "timestamp",
  properties: "text",
  rule_type: "text",
  template_id: "bigint",
  is_template: "boolean",
} as const;

/** Checks and templates with what is exported of both. */
export const exportedChecks = (db: Database) =>
  db
    .selectFrom("check")
    .leftJoin("user as editor", "editor.id", "check.last_editor_id")
    .select(["check.id", "check.additional_metadata", "coverage", "check.description", "fields", "filter", "properties", "rule_type"])
    .select(["template_id", "is_template", "check.created_at as created", "archived_at as deleted_at", "check.updated_at as last_updated"])
    .select(["editor.name as last_editor"])
    .select(sql<boolean>`"check".last_asserted_at IS NULL`.as("is_new"));

const SCANS = sql<number>`(SELECT count(*) FROM assertion a WHERE a.check_id = "check".id)`;
const HAS_PASSED = sql<boolean | null>`CASE WHEN last_status IS NULL THEN NULL ELSE last_status = 'passed' END`;

export const checkExport: ExportTable = {
  table: "export_checks",
  identity: ["rule_type", "properties", "source_datastore"],
  columns: {
    ...CHECK_COLUMNS,
    has_passed: "boolean",
    inferred: "boolean",
    last_asserted: "timestamp",
    num_container_scans: "bigint",
    weight: "bigint",
    datastore_id: "bigint",
    container_id: "bigint",
    source_container: "text",
    source_datastore: "text",
    status: "text",
    uid: "text",
  },
  rows: async (db, { containerIds, includeDeleted }, after, rowsMax) => {
    let wanted = exportedChecks(db)
      .innerJoin("container", "container.id", "check.container_id")
      .innerJoin("datastore", "datastore.id", "container.datastore_id")
      .where("check.container_id", "in", containerIds)
      .where("check.id", ">", after)
      .orderBy("check.id")
      .limit(rowsMax)
      .select(["inferred", "last_asserted_at as last_asserted", "container_id", "container.datastore_id", "check.status", "uid"])
      .select(["container.name as source_container", "datastore.name as source_datastore"])
      .select([HAS_PASSED.as("has_passed"), SCANS.as("num_container_scans"), weightOfCheck.as("weight")]);
    if (!includeDeleted) wanted = wanted.where("archived_at", "is", null);
    const rows = await wanted.execute();
    const ids = rows.map(({ id }) => id);
    const tags = await tagNames(db, "check", ids);
    return rows.map((row) => ({ ...row, global_tags: tags.get(row.id) ?? [] }));
  },
};
