/**
 * What a dataplane is given to work on, and what it tells of it. Whatever goes back is metadata: counts, names, statistics,
 * messages; rows of a source have no place in these shapes. Answers to questions, which may hold rows, go back sealed.
 */
import { z } from "zod";
import { QualityCheck } from "./check.ts";
import { Container } from "./container.ts";
import { Field } from "./field.ts";
import { Profile, ShownValue } from "./profile.ts";
import { ErrorInfo } from "./report.ts";
import { OperationType, WorkDatastore } from "./work.ts";

/**
 * Version of the protocol. Unknown keys are ignored by both sides, so that something may be added without a new one; each side
 * also speaks with a peer one version away.
 */
export const PROTOCOL_VERSION = 1;
export const PROTOCOL_OLDEST = 1;

const Mapping = z.record(z.string(), z.unknown());

/** How a datastore is reached, with its secrets or where the dataplane finds them: made when work is claimed, kept nowhere. */
export const Reach = WorkDatastore.extend({ secrets: z.record(z.string(), z.string()) });
export type Reach = z.infer<typeof Reach>;

/** Fields whose values leave the engine nowhere, by container. */
export const Masks = z.array(z.object({ container: z.string(), fields: z.array(z.string()) }));
export type Masks = z.infer<typeof Masks>;

/** Where evidence is written. */
export const WorkEnrichment = z.object({
  datastore: Reach,
  prefix: z.string().nullable(),
  source_record_limit: z.number().int(),
  remediation: z.enum(["none", "append", "overwrite"]),
});
export type WorkEnrichment = z.infer<typeof WorkEnrichment>;

/** What people decided about a field. */
export const WorkField = z.object({
  name: z.string(),
  status: z.string(),
  computed: Mapping.nullable(),
  field_type: z.string().default("Unknown"),
  native_type: z.string().default(""),
});
export type WorkField = z.infer<typeof WorkField>;

export const WorkCheck = QualityCheck.extend({ id: z.number().int(), version: z.number().int() });
export type WorkCheck = z.infer<typeof WorkCheck>;

/** A container with all that is known of it: asked for when its turn comes, so that checks are those of that moment. */
export const WorkContainer = z.object({
  id: z.number().int(),
  name: z.string(),
  container_type: z.string(),
  definition: Mapping,
  settings: Mapping,
  fields: z.array(WorkField),
  checks: z.array(WorkCheck),
  checkpoint: ShownValue,
  /** Earlier measurements by check id, oldest first. */
  history: z.record(z.string(), z.array(z.object({ at: z.string(), value: z.number() }))),
  /** Values of `{{ name }}` in checks, as SQL constants. */
  variables: z.record(z.string(), z.string()),
  /** Digests of the keys of rows with open anomalies, when only new rows are looked at. */
  open_keys: z.array(z.string()).default([]),
  /** Other datastores that checks refer to. */
  references: z.array(Reach.extend({ masked: Masks })),
});
export type WorkContainer = z.infer<typeof WorkContainer>;

export const OperationSpec = z.object({
  kind: z.literal("operation"),
  operation: z.object({ id: z.number().int(), type: OperationType, request: Mapping }),
  datastore: Reach,
  enrichment: WorkEnrichment.nullable(),
  masked: Masks,
  /** Containers to work on; those an earlier attempt finished are not among them. */
  containers: z.array(z.object({ id: z.number().int(), name: z.string() })),
});
export type OperationSpec = z.infer<typeof OperationSpec>;

export const QuestionSpec = z.object({
  kind: z.literal("question"),
  id: z.string(),
  question: z.string(),
  asked: z.unknown(),
  /** X25519 public key of who waits, base64: the answer is sealed for it. */
  public_key: z.string(),
  datastore: Reach,
  enrichment: WorkEnrichment.nullable(),
  masked: Masks,
  /** Other datastores that the question is about. */
  references: z.array(Reach.extend({ masked: Masks })).default([]),
  /** The container asked about, where it is a known one. */
  container: WorkContainer.nullable(),
});
export type QuestionSpec = z.infer<typeof QuestionSpec>;

export const WorkItem = z.object({
  id: z.string(),
  /** Grows each time the work is given out; what is said under an older one is refused. */
  fence: z.number().int(),
  /** What asked for it, as W3C Trace Context writes it, where that is told to somebody. */
  trace: z.string().max(100).nullish(),
  spec: z.discriminatedUnion("kind", [OperationSpec, QuestionSpec]),
});
export type WorkItem = z.infer<typeof WorkItem>;

