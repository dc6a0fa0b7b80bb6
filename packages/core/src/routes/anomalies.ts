import { z } from "zod";
import { AnomalyStatus, ArchivedStatus } from "../model/anomaly-status.ts";
import { NullPolicy } from "../model/check.ts";
import { ErrorInfo } from "../model/report.ts";
import { Flag, ID, many, pageOf, Paging, route, team, visible } from "./contract.ts";
import { Archived, bulk, Direction, Id, Moment, Search } from "./lists.ts";
import { ContainerMention, PersonMention } from "./mentions.ts";
import { Description, Names, Reference } from "./naming.ts";
import { Tag } from "./tags.ts";

export const AnomalyType = z.enum(["record", "shape"]);

/** A check as it was when it failed. */
export const FailedCheck = z
  .object({
    quality_check: z.object({
      id: z.number().int(),
      uid: z.string(),
      rule_type: z.string(),
      description: z.string(),
      fields: z.array(z.string()),
      coverage: z.number().nullable(),
      filter: z.string().nullable(),
      properties: z.record(z.string(), z.unknown()),
      null_policy: NullPolicy,
      version: z.number().int(),
      /** Whether it has been changed since. */
      changed_since: z.boolean(),
    }),
    message: z.string(),
  })
  .meta({ id: "FailedCheck" });

export const Anomaly = z
  .object({
    id: z.number().int(),
    uuid: z.string(),
    type: AnomalyType,
    status: AnomalyStatus,
    archived: z.boolean(),
    /** Nobody has done anything about it yet. */
    is_new: z.boolean(),
    source_enriched: z.boolean(),
    datastore: Reference,
    container: ContainerMention,
    partition: z.string().nullable(),
    row: z.number().int().nullable(),
    fields: z.array(z.string()),
    weight: z.number().int(),
    fingerprint: z.string(),
    /** What an editor wrote, else the message. */
    description: z.string(),
    message: z.string(),
    anomalous_records_count: z.number().int(),
    failed_checks: z.array(FailedCheck),
    global_tags: z.array(Tag),
    inherited_tags: z.array(Tag),
    assignees: z.array(PersonMention),
    comments_count: z.number().int(),
    operation_id: z.number().int().nullable(),
    created: z.string(),
    updated: z.string(),
  })
  .meta({ id: "Anomaly" });

export const AnomalyLine = Anomaly.pick({ id: true, uuid: true, type: true, status: true, weight: true, description: true, created: true })
  .extend({ container_id: z.number().int(), datastore_id: z.number().int(), fields: z.array(z.string()) })
  .meta({ id: "AnomalyLine" });

/** Longest span a list looks back over, in days. */
const TIMEFRAME_DAYS_MAX = 3650;

const filters = {
  datastore: many(Id).optional(),
  container: many(Id).optional(),
  /** By id or by name. */
  field: many(z.string().max(200)).optional(),
  quality_check: many(Id).optional(),
  rule_type: many(z.string().max(200)).optional(),
  status: many(AnomalyStatus).optional(),
  anomaly_type: many(AnomalyType).optional(),
  tag: many(z.string().max(200)).optional(),
  assignee: many(Id).optional(),
  operation: many(Id).optional(),
  /** The first and the last day, or moments. */
  start_date: Moment.optional(),
  end_date: Moment.optional(),
  /** Not older than so many days. */
  timeframe: z.coerce.number().int().min(1).max(TIMEFRAME_DAYS_MAX).optional(),
  source_enriched: Flag.optional(),
  archived: Archived.optional(),
  search: Search.optional(),
};
export const AnomalyFilters = z.object(filters);

const changes = {
  /** An open one; how an anomaly ended is said by archiving it. */
  status: AnomalyStatus,
  tags: Names.nullable(),
  assignee_ids: z.array(Id).max(100).nullable(),
  description: Description.nullable(),
};
export const AnomalyChanges = z.object(changes).partial().meta({ id: "AnomalyChanges" });

export const AnomalyComment = z
  .object({
    id: z.number().int(),
    message: z.string(),
    user: PersonMention.nullable(),
    created: z.string(),
    edited: z.string().nullable(),
  })
  .meta({ id: "AnomalyComment" });

const CommentInput = z.object({ message: z.string().trim().min(1).max(10_000) });
const CommentId = ID.extend({ comment_id: Id });

export const AnomalyEvent = z
  .object({
    id: z.number().int(),
    /** created, recurred, status, comment, assignment, tags or text. */
    kind: z.string(),
    detail: z.record(z.string(), z.unknown()),
    /** Who did it; null where an operation did. */
    user: PersonMention.nullable(),
    operation_id: z.number().int().nullable(),
    created: z.string(),
  })
  .meta({ id: "AnomalyEvent" });

/** Rows shown of an anomaly; they are fetched when somebody looks, and kept nowhere here. */
export const SourceRecords = z
  .object({
    fields: z.array(z.string()),
    rows: z.array(z.array(z.unknown())),
    truncated: z.boolean(),
    /** Fields whose values are hidden. */
    masked: z.array(z.string()),
    error: ErrorInfo.nullable(),
  })
  .meta({ id: "SourceRecords" });

