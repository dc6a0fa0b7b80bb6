/** A prepared query answers what the query answers that it is built from, whatever values it is given, inside and outside of a transaction. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "kysely";
import { trialStore } from "../trial/store.ts";
import type { Store } from "./database.ts";
import { prepared } from "./prepared.ts";

let store: Store;
before(async () => {
  store = await trialStore();
  for (let n = 1; n <= 5; n++)
    await store.db
      .insertInto("tag")
      .values({ name: `tag '${n}' ü`, category: n % 2 === 0 ? "even" : null })
      .execute();
});
after(() => store.close());

let built = 0;
const tagsOf = prepared({ ids: "bigint[]", name: "text" }, (db, given) => {
  built++;
  return db
    .selectFrom("tag")
    .where("id", "=", sql<number>`ANY(${given("ids")})`)
    .where("color", "<>", "a constant")
    .where((where) =>
      where.or([where("name", "<>", sql<string>`${given("name")}`), where("name", "=", sql<string>`${given("name")} || 'x'`)]),
    )
    .orderBy("id")
    .select(["id", "name", "category"]);
});

const plain = (ids: readonly number[], name: string) =>
  store.db
    .selectFrom("tag")
    .where("id", "in", ids.length === 0 ? [0] : ids)
    .where("name", "<>", name)
    .orderBy("id")
    .select(["id", "name", "category"])
    .execute();

const cases: { ids: number[]; name: string }[] = [
  { ids: [1], name: "" },
  { ids: [], name: "" },
  { ids: [5, 3, 1], name: "tag '3' ü" },
  { ids: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], name: "'); DROP TABLE tag; --" },
  { ids: [Number.MAX_SAFE_INTEGER, 2], name: "" },
];

for (const { ids, name } of cases)
  test(`[${ids.join()}] but ${JSON.stringify(name)}`, async () => {
    assert.deepEqual(await tagsOf(store.db, { ids, name }), await plain(ids, name));
  });

test("it is built once, and sees what the transaction sees in which it is asked", async () => {
  await store.db.transaction().execute(async (db) => {
    await db.updateTable("tag").set({ name: "renamed" }).where("id", "=", 1).execute();
    assert.deepEqual(await tagsOf(db, { ids: [1], name: "" }), [{ id: 1, name: "renamed", category: null }]);
    await sql`ROLLBACK`.execute(db);
    await sql`BEGIN`.execute(db);
  });
  assert.deepEqual(
    (await tagsOf(store.db, { ids: [1], name: "" })).map((tag) => tag.name),
    ["tag '1' ü"],
  );
  assert.equal(built, 1);
});

test("a connection of a server keeps its plan, once for all values", async (t) => {
  if (store.backend.kind !== "server") return t.skip("the embedded store keeps none");
  await store.db.connection().execute(async (db) => {
    const kept = async (): Promise<number> =>
      (
        await sql<{
          n: number;
        }>`SELECT count(*)::int AS n FROM pg_prepared_statements WHERE statement LIKE '%a constant%' OR name LIKE 'statement_%'`.execute(db)
      ).rows[0]!.n;
    await tagsOf(db, { ids: [1, 2], name: "" });
    const before = await kept();
    for (const values of cases) await tagsOf(db, values);
    assert.equal(await kept(), before);
    assert.ok(before >= 1);
  });
});
