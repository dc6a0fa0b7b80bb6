import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { backupName } from "@touchstone/server/store/backup-name";
import { isFolder, keepNewest, newestBackup } from "./backup-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-backups-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("a backup is named for its moment, in order of time", () => {
  assert.equal(backupName(new Date("2026-11-26T02:17:05.123Z")), "touchstone-20261126T021705Z.gz");
});

test("the newest is found, so many stay, and what is called otherwise is left alone", async () => {
  await assert.rejects(newestBackup(folder), /no backup in this folder/);
  const names = ["2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-11-26T02:17:00Z"].map((at) => backupName(new Date(at)));
  for (const name of [...names, "notes.txt", `${names[2]}.unfinished`]) writeFileSync(join(folder, name), "");
  assert.equal(await newestBackup(folder), join(folder, names[2]!));
  await keepNewest(folder, 2);
  assert.deepEqual(readdirSync(folder).toSorted(), [...names.slice(1), `${names[2]}.unfinished`, "notes.txt"].toSorted());
  await keepNewest(folder, 5);
  assert.equal(readdirSync(folder).length, 4);
  assert.deepEqual(
    [await isFolder(folder), await isFolder(join(folder, "notes.txt")), await isFolder(join(folder, "nowhere"))],
    [true, false, false],
  );
});
