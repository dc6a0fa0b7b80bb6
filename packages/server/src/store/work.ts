/** What is known of a datastore and its containers, as a dataplane is told when it has claimed work. */
import { sql } from "kysely";
import { z } from "zod";
import { variableLiteral } from "@touchstone/core/expr/variables";
import type { Masks, Reach, WorkCheck, WorkContainer, WorkEnrichment } from "@touchstone/core/model/dataplane";
import { OpenStatus } from "@touchstone/core/model/anomaly-status";
import { QualityCheck } from "@touchstone/core/model/check";
import { ShownValue } from "@touchstone/core/model/profile";
import type { KeyRing } from "../auth/seal.ts";
import { openSecrets } from "./connections.ts";
import type { Database } from "./database.ts";
import { withParts } from "./parts.ts";
import type { Mapping } from "./tables.ts";

/** Measurements a check is told of: more than a year of days. */
const MEASUREMENTS_MAX = 400;

/** How a datastore is reached, with its secrets open. Throws SECRET_UNREADABLE. */
export const reachOf = async (db: Database, ring: KeyRing, datastoreId: number): Promise<Reach> => {
  const row = await db
    .selectFrom("datastore")
    .innerJoin("connection", "connection.id", "datastore.connection_id")
    .where("datastore.id", "=", datastoreId)
    .select(["datastore.id", "datastore.name", "connection.id as connection_id", "connection.type", "connection.settings"])
    .select(["database", "schema", "root_path"])
    .executeTakeFirstOrThrow();
  const { connection_id, ...reach } = row;
  return { ...reach, secrets: await openSecrets(db, ring, connection_id) };
};

/** Masked fields of a datastore, by container. */
export const masksOf = async (db: Database, datastoreId: number): Promise<Masks> => {
  const rows = await db
    .selectFrom("field")
    .innerJoin("container", "container.id", "field.container_id")
    .where("container.datastore_id", "=", datastoreId)
    .where("field.status", "=", "Masked")
    .select(["container.name as container", "field.name"])
    .execute();
  const byContainer = Map.groupBy(rows, ({ container }) => container);
  return [...byContainer].map(([container, fields]) => ({ container, fields: fields.map(({ name }) => name) }));
};

/** Other datastores with their masks. Throws SECRET_UNREADABLE. */
export const placesOf = (db: Database, ring: KeyRing, ids: readonly number[]) =>
  Promise.all(ids.map(async (id) => ({ ...(await reachOf(db, ring, id)), masked: await masksOf(db, id) })));

const STRATEGIES = ["none", "append", "overwrite"] as const;

/** Where evidence about a datastore is written; null when it has no enrichment datastore. */
export const enrichmentOf = async (db: Database, ring: KeyRing, datastoreId: number): Promise<WorkEnrichment | null> => {
  const row = await db
    .selectFrom("datastore")
    .where("id", "=", datastoreId)
    .select(["enrichment_id", "enrichment_prefix", "enrichment_source_record_limit", "enrichment_remediation_strategy"])
    .executeTakeFirstOrThrow();
  if (row.enrichment_id === null) return null;
  return {
    datastore: await reachOf(db, ring, row.enrichment_id),
    prefix: row.enrichment_prefix,
    source_record_limit: row.enrichment_source_record_limit,
    remediation: STRATEGIES.find((strategy) => strategy === row.enrichment_remediation_strategy) ?? "none",
  };
};

type CheckRow = Awaited<ReturnType<typeof activeChecks>>[number];

const activeChecks = (db: Database, containerId: number) =>
  db.selectFrom("check").where("container_id", "=", containerId).where("status", "=", "Active").orderBy("id").selectAll().execute();

/** Names in the place of ids, which mean nothing to the engine. */
type References = { containers: ReadonlyMap<number, { name: string; datastoreId: number }>; datastores: ReadonlyMap<number, string> };

const Ids = z.object({ ref_container_id: z.number().int().nullish(), ref_datastore_id: z.number().int().nullish() });

const referencesOf = async (db: Database, rows: readonly CheckRow[]): Promise<References> => {
  const ids = rows.map(({ properties }) => Ids.safeParse(properties).data ?? {});
  const wanted = ids.flatMap(({ ref_container_id }) => ref_container_id ?? []);
  const containers =
    wanted.length === 0 ? [] : await db.selectFrom("container").where("id", "in", wanted).select(["id", "name", "datastore_id"]).execute();
  const stores = [...containers.map(({ datastore_id }) => datastore_id), ...ids.flatMap(({ ref_datastore_id }) => ref_datastore_id ?? [])];
  const datastores = stores.length === 0 ? [] : await db.selectFrom("datastore").where("id", "in", stores).select(["id", "name"]).execute();
  return {
    containers: new Map(containers.map(({ id, name, datastore_id }) => [id, { name, datastoreId: datastore_id }])),
    datastores: new Map(datastores.map(({ id, name }) => [id, name])),
  };
};

