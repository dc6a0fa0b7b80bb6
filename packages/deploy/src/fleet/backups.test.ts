/** A backup that is named is one that is there, whole, and of this deployment: a table of what is not. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { deploymentIn } from "../deployment/read.ts";
import { sha256Of } from "../deployment/digest.ts";
import { deploymentText } from "../trial/fleet.ts";
import { codeIs } from "../trial/thrown.ts";
import { backupFile, backupIds, describeBackup, openBackups, requireBackup, type BackupCopy } from "./backups.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "touchstone-backups-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const CONTENT = "what people have made";
const COPY: BackupCopy = {
  version: 1,
  id: "acme-1",
  deployment: "acme",
  fqdn: "acme.example.org",
  namespace: "touchstone",
  madeAt: "2026-01-01T12:00:00.000Z",
  digest: sha256Of(CONTENT),
  bytes: CONTENT.length,
};
const acme = deploymentIn(deploymentText("acme"), "deployment.yaml");

const kept = (more: Partial<BackupCopy> = {}, content: string | null = CONTENT): void => {
  openBackups(folder);
  if (content !== null) writeFileSync(backupFile(folder, "acme-1"), content);
  describeBackup(folder, { ...COPY, ...more });
};

test("one that is whole is found", async () => {
  assert.deepEqual(backupIds(folder), []);
  kept();
  assert.deepEqual(await requireBackup(folder, acme, "acme-1"), COPY);
  assert.deepEqual(backupIds(folder), ["acme-1"]);
});

const UNKNOWN: readonly { what: string; begin: () => void; id: string; why: RegExp }[] = [
  { what: "there is none", begin: () => undefined, id: "acme-1", why: /none was taken out/ },
  { what: "there is another", begin: () => kept(), id: "acme-2", why: /there are acme-1$/ },
  { what: "no name", begin: () => kept(), id: "", why: /there are acme-1$/ },
  { what: "a way to another folder", begin: () => kept(), id: "../backups/acme-1", why: /there are acme-1$/ },
  { what: "of another deployment", begin: () => kept({ deployment: "globex" }), id: "acme-1", why: /it is of globex/ },
  { what: "of another of the same name", begin: () => kept({ fqdn: "acme.example.net" }), id: "acme-1", why: /at acme\.example\.net/ },
  { what: "the file is gone", begin: () => kept({}, null), id: "acme-1", why: /is gone$/ },
  { what: "cut short", begin: () => kept({}, CONTENT.slice(1)), id: "acme-1", why: /not what was taken out/ },
  { what: "changed", begin: () => kept({}, CONTENT.replace("people", "peopld")), id: "acme-1", why: /not what was taken out/ },
  {
    what: "its description is damaged",
    begin: () => (kept(), writeFileSync(join(folder, "backups", "acme-1.json"), "{")),
    id: "acme-1",
    why: /not as this program wrote it/,
  },
  { what: "its description is of another", begin: () => kept({ id: "acme-1", bytes: 1 }), id: "acme-1", why: /not what was taken out/ },
];
for (const { what, begin, id, why } of UNKNOWN)
  test(`not relied on: ${what}`, async () => {
    begin();
    await assert.rejects(requireBackup(folder, acme, id), codeIs("FLEET_BACKUP_UNKNOWN", why));
  });
