/**
 * The tables of the metadata store, as Kysely sees them; the migrations make them.
 *
 * What is absent matters: no table has a column for rows of a source. Values of the data live only where docs/data-at-rest.md
 * says: in profiles, in the properties and evidence of checks, in messages of anomalies, in checkpoints.
 */
import type { Generated } from "kysely";
import type { Defaulted, Json, JsonOr, Mapping, Time, TimeOrNull } from "./columns.ts";
import type { SignInTables } from "./sign-in-tables.ts";
import type { WorkTables } from "./work-tables.ts";

export type { Mapping };

export type UserTable = {
  id: Generated<number>;
  email: string;
  name: string;
  role: string;
  /** person, service (an identity of a program), or directory (who pushes people and groups). */
  kind: string;
  /** Salted scrypt digest; null for services and people who sign in elsewhere. */
  password_hash: string | null;
  disabled_at: TimeOrNull;
  last_seen_at: TimeOrNull;
  created_at: Defaulted<Date>;
};

export type TokenTable = {
  id: Generated<number>;
  user_id: number;
  name: string;
  /** Digest of the token's id: the token itself is shown once and stored nowhere. */
  id_hash: string;
  /** Opens the routes of provisioning, and no other. */
  provisioning_only: Defaulted<boolean>;
  expires_at: Time;
  last_used_at: TimeOrNull;
  revoked_at: TimeOrNull;
  created_at: Defaulted<Date>;
};

export type TeamTable = {
  id: Generated<number>;
  name: string;
  description: Defaulted<string>;
  permission: string;
  is_public: Defaulted<boolean>;
  created_at: Defaulted<Date>;
};
export type TeamMemberTable = { team_id: number; user_id: number };
export type DatastoreTeamTable = { team_id: number; datastore_id: number };

export type ConnectionTable = {
  id: Generated<number>;
  name: string;
  type: string;
  /** Host, port, user and the like; nothing secret. */
  settings: Json<Mapping>;
  created_at: Defaulted<Date>;
  updated_at: Defaulted<Date>;
};

/** A sealed secret of a connection: AES-256-GCM, the id of the key beside it. */
export type SecretTable = { connection_id: number; name: string; key_id: string; sealed: string };

export type DatastoreTable = {
  id: Generated<number>;
  name: string;
  connection_id: number;
  database: string | null;
  schema: string | null;
  root_path: string | null;
  enrichment_only: Defaulted<boolean>;
  enrichment_id: number | null;
  enrichment_prefix: string | null;
  enrichment_source_record_limit: Defaulted<number>;
  enrichment_remediation_strategy: Defaulted<string>;
  high_count_rollup_threshold: Defaulted<number>;
  /** Name of the only dataplane that may work on it; null for any. */
  dataplane: string | null;
  additional_metadata: JsonOr<Mapping>;
  created_at: Defaulted<Date>;
  updated_at: Defaulted<Date>;
};

export type ContainerTable = {
  id: Generated<number>;
  datastore_id: number;
  name: string;
  container_type: string;
  description: Defaulted<string>;
  /** What a computed container is made of. */
  definition: JsonOr<Mapping>;
  /** Incremental field, exclusions and the like. */
  settings: JsonOr<Mapping>;
  additional_metadata: JsonOr<Mapping>;
  records_count: number | null;
  /** Up to where incremental scans have seen the container. */
  checkpoint: Json<unknown> | null;
  last_synced_at: TimeOrNull;
  last_profiled_at: TimeOrNull;
  last_scanned_at: TimeOrNull;
  /** Set when sync no longer finds it. */
  removed_at: TimeOrNull;
  created_at: Defaulted<Date>;
};

/** A container as it was after an edit: its name, what it is made of, its settings. */
export type ContainerVersionTable = {
  container_id: number;
  version: number;
  snapshot: Json<Mapping>;
  editor_id: number | null;
  created_at: Defaulted<Date>;
};

export type FieldTable = {
  id: Generated<number>;
  container_id: number;
  name: string;
  position: number;
  field_type: string;
  native_type: Defaulted<string>;
  type_declared: Defaulted<boolean>;
  nullable: Defaulted<boolean>;
  /** Active, Masked, Missing or Excluded. */
  status: Defaulted<string>;
  description: Defaulted<string>;
  /** For a computed field: transformation, source fields, properties. */
  computed: Json<Mapping> | null;
  created_at: Defaulted<Date>;
};

/** A profile of a container at one time; those of its fields hang off it. */
export type ContainerProfileTable = {
  id: Generated<number>;
  container_id: number;
  operation_id: number | null;
  records: number;
  records_processed: number;
  created_at: Defaulted<Date>;
};
export type FieldProfileTable = { id: Generated<number>; container_profile_id: number; field_id: number; profile: Json<Mapping> };

