/** The metadata store, looked after by hand: what its commands print, and that a folder of backups is restored from. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { run } from "../run.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-db-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const db = async (store: string, ...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> => {
  const told = { stdout: "", stderr: "" };
  const into = (stream: "stdout" | "stderr") => ({ write: (text: string) => void (told[stream] += text) });
  const terminal = { stdout: into("stdout"), stderr: into("stderr"), signal: new AbortController().signal, colour: false };
  const status = await run(["db", ...args, "--data", join(folder, store)], terminal);
  return { status, ...told };
};

test("a store is migrated, gets a code, is backed up into a folder and restored from it", async () => {
  assert.match((await db("one", "status")).stdout, /^0001-first {2}still to come\n/);
  assert.match((await db("one", "migrate")).stdout, /^0001-first {2}done\n/);
  assert.match((await db("one", "migrate")).stdout, /up to date/);
  const [first, second] = [await db("one", "setup-code"), await db("one", "setup-code")];
  assert.match(first.stdout, /^([A-Z2-9]{4}-){3}[A-Z2-9]{4}\n$/);
  assert.notEqual(first.stdout, second.stdout);
  const backups = join(folder, "backups");
  mkdirSync(backups);
  const { stdout } = await db("one", "backup", backups, "--keep", "1");
  assert.deepEqual(
    [stdout],
    readdirSync(backups).map((name) => `${join(backups, name)}\n`),
  );
  const restored = await db("two", "restore", backups);
  assert.equal(restored.status, 0, restored.stderr);
  assert.match(restored.stdout, /restored/);
});
