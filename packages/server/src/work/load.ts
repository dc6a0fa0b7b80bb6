/** How much there is to do, for whom, and who is silent: what scaling and alerts go by. */
import { sql } from "kysely";
import type { Database } from "../store/database.ts";

export type Load = {
  /** `work`: operations it has, and those that wait and that it may take. */
  dataplanes: { name: string; work: number; silentSeconds: number }[];
  /** Age of the oldest operation that waits; 0 where none does. */
  oldestSeconds: number;
};

/**
 * Of one datastore one operation runs at a time, so what waits behind another is no reason for one more worker: datastores are counted.
 * Questions are left out, for they are answered beside operations.
 */
export const readLoad = async (db: Database): Promise<Load> => {
  const { rows } = await sql<{ name: string; work: number; silent: number }>`
    WITH waiting AS (
      SELECT DISTINCT o.datastore_id, d.dataplane AS pinned FROM operation o JOIN datastore d ON d.id = o.datastore_id
      WHERE o.result = 'queued'
        AND NOT EXISTS (SELECT FROM operation r WHERE r.datastore_id = o.datastore_id AND r.result = 'running'))
    SELECT p.name,
      ((SELECT count(*) FROM operation o WHERE o.result = 'running' AND o.dataplane_id = p.id)
        + (SELECT count(*) FROM waiting w WHERE w.pinned IS NULL OR w.pinned = p.name))::int AS work,
      extract(epoch FROM now() - coalesce(p.last_seen_at, p.created_at))::float8 AS silent
    FROM dataplane p WHERE p.token_hash IS NOT NULL AND p.revoked_at IS NULL ORDER BY p.name`.execute(db);
  const oldest = await sql<{ seconds: number }>`
    SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS seconds FROM operation WHERE result = 'queued'`.execute(db);
  return {
    dataplanes: rows.map(({ name, work, silent }) => ({ name, work, silentSeconds: Math.max(0, silent) })),
    oldestSeconds: oldest.rows[0]?.seconds ?? 0,
  };
};
