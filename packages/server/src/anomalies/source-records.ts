/** Rows of an anomaly, fetched from the enrichment datastore while somebody looks. They pass through and are kept nowhere. */
import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { SourceRecords } from "@touchstone/core/routes/anomalies";
import { requirePermission } from "../http/allowed.ts";
import type { Context } from "../http/serve.ts";
import type { Services } from "../services.ts";
import type { AnomalyRow } from "../store/anomalies.ts";
import type { Database } from "../store/database.ts";

/** Stands in the place of a value that is not shown. */
const MASK = "***MASKED***";

type Rows = { fields: string[]; rows: unknown[][] };

const isHidden = (name: string, hidden: ReadonlySet<string>): boolean => hidden.has(name.toLowerCase());

/** A value without what is hidden in it: a record may come as one mapping, or as its text. */
const maskedValue = (value: unknown, hidden: ReadonlySet<string>): unknown => {
  if (Array.isArray(value)) return value.map((inner: unknown) => maskedValue(inner, hidden));
  if (value !== null && typeof value === "object")
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, isHidden(key, hidden) && inner !== null ? MASK : maskedValue(inner, hidden)]),
    );
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.stringify(maskedValue(JSON.parse(value), hidden));
  } catch {
    return value;
  }
};

/** Rows in which fields that were masked after they had been written are masked as well. Pure. */
export const maskRows = ({ fields, rows }: Rows, masked: readonly string[]): unknown[][] => {
  if (masked.length === 0) return rows;
  const hidden = new Set(masked.map((name) => name.toLowerCase()));
  return rows.map((row) =>
    row.map((value, i) => (isHidden(fields[i] ?? "", hidden) && value !== null ? MASK : maskedValue(value, hidden))),
  );
};

const maskedFields = async (db: Database, containerId: number): Promise<string[]> =>
  (
    await db
      .selectFrom("field")
      .where("container_id", "=", containerId)
      .where("status", "=", "Masked")
      .orderBy("position")
      .select("name")
      .execute()
  ).map(({ name }) => name);

/** Prefix of the tables in which the rows of a datastore's anomalies are. Throws OBJECT_STATE_WRONG where there are none. */
const prefixOf = async (db: Database, anomaly: AnomalyRow): Promise<string> => {
  const row = await db
    .selectFrom("datastore")
    .where("id", "=", anomaly.datastore_id)
    .select(["name", "enrichment_id", "enrichment_prefix"])
    .executeTakeFirstOrThrow();
  if (row.enrichment_id === null)
    throw userError(
      "OBJECT_STATE_WRONG",
      "anomaly",
      String(anomaly.id),
      `its datastore ${row.name} has no enrichment datastore, where rows would be kept`,
    );
  if (!anomaly.source_enriched)
    throw userError("OBJECT_STATE_WRONG", "anomaly", String(anomaly.id), "its rows were not written to the enrichment datastore");
  return row.enrichment_prefix ?? "";
};

type Wish = { limit: number; unmask: boolean };

export const sourceRecords = async (
  context: Context<Services>,
  anomaly: AnomalyRow,
  { limit, unmask }: Wish,
): Promise<z.input<typeof SourceRecords>> => {
  const prefix = await prefixOf(context.db, anomaly);
  if (unmask) await requirePermission(context, "Editor", anomaly.datastore_id);
  // That somebody looks behind the masks is written down before they do.
  if (unmask) await context.change(async () => undefined);
  const question = { anomaly_uuid: anomaly.uuid, prefix, rows_max: limit };
  const { fields, rows, truncated, error } = await context.services.work.ask(anomaly.datastore_id, "source_records", question, {
    signal: context.signal,
  });
  const masked = unmask ? [] : await maskedFields(context.db, anomaly.container_id);
  return { fields, rows: maskRows({ fields, rows }, masked), truncated, masked, error };
};
