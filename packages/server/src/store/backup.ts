/**
 * Backup and restore of the metadata store, the same for the embedded one and a server: one gzip file of JSON lines, a head and then
 * a row of a table each. It can be read by people, moved between the two kinds of store, and holds what the store holds: sealed
 * secrets (worth nothing without the keys), no rows of a source. The work queue is not in it: work under way is started again by people
 * or schedules, not by a copy of yesterday.
 */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { Readable, Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { sql } from "kysely";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { fileBytes } from "./backup-file.ts";
import { jsonIn } from "@touchstone/core/json";
import { migrationStatus, type Database } from "./database.ts";

const FORMAT = "touchstone-backup-1";
const Head = z.object({ format: z.literal(FORMAT), made_at: z.string(), migrations: z.array(z.string()) });
const Line = z.object({ table: z.string(), row: z.record(z.string(), z.unknown()) });

/** Rows read and written at once: bounded memory on any store. */
const BATCH_ROWS = 1000;

/** Written by triggers: a restore gives it back with the rows that it counts. */
const DERIVED = ["anomaly_tally", "check_tally", "datastore_anomaly_tally", "datastore_check_tally", "retagged"];

/** Columns that triggers write, of any table: they follow from other rows, and as far as these were added up. */
export const DERIVED_COLUMNS = ["open_kept", "tags_kept", "weight_kept"];

/** Tables of the store that a backup holds: without those of the migrator, and those that follow from others. */
export const tablesOf = async (db: Database): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`
    SELECT table_name AS name FROM information_schema.tables
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'kysely%' ORDER BY 1`.execute(db);
  return rows.map(({ name }) => name).filter((name) => !DERIVED.includes(name));
};

const applied = async (db: Database): Promise<string[]> =>
  (await migrationStatus(db)).flatMap(({ name, executedAt }) => (executedAt === null ? [] : [name]));

async function* rowsOf(db: Database, table: string): AsyncGenerator<unknown> {
  for (let offset = 0; ; offset += BATCH_ROWS) {
    const { rows } = await sql<{ row: unknown }>`
      SELECT to_jsonb(t) AS row FROM ${sql.table(table)} t ORDER BY ctid LIMIT ${BATCH_ROWS} OFFSET ${offset}`.execute(db);
    for (const { row } of rows) yield row;
    if (rows.length < BATCH_ROWS) return;
  }
}

async function* lines(db: Database): AsyncGenerator<string> {
  yield `${JSON.stringify({ format: FORMAT, made_at: new Date().toISOString(), migrations: await applied(db) })}\n`;
  for (const table of await tablesOf(db)) for await (const row of rowsOf(db, table)) yield `${JSON.stringify({ table, row })}\n`;
}

/** Writes the whole store, as it is at one moment, wherever the sink puts it. */
export const writeBackup = (db: Database, sink: (pieces: AsyncIterable<Buffer>) => Promise<void>): Promise<void> =>
  db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute((at) => pipeline(Readable.from(lines(at)), createGzip(), sink));

/** Into a file that appears when it is whole. */
export const backup = async (db: Database, file: string): Promise<void> => {
  const unfinished = `${file}.unfinished`;
  await writeBackup(db, (pieces) => pipeline(pieces, createWriteStream(unfinished, { mode: 0o600 })));
  await rename(unfinished, file);
};

/** Sends what `backup` would write, and tells what was sent: a stream may be cut short on its way without anybody hearing of it. */
export const sendBackup = async (db: Database, to: Writable): Promise<{ digest: string; bytes: number }> => {
  const hash = createHash("sha256");
  let bytes = 0;
  const counted = new Transform({
    transform: (part: Buffer, _encoding, done) => {
      hash.update(part);
      bytes += part.length;
      done(null, part);
    },
  });
  await writeBackup(db, (pieces) => pipeline(pieces, counted, to, { end: false }));
  return { digest: `sha256:${hash.digest("hex")}`, bytes };
};

const isEmpty = async (db: Database): Promise<boolean> => {
  const { rows } = await sql<{ any: boolean }>`SELECT EXISTS (SELECT FROM "user") OR EXISTS (SELECT FROM connection) AS any`.execute(db);
  return rows[0]?.any === false;
};

/**
 * Rows of a table as they stand in the backup. Columns that were added since then fill themselves, as they do for a writer of the version before. A line cannot
 * tell JSON's null from no value; where there must be one, it was JSON's.
 */
const insert = async (db: Database, table: string, rows: readonly Record<string, unknown>[]): Promise<void> => {
  const { rows: all } = await sql<{ name: string; must: boolean }>`
    SELECT column_name AS name, data_type = 'jsonb' AND is_nullable = 'NO' AS must FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = ${table} ORDER BY ordinal_position`.execute(db);
  const columns = all.filter(({ name }) => rows.some((row) => name in row));
  const read = columns.map(({ name, must }) => (must ? sql`coalesce(${sql.ref(name)}, 'null'::jsonb)` : sql.ref(name)));
  await sql`INSERT INTO ${sql.table(table)} (${sql.join(columns.map(({ name }) => sql.ref(name)))}) OVERRIDING SYSTEM VALUE
      SELECT ${sql.join(read)} FROM jsonb_populate_recordset(NULL::${sql.table(table)}, ${JSON.stringify(rows)}::jsonb)`.execute(db);
};

