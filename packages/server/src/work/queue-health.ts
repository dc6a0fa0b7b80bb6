/** What waits in the queue and what is stuck there, as facts. */
import { sql } from "kysely";
import type { Database } from "../store/database.ts";

export type WaitingWork = {
  waiting: number;
  /** Seconds that the oldest piece of work waits already. */
  oldestSeconds: number;
  /** Leases whose dataplane has given no sign of life in time. */
  expired: number;
  /** Operations under way that nothing in the queue stands for: nobody will ever bring them to their end. */
  lost: { id: number; type: string; datastore: string }[];
};

const NOTHING: WaitingWork = { waiting: 0, oldestSeconds: 0, expired: 0, lost: [] };

/** Operations named at once. */
const LOST_MAX = 10;

export const waitingWork = async (db: Database): Promise<WaitingWork> => {
  const there = await sql<{ there: boolean }>`SELECT to_regclass('queue.job') IS NOT NULL AS there`.execute(db);
  if (there.rows[0]?.there !== true) return NOTHING;
  const counts = await sql<{ waiting: number; oldest: number | null; expired: number }>`SELECT
      count(*) FILTER (WHERE state IN ('created', 'retry') AND start_after <= now()) AS waiting,
      extract(epoch FROM now() - min(created_on) FILTER (WHERE state IN ('created', 'retry') AND start_after <= now())) AS oldest,
      count(*) FILTER (WHERE state = 'active' AND heartbeat_on < now() - heartbeat_seconds * interval '1 second') AS expired
    FROM queue.job WHERE name = 'work'`.execute(db);
  const lost = await sql<{ id: number; type: string; datastore: string }>`SELECT o.id, o.type, d.name AS datastore
    FROM operation o JOIN datastore d ON d.id = o.datastore_id
    WHERE o.finished_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM queue.job j WHERE j.id = o.job_id AND j.state IN ('created', 'retry', 'active'))
    ORDER BY o.id LIMIT ${LOST_MAX}`.execute(db);
  const [row] = counts.rows;
  return {
    waiting: Number(row?.waiting ?? 0),
    oldestSeconds: Math.round(Number(row?.oldest ?? 0)),
    expired: Number(row?.expired ?? 0),
    lost: lost.rows.map(({ id, type, datastore }) => ({ id: Number(id), type, datastore })),
  };
};
