/** What a database would be as a metadata store, before anything is in it: facts that a check of a cluster judges. Nothing is changed. */
import { sql } from "kysely";
import type { StoreGround } from "@touchstone/core/model/reach";
import type { Database } from "./database.ts";

type Row = {
  version: string;
  tls: string | null;
  schemas: boolean;
  tables: boolean | null;
  trigrams: boolean;
  standby: boolean;
  now: Date;
};

/** With the server's clock. */
export const storeGround = async (db: Database): Promise<{ ground: StoreGround; now: Date }> => {
  const { rows } = await sql<Row>`SELECT current_setting('server_version_num') AS version,
      (SELECT s.version FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid() AND s.ssl) AS tls,
      has_database_privilege(current_database(), 'CREATE') AS schemas,
      has_schema_privilege(current_schema(), 'CREATE') AS tables,
      EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm') AS trigrams,
      pg_is_in_recovery() AS standby,
      clock_timestamp() AS now`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error("a SELECT without FROM answered no row");
  return {
    ground: {
      serverVersion: Number(row.version),
      tls: row.tls,
      mayCreateSchemas: row.schemas,
      // Null where no schema of the search path is there.
      mayCreateTables: row.tables === true,
      hasTrigrams: row.trigrams,
      isStandby: row.standby,
    },
    now: row.now,
  };
};
