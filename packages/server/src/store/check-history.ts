/** Versions, judgements and measurements of a check. */
import type { Database } from "./database.ts";
import { pageRows } from "./paging.ts";

type Asked = { page: number; size: number };

/** Earlier versions of a check by number, from `first` to `last`. */
export const versionRows = (db: Database, checkId: number, first: number, last: number) =>
  db
    .selectFrom("check_version")
    .where("check_id", "=", checkId)
    .where("version", ">=", first)
    .where("version", "<=", last)
    .orderBy("version")
    .select(["version", "snapshot", "editor_id", "created_at"])
    .execute();

export const assertionRows = (db: Database, checkId: number, statuses: readonly string[] | undefined, asked: Asked) => {
  let rows = db
    .selectFrom("assertion")
    .where("check_id", "=", checkId)
    .orderBy("operation_id", "desc")
    .select(["id", "operation_id", "status", "asserted_records", "anomalous_records", "measured", "created_at"]);
  if (statuses !== undefined && statuses.length > 0) rows = rows.where("status", "in", statuses);
  return pageRows(rows, asked);
};

export const measurementRows = (db: Database, checkId: number, asked: Asked) =>
  pageRows(
    db
      .selectFrom("assertion")
      .where("check_id", "=", checkId)
      .where("measured", "is not", null)
      .orderBy("operation_id", "desc")
      .select((eb) => ["operation_id", "created_at", eb.ref("measured").$notNull().as("value")]),
    asked,
  );
