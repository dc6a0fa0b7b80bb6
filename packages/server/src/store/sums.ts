/**
 * What a store holds, as a number of rows and a digest for each table: two stores with the same sums hold the same rows, whatever
 * order these lie in and whichever kind of Postgres keeps them.
 */
import { sql } from "kysely";
import { DERIVED_COLUMNS, tablesOf } from "./backup.ts";
import type { Database } from "./database.ts";

export type TableSum = { table: string; rows: number; digest: string };

/**
 * A row is the text of its JSON, in UTC, without what follows from other rows. The digests of the rows, in their own order, make that of the table: 32 bytes each, so a table
 * of up to 30 million rows fits into the gigabyte that a value may have.
 */
const sumOf = async (db: Database, table: string): Promise<TableSum> => {
  const { rows } = await sql<{ rows: number; digest: string }>`
    SELECT count(*)::int AS rows, encode(sha256(coalesce(string_agg(digest, ''::bytea ORDER BY digest), ''::bytea)), 'hex') AS digest
    FROM (SELECT sha256(convert_to((to_jsonb(t) - ${DERIVED_COLUMNS}::text[])::text, 'UTF8')) AS digest FROM ${sql.table(table)} t) AS each_row`.execute(
    db,
  );
  return { table, rows: rows[0]?.rows ?? 0, digest: `sha256:${rows[0]?.digest ?? ""}` };
};

/** The sums of all tables that a backup holds, as they are at one moment. */
export const storeSums = (db: Database): Promise<TableSum[]> =>
  db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (at) => {
      await sql`SET LOCAL TimeZone = 'UTC'`.execute(at);
      // A whole store is read, which is no look-up.
      await sql`SET LOCAL statement_timeout = 0`.execute(at);
      const sums: TableSum[] = [];
      for (const table of await tablesOf(at)) sums.push(await sumOf(at, table));
      return sums;
    });
