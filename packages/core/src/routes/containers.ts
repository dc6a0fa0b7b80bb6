import { z } from "zod";
import { Flag, ID, many, pageOf, Paging, route, team, visible } from "./contract.ts";
import { ComputedField } from "./computed-fields.ts";
import { ContainerChanges, ContainerDefinition, ContainerInput, ContainerSettings, ContainerType } from "./container-kinds.ts";
import { Metadata, Names, Reference } from "./naming.ts";
import { Operation } from "./operations.ts";
import { Tag } from "./tags.ts";

export const Container = z
  .object({
    id: z.number().int(),
    name: z.string(),
    container_type: ContainerType,
    datastore: Reference.extend({ type: z.string() }),
    description: z.string(),
    ...ContainerDefinition.shape,
    ...ContainerSettings.shape,
    additional_metadata: Metadata,
    global_tags: z.array(Tag),
    computed_fields: z.array(ComputedField),
    /** Up to where incremental scans have seen it. */
    incremental_checkpoint: z.unknown(),
    /** What sync, profile and scan found last, and when. */
    metrics: z.object({
      records: z.number().int().nullable(),
      fields: z.number().int(),
      last_synced: z.string().nullable(),
      last_profiled: z.string().nullable(),
      last_scanned: z.string().nullable(),
    }),
    /** When sync no longer found it. */
    deleted_at: z.string().nullable(),
    created: z.string(),
  })
  .meta({ id: "Container" });

export const ContainerListing = z
  .object({ id: z.number().int(), name: z.string(), container_type: ContainerType, datastore_id: z.number().int() })
  .meta({ id: "ContainerListing" });

/** One state of a container, and what made it another than the one before. */
export const ContainerVersion = z
  .object({
    version: z.number().int(),
    created: z.string(),
    user: Reference.nullable(),
    /** By what was changed: before and after. The first version has everything after nothing. */
    changeset: z.record(z.string(), z.tuple([z.unknown(), z.unknown()])),
  })
  .meta({ id: "ContainerVersion" });

export const Rows = z
  .object({ fields: z.array(z.string()), rows: z.array(z.array(z.unknown())), truncated: z.boolean(), masked_fields: z.array(z.string()) })
  .meta({ id: "Rows" });

const isListOfRows = (text: string): boolean => {
  try {
    const rows: unknown = JSON.parse(text);
    return Array.isArray(rows) && rows.length > 0 && rows.every((row) => row !== null && typeof row === "object" && !Array.isArray(row));
  } catch {
    return false;
  }
};

const Filters = Paging.extend({
  datastore: many(z.coerce.number().int().positive()).optional(),
  container_type: many(ContainerType).optional(),
  name: z.string().optional(),
  search: z.string().optional(),
  tag: many(z.string()).optional(),
  /** Those that sync no longer finds: only them, or them as well. */
  archived: z.enum(["only", "include"]).optional(),
  profiled: Flag.optional(),
});

/** Changes of many containers at once: what people tag, and what is watched. */
const BulkChange = z.object({
  id: z.number().int().positive(),
  tags: Names.optional(),
  volumetric_tracking_enabled: z.boolean().optional(),
  freshness_tracking_enabled: z.boolean().optional(),
});
const BULK_MAX = 1000;

/** Seconds a dataplane may take over a definition. */
const VALIDATION_SECONDS_MAX = 300;
/** Rows shown at once: enough to look at, and no way to carry a table off. */
const PREVIEW_ROWS_MAX = 1000;

/** An archive that begins with a file (APPNOTE.TXT §4.3.7), in base64 (RFC 4648 §4). */
const isArchive = (text: string): boolean => text.length % 4 === 0 && /^UEsD[A-Za-z0-9+/]+={0,2}$/.test(text);

/** Rows to be looked at. Their fields have the names of the container's. */
const ExternalScan = z
  .object({
    /** What they are called: the name of their file. */
    name: z.string().trim().min(1).max(200).default("upload"),
    format: z.enum(["json", "csv", "xlsx"]).default("json"),
    /** Of a spreadsheet: the first that has rows where none is named. */
    sheet: z.string().min(1).max(200).nullish(),
    /** As text: a JSON list of objects, lines of CSV under a header, or a spreadsheet (.xlsx) in base64. */
    records: z.string().min(1),
  })
  .refine(({ format, records }) => format !== "json" || isListOfRows(records), {
    path: ["records"],
    message: "it is a JSON list of objects, as text",
  })
  .refine(({ format, records }) => format !== "xlsx" || isArchive(records), {
    path: ["records"],
    message: "it is a spreadsheet (.xlsx), in base64",
  })
  .meta({ id: "ExternalScan" });

