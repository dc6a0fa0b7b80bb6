/**
 * An installation that has been used for a quarter of a year, filled by the store itself, a statement a table. Numbers stand for dice:
 * the same every time. A scan is of one datastore and goes through its containers one after another, so its anomalies lie together; containers are
 * not alike: the first of a datastore have most of its anomalies, as it is everywhere.
 */
import { sql } from "kysely";
import type { Database } from "@touchstone/server/store/database";
import { addUpTallies } from "@touchstone/server/store/tallies";

export type Size = { containers: number; checks: number; anomalies: number };

/** Of the least number of containers whose figures mean something. */
const CONTAINERS_PER_DATASTORE = 200;
const FIELDS_PER_CONTAINER = 10;
const DAYS = 90;
const OPERATIONS = 2000;
/** The first container of a datastore of 200 has a quarter of its anomalies. */
const SKEW = 4;

export type Stock = Size & {
  datastores: number;
  fields: number;
  admin: number;
  member: number;
  /** Ids of what everybody sees who asks: a foreign object answers 404, in no time. */
  seen: { containers: number[]; anomalies: number[] };
};

/** Of the datastores one in so many is held by the member's team. */
const TEAM_EVERY = 5;
/** Of the anomalies that everybody sees one in so many is asked for by its id; a prime, so that they are of all containers. */
const SEEN_EVERY = 97;

const FIELDS = "ARRAY['id','name','email','price','quantity','placed_at','state','country','sku','note']";
const NOUNS = "ARRAY['orders','customers','invoices','payments','shipments','products','returns','visits','stock','prices']";
const RULES =
  "ARRAY['notNull','unique','between','matchesPattern','isEmail','notNegative','maxLength','expectedValues','notFuture','minLength']";

