/** A process that is told not to migrate waits for who does. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { bareStore } from "../trial/store.ts";
import { awaitMigrations, migrate, migrationStatus } from "./database.ts";

test("a schema that somebody else brings up to date is waited for, and one that nobody does is told", async () => {
  const { db, close } = await bareStore();
  const [first] = await migrationStatus(db);
  await assert.rejects(awaitMigrations(db, 1), new RegExp(`STORE_BEHIND|${first?.name ?? "no migration"}`));
  const waiting = awaitMigrations(db);
  await sleep(50);
  await migrate(db);
  assert.deepEqual(await waiting, []);
  await close();
});