/** Numbers given next continue behind those that came with the backup. */
const continueNumbers = async (db: Database, table: string): Promise<void> => {
  const { rows } = await sql<{ name: string | null }>`
    SELECT CASE WHEN EXISTS (SELECT FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ${table} AND column_name = 'id')
      THEN pg_get_serial_sequence(${`"${table}"`}, 'id') END AS name`.execute(db);
  const sequence = rows[0]?.name ?? null;
  if (sequence !== null)
    await sql`SELECT setval(${sequence}::regclass, (SELECT coalesce(max(id), 0) + 1 FROM ${sql.table(table)}), false)`.execute(db);
};

const headOf = (text: string, file: string): z.infer<typeof Head> => {
  const head = Head.safeParse(jsonIn(text));
  if (!head.success) throw userError("BACKUP_UNUSABLE", file, "its first line is not that of a backup");
  return head.data;
};

/** Lines of a text that comes in pieces. */
async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    const parts = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
}

type Batch = { table: string; rows: Record<string, unknown>[] };

/** What a backup has to fit. */
type Fitting = { schema: readonly string[]; known: ReadonlySet<string> };

/** Rows of one table after another, in batches, of the schema of a store, or an earlier one, where one is given. Throws BACKUP_UNUSABLE. */
async function* batchesOf(lines: AsyncIterable<string>, file: string, store: Fitting | null): AsyncGenerator<Batch> {
  let batch: Batch | null = null;
  let number = 0;
  for await (const text of lines) {
    if (++number === 1) {
      const { migrations } = headOf(text, file);
      // Migrations only add: what an earlier version wrote can be written still.
      if (store !== null && migrations.some((name, at) => name !== store.schema[at]))
        throw userError("BACKUP_UNUSABLE", file, `it is of the schema ${migrations.at(-1)}, which this version does not know`);
      continue;
    }
    const line = Line.safeParse(jsonIn(text));
    // A version that was rolled back writes what a later one made, and does not know that it follows from others.
    if (line.data !== undefined && DERIVED.includes(line.data.table)) continue;
    if (!line.success || store?.known.has(line.data.table) === false)
      throw userError("BACKUP_UNUSABLE", file, `line ${number} is not a row of a table`);
    const { table, row } = line.data;
    if (batch !== null && (batch.table !== table || batch.rows.length >= BATCH_ROWS)) {
      yield batch;
      batch = null;
    }
    batch ??= { table, rows: [] };
    batch.rows.push(row);
  }
  if (number === 0) throw userError("BACKUP_UNUSABLE", file, "it is empty");
  if (batch !== null) yield batch;
}

/** Errors of the file itself: not there, not to be read, not gzip, cut off. */
const asUnusable = (thrown: unknown, file: string): unknown =>
  thrown instanceof Error && "code" in thrown && /^(ENOENT|EACCES|EISDIR|Z_.*)$/.test(String(thrown.code))
    ? userError("BACKUP_UNUSABLE", file, thrown.message)
    : thrown;

const unpacked = async <T>(
  packed: AsyncIterable<Uint8Array>,
  file: string,
  take: (pieces: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> => {
  try {
    return await pipeline(packed, createGunzip(), take);
  } catch (thrown) {
    throw asUnusable(thrown, file);
  }
};

/**
 * Fills an empty store from a backup of its schema, or of an earlier one: all of it or nothing.
 * Throws BACKUP_UNUSABLE when it is not a backup, was cut off, or is of a later schema, or when the store is not empty.
 */
export const restoreFrom = async (db: Database, packed: AsyncIterable<Uint8Array>, file: string): Promise<{ rows: number }> => {
  if (!(await isEmpty(db))) throw userError("BACKUP_UNUSABLE", file, "the store is not empty, and a restore mixes with nothing");
  const known = new Set(await tablesOf(db));
  const schema = await applied(db);
  return db.transaction().execute(async (at) => {
    await sql`SET CONSTRAINTS ALL DEFERRED`.execute(at);
    // What an empty store already has: the backup brings its own.
    for (const made of ["setting", "team"]) await sql`DELETE FROM ${sql.table(made)}`.execute(at);
    let count = 0;
    await unpacked(packed, file, async (pieces) => {
      for await (const { table, rows } of batchesOf(linesOf(pieces), file, { schema, known })) {
        await insert(at, table, rows);
        count += rows.length;
      }
    });
    for (const name of known) await continueNumbers(at, name);
    return { rows: count };
  });
};

export const restore = (db: Database, file: string): Promise<{ rows: number }> => restoreFrom(db, fileBytes(file), file);

/** What a backup holds, read to its end without a store. Throws BACKUP_UNUSABLE where it is not whole. */
export const readThrough = (packed: AsyncIterable<Uint8Array>, file: string): Promise<{ rows: number; tables: number }> =>
  unpacked(packed, file, async (pieces) => {
    const tables = new Set<string>();
    let rows = 0;
    for await (const batch of batchesOf(linesOf(pieces), file, null)) {
      tables.add(batch.table);
      rows += batch.rows.length;
    }
    return { rows, tables: tables.size };
  });
