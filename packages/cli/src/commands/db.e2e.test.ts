/** The metadata store, looked after by hand: what its commands print, and that a folder of backups is restored from. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { after, test } from "node:test";
import { layStore } from "@touchstone/server/trial/store";
import { run } from "../run.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-db-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const MAIN = join(import.meta.dirname, "../main.ts");

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

test("a store is sent to standard output, with a sum of what was sent, and restored from it", async () => {
  for (const name of ["sent", "received"]) await layStore(join(folder, name));
  const child = spawn(process.execPath, [MAIN, "db", "backup", "-", "--data", join(folder, "sent")], { stdio: ["ignore", "pipe", "pipe"] });
  const [came, told] = await Promise.all([buffer(child.stdout), text(child.stderr), once(child, "exit")]);
  assert.match(told, new RegExp(`^sha256:${createHash("sha256").update(came).digest("hex")}  ${came.length} bytes$`, "m"));
  const file = join(folder, "sent.gz");
  writeFileSync(file, came);
  assert.match((await db("received", "restore", file)).stdout, /restored/);
});

test("a file that is not there is said to be none, whatever is to be done with it", async () => {
  for (const action of ["restore", "verify", "backups"]) {
    const { status, stderr } = await db("nothing", action, join(folder, "nowhere.gz"));
    assert.equal(status, 2, action);
    assert.match(stderr, /BACKUP_UNUSABLE[^]*ENOENT/, action);
  }
});
