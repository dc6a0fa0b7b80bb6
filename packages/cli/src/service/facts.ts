/** For tests: what a datastore's operations have left in the metadata store, and in the tables of evidence, as counts. */
import { sql } from "kysely";
import type { Database } from "@touchstone/server/store/database";

export type Facts = Record<string, number | string>;

/** Counts by name; of each the rows that are there and those that differ, so that a doubled one shows. */
const COUNTS: Readonly<Record<string, (datastore: number) => string>> = {
  containers: (id) => `SELECT count(*) AS n, count(DISTINCT name) AS d FROM container WHERE datastore_id = ${id}`,
  fields: (id) =>
    `SELECT count(*) AS n, count(DISTINCT (f.container_id, f.name)) AS d FROM field f JOIN container c ON c.id = f.container_id WHERE c.datastore_id = ${id}`,
  checks: (id) =>
    `SELECT count(*) AS n, count(DISTINCT (k.container_id, k.uid)) AS d FROM "check" k JOIN container c ON c.id = k.container_id WHERE c.datastore_id = ${id}`,
  steps: (id) =>
    `SELECT count(*) AS n, count(DISTINCT (s.operation_id, s.container)) AS d FROM operation_container s JOIN operation o ON o.id = s.operation_id WHERE o.datastore_id = ${id}`,
  profiles: (id) =>
    `SELECT count(*) AS n, count(DISTINCT (p.container_id, p.operation_id)) AS d FROM container_profile p JOIN container c ON c.id = p.container_id WHERE c.datastore_id = ${id}`,
  field_profiles: (id) =>
    `SELECT count(*) AS n, count(DISTINCT (p.container_profile_id, p.field_id)) AS d FROM field_profile p JOIN field f ON f.id = p.field_id JOIN container c ON c.id = f.container_id WHERE c.datastore_id = ${id}`,
  assertions: (id) =>
    `SELECT count(*) AS n, count(DISTINCT (a.check_id, a.operation_id)) AS d FROM assertion a JOIN operation o ON o.id = a.operation_id WHERE o.datastore_id = ${id}`,
  anomalies: (id) =>
    `SELECT count(*) AS n, count(DISTINCT (container_id, operation_id, fingerprint)) AS d FROM anomaly WHERE datastore_id = ${id}`,
  failed_checks: (id) =>
    `SELECT count(*) AS n, count(DISTINCT (f.anomaly_id, f.check_id)) AS d FROM failed_check f JOIN anomaly a ON a.id = f.anomaly_id WHERE a.datastore_id = ${id}`,
  births: (id) =>
    `SELECT count(*) AS n, count(DISTINCT e.anomaly_id) AS d FROM anomaly_event e JOIN anomaly a ON a.id = e.anomaly_id WHERE a.datastore_id = ${id} AND e.kind = 'created'`,
  tallied: (id) => `SELECT coalesce(sum(count), 0) AS n, coalesce(sum(count), 0) AS d FROM anomaly_tally WHERE datastore_id = ${id}`,
};

/** Everything that was counted about a datastore; operations with how they ended and what they counted themselves. */
export const factsOf = async (db: Database, datastoreId: number): Promise<Facts> => {
  const facts: Facts = {};
  for (const [name, query] of Object.entries(COUNTS)) {
    const { rows } = await sql.raw<{ n: number; d: number }>(query(datastoreId)).execute(db);
    facts[name] = `${rows[0]!.n} rows, ${rows[0]!.d} of them different`;
  }
  const operations = await db.selectFrom("operation").where("datastore_id", "=", datastoreId).orderBy("id").selectAll().execute();
  operations.forEach(({ type, result, message, counters, finished_at }) => {
    const counted = Object.entries(counters).toSorted(([a], [b]) => (a < b ? -1 : 1));
    facts[type] = JSON.stringify([result, message, finished_at !== null, counted]);
  });
  facts["operations"] = operations.length;
  return facts;
};

/** Rows of the evidence tables with this prefix, by what the tables are called after it. */
export const evidenceOf = async (db: Database, schema: string, prefix: string): Promise<Facts> => {
  const { rows } = await sql<{ name: string }>`SELECT table_name AS name FROM information_schema.tables
    WHERE table_schema = ${schema} AND starts_with(table_name, ${`${prefix}_`}) ORDER BY 1`.execute(db);
  const facts: Facts = {};
  for (const { name } of rows) {
    const { rows: counted } = await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(`${schema}.${name}`)}`.execute(db);
    facts[name.slice(prefix.length)] = Number(counted[0]!.n);
  }
  return facts;
};
