/** Check templates, which belong to no datastore. */
import { sql } from "kysely";
import { CHECK_COLUMNS, exportedChecks } from "./checks.ts";
import type { ExportTable } from "./table.ts";
import { tagNames } from "./table.ts";

export const templateExport: ExportTable = {
  table: "check_templates",
  identity: ["rule_type", "properties"],
  columns: { ...CHECK_COLUMNS, template_checks_count: "bigint", template_locked: "boolean" },
  rows: async (db, { templateIds, includeDeleted }, after, rowsMax) => {
    let wanted = exportedChecks(db)
      .where("is_template", "=", true)
      .where("check.id", ">", after)
      .orderBy("check.id")
      .limit(rowsMax)
      .select("template_locked")
      .select(sql<number>`(SELECT count(*) FROM "check" d WHERE d.template_id = "check".id)`.as("template_checks_count"));
    if (templateIds !== null) wanted = wanted.where("check.id", "in", templateIds);
    if (!includeDeleted) wanted = wanted.where("archived_at", "is", null);
    const rows = await wanted.execute();
    const ids = rows.map(({ id }) => id);
    const tags = await tagNames(db, "check", ids);
    return rows.map((row) => ({ ...row, global_tags: tags.get(row.id) ?? [] }));
  },
};
