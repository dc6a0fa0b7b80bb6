/** The first schema. `user` and `check` are reserved words in Postgres, so they stand quoted; Kysely quotes every name. */
import { statements } from "./migration.ts";

const ID = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
const NOW = "timestamptz NOT NULL DEFAULT now()";
/** A restore writes tables in any order and has references checked at its end (store/backup.ts). */
const CHECKED_LATER = "DEFERRABLE INITIALLY IMMEDIATE";
/** An optional reference that is forgotten with what it names. */
const mention = (table: string) => `bigint REFERENCES "${table}" ON DELETE SET NULL ${CHECKED_LATER}`;
/** A reference to what a row is a part of. */
const part = (table: string) => `bigint NOT NULL REFERENCES "${table}" ON DELETE CASCADE ${CHECKED_LATER}`;

/** A trigger for each kind of change of a table, which sees the rows before (`gone`) and after (`made`). */
const onEach = (table: string, act: string): string[] =>
  [
    ["INSERT", "NEW TABLE AS made"],
    ["DELETE", "OLD TABLE AS gone"],
    ["UPDATE", "OLD TABLE AS gone NEW TABLE AS made"],
  ].map(
    ([event, tables]) => `CREATE TRIGGER ${act}_${event} AFTER ${event} ON "${table}" REFERENCING ${tables}
      FOR EACH STATEMENT EXECUTE FUNCTION ${act}()`,
  );

const list = (words: string): string =>
  words
    .split(" ")
    .map((word) => `'${word}'`)
    .join(", ");
const WEIGHT_3 =
  "aggregationComparison containsSocialSecurityNumber dataDiff distributionDrift entityResolution expectedSchema isAddress isReplicaOf matchesPattern metric notMatchesPattern predictedBy satisfiesExpression timeDistributionSize";
const WEIGHT_2 =
  "anyNotNull between betweenTimes containsCreditCard containsEmail containsUrl decreasing dependsOn equalTo equalToField existsIn expectedValues freshness greaterThan greaterThanField increasing isCreditCard isEmail isIban isIpAddress isIsoDate isUrl isUuid lessThan lessThanField maxBetween maxPartitionSize meanBetween medianBetween minBetween minPartitionSize mostCommonValue notExistsIn notFuture notMisspelled primaryKey quantileBetween requiredValues rowCountBetween rowCountEqualTo stddevBetween sumBetween unique volumetric";

