/** What a demo has found, in numbers and by a few examples. */
import { sql } from "kysely";
import type { Database } from "../store/database.ts";

export type DemoFound = {
  containers: number;
  checks: number;
  anomalies: number;
  /** Sentences of anomalies in which no masked field has a part, of different containers. */
  examples: { id: number; container: string; message: string }[];
};

const EXAMPLES = 3;

export const demoFound = async (db: Database, datastoreId: number): Promise<DemoFound> => {
  const counts = await sql<{ containers: number; checks: number; anomalies: number }>`SELECT
      (SELECT count(*) FROM container WHERE datastore_id = ${datastoreId} AND removed_at IS NULL) AS containers,
      (SELECT count(*) FROM "check" k JOIN container c ON c.id = k.container_id
        WHERE c.datastore_id = ${datastoreId} AND k.status = 'Active') AS checks,
      (SELECT count(*) FROM anomaly WHERE datastore_id = ${datastoreId} AND status = 'Active') AS anomalies`.execute(db);
  const examples = await sql<{ id: number; container: string; message: string }>`SELECT id, container, message FROM (
      SELECT DISTINCT ON (a.container_id) a.id, c.name AS container, a.message, a.weight, a.anomalous_records
      FROM anomaly a JOIN container c ON c.id = a.container_id
      WHERE a.datastore_id = ${datastoreId} AND a.status = 'Active'
        AND NOT EXISTS (SELECT 1 FROM field f WHERE f.container_id = a.container_id AND f.status = 'Masked')
      ORDER BY a.container_id, a.weight DESC, a.anomalous_records, a.id
    ) AS heaviest ORDER BY weight DESC, anomalous_records, id LIMIT ${EXAMPLES}`.execute(db);
  const [row] = counts.rows;
  return {
    containers: Number(row?.containers ?? 0),
    checks: Number(row?.checks ?? 0),
    anomalies: Number(row?.anomalies ?? 0),
    examples: examples.rows.map(({ id, container, message }) => ({ id: Number(id), container, message })),
  };
};