/** Ids count from 1: the store is new. */
const statements = ({ containers, checks, anomalies }: Size, datastores: number): string[] => [
  `INSERT INTO "user" (email, name, role, kind) VALUES ('admin@example.org', 'Admin', 'Admin', 'person'), ('member@example.org', 'Member', 'Member', 'person')`,
  `INSERT INTO connection (name, type, settings) VALUES ('warehouse', 'postgresql', '{}')`,
  `INSERT INTO datastore (name, connection_id, database, schema) SELECT 'shop_' || n, 1, 'shop', 's' || n FROM generate_series(1, ${datastores}) n`,
  `INSERT INTO team (name, permission) VALUES ('analysts', 'Editor')`,
  `INSERT INTO team_member (team_id, user_id) SELECT t.id, u.id FROM team t, "user" u WHERE t.name = 'analysts' AND u.name = 'Member'`,
  `INSERT INTO datastore_team (team_id, datastore_id) SELECT t.id, d.id FROM team t, datastore d WHERE t.name = 'analysts' AND d.id % ${TEAM_EVERY} = 1`,
  `INSERT INTO container (datastore_id, name, container_type, records_count, last_synced_at, last_profiled_at, last_scanned_at)
    SELECT 1 + (n - 1) % ${datastores}, (${NOUNS})[1 + n % 10] || '_' || n, 'table', n * 37, now(), now(), now() FROM generate_series(1, ${containers}) n`,
  `INSERT INTO field (container_id, name, position, field_type)
    SELECT c, (${FIELDS})[f], f, CASE WHEN f IN (1, 5) THEN 'Integral' WHEN f = 4 THEN 'Fractional' WHEN f = 6 THEN 'Timestamp' ELSE 'String' END
    FROM generate_series(1, ${containers}) c, generate_series(1, ${FIELDS_PER_CONTAINER}) f ORDER BY c, f`,
  `INSERT INTO "check" (container_id, uid, rule_type, fields, description, status, inferred, last_status, last_asserted_at, last_editor_id, properties)
    SELECT 1 + (n - 1) % ${containers}, 'uid' || n, (${RULES})[1 + (n / ${containers}) % 10], jsonb_build_array((${FIELDS})[1 + (n * 7) % 10]),
      'The field ' || (${FIELDS})[1 + (n * 7) % 10] || ' of ' || (${NOUNS})[1 + (1 + (n - 1) % ${containers}) % 10] || ' is as it was agreed with team ' || n % 400,
      CASE WHEN n % 20 = 0 THEN 'Draft' WHEN n % 17 = 0 THEN 'Discarded' ELSE 'Active' END, n % 3 > 0, CASE n % 4 WHEN 0 THEN 'failed' ELSE 'passed' END,
      now(), CASE WHEN n % 3 = 0 THEN 1 END, '{"min": 0, "max": 100}' FROM generate_series(1, ${checks}) n`,
  `INSERT INTO operation (type, datastore_id, result, user_id, created_at, started_at, finished_at)
    SELECT 'scan', 1 + n % ${datastores}, 'success', 1, at, at, at + interval '1 minute'
    FROM (SELECT n, now() - interval '${DAYS} days' * (1 - n::float8 / ${OPERATIONS}) AS at FROM generate_series(1, ${OPERATIONS}) n) o ORDER BY n`,
  `INSERT INTO anomaly (uuid, datastore_id, container_id, operation_id, type, status, fingerprint, message, fields, row, anomalous_records, weight, source_enriched, created_at, updated_at)
    SELECT gen_random_uuid(), datastore, c, operation, CASE WHEN n % 12 = 0 THEN 'shape' ELSE 'record' END,
      (ARRAY['Active','Resolved','Resolved','Acknowledged','Resolved','Duplicate','Active','Resolved','Invalid','Resolved'])[1 + (n / 10) % 10], md5((n / 2)::text),
      (${FIELDS})[1 + n % 10] || ' is ' || 'A-' || to_char(n::bigint * 7919 % 1000000, 'FM000000') || ', which does not match what was agreed for ' || (${NOUNS})[1 + c % 10],
      jsonb_build_array((${FIELDS})[1 + n % 10]), n % 5000, 1, n % 40, n % 3 = 0, at, at
    FROM (SELECT n, operation, datastore, datastore + ${datastores} * floor(${Math.floor(containers / datastores)} * power(part, ${SKEW}))::int AS c, at
      FROM (SELECT n, operation, 1 + operation % ${datastores} AS datastore,
          ((n - 1)::bigint * ${OPERATIONS} % ${anomalies})::float8 / ${anomalies} AS part, now() - interval '${DAYS} days' * (1 - n::float8 / ${anomalies}) AS at
        FROM (SELECT n, 1 + ((n - 1)::bigint * ${OPERATIONS} / ${anomalies})::int AS operation FROM generate_series(1, ${anomalies}) n) found) placed) named ORDER BY n`,
  `INSERT INTO failed_check (anomaly_id, check_id, version, message)
    SELECT a.id, 1 + (a.container_id - 1 + ${containers} * (a.id % ${Math.max(1, Math.floor(checks / containers))})) % ${checks}, 1, a.message FROM anomaly a`,
  `INSERT INTO anomaly_event (anomaly_id, kind, operation_id, created_at) SELECT id, 'created', operation_id, created_at FROM anomaly`,
  `INSERT INTO anomaly_event (anomaly_id, kind, detail, user_id) SELECT id, 'comment', '{"message": "seen"}', 1 + id % 2 FROM anomaly WHERE id % 50 = 0`,
  `INSERT INTO anomaly_assignee (anomaly_id, user_id) SELECT id, 1 + id % 2 FROM anomaly WHERE id % 101 = 0`,
  `INSERT INTO assertion (check_id, operation_id, status, asserted_records, anomalous_records)
    SELECT k.id, o, 'passed', 1000, 0 FROM "check" k, generate_series(1, 2) o`,
  `INSERT INTO tag (name, weight_modifier) SELECT 'tag ' || n, n FROM generate_series(1, 20) n`,
  `INSERT INTO tag_link (tag_id, noun, object_id) SELECT 1 + n % 20, 'container', n FROM generate_series(1, ${containers}) n WHERE n % 20 = 0`,
  `INSERT INTO tag_link (tag_id, noun, object_id) SELECT 1 + n % 19, 'check', n FROM generate_series(1, ${checks}) n WHERE n % 50 = 0`,
  `INSERT INTO tag_link (tag_id, noun, object_id) SELECT 1 + n % 17, 'anomaly', n FROM generate_series(1, ${anomalies}) n WHERE n % 200 = 0`,
];

const idsSeen = async (db: Database): Promise<Stock["seen"]> => {
  const isSeen = sql<boolean>`datastore_id % ${TEAM_EVERY} = 1`;
  const containers = await db.selectFrom("container").where(isSeen).orderBy("id").select("id").execute();
  const anomalies = await db
    .selectFrom("anomaly")
    .where(isSeen)
    .where(sql<boolean>`id % ${SEEN_EVERY} = 0`)
    .orderBy("id")
    .select("id")
    .execute();
  return { containers: containers.map(({ id }) => id), anomalies: anomalies.map(({ id }) => id) };
};

/** Fills an empty store, and does at its end what the control plane does every half minute. */
export const stock = async (db: Database, size: Size): Promise<Stock> => {
  const datastores = Math.max(1, Math.round(size.containers / CONTAINERS_PER_DATASTORE));
  await db.connection().execute(async (at) => {
    await sql`SET statement_timeout = 0`.execute(at);
    for (const statement of statements(size, datastores)) await sql.raw(statement).execute(at);
    await addUpTallies(at, 0);
    await sql`VACUUM ANALYZE`.execute(at);
    await sql`RESET statement_timeout`.execute(at);
  });
  return { ...size, datastores, fields: size.containers * FIELDS_PER_CONTAINER, admin: 1, member: 2, seen: await idsSeen(db) };
};
