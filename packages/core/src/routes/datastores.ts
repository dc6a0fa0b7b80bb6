import { z } from "zod";
import { Flag, ID, many, pageOf, Paging, role, route, team, TeamPermission, visible } from "./contract.ts";
import { ConnectionInput, ConnectionTest, StoreType } from "./connections.ts";
import { Metadata, Name, Names, Reference } from "./naming.ts";
import { OperationResult, OperationType } from "../model/work.ts";
import { Tag } from "./tags.ts";

/** What is done with failing rows besides keeping examples: nothing, appended to a table, or the table made anew. */
export const RemediationStrategy = z.enum(["none", "append", "overwrite"]);

/** Names of tables begin with it, and databases cut names at 63 bytes. */
const PREFIX_MAX = 60;
/** Rows kept per anomaly, and record anomalies per check before they become one. */
const SOURCE_RECORDS_MAX = 1_000_000_000;
const ROLLUP_MAX = 1000;

/** In snake case and behind an underscore, so that the tables stand together; an underscore that was left out is put there. */
export const EnrichmentPrefix = z
  .string()
  .trim()
  .regex(/^_?[a-z\d]+(_[a-z\d]+)*$/, "a prefix is in snake case: lower-case letters and digits, with single underscores between")
  .transform((text) => (text.startsWith("_") ? text : `_${text}`))
  .pipe(z.string().max(PREFIX_MAX));

const text = z.string().trim().min(1).max(1000);

const place = { database: text.nullish(), schema: text.nullish(), root_path: text.nullish() };

const settings = {
  enrichment_only: z.boolean().optional(),
  enrichment_prefix: EnrichmentPrefix.nullish(),
  enrichment_source_record_limit: z.number().int().min(1).max(SOURCE_RECORDS_MAX).nullish(),
  enrichment_remediation_strategy: RemediationStrategy.nullish(),
  high_count_rollup_threshold: z.number().int().min(1).max(ROLLUP_MAX).nullish(),
  /** Name of the only dataplane that may work on it. */
  dataplane: Name.nullish(),
  additional_metadata: Metadata.nullish(),
  teams: Names.nullish(),
  tags: Names.nullish(),
};

/** The connection by its id, or described in place: it is then made with the datastore. */
const connection = {
  connection_id: z.number().int().positive().nullish(),
  connection: z.union([ConnectionInput, z.object({ id: z.number().int().positive() })]).nullish(),
};

export const DatastoreInput = z
  .object({ name: Name, ...connection, ...place, ...settings, trigger_sync: z.boolean().default(true) })
  .meta({ id: "DatastoreInput" });

/** A changed datastore: what is not named stays as it is. */
export const DatastoreChanges = z
  .object({ name: Name.optional(), connection_id: z.number().int().positive().optional(), ...place, ...settings })
  .meta({ id: "DatastoreChanges" });

/** What is tried before it is saved; a name is not needed yet. */
export const DatastoreTrial = z.object({ ...connection, ...place }).meta({ id: "DatastoreTrial" });

export const Datastore = z
  .object({
    id: z.number().int(),
    name: z.string(),
    /** Kind of its connection. */
    type: z.string(),
    store_type: StoreType,
    connection_id: z.number().int(),
    database: z.string().nullable(),
    schema: z.string().nullable(),
    root_path: z.string().nullable(),
    enrichment_only: z.boolean(),
    enrich_datastore: Reference.nullable(),
    enrichment_prefix: z.string().nullable(),
    enrichment_source_record_limit: z.number().int(),
    enrichment_remediation_strategy: RemediationStrategy,
    high_count_rollup_threshold: z.number().int(),
    dataplane: z.string().nullable(),
    additional_metadata: Metadata,
    teams: z.array(Reference.extend({ permission: TeamPermission })),
    global_tags: z.array(Tag),
    container_count: z.number().int(),
    latest_operation: z
      .object({
        id: z.number().int(),
        type: OperationType,
        result: OperationResult,
        created: z.string(),
        end_time: z.string().nullable(),
      })
      .nullable(),
    created: z.string(),
  })
  .meta({ id: "Datastore" });

