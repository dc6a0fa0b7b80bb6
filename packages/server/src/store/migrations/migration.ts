import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * A migration of plain statements, one after another in one transaction. There is no way down: a version that is rolled back
 * runs against the newer schema, which is why a migration only ever adds (docs/decisions on migrations).
 */
export const statements = (list: readonly string[]): Migration => ({
  up: async (db: Kysely<unknown>) => {
    for (const statement of list) await sql.raw(statement).execute(db);
  },
});