const SOURCE_ROWS = 10;
const SOURCE_ROWS_MAX = 10_000;

const ONE = ["anomaly", "params.id"] as const;
const EACH = ["anomaly", "body.*.id"] as const;

export const anomalies = {
  list: route({
    method: "GET",
    path: "/anomalies",
    summary: "The anomalies, the newest first; without a status the open ones",
    needs: visible("Reporter"),
    query: Paging.extend({ ...filters, sort_created: Direction.optional(), sort_weight: Direction.optional() }),
    output: pageOf(Anomaly),
  }),
  listing: route({
    method: "GET",
    path: "/anomalies/listing",
    summary: "The anomalies in one line each",
    needs: visible("Reporter"),
    query: AnomalyFilters,
    output: z.array(AnomalyLine),
  }),
  get: route({ method: "GET", path: "/anomalies/{id}", summary: "One anomaly", needs: team("Reporter", ONE), params: ID, output: Anomaly }),
  update: route({
    method: "PUT",
    path: "/anomalies/{id}",
    summary: "Changes an anomaly: its tags (Drafter), its status and assignees (Author), its description (Editor)",
    needs: team("Drafter", ONE),
    params: ID,
    body: AnomalyChanges,
    output: Anomaly,
    audit: "anomaly.update",
    errors: ["OBJECT_STATE_WRONG"],
  }),
  updateMany: route({
    method: "PATCH",
    path: "/anomalies",
    summary: "Changes anomalies, all or none",
    needs: team("Drafter", EACH),
    body: bulk(z.object({ id: Id, ...AnomalyChanges.shape })),
    output: z.object({ updated: z.number().int() }),
    audit: "anomaly.update-many",
    errors: ["OBJECT_STATE_WRONG"],
  }),
  delete: route({
    method: "DELETE",
    path: "/anomalies/{id}",
    summary: "Archives an anomaly with how it ended (Author), or deletes it (Editor)",
    needs: team("Author", ONE),
    params: ID,
    query: z.object({ archive: Flag.default(true), status: ArchivedStatus.default("Resolved") }),
    audit: "anomaly.delete",
    errors: ["OBJECT_STATE_WRONG"],
  }),
  deleteMany: route({
    method: "DELETE",
    path: "/anomalies",
    summary: "Archives (Author) or deletes (Editor) anomalies, all or none",
    needs: team("Author", EACH),
    body: bulk(z.object({ id: Id, archive: z.boolean().default(true), status: ArchivedStatus.default("Resolved") })),
    audit: "anomaly.delete-many",
    errors: ["OBJECT_STATE_WRONG"],
  }),
  restore: route({
    method: "POST",
    path: "/anomalies/{id}/restore",
    summary: "Makes an archived anomaly active again",
    needs: team("Author", ONE),
    params: ID,
    output: Anomaly,
    audit: "anomaly.restore",
  }),
  comments: route({
    method: "GET",
    path: "/anomalies/{id}/comments",
    summary: "What people said about an anomaly, the oldest first",
    needs: team("Reporter", ONE),
    params: ID,
    query: Paging,
    output: pageOf(AnomalyComment),
  }),
  addComment: route({
    method: "POST",
    path: "/anomalies/{id}/comments",
    summary: "Says something about an anomaly",
    needs: team("Viewer", ONE),
    params: ID,
    body: CommentInput,
    output: AnomalyComment,
    status: 201,
    audit: "anomaly.comment",
  }),
  editComment: route({
    method: "PUT",
    path: "/anomalies/{id}/comments/{comment_id}",
    summary: "Changes a comment of one's own",
    needs: team("Viewer", ONE),
    params: CommentId,
    body: CommentInput,
    output: AnomalyComment,
    audit: "anomaly.comment-update",
  }),
  deleteComment: route({
    method: "DELETE",
    path: "/anomalies/{id}/comments/{comment_id}",
    summary: "Takes a comment of one's own back",
    needs: team("Viewer", ONE),
    params: CommentId,
    audit: "anomaly.comment-delete",
  }),
  history: route({
    method: "GET",
    path: "/anomalies/{id}/history",
    summary: "What happened to an anomaly, the latest first",
    needs: team("Reporter", ONE),
    params: ID,
    query: Paging,
    output: pageOf(AnomalyEvent),
  }),
  related: route({
    method: "GET",
    path: "/anomalies/{id}/related",
    summary: "The same finding at other times, the latest first",
    needs: team("Reporter", ONE),
    params: ID,
    query: Paging,
    output: pageOf(Anomaly),
  }),
  sourceRecords: route({
    method: "GET",
    path: "/anomalies/{id}/source-records",
    summary: "Rows of an anomaly, from the enrichment datastore. Showing masked fields needs the permission Editor, and is written down",
    needs: team("Viewer", ONE),
    params: ID,
    query: z.object({ limit: z.coerce.number().int().min(1).max(SOURCE_ROWS_MAX).default(SOURCE_ROWS), unmask: Flag.default(false) }),
    output: SourceRecords,
    audit: "anomaly.unmask",
    waits: true,
    errors: ["DATAPLANE_ABSENT", "DATAPLANE_SILENT", "OBJECT_STATE_WRONG"],
  }),
};
