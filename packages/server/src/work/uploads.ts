/**
 * Rows that came with an operation, to be looked at and kept nowhere. They stand in the memory of the process that took them, until a
 * dataplane that has the operation names a key; then they pass through the store sealed for that key, and are deleted there when they
 * are read. A process that ends takes them with it: the operation then fails, and says so.
 */
import { userError } from "@touchstone/core/errors";
import type { Database } from "../store/database.ts";
import type { Bell } from "./bell.ts";
import { sealRows } from "./seal-rows.ts";

/** Bytes of all rows that wait in one process: a handful of the largest bodies a request may have. */
const BYTES_MAX = 100 * 1024 ** 2;
/** How long rows wait for a dataplane: it may be busy with the operation before. */
const WAIT_MS = 60 * 60_000;
/** Between two looks at what another process may have written. */
const LOOK_MS = 500;
/** Who holds rows says so at least this often; without a word for as long as `LOST_MS`, they are lost. */
const SIGN_MS = 5_000;
const LOST_MS = 30_000;

export type Uploads = {
  /** Makes room for rows, in the transaction that makes their operation. Throws LIMIT_EXCEEDED. */
  expect: (db: Database, operationId: number, text: string) => Promise<void>;
  /** Holds them from now on, until they are read for the last time. To be called when that transaction has ended. */
  hold: (operationId: number, text: string) => void;
  /** Lets go of all of them. */
  close: () => Promise<void>;
};

const until = (ms: number): Date => new Date(Date.now() + ms);

/** Whether anybody may still come for the rows. */
const isWanted = async (db: Database, operationId: number): Promise<boolean> =>
  (await db.selectFrom("operation").where("id", "=", operationId).where("finished_at", "is", null).select("id").executeTakeFirst()) !==
  undefined;

const serve = async (db: Database, operationId: number, text: string): Promise<void> => {
  const row = await db.selectFrom("upload").where("operation_id", "=", operationId).select(["public_key", "sealed"]).executeTakeFirst();
  if (row === undefined || row.public_key === null || row.sealed !== null) return;
  const sealed = await sealRows(text, row.public_key, operationId);
  await db
    .updateTable("upload")
    .set({ sealed, expires_at: until(LOST_MS) })
    .where("operation_id", "=", operationId)
    .where("public_key", "=", row.public_key)
    .execute();
};

/** Opens the place where rows wait. */
export const uploads = (db: Database, news: Bell, onError: (error: unknown) => void): Uploads => {
  const ending = new AbortController();
  const held = new Map<number, Promise<void>>();
  let bytes = 0;
  const tend = async (operationId: number, text: string): Promise<void> => {
    const last = performance.now() + WAIT_MS;
    for (let signed = 0; !ending.signal.aborted && performance.now() < last && (await isWanted(db, operationId));) {
      if (performance.now() - signed > SIGN_MS) {
        signed = performance.now();
        await db
          .updateTable("upload")
          .set({ expires_at: until(LOST_MS) })
          .where("operation_id", "=", operationId)
          .execute();
      }
      await serve(db, operationId, text);
      await news.wait(LOOK_MS, ending.signal);
    }
    await db.deleteFrom("upload").where("operation_id", "=", operationId).execute();
    news.ring();
  };
  return {
    expect: async (tx, operationId, text) => {
      if (bytes + text.length > BYTES_MAX)
        throw userError("LIMIT_EXCEEDED", "What waits to be scanned", `${BYTES_MAX} bytes in one process`);
      await tx
        .insertInto("upload")
        .values({ operation_id: operationId, expires_at: until(LOST_MS) })
        .execute();
    },
    hold: (operationId, text) => {
      bytes += text.length;
      const tending = tend(operationId, text)
        .catch(onError)
        .finally(() => {
          bytes -= text.length;
          held.delete(operationId);
        });
      held.set(operationId, tending);
    },
    close: async () => {
      ending.abort();
      await Promise.all(held.values());
    },
  };
};

/** How long a dataplane's question for rows is held open: below the minute after which proxies close what is silent. */
const ASKED_MS = 20_000;

/** Says which key the rows are wanted for, and waits for them; null when they have not come yet. */
export const awaitRows = async (
  { db, news }: { db: Database; news: Bell },
  operationId: number,
  publicKey: string,
  signal: AbortSignal,
): Promise<{ gone: boolean; sealed: string | null }> => {
  const last = performance.now() + ASKED_MS;
  for (;;) {
    const row = await db.selectFrom("upload").where("operation_id", "=", operationId).selectAll().executeTakeFirst();
    if (row === undefined || row.expires_at.getTime() < Date.now()) return { gone: true, sealed: null };
    if (row.public_key === publicKey && row.sealed !== null) {
      const read = { public_key: null, sealed: null };
      await db.updateTable("upload").set(read).where("operation_id", "=", operationId).where("public_key", "=", publicKey).execute();
      return { gone: false, sealed: row.sealed };
    }
    const left = last - performance.now();
    if (left <= 0 || signal.aborted) return { gone: false, sealed: null };
    await news.wait(Math.min(left, LOOK_MS), signal);
  }
};

/** Names the key; to be called under the lease. What was sealed for another key is of no use any more. */
export const nameKey = async (db: Database, operationId: number, publicKey: string): Promise<void> => {
  await db
    .updateTable("upload")
    .set({ public_key: publicKey, sealed: null })
    .where("operation_id", "=", operationId)
    .where((where) => where.or([where("public_key", "is", null), where("public_key", "<>", publicKey)]))
    .execute();
};