// ── What is exported ──────────────────────────────────────────────────────────────────────────────────────────────

/** A part of a table that the control plane knows and the dataplane writes. There are no rows of a source in it. */
export const ExportPage = z.object({
  /** Name of the table, without the prefix. */
  table: z.string().regex(/^[a-z0-9_]{1,100}$/),
  columns: z.array(
    z.object({ name: z.string().regex(/^[a-z0-9_]{1,60}$/), kind: z.enum(["text", "bigint", "double", "boolean", "timestamp"]) }),
  ),
  /** Text columns by which a table of this name is known to be ours. */
  identity: z.array(z.string()),
  /** Values as text, in the order of the columns. */
  rows: z.array(z.array(z.string().nullable())),
  /** Where the next part begins; null after the last. */
  next: z.number().int().nullable(),
});
export type ExportPage = z.infer<typeof ExportPage>;

// ── Results ─────────────────────────────────────────────────────────────────────────────────────────────────────

const Ended = { result: z.enum(["success", "failure", "aborted"]), error: ErrorInfo.nullable() };

export const SyncedContainer = z.object({ kind: z.literal("sync"), name: z.string(), ...Ended, container: Container.nullable() });
export type SyncedContainer = z.infer<typeof SyncedContainer>;

export const ProfiledContainer = z.object({
  kind: z.literal("profile"),
  container_id: z.number().int(),
  ...Ended,
  /** The fields as they were found. */
  fields: z.array(Field),
  profile: Profile.nullable(),
  /** Checks that the data proposes; null when none were asked for. */
  inferred: z.array(QualityCheck).nullable(),
});
export type ProfiledContainer = z.infer<typeof ProfiledContainer>;

export const CheckOutcome = z.object({
  check_id: z.number().int(),
  version: z.number().int(),
  status: z.enum(["passed", "failed", "unasserted"]),
  asserted_records: z.number().int().nullable(),
  anomalous_records: z.number().int().nullable(),
  measured: z.number().nullable(),
  error: ErrorInfo.nullable(),
  /** Whether all rows of the container took part, and not a slice or a sample of them. */
  whole: z.boolean(),
});
export type CheckOutcome = z.infer<typeof CheckOutcome>;

/** An anomaly without its rows: those stand in the enrichment datastore under the same uuid. */
export const FoundAnomaly = z.object({
  uuid: z.uuid(),
  type: z.enum(["record", "shape"]),
  fingerprint: z.string(),
  message: z.string(),
  fields: z.array(z.string()),
  row: z.number().int().nullable(),
  partition: z.string().nullable(),
  anomalous_records: z.number().int(),
  /** Digest of the row's key, where it has one. */
  row_key: z.string().nullable().default(null),
  failed_checks: z.array(z.object({ check_id: z.number().int(), version: z.number().int(), message: z.string() })),
});
export type FoundAnomaly = z.infer<typeof FoundAnomaly>;

export const ScannedContainer = z.object({
  kind: z.literal("scan"),
  container_id: z.number().int(),
  ...Ended,
  records: z.number().int(),
  records_processed: z.number().int(),
  rejected_lines: z.number().int(),
  checks: z.array(CheckOutcome),
  anomalies: z.array(FoundAnomaly),
  checkpoint: ShownValue,
  /** Those of the `open_keys` whose rows were among the new ones. */
  seen_keys: z.array(z.string()).default([]),
  /** Whether rows of the anomalies were written to the enrichment datastore. */
  enriched: z.boolean(),
});
export type ScannedContainer = z.infer<typeof ScannedContainer>;

export const CopiedContainer = z.object({
  kind: z.literal("materialize"),
  container_id: z.number().int(),
  ...Ended,
  records: z.number().int(),
});
export type CopiedContainer = z.infer<typeof CopiedContainer>;

/** A table of what the control plane knows, written. */
export const ExportedTable = z.object({ kind: z.literal("export"), name: z.string(), ...Ended, records: z.number().int() });
export type ExportedTable = z.infer<typeof ExportedTable>;

export const ContainerResult = z.discriminatedUnion("kind", [
  SyncedContainer,
  ProfiledContainer,
  ScannedContainer,
  CopiedContainer,
  ExportedTable,
]);
export type ContainerResult = z.infer<typeof ContainerResult>;
