/** A backup holds the whole store, and a restore gives the same one; what is no backup changes nothing. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { UserError } from "@touchstone/core/errors";
import { trialStore } from "../trial/store.ts";
import { openTrial } from "../trial/trial.ts";
import { backup, restore } from "./backup.ts";
import { storeSums } from "./sums.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-backup-"));
const file = join(folder, "store.gz");
after(() => rmSync(folder, { recursive: true, force: true }));

test("a store comes back as it was, and goes on counting behind it", async () => {
  const trial = await openTrial();
  const { db } = trial.store;
  const { id } = await db
    .insertInto("connection")
    .values({ name: "Ünïcode 'quoted' \"name\"", type: "duckdb", settings: JSON.stringify({ a: [1, null, "x\ny"] }) })
    .returning("id")
    .executeTakeFirstOrThrow();
  const store = await db
    .insertInto("datastore")
    .values({ name: "later", connection_id: id, enrichment_id: null })
    .returning("id")
    .executeTakeFirstOrThrow();
  // A reference to a row that comes after it.
  await db.insertInto("datastore").values({ name: "enrichment", connection_id: id, enrichment_only: true }).execute();
  await db
    .updateTable("datastore")
    .set({ enrichment_id: store.id + 1 })
    .where("id", "=", store.id)
    .execute();
  // As it is once the first administrator was made.
  await db.insertInto("setting").values({ name: "setup_code_hash", value: "null" }).execute();
  await backup(db, file);

  const other = await trialStore();
  await restore(other.db, file);
  for (const table of ["user", "token", "connection", "datastore", "setting"] as const)
    assert.deepEqual(await other.db.selectFrom(table).selectAll().execute(), await db.selectFrom(table).selectAll().execute(), table);
  const sums = await storeSums(db);
  assert.deepEqual(await storeSums(other.db), sums);
  assert.equal(sums.find(({ table }) => table === "datastore")?.rows, 2);
  await other.db.updateTable("connection").set({ name: "Ünïcode 'quoted' \"name\" " }).where("id", "=", id).execute();
  const differing = (await storeSums(other.db)).filter(({ digest }, index) => digest !== sums[index]?.digest);
  assert.deepEqual(
    differing.map(({ table, rows }) => [table, rows]),
    [["connection", 1]],
    "one letter of one row is found",
  );
  const next = await other.db
    .insertInto("connection")
    .values({ name: "next", type: "duckdb", settings: "{}" })
    .returning("id")
    .executeTakeFirstOrThrow();
  assert.equal(next.id, id + 1);

  const refused = (made: string) =>
    assert.rejects(restore(other.db, made), (thrown) => thrown instanceof UserError && thrown.info.code === "BACKUP_UNUSABLE");
  await refused(file);
  await other.close();
  await trial.close();
});

test("what is not a whole backup changes nothing", async () => {
  const text = gunzipSync(readFileSync(file)).toString("utf8");
  const cases: { name: string; text: string }[] = [
    { name: "something else", text: "hello\n" },
    { name: "an unknown table", text: `${text}{"table":"pg_class","row":{}}\n` },
    { name: "a line cut off", text: text.slice(0, -20) },
    { name: "another schema", text: text.replace(/"migrations":\[[^\]]*\]/, '"migrations":["9999-later"]') },
  ];
  for (const { name, text: made } of cases) {
    const store = await trialStore();
    const path = join(folder, "broken.gz");
    writeFileSync(path, gzipSync(made));
    await assert.rejects(restore(store.db, path), (thrown) => thrown instanceof UserError && thrown.info.code === "BACKUP_UNUSABLE", name);
    assert.deepEqual(await store.db.selectFrom("user").selectAll().execute(), [], name);
    await store.close();
  }
});

test("what follows from others is left out, though a version that did not know so has written it", async () => {
  const store = await trialStore();
  const path = join(folder, "rolled-back.gz");
  const row = { noun: "check", object_id: 1, at: "2026-11-26T00:00:00Z" };
  writeFileSync(path, gzipSync(`${gunzipSync(readFileSync(file)).toString("utf8")}${JSON.stringify({ table: "retagged", row })}\n`));
  await restore(store.db, path);
  assert.deepEqual(await store.db.selectFrom("retagged").selectAll().execute(), []);
  assert.equal((await store.db.selectFrom("datastore").selectAll().execute()).length, 2);
  await store.close();
});

test("a file that is not there ends nothing but its restore", async () => {
  const store = await trialStore();
  await assert.rejects(
    restore(store.db, join(folder, "nowhere.gz")),
    (thrown) => thrown instanceof UserError && thrown.info.code === "BACKUP_UNUSABLE",
  );
  await store.close();
});
