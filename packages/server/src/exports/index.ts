/** Tables that can be exported, by what they are of; and a part of one, as a dataplane is given it to write. */
import type { ExportPage } from "@touchstone/core/model/dataplane";
import { OperationOptions } from "@touchstone/core/model/operation-options";
import { userError } from "@touchstone/core/errors";
import type { Database } from "../store/database.ts";
import { meantContainers } from "../work/containers.ts";
import { anomalyExport } from "./anomalies.ts";
import { checkExport } from "./checks.ts";
import { profileExport } from "./profiles.ts";
import type { Asked, ExportTable, Values } from "./table.ts";
import { templateExport } from "./templates.ts";

type Asset = NonNullable<OperationOptions["asset_type"]>;

const EXPORTS: Readonly<Record<Asset, ExportTable>> = {
  anomalies: anomalyExport,
  checks: checkExport,
  profiles: profileExport,
  check_templates: templateExport,
};

/** Prefix of the tables of templates, which are of no source. */
export const TEMPLATES_PREFIX = "_export";

/** Rows of one part: some hundred kilobytes. */
const ROWS_MAX = 1000;

/** A value as the text that an engine casts to the column's type. */
const textOf = (value: unknown): string | null => {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString().replace("T", " ").replace("Z", "");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

type Operation = { id: number; datastore_id: number; request: Record<string, unknown>; created_at: Date };

const askedOf = async (db: Database, operation: Operation, asset: Asset): Promise<Asked> => {
  const { include_deleted, template_ids } = OperationOptions.parse(operation.request);
  const includeDeleted = include_deleted === true;
  const meant = asset === "check_templates" ? [] : await meantContainers(db, operation, { includeRemoved: includeDeleted }).execute();
  const containerIds = meant.map(({ id }) => id);
  // A list without ids is none in SQL; no container has this one.
  return {
    datastoreId: operation.datastore_id,
    containerIds: containerIds.length === 0 ? [0] : containerIds,
    includeDeleted,
    templateIds: template_ids ?? null,
  };
};

/** The part after an id, of what an export operation is to write. */
export const exportPage = async (db: Database, operation: Operation, after: number | null): Promise<ExportPage> => {
  const asset = OperationOptions.parse(operation.request).asset_type;
  if (asset == null) throw userError("OPTION_INVALID", "asset_type", "an export says what is exported");
  const { table, columns, identity, rows } = EXPORTS[asset];
  const found = await rows(db, await askedOf(db, operation, asset), after ?? 0, ROWS_MAX);
  const names = Object.keys(columns);
  const textsOf = (values: Values) => names.map((name) => textOf(name === "generated_at" ? operation.created_at : values[name]));
  return {
    table,
    identity: [...identity],
    columns: Object.entries(columns).map(([name, kind]) => ({ name, kind })),
    rows: found.map(textsOf),
    next: found.length < ROWS_MAX ? null : found.at(-1)!.id,
  };
};
