/**
 * Processes of the control plane over one store, and the keys each of them has: a key may come into use only when all can read it,
 * and go only when none seals with it. Over an embedded store there is one process, which nobody needs to be told of.
 */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { sql } from "kysely";
import type { KeyRing } from "../auth/seal.ts";
import type { Database } from "./database.ts";

/** Between two signs of life. */
const SEEN_MS = 20_000;
/** A process that was silent for three of them has ended without a word. */
const GONE_MS = 3 * SEEN_MS;

export type Replica = { host: string; keyIds: string[]; sealsWith: string };

/** By the store's clock: those of the processes may differ. */
const aliveSince = sql<Date>`now() - make_interval(secs => ${GONE_MS / 1000})`;

export const liveReplicas = async (db: Database): Promise<Replica[]> => {
  const rows = await db.selectFrom("replica").where("seen_at", ">", aliveSince).orderBy("host").orderBy("id").selectAll().execute();
  return rows.map(({ host, key_ids, seals_with }) => ({ host, keyIds: key_ids, sealsWith: seals_with }));
};

/** Tells of this process until it is closed. */
export const announceReplica = async (
  db: Database,
  ring: KeyRing,
  onError: (error: unknown) => void,
): Promise<{ close: () => Promise<void> }> => {
  const id = randomUUID();
  const row = {
    id,
    host: `${hostname()} (process ${process.pid})`,
    key_ids: JSON.stringify([...ring.keys.keys()]),
    seals_with: ring.currentId,
  };
  const announce = async (): Promise<void> => {
    await db
      .insertInto("replica")
      .values({ ...row, seen_at: sql`now()` })
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ seen_at: sql`now()` }))
      .execute();
    await db.deleteFrom("replica").where("seen_at", "<", aliveSince).execute();
  };
  await announce();
  const timer = setInterval(() => void announce().catch(onError), SEEN_MS).unref();
  return {
    close: async () => {
      clearInterval(timer);
      // Where the store is away this one is forgotten like one that was killed.
      await db
        .deleteFrom("replica")
        .where("id", "=", id)
        .execute()
        .catch(() => undefined);
    },
  };
};
