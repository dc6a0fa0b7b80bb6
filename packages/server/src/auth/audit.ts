/**
 * The audit log: each entry carries a digest of itself and of the one before it, so that whoever exported it once can tell later
 * whether entries were changed or taken out.
 */
import { sql } from "kysely";
import { z } from "zod";
import type { Database } from "../store/database.ts";
import { digest } from "./tokens.ts";
import type { Principal } from "./principal.ts";

/** Digest before the first entry. */
export const BEGINNING = "0".repeat(64);
/** Writers take turns: the chain has one end. The number only has to be ours. */
const LOCK = 7_450_001;

const Detail = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
export type Detail = z.infer<typeof Detail>;

export type Deed = {
  event: string;
  principal: Pick<Principal, "userId" | "email"> | null;
  object: unknown;
  requestId: string;
  detail?: Detail;
};

export type Entry = {
  at: Date;
  user_email: string | null;
  event: string;
  object: string | null;
  detail: Detail;
  request_id: string | null;
};

/** The store does not keep the order of a detail's keys, so the digest is of the sorted ones. */
export const hashOf = (previous: string, { at, user_email, event, object, detail, request_id }: Entry): string =>
  digest(
    JSON.stringify([
      previous,
      at.toISOString(),
      user_email,
      event,
      object,
      Object.entries(detail).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      request_id,
    ]),
  );

/** Writes an entry; to be called in the transaction of what it tells. */
export const writeAudit = async (db: Database, { event, principal, object, requestId, detail = {} }: Deed): Promise<void> => {
  await sql`SELECT pg_advisory_xact_lock(${LOCK})`.execute(db);
  const last = await db.selectFrom("audit").select("hash").orderBy("id", "desc").limit(1).executeTakeFirst();
  const previous = last?.hash ?? BEGINNING;
  const entry: Entry = {
    at: new Date(),
    user_email: principal?.email ?? null,
    event,
    object: object === null || object === undefined ? null : String(object),
    detail,
    request_id: requestId,
  };
  await db
    .insertInto("audit")
    .values({
      ...entry,
      detail: JSON.stringify(detail),
      user_id: principal?.userId ?? null,
      previous_hash: previous,
      hash: hashOf(previous, entry),
    })
    .execute();
};

/** Writes an entry that stands alone: of something that was refused, say. */
export const noteAudit = (db: Database, deed: Deed): Promise<void> => db.transaction().execute((at) => writeAudit(at, deed));

type Link = Entry & { id: number; previous_hash: string; hash: string };
export type Break = { id: number; reason: string };

/** The first entry of a part of the chain that does not follow from the one before. */
export const firstBreak = (previous: string, links: readonly Link[]): Break | null => {
  let before = previous;
  for (const link of links) {
    if (link.previous_hash !== before)
      return { id: link.id, reason: "it does not follow the entry before it: one was taken out, put in, or moved" };
    if (link.hash !== hashOf(before, link)) return { id: link.id, reason: "it is not what was written" };
    before = link.hash;
  }
  return null;
};

export type Verified = { entries: number; head: string; broken: Break | null };

/** Entries read at once. */
const BATCH = 2000;

/**
 * Walks the whole chain. It cannot tell whether its end was cut off; for that, `exported` is an entry somebody kept: one with that
 * id and digest must be there.
 */
export const verifyAudit = async (db: Database, exported: { id: number; hash: string } | null = null): Promise<Verified> => {
  let head = BEGINNING;
  let entries = 0;
  let seen = exported === null;
  for (let after = 0; ;) {
    const rows = await db.selectFrom("audit").where("id", ">", after).orderBy("id").limit(BATCH).selectAll().execute();
    const broken = firstBreak(
      head,
      rows.map((row) => ({ ...row, detail: Detail.parse(row.detail) })),
    );
    seen ||= rows.some(({ id, hash }) => id === exported?.id && hash === exported.hash);
    if (broken !== null) return { entries: entries + rows.findIndex(({ id }) => id === broken.id), head, broken };
    const last = rows.at(-1);
    if (last === undefined) break;
    entries += rows.length;
    head = last.hash;
    after = last.id;
  }
  return { entries, head, broken: seen || exported === null ? null : { id: exported.id, reason: "the exported entry is not in the log" } };
};
