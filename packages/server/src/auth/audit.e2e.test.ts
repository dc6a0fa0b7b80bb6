/** The chain of the audit log: what was changed, taken out, put in or cut off is noticed, at its place. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { trialStore } from "../trial/store.ts";
import type { Database, Store } from "../store/database.ts";
import { hashOf, noteAudit, verifyAudit } from "./audit.ts";

let store: Store;
before(async () => {
  store = await trialStore();
  for (let n = 1; n <= 6; n++)
    await noteAudit(store.db, {
      event: `event.${n}`,
      principal: { userId: n, email: `user${n}@example.org` },
      object: n === 2 ? null : `it's "${n}"`,
      requestId: `request-${n}`,
      detail: n % 2 === 0 ? { zebra: 1, address: "192.0.2.1", ok: true, none: null } : {},
    });
});
after(() => store.close());

const UNDO = new Error("undo");
/** What the walk says after something was done to the log, which is then undone. */
const after_ = async (damage: (db: Database) => Promise<unknown>, exported: { id: number; hash: string } | null = null) => {
  let found: Awaited<ReturnType<typeof verifyAudit>> | null = null;
  await store.db
    .transaction()
    .execute(async (db) => {
      await damage(db);
      found = await verifyAudit(db, exported);
      throw UNDO;
    })
    .catch((thrown) => assert.equal(thrown, UNDO));
  return found as Awaited<ReturnType<typeof verifyAudit>> | null;
};

test("a whole chain is whole, and ends where the last entry does", async () => {
  const last = await store.db.selectFrom("audit").orderBy("id", "desc").limit(1).select(["id", "hash"]).executeTakeFirstOrThrow();
  assert.deepEqual(await verifyAudit(store.db, last), { entries: 6, head: last.hash, broken: null });
});

const set = (id: number, values: Record<string, string | null>) => (db: Database) =>
  db.updateTable("audit").set(values).where("id", "=", id).execute();
const drop = (id: number) => (db: Database) => db.deleteFrom("audit").where("id", "=", id).execute();

const CASES: { name: string; damage: (db: Database) => Promise<unknown>; brokenAt: number | null; entries: number }[] = [
  { name: "nothing", damage: async () => undefined, brokenAt: null, entries: 6 },
  { name: "another name in the middle", damage: set(3, { user_email: "somebody@else.org" }), brokenAt: 3, entries: 2 },
  { name: "no name", damage: set(4, { user_email: null }), brokenAt: 4, entries: 3 },
  { name: "another event", damage: set(1, { event: "event.0" }), brokenAt: 1, entries: 0 },
  {
    name: "another detail",
    damage: set(2, { detail: '{"address":"192.0.2.2","zebra":1,"ok":true,"none":null}' }),
    brokenAt: 2,
    entries: 1,
  },
  {
    name: "the same detail in another order",
    damage: set(2, { detail: '{"ok":true,"none":null,"zebra":1,"address":"192.0.2.1"}' }),
    brokenAt: null,
    entries: 6,
  },
  { name: "another time", damage: set(5, { at: "2020-01-01T00:00:00Z" }), brokenAt: 5, entries: 4 },
  { name: "one taken out", damage: drop(3), brokenAt: 4, entries: 2 },
  { name: "the first taken out", damage: drop(1), brokenAt: 2, entries: 0 },
  { name: "the last taken out, which only who exported it can tell", damage: drop(6), brokenAt: null, entries: 5 },
  {
    name: "one rewritten with a digest that fits it",
    damage: async (db) => {
      const row = await db.selectFrom("audit").where("id", "=", 3).selectAll().executeTakeFirstOrThrow();
      const forged = { ...row, event: "nothing.at.all", detail: {} };
      await set(3, { event: forged.event, hash: hashOf(row.previous_hash, forged) })(db);
    },
    brokenAt: 4,
    entries: 3,
  },
];

test("the first break is found where it is", async () => {
  for (const { name, damage, brokenAt, entries } of CASES) {
    const found = await after_(damage);
    assert.deepEqual([found?.broken?.id ?? null, found?.entries], [brokenAt, entries], name);
  }
});

test("an end that was cut off is found by an exported entry", async () => {
  const last = await store.db.selectFrom("audit").orderBy("id", "desc").limit(1).select(["id", "hash"]).executeTakeFirstOrThrow();
  assert.equal((await after_(drop(6), last))?.broken?.id, last.id);
});