export type CheckTable = {
  id: Generated<number>;
  /** Null for a template. */
  container_id: number | null;
  template_id: number | null;
  is_template: Defaulted<boolean>;
  template_locked: Defaulted<boolean>;
  /** Stable name across installations: container, rule, fields, and a digest of the filter. */
  uid: string;
  rule_type: string;
  fields: Json<string[]>;
  description: Defaulted<string>;
  filter: string | null;
  coverage: number | null;
  properties: JsonOr<Mapping>;
  null_policy: Defaulted<string>;
  anomaly_message_field: string | null;
  additional_metadata: JsonOr<Mapping>;
  /** Active, Draft, or of an archived one Invalid or Discarded. */
  status: Defaulted<string>;
  inferred: Defaulted<boolean>;
  evidence: Json<Mapping> | null;
  owner_id: number | null;
  default_anomaly_assignee_id: number | null;
  last_editor_id: number | null;
  version: Defaulted<number>;
  /** How its last assertion ended: passed, failed, unasserted; null before the first. */
  last_status: string | null;
  last_asserted_at: TimeOrNull;
  last_error: Json<Mapping> | null;
  /** When it was archived; null while it is Active or Draft. */
  archived_at: TimeOrNull;
  created_at: Defaulted<Date>;
  updated_at: Defaulted<Date>;
  /** That of its container, null for a template; written by a trigger, like what follows. */
  datastore_id: number | null;
  /** Open anomalies that were added up so far (store/tallies.ts), what tags weigh on it as far as they were taken in (store/tag-weights.ts), and what it weighs by both. */
  open_kept: Generated<number>;
  tags_kept: Generated<number>;
  weight_kept: Generated<number>;
};

/** A check as it was before an edit, by whom and when it had been made so: an anomaly can show the one that failed. */
export type CheckVersionTable = {
  check_id: number;
  version: number;
  snapshot: Json<Mapping>;
  editor_id: number | null;
  created_at: Defaulted<Date>;
};

/** One judgement of a check in one operation. */
export type AssertionTable = {
  id: Generated<number>;
  check_id: number;
  operation_id: number;
  status: string;
  asserted_records: number | null;
  anomalous_records: number | null;
  /** What was measured, for rules that measure. */
  measured: number | null;
  created_at: Defaulted<Date>;
};

export type AnomalyTable = {
  id: Generated<number>;
  uuid: string;
  datastore_id: number;
  container_id: number;
  operation_id: number | null;
  /** record or shape. */
  type: string;
  status: Defaulted<string>;
  fingerprint: string;
  /** May hold the value at fault of a field that is not masked. */
  message: string;
  /** What an editor wrote instead of the message. */
  description: string | null;
  fields: Json<string[]>;
  row: number | null;
  partition: string | null;
  anomalous_records: number;
  weight: number;
  /** Whether its rows were written to the enrichment datastore. */
  source_enriched: Defaulted<boolean>;
  /** Digest of the row's key: it tells whether a row is the same, and not which one. */
  row_key: string | null;
  created_at: Defaulted<Date>;
  updated_at: Defaulted<Date>;
};
/** How many anomalies there are, as differences that add up; written by triggers alone. */
export type AnomalyTallyTable = { datastore_id: number; container_id: number; type: string; status: string; count: number };
export type DatastoreAnomalyTallyTable = { datastore_id: number; type: string; status: string; count: number };
export type DatastoreCheckTallyTable = { datastore_id: number; status: string; last_status: string | null; count: number };
/** Open anomalies that a check has got or lost and that are not yet in `check.open_kept`. */
export type CheckTallyTable = { check_id: number; count: number };
export type FailedCheckTable = { anomaly_id: number; check_id: number; version: number; message: string };
export type AnomalyAssigneeTable = { anomaly_id: number; user_id: number };
/** What happened to an anomaly: created, status, comment, assignment, tags, text. */
export type AnomalyEventTable = {
  id: Generated<number>;
  anomaly_id: number;
  kind: string;
  detail: JsonOr<Mapping>;
  /** Null where an operation did it. */
  user_id: number | null;
  operation_id: number | null;
  created_at: Defaulted<Date>;
};

export type TagTable = {
  id: Generated<number>;
  name: string;
  color: Defaulted<string>;
  category: string | null;
  description: Defaulted<string>;
  weight_modifier: Defaulted<number>;
  created_at: Defaulted<Date>;
};
export type TagLinkTable = { tag_id: number; noun: string; object_id: number };
/** Checks, containers and datastores whose tags changed, and when; written by triggers (store/tag-weights.ts). */
export type RetaggedTable = { noun: string; object_id: number; at: Defaulted<Date> };

/** Who did what; each entry carries the digest of the one before it, so that a gap or a change shows. */
export type AuditTable = {
  id: Generated<number>;
  at: Time;
  user_id: number | null;
  user_email: string | null;
  event: string;
  object: string | null;
  detail: JsonOr<Mapping>;
  request_id: string | null;
  previous_hash: string;
  hash: string;
};

export type SettingTable = { name: string; value: Json<unknown> };

/** The whole store. */
export type Tables = SignInTables &
  WorkTables & {
    user: UserTable;
    token: TokenTable;
    team: TeamTable;
    team_member: TeamMemberTable;
    datastore_team: DatastoreTeamTable;
    connection: ConnectionTable;
    secret: SecretTable;
    datastore: DatastoreTable;
    container: ContainerTable;
    container_version: ContainerVersionTable;
    field: FieldTable;
    container_profile: ContainerProfileTable;
    field_profile: FieldProfileTable;
    check: CheckTable;
    check_version: CheckVersionTable;
    assertion: AssertionTable;
    anomaly: AnomalyTable;
    anomaly_tally: AnomalyTallyTable;
    check_tally: CheckTallyTable;
    datastore_anomaly_tally: DatastoreAnomalyTallyTable;
    datastore_check_tally: DatastoreCheckTallyTable;
    failed_check: FailedCheckTable;
    anomaly_assignee: AnomalyAssigneeTable;
    anomaly_event: AnomalyEventTable;
    tag: TagTable;
    tag_link: TagLinkTable;
    retagged: RetaggedTable;
    audit: AuditTable;
    setting: SettingTable;
  };
