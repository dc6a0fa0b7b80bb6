/** The tables of work: operations, schedules, dataplanes, what is asked of them, and the processes and requests of the control plane itself. */
import type { Generated } from "kysely";
import type { Defaulted, Json, JsonOr, Mapping, Time, TimeOrNull } from "./columns.ts";

export type OperationTable = {
  id: Generated<number>;
  type: string;
  datastore_id: number;
  request: JsonOr<Mapping>;
  /** queued, running, then success, failure or aborted. */
  result: Defaulted<string>;
  message: string | null;
  counters: JsonOr<Record<string, number>>;
  user_id: number | null;
  schedule_id: number | null;
  abort_requested_at: TimeOrNull;
  /** Its job in the queue. */
  job_id: string | null;
  /** Where the work is: container, phase, fraction. */
  progress: Json<Mapping> | null;
  /** Who works on it, or did. */
  dataplane_id: number | null;
  created_at: Defaulted<Date>;
  started_at: TimeOrNull;
  finished_at: TimeOrNull;
};
export type OperationContainerTable = {
  operation_id: number;
  container: string;
  container_id: number | null;
  result: string;
  message: string | null;
  counters: JsonOr<Record<string, number>>;
  started_at: TimeOrNull;
  finished_at: TimeOrNull;
};

export type ScheduleTable = {
  id: Generated<number>;
  name: string;
  datastore_id: number;
  cron: string;
  time_zone: Defaulted<string>;
  operation: Json<Mapping>;
  paused: Defaulted<boolean>;
  /** The moment of the last run that was started for it: a restart must not start it twice. */
  last_run_at: TimeOrNull;
  created_at: Defaulted<Date>;
};

/** A dataplane that may take work. */
export type DataplaneTable = {
  id: Generated<number>;
  name: string;
  /** Digest of its token; null until it has enrolled. */
  token_hash: string | null;
  /** Digest of the code with which it may enrol, once. */
  code_hash: string | null;
  code_expires_at: TimeOrNull;
  version: string | null;
  capabilities: JsonOr<Mapping>;
  last_seen_at: TimeOrNull;
  revoked_at: TimeOrNull;
  created_at: Defaulted<Date>;
};

/** A question that somebody waits for. Its answer is sealed for who asked, and deleted when it was read or has expired. */
export type QuestionTable = {
  id: string;
  /** Null for a connection that is not saved yet. */
  datastore_id: number | null;
  kind: string;
  asked: Json<Mapping>;
  public_key: string;
  /** Settings and secrets to try instead of the stored ones, sealed. */
  instead_key_id: string | null;
  instead_sealed: string | null;
  answer: string | null;
  expires_at: Time;
  created_at: Defaulted<Date>;
};

/** A request that was done under a key of its caller, and what it was answered; no secret. */
export type IdempotencyKeyTable = {
  user_id: number;
  key_hash: string;
  fingerprint: string;
  status: number;
  /** As text, not as a tree, so that its members keep their order. */
  answer: Json<unknown> | null;
  object: string | null;
  expires_at: Time;
};

/** A process of the control plane that runs over this store, and the ids of the keys it has. */
export type ReplicaTable = { id: string; host: string; key_ids: Json<string[]>; seals_with: string; seen_at: Time };

/** The place of rows that came with an operation; they stand in it sealed, while a dataplane fetches them. */
export type UploadTable = { operation_id: number; public_key: string | null; sealed: string | null; expires_at: Time };

export type WorkTables = {
  operation: OperationTable;
  operation_container: OperationContainerTable;
  schedule: ScheduleTable;
  dataplane: DataplaneTable;
  question: QuestionTable;
  idempotency_key: IdempotencyKeyTable;
  replica: ReplicaTable;
  upload: UploadTable;
};
