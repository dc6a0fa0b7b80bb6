/**
 * For tests: the protocol between a real control plane and dataplanes that a seeded chance drives. Messages are lost on the way there
 * or back, doubled, held up until others have overtaken them, and dataplanes fall asleep longer than their leases last.
 */
import { sql } from "kysely";
import { z } from "zod";
import type { ScannedContainer } from "@touchstone/core/model/dataplane";
import type { Trial } from "../trial/trial.ts";
import { startOperation } from "./dispatch.ts";

/** Mulberry32 (public domain, Ettinger 2017): small, seeded, good enough to shuffle messages. */
export const chance = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

export type Fate = "lost" | "late" | "unanswered" | "doubled" | "delivered";

const fateOf = (luck: number): Fate => {
  if (luck < 0.12) return "lost";
  if (luck < 0.24) return "late";
  if (luck < 0.36) return "unanswered";
  return luck < 0.48 ? "doubled" : "delivered";
};

/** Messages on their way: delivered never, once or twice, now or after others. `told` counts what became of them. */
export const network = (random: () => number, told: Partial<Record<Fate, number>> = {}) => {
  const late: (() => Promise<unknown>)[] = [];
  return {
    /** The status the sender hears; null when nothing came back. */
    carry: async (message: () => Promise<number>): Promise<number | null> => {
      const fate = fateOf(random());
      told[fate] = (told[fate] ?? 0) + 1;
      if (fate === "late") late.push(message);
      if (fate === "late" || fate === "lost") return null;
      const heard = await message();
      if (fate === "doubled") await message();
      return fate === "unanswered" ? null : heard;
    },
    /** Delivers one of those that were held up, in no order. */
    deliverLate: async (): Promise<void> => {
      const [message] = late.splice(Math.floor(random() * late.length), 1);
      await message?.();
    },
    deliverAll: async (): Promise<void> => {
      while (late.length > 0) await late.pop()!();
    },
  };
};

/** A datastore with containers, each with a check, of which nothing is ever read. */
export const stage = async ({ store: { db } }: Trial, name: string, containers: number) => {
  const connection = await db
    .insertInto("connection")
    .values({ name, type: "files", settings: "{}" })
    .returning("id")
    .executeTakeFirstOrThrow();
  const { id: datastoreId } = await db
    .insertInto("datastore")
    .values({ name, connection_id: connection.id })
    .returning("id")
    .executeTakeFirstOrThrow();
  const checkOf = new Map<number, number>();
  for (let i = 0; i < containers; i++) {
    const container = await db
      .insertInto("container")
      .values({ datastore_id: datastoreId, name: `c${i}`, container_type: "table" })
      .returning("id")
      .executeTakeFirstOrThrow();
    const check = await db
      .insertInto("check")
      .values({ container_id: container.id, uid: `c${i}__notNull`, rule_type: "notNull", fields: JSON.stringify(["a"]) })
      .returning("id")
      .executeTakeFirstOrThrow();
    checkOf.set(container.id, check.id);
  }
  return { datastoreId, checkOf };
};

export const startScan = ({ store: { db }, services: { queue } }: Trial, datastoreId: number): Promise<number> =>
  db.transaction().execute((tx) => startOperation(queue, tx, { type: "scan", datastoreId, request: {}, userId: null, scheduleId: null }));

/** What a dataplane would tell of a container with one failing row. */
export const scanned = (containerId: number, checkId: number): ScannedContainer => ({
  kind: "scan",
  container_id: containerId,
  result: "success",
  error: null,
  records: 10,
  records_processed: 10,
  rejected_lines: 0,
  checks: [
    {
      check_id: checkId,
      version: 1,
      status: "failed",
      asserted_records: 10,
      anomalous_records: 1,
      measured: null,
      error: null,
      whole: true,
    },
  ],
  anomalies: [
    {
      uuid: `00000000-0000-4000-8000-${String(containerId).padStart(12, "0")}`,
      type: "record",
      fingerprint: `f${containerId}`,
      message: "a is missing",
      fields: ["a"],
      row: 1,
      partition: null,
      anomalous_records: 1,
      row_key: null,
      failed_checks: [{ check_id: checkId, version: 1, message: "a is missing" }],
    },
  ],
  checkpoint: null,
  seen_keys: [],
  enriched: false,
});

/** All leases run out, as if every dataplane had been silent for an hour; the queue looks for them at once. */
export const loseLeases = async ({
  store: { db },
  services: { queue },
}: {
  store: Pick<Trial["store"], "db">;
  services: Pick<Trial["services"], "queue">;
}): Promise<void> => {
  await sql`UPDATE queue.job SET heartbeat_on = heartbeat_on - interval '1 hour' WHERE state = 'active'`.execute(db);
  await sql`UPDATE queue.queue SET monitor_on = NULL, monitor_claim_on = NULL`.execute(db);
  await queue.supervise();
};

export const enrolled = async (trial: Trial, name: string): Promise<string> => {
  const { body } = await trial.send("/dataplane/enrol", { code: await trial.invite(name) }, { token: null });
  return z.object({ token: z.string() }).parse(body).token;
};

const Claimed = z.object({
  work: z
    .object({ id: z.string(), fence: z.number(), spec: z.object({ containers: z.array(z.object({ id: z.number() })).default([]) }) })
    .nullable(),
});
export type Claimed = NonNullable<z.infer<typeof Claimed>["work"]>;

export const claimed = async (trial: Trial, token: string): Promise<Claimed | null> => {
  const { status, body } = await trial.send("/dataplane/claim", { wait_ms: 0 }, { token });
  if (status !== 200) throw new Error(`claim was answered with ${status}: ${JSON.stringify(body)}`);
  return Claimed.parse(body).work;
};