/** Properties with `ref_container_id` and `ref_datastore_id` as names; the datastore only where it is another one. */
const withNames = (properties: Mapping, { containers, datastores }: References, own: number): Mapping => {
  const { ref_container_id, ref_datastore_id } = Ids.safeParse(properties).data ?? {};
  if (ref_container_id == null) return properties;
  const container = containers.get(ref_container_id);
  const datastoreId = container?.datastoreId ?? ref_datastore_id ?? own;
  const { ref_container_id: _container, ref_datastore_id: _datastore, ...others } = properties;
  return {
    ...others,
    ref_container_name: container?.name ?? `container ${ref_container_id}, which is gone`,
    ...(datastoreId === own ? {} : { ref_datastore_name: datastores.get(datastoreId) ?? `datastore ${datastoreId}` }),
  };
};

const workCheck = (row: CheckRow, container: string, properties: Mapping): WorkCheck => ({
  ...QualityCheck.parse({ ...row, container, properties, tags: [], status: "Active", evidence: null }),
  id: row.id,
  version: row.version,
});

const VARIABLE = /\{\{\s*([\w.-]+)\s*\}\}/g;

/** Metadata of the container that checks use as variables, where it can be a constant, and above it what the operation gives. */
const variablesOf = (checks: readonly CheckRow[], metadata: Mapping, given: Readonly<Record<string, string>>): Record<string, string> => {
  const used = new Set(
    checks.flatMap(({ filter, properties }) => [...JSON.stringify([filter, properties]).matchAll(VARIABLE)].map((m) => m[1]!)),
  );
  const defaults = Object.entries(metadata).filter(([name, value]) => used.has(name) && isConstant(String(value)));
  return { ...Object.fromEntries(defaults.map(([name, value]) => [name, String(value)])), ...given };
};

const isConstant = (text: string): boolean => {
  try {
    variableLiteral(text);
    return true;
  } catch {
    return false;
  }
};

const historyOf = async (db: Database, checkIds: readonly number[], operationId: number | null): Promise<WorkContainer["history"]> => {
  if (checkIds.length === 0) return {};
  const { rows } = await sql<{ check_id: number; at: Date; value: number }>`
    SELECT check_id, created_at AS at, measured AS value FROM (
      SELECT check_id, created_at, measured, row_number() OVER (PARTITION BY check_id ORDER BY id DESC) AS place
      FROM assertion WHERE check_id IN (${sql.join(checkIds)}) AND measured IS NOT NULL AND operation_id <> ${operationId ?? 0}
    ) AS latest WHERE place <= ${MEASUREMENTS_MAX} ORDER BY check_id, created_at`.execute(db);
  const history: WorkContainer["history"] = {};
  for (const { check_id, at, value } of rows) (history[String(check_id)] ??= []).push({ at: at.toISOString(), value: Number(value) });
  return history;
};

/** Rows with open anomalies of which an incremental scan is told; of more than these none is resolved by its key. */
const OPEN_KEYS_MAX = 10_000;

const openKeys = async (db: Database, containerId: number): Promise<string[]> => {
  const rows = await db
    .selectFrom("anomaly")
    .where("container_id", "=", containerId)
    .where("status", "in", OpenStatus.options)
    .where("row_key", "is not", null)
    .orderBy("id", "desc")
    .limit(OPEN_KEYS_MAX)
    .select("row_key")
    .execute();
  return [...new Set(rows.flatMap(({ row_key }) => row_key ?? []))];
};

export type ContainerWanted = {
  containerId: number;
  /** Whether its checks are wanted. */
  withChecks: boolean;
  variables: Readonly<Record<string, string>>;
  /** Whether only new rows are looked at. */
  isIncremental?: boolean;
  /** Measurements of this operation are not history to itself. */
  operationId: number | null;
};

/** A container as the engine needs it; null when it is gone. */
export const workContainer = async (db: Database, ring: KeyRing, wanted: ContainerWanted): Promise<WorkContainer | null> => {
  const row = await db.selectFrom("container").where("id", "=", wanted.containerId).selectAll().executeTakeFirst();
  if (row === undefined) return null;
  const fields = await db
    .selectFrom("field")
    .where("container_id", "=", row.id)
    .orderBy("position")
    .select(["name", "status", "computed", "field_type", "native_type"])
    .execute();
  const checks = wanted.withChecks ? await activeChecks(db, row.id) : [];
  const references = await referencesOf(db, checks);
  const { definition, datastoreIds } = await withParts(db, row.definition, row.datastore_id);
  const foreign = [...new Set([...references.datastores.keys(), ...datastoreIds])].filter((id) => id !== row.datastore_id);
  return {
    id: row.id,
    name: row.name,
    container_type: row.container_type,
    definition,
    settings: row.settings,
    fields,
    checks: checks.map((check) => workCheck(check, row.name, withNames(check.properties, references, row.datastore_id))),
    checkpoint: ShownValue.safeParse(row.checkpoint).data ?? null,
    history: await historyOf(
      db,
      checks.map(({ id }) => id),
      wanted.operationId,
    ),
    variables: variablesOf(checks, row.additional_metadata, wanted.variables),
    open_keys: wanted.isIncremental === true ? await openKeys(db, row.id) : [],
    references: await placesOf(db, ring, foreign),
  };
};