export const DatastoreListing = z
  .object({ id: z.number().int(), name: z.string(), type: z.string(), store_type: StoreType, enrichment_only: z.boolean() })
  .meta({ id: "DatastoreListing" });

const Filters = Paging.extend({
  name: z.string().optional(),
  search: z.string().optional(),
  datastore_type: many(z.string()).optional(),
  enrichment_only: Flag.optional(),
  tag: many(z.string()).optional(),
  connection: z.coerce.number().int().positive().optional(),
  sort: z.enum(["name", "-name", "created", "-created"]).default("name"),
});

const EDITOR = team("Editor", ["datastore", "params.id"]);
const ASKS = ["DATAPLANE_ABSENT", "DATAPLANE_SILENT"] as const;

export const datastores = {
  list: route({
    method: "GET",
    path: "/datastores",
    summary: "The datastores that the caller may see",
    needs: visible("Reporter"),
    query: Filters,
    output: pageOf(Datastore),
  }),
  listing: route({
    method: "GET",
    path: "/datastores/listing",
    summary: "Names and ids of the datastores that the caller may see, all at once",
    needs: visible("Reporter"),
    output: z.array(DatastoreListing),
  }),
  get: route({
    method: "GET",
    path: "/datastores/{id}",
    summary: "One datastore",
    needs: team("Reporter", ["datastore", "params.id"]),
    params: ID,
    output: Datastore,
  }),
  create: route({
    method: "POST",
    path: "/datastores",
    summary: "A new datastore, on a connection there is or a new one; a sync follows unless `trigger_sync` is false",
    needs: role("Manager"),
    body: DatastoreInput,
    output: Datastore,
    status: 201,
    audit: "datastore.create",
    errors: ["OBJECT_EXISTS"],
  }),
  update: route({
    method: "PUT",
    path: "/datastores/{id}",
    summary: "Changes a datastore; what it reads is changed by managers only",
    needs: EDITOR,
    params: ID,
    body: DatastoreChanges,
    output: Datastore,
    audit: "datastore.update",
    errors: ["OBJECT_EXISTS", "NOT_ALLOWED"],
  }),
  delete: route({
    method: "DELETE",
    path: "/datastores/{id}",
    summary: "Deletes a datastore with its containers, checks and anomalies; the data itself is not touched",
    needs: role("Admin"),
    params: ID,
    audit: "datastore.delete",
    errors: ["OBJECT_IN_USE"],
  }),
  tryOut: route({
    method: "POST",
    path: "/datastores/connection",
    summary: "Tries a datastore before it is saved",
    needs: role("Manager"),
    body: DatastoreTrial,
    output: ConnectionTest,
    errors: ASKS,
  }),
  verify: route({
    method: "POST",
    path: "/datastores/{id}/connection",
    summary: "Tries a datastore as it is saved",
    needs: EDITOR,
    params: ID,
    output: ConnectionTest,
    errors: ASKS,
  }),
  link: route({
    method: "PATCH",
    path: "/datastores/{id}/enrichment/{enrichment_id}",
    summary: "Names the datastore that failing rows are written to",
    needs: team("Editor", ["datastore", "params.id"], ["datastore", "params.enrichment_id"]),
    params: ID.extend({ enrichment_id: z.coerce.number().int().positive() }),
    output: Datastore,
    audit: "datastore.link",
    errors: ["OBJECT_STATE_WRONG"],
  }),
  unlink: route({
    method: "DELETE",
    path: "/datastores/{id}/enrichment",
    summary: "Writes failing rows nowhere any more; the tables that were written stay",
    needs: role("Admin"),
    params: ID,
    audit: "datastore.unlink",
    errors: ["OBJECT_STATE_WRONG"],
  }),
};
