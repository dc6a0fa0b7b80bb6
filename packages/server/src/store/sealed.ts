/**
 * Where sealed secrets stand: every place, so that a rotation of keys forgets none (the test of it looks for columns that are not
 * named here). Each has what it belongs to, without which it does not open.
 */
import { sql, type RawBuilder } from "kysely";
import { UserError, userError } from "@touchstone/core/errors";
import { rewrap, type KeyRing } from "../auth/seal.ts";
import type { Database } from "./database.ts";

type Place = {
  table: string;
  keyId: string;
  sealed: string;
  /** The owner that `seal` was given, as SQL. */
  owner: RawBuilder<string>;
};

export const SEALED_PLACES: readonly Place[] = [
  { table: "secret", keyId: "key_id", sealed: "sealed", owner: sql`'connection ' || connection_id || ' ' || name` },
  { table: "identity_provider", keyId: "key_id", sealed: "sealed", owner: sql`'identity provider ' || id` },
  { table: "question", keyId: "instead_key_id", sealed: "instead_sealed", owner: sql`'question ' || id` },
];

/** How many secrets are sealed with each key. */
export const countByKey = async (db: Database): Promise<Map<string, number>> => {
  const counts = new Map<string, number>();
  for (const { table, keyId } of SEALED_PLACES) {
    const { rows } = await sql<{ key_id: string; secrets: number }>`
      SELECT ${sql.ref(keyId)} AS key_id, count(*)::int AS secrets FROM ${sql.table(table)}
      WHERE ${sql.ref(keyId)} IS NOT NULL GROUP BY 1`.execute(db);
    for (const { key_id, secrets } of rows) counts.set(key_id, (counts.get(key_id) ?? 0) + secrets);
  }
  return counts;
};

/** Secrets wrapped anew in one statement: a kill loses no more than its work. */
const BATCH = 50;

type Row = { owner: string; key_id: string; sealed: string };

const behind = async (db: Database, { table, keyId, sealed, owner }: Place, currentId: string, after: string): Promise<Row[]> => {
  const { rows } = await sql<Row>`
    SELECT ${owner} AS owner, ${sql.ref(keyId)} AS key_id, ${sql.ref(sealed)} AS sealed FROM ${sql.table(table)}
    WHERE ${sql.ref(keyId)} <> ${currentId} AND (${owner}) COLLATE "C" > ${after} ORDER BY (${owner}) COLLATE "C" LIMIT ${BATCH}`.execute(
    db,
  );
  return rows;
};

type Change = { owner: string; before: string; after: string };

/** Only what is still as it was read: a secret that somebody enters meanwhile is theirs. */
const keep = async (db: Database, { table, keyId, sealed, owner }: Place, currentId: string, changes: readonly Change[]) => {
  const { numAffectedRows } = await sql`
    UPDATE ${sql.table(table)} SET ${sql.ref(keyId)} = ${currentId}, ${sql.ref(sealed)} = change.after
    FROM jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) AS change (owner text, before text, after text)
    WHERE (${owner}) = change.owner AND ${sql.ref(sealed)} = change.before`.execute(db);
  return Number(numAffectedRows ?? 0n);
};

export type Rewrapped = {
  /** Secrets that are now sealed with the current key. */
  secrets: number;
  /** Owners of those that do not open with any key there is. */
  unreadable: string[];
};

/** Wraps every secret anew that is not sealed with the current key. It may be stopped anywhere, and begun again. */
export const rewrapAll = async (
  db: Database,
  ring: KeyRing,
  onBatch: (secrets: number) => void,
  signal?: AbortSignal,
): Promise<Rewrapped> => {
  const done: Rewrapped = { secrets: 0, unreadable: [] };
  for (const place of SEALED_PLACES)
    for (let after = ""; ;) {
      if (signal?.aborted) throw userError("ABORTED");
      const rows = await behind(db, place, ring.currentId, after);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.owner;
      const changes = rows.map((row) => ({ owner: row.owner, before: row.sealed, after: rewrapped(ring, row) }));
      done.unreadable.push(...changes.filter((change) => change.after === null).map(({ owner }) => owner));
      done.secrets += await keep(
        db,
        place,
        ring.currentId,
        changes.flatMap(({ after: text, ...change }) => (text === null ? [] : [{ ...change, after: text }])),
      );
      onBatch(done.secrets);
    }
  return done;
};

/** Null for what was changed, moved, or sealed with a key that is not here: the others are done all the same. */
const rewrapped = (ring: KeyRing, { owner, key_id, sealed }: Row): string | null => {
  try {
    return rewrap(ring, { keyId: key_id, sealed }, owner)?.sealed ?? null;
  } catch (thrown) {
    if (isUnreadable(thrown)) return null;
    throw thrown;
  }
};

const isUnreadable = (thrown: unknown): boolean => thrown instanceof UserError && thrown.info.code === "SECRET_UNREADABLE";