export default statements([
  `CREATE TABLE "user" (id ${ID}, email text NOT NULL, name text NOT NULL, role text NOT NULL, kind text NOT NULL,
    password_hash text, disabled_at timestamptz, last_seen_at timestamptz, created_at ${NOW})`,
  `CREATE UNIQUE INDEX user_email ON "user" (lower(email))`,
  `CREATE TABLE token (id ${ID}, user_id ${part("user")}, name text NOT NULL, id_hash text NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL, last_used_at timestamptz, revoked_at timestamptz, created_at ${NOW},
    provisioning_only boolean NOT NULL DEFAULT false)`,
  `CREATE INDEX token_user ON token (user_id)`,
  `CREATE TABLE session (id ${ID}, user_id ${part("user")}, value_hash text NOT NULL UNIQUE, how text NOT NULL, address text NOT NULL,
    agent text NOT NULL, created_at ${NOW}, last_used_at timestamptz NOT NULL, expires_at timestamptz NOT NULL)`,
  `CREATE INDEX session_by_user ON session (user_id)`,
  `CREATE INDEX session_expires ON session (expires_at)`,
  `CREATE TABLE attempt (key text PRIMARY KEY, attempts integer NOT NULL, last_at timestamptz NOT NULL, locked_until timestamptz)`,
  `CREATE INDEX attempt_last ON attempt (last_at)`,
  `CREATE TABLE device_login (id ${ID}, device_code_hash text NOT NULL UNIQUE, user_code_hash text NOT NULL UNIQUE,
    client_name text NOT NULL, address text NOT NULL, days integer NOT NULL, user_id bigint REFERENCES "user" ON DELETE CASCADE ${CHECKED_LATER},
    denied_at timestamptz, last_polled_at timestamptz, created_at ${NOW}, expires_at timestamptz NOT NULL)`,
  `CREATE INDEX device_login_expires ON device_login (expires_at)`,
  `CREATE TABLE identity_provider (id ${ID}, name text NOT NULL, kind text NOT NULL, enabled boolean NOT NULL DEFAULT true,
    settings jsonb NOT NULL, key_id text, sealed text, created_at ${NOW}, updated_at ${NOW})`,
  `CREATE UNIQUE INDEX identity_provider_name ON identity_provider (lower(name))`,
  `CREATE TABLE identity (provider_id ${part("identity_provider")}, subject text NOT NULL, user_id ${part("user")}, created_at ${NOW},
    PRIMARY KEY (provider_id, subject))`,
  `CREATE INDEX identity_user ON identity (user_id)`,
  `CREATE TABLE sign_in_flow (id ${ID}, provider_id ${part("identity_provider")}, state_hash text NOT NULL UNIQUE, browser_hash text NOT NULL,
    expected jsonb NOT NULL, return_to text NOT NULL, user_id bigint REFERENCES "user" ON DELETE CASCADE ${CHECKED_LATER},
    expires_at timestamptz NOT NULL)`,
  `CREATE INDEX sign_in_flow_expires ON sign_in_flow (expires_at)`,

  `CREATE TABLE team (id ${ID}, name text NOT NULL, description text NOT NULL DEFAULT '', permission text NOT NULL,
    is_public boolean NOT NULL DEFAULT false, created_at ${NOW})`,
  `CREATE UNIQUE INDEX team_name ON team (lower(name))`,
  // Everybody is in it. It lets look, and no more, until an administrator says otherwise.
  `INSERT INTO team (name, description, permission, is_public) VALUES ('Public', 'Everybody', 'Viewer', true)`,
  `CREATE TABLE team_member (team_id ${part("team")}, user_id ${part("user")}, PRIMARY KEY (team_id, user_id))`,
  `CREATE INDEX team_member_user ON team_member (user_id)`,
  `CREATE TABLE provisioned_user (user_id ${part("user")} PRIMARY KEY, user_name text NOT NULL, external_id text,
    attributes jsonb NOT NULL DEFAULT '{}', created_at ${NOW}, updated_at ${NOW})`,
  `CREATE UNIQUE INDEX provisioned_user_name ON provisioned_user (lower(user_name))`,
  `CREATE INDEX provisioned_user_external ON provisioned_user (external_id)`,
  `CREATE TABLE provisioned_group (team_id ${part("team")} PRIMARY KEY, external_id text, created_at ${NOW}, updated_at ${NOW})`,

  `CREATE TABLE connection (id ${ID}, name text NOT NULL, type text NOT NULL, settings jsonb NOT NULL, created_at ${NOW}, updated_at ${NOW})`,
  `CREATE UNIQUE INDEX connection_name ON connection (lower(name))`,
  `CREATE TABLE secret (connection_id ${part("connection")}, name text NOT NULL, key_id text NOT NULL, sealed text NOT NULL,
    PRIMARY KEY (connection_id, name))`,
  `CREATE INDEX secret_key ON secret (key_id)`,

  `CREATE TABLE datastore (id ${ID}, name text NOT NULL, connection_id bigint NOT NULL REFERENCES connection ${CHECKED_LATER},
    database text, schema text, root_path text, enrichment_only boolean NOT NULL DEFAULT false, enrichment_id ${mention("datastore")},
    enrichment_prefix text, enrichment_source_record_limit integer NOT NULL DEFAULT 10,
    enrichment_remediation_strategy text NOT NULL DEFAULT 'none', high_count_rollup_threshold integer NOT NULL DEFAULT 10,
    dataplane text, additional_metadata jsonb NOT NULL DEFAULT '{}', created_at ${NOW}, updated_at ${NOW})`,
  `CREATE UNIQUE INDEX datastore_name ON datastore (lower(name))`,
  `CREATE INDEX datastore_connection ON datastore (connection_id)`,
  `CREATE TABLE datastore_team (team_id ${part("team")}, datastore_id ${part("datastore")}, PRIMARY KEY (team_id, datastore_id))`,
  `CREATE INDEX datastore_team_datastore ON datastore_team (datastore_id)`,

  `CREATE TABLE container (id ${ID}, datastore_id ${part("datastore")}, name text NOT NULL, container_type text NOT NULL,
    description text NOT NULL DEFAULT '', definition jsonb NOT NULL DEFAULT '{}', settings jsonb NOT NULL DEFAULT '{}',
    additional_metadata jsonb NOT NULL DEFAULT '{}', records_count bigint, checkpoint jsonb, last_synced_at timestamptz,
    last_profiled_at timestamptz, last_scanned_at timestamptz, removed_at timestamptz, created_at ${NOW})`,
  `CREATE UNIQUE INDEX container_name ON container (datastore_id, name)`,
  `CREATE TABLE container_version (container_id ${part("container")}, version integer NOT NULL, snapshot jsonb NOT NULL,
    editor_id ${mention("user")}, created_at ${NOW}, PRIMARY KEY (container_id, version))`,
  `CREATE TABLE field (id ${ID}, container_id ${part("container")}, name text NOT NULL, position integer NOT NULL, field_type text NOT NULL,
    native_type text NOT NULL DEFAULT '', type_declared boolean NOT NULL DEFAULT true, nullable boolean NOT NULL DEFAULT true,
    status text NOT NULL DEFAULT 'Active', description text NOT NULL DEFAULT '', computed jsonb, created_at ${NOW})`,
  `CREATE UNIQUE INDEX field_name ON field (container_id, name)`,

  `CREATE TABLE operation (id ${ID}, type text NOT NULL, datastore_id ${part("datastore")}, request jsonb NOT NULL DEFAULT '{}',
    result text NOT NULL DEFAULT 'queued', message text, counters jsonb NOT NULL DEFAULT '{}', user_id ${mention("user")},
    schedule_id bigint, abort_requested_at timestamptz, job_id uuid, progress jsonb, dataplane_id bigint, created_at ${NOW}, started_at timestamptz,
    finished_at timestamptz)`,
  `CREATE UNIQUE INDEX operation_job ON operation (job_id)`,
  `CREATE INDEX operation_schedule ON operation (schedule_id)`,
  `CREATE INDEX operation_datastore ON operation (datastore_id, id DESC)`,
  `CREATE TABLE operation_container (operation_id ${part("operation")}, container text NOT NULL, container_id ${mention("container")},
    result text NOT NULL, message text, counters jsonb NOT NULL DEFAULT '{}', started_at timestamptz, finished_at timestamptz,
    PRIMARY KEY (operation_id, container))`,
  `CREATE INDEX operation_container_container ON operation_container (container_id)`,
  `CREATE TABLE schedule (id ${ID}, name text NOT NULL, datastore_id ${part("datastore")}, cron text NOT NULL,
    time_zone text NOT NULL DEFAULT 'UTC', operation jsonb NOT NULL, paused boolean NOT NULL DEFAULT false, last_run_at timestamptz, created_at ${NOW})`,
  `ALTER TABLE operation ADD FOREIGN KEY (schedule_id) REFERENCES schedule ON DELETE SET NULL ${CHECKED_LATER}`,

  `CREATE TABLE container_profile (id ${ID}, container_id ${part("container")}, operation_id ${mention("operation")},
    records bigint NOT NULL, records_processed bigint NOT NULL, created_at ${NOW})`,
  `CREATE INDEX container_profile_container ON container_profile (container_id, id DESC)`,
  `CREATE TABLE field_profile (id ${ID}, container_profile_id ${part("container_profile")}, field_id ${part("field")}, profile jsonb NOT NULL)`,
  `CREATE INDEX field_profile_container_profile ON field_profile (container_profile_id)`,
  `CREATE INDEX field_profile_field ON field_profile (field_id, id DESC)`,

  `CREATE TABLE "check" (id ${ID}, container_id bigint REFERENCES container ON DELETE CASCADE ${CHECKED_LATER}, template_id ${mention("check")},
    is_template boolean NOT NULL DEFAULT false, template_locked boolean NOT NULL DEFAULT false, uid text NOT NULL, rule_type text NOT NULL,
    fields jsonb NOT NULL, description text NOT NULL DEFAULT '', filter text, coverage double precision,
    properties jsonb NOT NULL DEFAULT '{}', null_policy text NOT NULL DEFAULT 'pass', anomaly_message_field text,
    additional_metadata jsonb NOT NULL DEFAULT '{}', status text NOT NULL DEFAULT 'Active', inferred boolean NOT NULL DEFAULT false,
    evidence jsonb, owner_id ${mention("user")}, default_anomaly_assignee_id ${mention("user")}, last_editor_id ${mention("user")},
    version integer NOT NULL DEFAULT 1, last_status text, last_asserted_at timestamptz, last_error jsonb, archived_at timestamptz,
    created_at ${NOW}, updated_at ${NOW}, datastore_id bigint, open_kept bigint NOT NULL DEFAULT 0, weight_kept integer NOT NULL DEFAULT 0,
    CHECK (is_template = (container_id IS NULL)))`,
  `CREATE INDEX check_container ON "check" (container_id, status)`,
  `CREATE UNIQUE INDEX check_uid ON "check" (container_id, uid)`,
  `CREATE INDEX check_template ON "check" (template_id)`,
  `CREATE INDEX check_status ON "check" (is_template, status)`,
  `CREATE INDEX check_updated ON "check" (updated_at)`,
  `CREATE INDEX check_datastore ON "check" (datastore_id, id)`,
  `CREATE INDEX check_judged ON "check" (last_status, id) WHERE NOT is_template`,
  `CREATE INDEX check_weight ON "check" (weight_kept, id DESC) WHERE NOT is_template`,
  `CREATE INDEX check_open ON "check" (open_kept, id DESC) WHERE NOT is_template`,
  // What the rules weigh (core/rules); a test holds the two together.
  `CREATE FUNCTION rule_weight(rule_type text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CASE
      WHEN rule_type IN (${list(WEIGHT_3)}) THEN 3 WHEN rule_type IN (${list(WEIGHT_2)}) THEN 2 ELSE 1 END $$`,
  // What of a check is kept beside it, so that lists of all checks are read in their order: its datastore, which is its container's, and
  // what it weighs without tags, by the open anomalies that are added up so far (store/tallies.ts).
  `CREATE FUNCTION keep_check() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        NEW.open_kept := 0;
        IF NEW.datastore_id IS NULL THEN SELECT c.datastore_id INTO NEW.datastore_id FROM container c WHERE c.id = NEW.container_id; END IF;
      END IF;
      NEW.weight_kept := rule_weight(NEW.rule_type) + CASE WHEN NEW.inferred THEN CASE WHEN NEW.open_kept > 0 THEN 6 ELSE 0 END
        ELSE CASE WHEN NEW.open_kept > 0 THEN 12 ELSE 9 END END;
      RETURN NEW;
    END $$`,
  `CREATE TRIGGER keep_check BEFORE INSERT OR UPDATE OF rule_type, inferred, open_kept ON "check" FOR EACH ROW EXECUTE FUNCTION keep_check()`,
  // How many checks a datastore has, by state, as differences that add up.
  `CREATE TABLE datastore_check_tally (datastore_id bigint NOT NULL, status text NOT NULL, last_status text, count bigint NOT NULL)`,
  `CREATE INDEX datastore_check_tally_datastore ON datastore_check_tally (datastore_id)`,
  `CREATE FUNCTION tally_checks() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        INSERT INTO datastore_check_tally SELECT datastore_id, status, last_status, count(*) FROM made WHERE datastore_id IS NOT NULL GROUP BY 1, 2, 3;
      ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO datastore_check_tally SELECT datastore_id, status, last_status, -count(*) FROM gone WHERE datastore_id IS NOT NULL GROUP BY 1, 2, 3;
      ELSE
        INSERT INTO datastore_check_tally SELECT datastore_id, status, last_status, sum(one) FROM (
          SELECT datastore_id, status, last_status, 1 AS one FROM made UNION ALL SELECT datastore_id, status, last_status, -1 FROM gone
        ) moved WHERE datastore_id IS NOT NULL GROUP BY 1, 2, 3 HAVING sum(one) <> 0;
      END IF;
      RETURN NULL;
    END $$`,
  ...onEach("check", "tally_checks"),
  `CREATE TABLE check_version (check_id ${part("check")}, version integer NOT NULL, snapshot jsonb NOT NULL, editor_id ${mention("user")},
    created_at ${NOW}, PRIMARY KEY (check_id, version))`,
  `CREATE TABLE assertion (id ${ID}, check_id ${part("check")}, operation_id ${part("operation")}, status text NOT NULL,
    asserted_records bigint, anomalous_records bigint, measured double precision, created_at ${NOW})`,
  `CREATE UNIQUE INDEX assertion_check ON assertion (check_id, operation_id)`,
  `CREATE INDEX assertion_operation ON assertion (operation_id)`,

  `CREATE TABLE anomaly (id ${ID}, uuid uuid NOT NULL UNIQUE, datastore_id ${part("datastore")}, container_id ${part("container")},
    operation_id ${mention("operation")}, type text NOT NULL, status text NOT NULL DEFAULT 'Active', fingerprint text NOT NULL,
    message text NOT NULL, description text, fields jsonb NOT NULL, row bigint, partition text, anomalous_records bigint NOT NULL, weight integer NOT NULL,
    source_enriched boolean NOT NULL DEFAULT false, row_key text, created_at ${NOW}, updated_at ${NOW})`,
  `CREATE INDEX anomaly_row_key ON anomaly (container_id, row_key) WHERE row_key IS NOT NULL`,
  `CREATE INDEX anomaly_datastore ON anomaly (datastore_id, id DESC)`,
  `CREATE INDEX anomaly_container ON anomaly (container_id, id DESC)`,
  `CREATE INDEX anomaly_fingerprint ON anomaly (container_id, fingerprint)`,
  `CREATE INDEX anomaly_status ON anomaly (container_id, status)`,
  // Of what somebody looks at: the open ones are few among those that were ever found.
  `CREATE INDEX anomaly_open_datastore ON anomaly (datastore_id, id) WHERE status IN ('Active', 'Acknowledged')`,
  `CREATE INDEX anomaly_operation ON anomaly (operation_id)`,
  `CREATE INDEX anomaly_created ON anomaly (created_at)`,
  `CREATE INDEX anomaly_open_weight ON anomaly (weight, id) WHERE status IN ('Active', 'Acknowledged')`,
  // How many there are, as differences that add up: nobody who changes an anomaly waits for somebody else who does (store/anomaly-totals.ts).
  // No reference keeps a row: what is deleted with its container is taken off by a row of its own.
  `CREATE TABLE anomaly_tally (datastore_id bigint NOT NULL, container_id bigint NOT NULL, type text NOT NULL, status text NOT NULL, count bigint NOT NULL)`,
  `CREATE INDEX anomaly_tally_container ON anomaly_tally (container_id)`,
  `CREATE INDEX anomaly_tally_datastore ON anomaly_tally (datastore_id)`,
  // The same without the containers, of which there are a thousand times as many.
  `CREATE TABLE datastore_anomaly_tally (datastore_id bigint NOT NULL, type text NOT NULL, status text NOT NULL, count bigint NOT NULL)`,
  `CREATE INDEX datastore_anomaly_tally_datastore ON datastore_anomaly_tally (datastore_id)`,
  `CREATE FUNCTION tally_anomalies() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        INSERT INTO anomaly_tally SELECT datastore_id, container_id, type, status, count(*) FROM made GROUP BY 1, 2, 3, 4;
        INSERT INTO datastore_anomaly_tally SELECT datastore_id, type, status, count(*) FROM made GROUP BY 1, 2, 3;
      ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO anomaly_tally SELECT datastore_id, container_id, type, status, -count(*) FROM gone GROUP BY 1, 2, 3, 4;
        INSERT INTO datastore_anomaly_tally SELECT datastore_id, type, status, -count(*) FROM gone GROUP BY 1, 2, 3;
      ELSE
        INSERT INTO anomaly_tally SELECT datastore_id, container_id, type, status, sum(one) FROM (
          SELECT datastore_id, container_id, type, status, 1 AS one FROM made UNION ALL SELECT datastore_id, container_id, type, status, -1 FROM gone
        ) moved GROUP BY 1, 2, 3, 4 HAVING sum(one) <> 0;
        INSERT INTO datastore_anomaly_tally SELECT datastore_id, type, status, sum(one) FROM (
          SELECT datastore_id, type, status, 1 AS one FROM made UNION ALL SELECT datastore_id, type, status, -1 FROM gone
        ) moved GROUP BY 1, 2, 3 HAVING sum(one) <> 0;
      END IF;
      RETURN NULL;
    END $$`,
  ...onEach("anomaly", "tally_anomalies"),
  `CREATE TABLE failed_check (anomaly_id ${part("anomaly")}, check_id ${part("check")}, version integer NOT NULL, message text NOT NULL,
    PRIMARY KEY (anomaly_id, check_id))`,
  `CREATE INDEX failed_check_check ON failed_check (check_id, anomaly_id DESC)`,
  // How many open anomalies each check has got or lost since its own row was brought up to date.
  `CREATE TABLE check_tally (check_id bigint NOT NULL, count bigint NOT NULL)`,
  `CREATE INDEX check_tally_check ON check_tally (check_id)`,
  `CREATE FUNCTION is_open(status text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT status IN ('Active', 'Acknowledged') $$`,
  `CREATE FUNCTION tally_failed_checks() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO check_tally SELECT f.check_id, TG_ARGV[0]::bigint * count(*) FROM changed f JOIN anomaly a ON a.id = f.anomaly_id
        WHERE is_open(a.status) GROUP BY 1;
      RETURN NULL;
    END $$`,
  `CREATE TRIGGER tally_insert AFTER INSERT ON failed_check REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tally_failed_checks('1')`,
  `CREATE TRIGGER tally_delete AFTER DELETE ON failed_check REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tally_failed_checks('-1')`,
  `CREATE FUNCTION tally_open_anomalies() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO check_tally SELECT f.check_id, sum(is_open(made.status)::int - is_open(gone.status)::int)
        FROM made JOIN gone ON gone.id = made.id JOIN failed_check f ON f.anomaly_id = made.id
        WHERE is_open(made.status) <> is_open(gone.status) GROUP BY 1 HAVING sum(is_open(made.status)::int - is_open(gone.status)::int) <> 0;
      RETURN NULL;
    END $$`,
  `CREATE TRIGGER tally_open AFTER UPDATE ON anomaly REFERENCING OLD TABLE AS gone NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION tally_open_anomalies()`,
  // Before: its failed checks go with it, and then nobody knows any more which they were.
  `CREATE FUNCTION tally_deleted_anomaly() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO check_tally SELECT check_id, -1 FROM failed_check WHERE anomaly_id = OLD.id;
      RETURN OLD;
    END $$`,
  `CREATE TRIGGER tally_deleted BEFORE DELETE ON anomaly FOR EACH ROW WHEN (is_open(OLD.status)) EXECUTE FUNCTION tally_deleted_anomaly()`,
  `CREATE TABLE anomaly_assignee (anomaly_id ${part("anomaly")}, user_id ${part("user")}, PRIMARY KEY (anomaly_id, user_id))`,
  `CREATE INDEX anomaly_assignee_user ON anomaly_assignee (user_id)`,
  `CREATE TABLE anomaly_event (id ${ID}, anomaly_id ${part("anomaly")}, kind text NOT NULL, detail jsonb NOT NULL DEFAULT '{}',
    user_id ${mention("user")}, operation_id ${mention("operation")}, created_at ${NOW})`,
  `CREATE INDEX anomaly_event_anomaly ON anomaly_event (anomaly_id, id)`,

  `CREATE TABLE tag (id ${ID}, name text NOT NULL, color text NOT NULL DEFAULT '#868e96', category text, description text NOT NULL DEFAULT '',
    weight_modifier integer NOT NULL DEFAULT 0, created_at ${NOW})`,
  `CREATE UNIQUE INDEX tag_name ON tag (lower(name))`,
  `CREATE TABLE tag_link (tag_id ${part("tag")}, noun text NOT NULL, object_id bigint NOT NULL, PRIMARY KEY (noun, object_id, tag_id))`,
  `CREATE INDEX tag_link_tag ON tag_link (tag_id, noun)`,
  // A link names objects of five tables, so no foreign key can take it away with them.
  `CREATE FUNCTION forget_tags() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN DELETE FROM tag_link USING gone WHERE noun = TG_ARGV[0] AND object_id = gone.id; RETURN NULL; END $$`,
  ...["datastore", "container", "field", "check", "anomaly"].map(
    (noun) => `CREATE TRIGGER forget_tags AFTER DELETE ON "${noun}" REFERENCING OLD TABLE AS gone
      FOR EACH STATEMENT EXECUTE FUNCTION forget_tags('${noun}')`,
  ),

  // The words of a name, also those within `snake_case` and `camelCase`; the configuration `simple` knows no language.
  `CREATE FUNCTION search_words(name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('simple', regexp_replace(name || ' ' || regexp_replace(name, '([[:lower:][:digit:]])([[:upper:]])', '\\1 \\2', 'g'), '[^[:alnum:]]+', ' ', 'g')) $$`,
  `CREATE INDEX datastore_words ON datastore USING gin (search_words(name))`,
  `CREATE INDEX container_words ON container USING gin (search_words(name))`,
  `CREATE INDEX field_words ON field USING gin (search_words(name))`,
  `CREATE INDEX check_words ON "check" USING gin (search_words(description))`,
  // What is searched for anywhere in a text. A server that does not have the extension, or does not let us have it, reads the texts instead.
  `DO $$ BEGIN
      CREATE EXTENSION IF NOT EXISTS pg_trgm;
      CREATE INDEX anomaly_text ON anomaly USING gin (coalesce(description, message) gin_trgm_ops);
      CREATE INDEX check_text ON "check" USING gin ((description || ' ' || rule_type || ' ' || fields::text) gin_trgm_ops);
    EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN NULL;
    END $$`,

  `CREATE TABLE audit (id ${ID}, at timestamptz NOT NULL, user_id bigint, user_email text, event text NOT NULL, object text,
    detail jsonb NOT NULL DEFAULT '{}', request_id text, previous_hash text NOT NULL, hash text NOT NULL)`,
  `CREATE TABLE dataplane (id ${ID}, name text NOT NULL UNIQUE, token_hash text UNIQUE, code_hash text UNIQUE, code_expires_at timestamptz,
    version text, capabilities jsonb NOT NULL DEFAULT '{}', last_seen_at timestamptz, revoked_at timestamptz, created_at ${NOW})`,
  `CREATE TABLE question (id uuid PRIMARY KEY, datastore_id bigint REFERENCES datastore ON DELETE CASCADE, kind text NOT NULL, asked jsonb NOT NULL, public_key text NOT NULL,
    instead_key_id text, instead_sealed text, answer text, expires_at timestamptz NOT NULL, created_at ${NOW})`,
  `CREATE INDEX question_expiry ON question (expires_at)`,
  `CREATE TABLE idempotency_key (user_id ${part("user")}, key_hash text NOT NULL, fingerprint text NOT NULL, status smallint NOT NULL, answer json,
    object text, expires_at timestamptz NOT NULL, PRIMARY KEY (user_id, key_hash))`,
  `CREATE INDEX idempotency_key_expires ON idempotency_key (expires_at)`,
  `CREATE TABLE replica (id uuid PRIMARY KEY, host text NOT NULL, key_ids jsonb NOT NULL, seals_with text NOT NULL, seen_at timestamptz NOT NULL)`,
  // Rows for an external scan, sealed for the dataplane that has it, from when they are asked for to when they are read.
  `CREATE TABLE upload (operation_id ${part("operation")} PRIMARY KEY, public_key text, sealed text, expires_at timestamptz NOT NULL)`,
  `CREATE INDEX upload_expiry ON upload (expires_at)`,
  `CREATE TABLE setting (name text PRIMARY KEY, value jsonb NOT NULL)`,
]);
