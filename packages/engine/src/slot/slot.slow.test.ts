import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { scratch } from "../connectors/scratch.ts";

const at = scratch();
after(() => at.remove());

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // no such process
  }
};

/** Waits until it is so, or for ten seconds. */
const eventually = async (isSo: () => boolean): Promise<boolean> => {
  for (let i = 0; i < 200 && !isSo(); i++) await sleep(50);
  return isSo();
};

/** A program that opens a slot, says its process id and is busy for good. */
const PROGRAM = (slot: string, dialect: string, tempFolder: string): string => `
import { openSlot } from ${JSON.stringify(slot)};
import { duckdb } from ${JSON.stringify(dialect)};
const slot = await openSlot({ memory: "300MB", threads: 1, tempFolder: ${JSON.stringify(tempFolder)}, tempBytesMax: 1e9, target: "x", setup: [],
  allowedPaths: [], allowedDirectories: [], extensionFolder: "/nonexistent" }, duckdb);
console.log(slot.pid);
await slot.session.query("SELECT count(*) FROM range(1000000000000) WHERE hash(range) % 3 = 7");
`;

test("the engine ends with its parent, however that ends, and leaves nothing behind", async () => {
  const tempFolder = at.path("spill");
  at.write("spill/something", "");
  const program = at.write(
    "program.mjs",
    PROGRAM(new URL("slot.ts", import.meta.url).href, new URL("../dialects/duckdb.ts", import.meta.url).href, tempFolder),
  );
  const parent = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  const pid = Number(String(await new Promise((resolve) => parent.stdout.once("data", resolve))));
  assert.ok(isAlive(pid));
  parent.kill("SIGKILL");
  assert.ok(await eventually(() => !isAlive(pid)));
  assert.ok(await eventually(() => !existsSync(tempFolder)));
});