const REPORTER = team("Reporter", ["container", "params.id"]);
const EDITOR = team("Editor", ["container", "params.id"]);
const ASKS = ["DATAPLANE_ABSENT", "DATAPLANE_SILENT", "QUESTION_FAILED"] as const;

export const containers = {
  list: route({
    method: "GET",
    path: "/containers",
    summary: "The containers of the datastores that the caller may see",
    needs: visible("Reporter"),
    query: Filters,
    output: pageOf(Container),
  }),
  listing: route({
    method: "GET",
    path: "/containers/listing",
    summary: "Names and ids of the containers of a datastore, all at once",
    needs: team("Reporter", ["datastore", "query.datastore"]),
    query: z.object({ datastore: z.coerce.number().int().positive(), container_type: ContainerType.optional() }),
    output: z.array(ContainerListing),
  }),
  get: route({ method: "GET", path: "/containers/{id}", summary: "One container", needs: REPORTER, params: ID, output: Container }),
  create: route({
    method: "POST",
    path: "/containers",
    summary: "A new computed container; it is profiled at once",
    needs: team(
      "Editor",
      ["datastore", "body.datastore_id"],
      ["container", "body.source_container_id"],
      ["container", "body.left_container_id"],
    ),
    body: ContainerInput,
    output: Container,
    status: 201,
    audit: "container.create",
    waits: true,
    errors: ["OBJECT_EXISTS", ...ASKS],
  }),
  update: route({
    method: "PUT",
    path: "/containers/{id}",
    summary: "Changes a container; fields with checks or anomalies are dropped only when that is asked for",
    needs: EDITOR,
    params: ID,
    body: ContainerChanges,
    output: Container,
    audit: "container.update",
    waits: true,
    errors: ["OBJECT_EXISTS", "OBJECT_STATE_WRONG", "FIELDS_IN_USE", ...ASKS],
  }),
  change: route({
    method: "PATCH",
    path: "/containers",
    summary: "Tags containers (Drafter), or says what is watched of them (Editor)",
    needs: team("Drafter", ["container", "body.*.id"]),
    body: z.array(BulkChange).min(1).max(BULK_MAX),
    output: z.array(Container),
    audit: "container.change",
  }),
  delete: route({
    method: "DELETE",
    path: "/containers/{id}",
    summary: "Deletes a container with its fields, checks and anomalies; the data itself is not touched",
    needs: EDITOR,
    params: ID,
    audit: "container.delete",
    errors: ["OBJECT_IN_USE"],
  }),
  validate: route({
    method: "POST",
    path: "/containers/validate",
    summary: "Whether a computed container can be made",
    needs: team(
      "Editor",
      ["datastore", "body.container.datastore_id"],
      ["container", "body.container.source_container_id"],
      ["container", "body.container.left_container_id"],
    ),
    query: z.object({ timeout_seconds: z.coerce.number().int().min(1).max(VALIDATION_SECONDS_MAX).default(60) }),
    body: z.object({ container: ContainerInput }),
    errors: ASKS,
  }),
  preview: route({
    method: "GET",
    path: "/containers/{id}/preview",
    summary: "Some rows as they are now, through a dataplane; masked fields come masked, and nothing is kept",
    needs: team("Viewer", ["container", "params.id"]),
    params: ID,
    query: z.object({
      where: z.string().max(10_000).optional(),
      limit: z.coerce.number().int().min(1).max(PREVIEW_ROWS_MAX).default(50),
    }),
    output: Rows,
    errors: ASKS,
  }),
  scan: route({
    method: "POST",
    path: "/containers/{id}/scan",
    summary: "Holds rows that are sent against the checks of a container, in an operation; they are kept nowhere",
    needs: EDITOR,
    params: ID,
    body: ExternalScan,
    output: Operation,
    status: 201,
    audit: "container.scan",
    waits: true,
    errors: ["DATAPLANE_ABSENT", "OBJECT_STATE_WRONG", "LIMIT_EXCEEDED"],
  }),
  history: route({
    method: "GET",
    path: "/containers/{id}/history",
    summary: "Versions of a container, the newest first, with what each changed",
    needs: REPORTER,
    params: ID,
    query: Paging,
    output: pageOf(ContainerVersion),
  }),
};
