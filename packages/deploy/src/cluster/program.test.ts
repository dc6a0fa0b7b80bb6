/** A program that outlives nobody: it ends with the process that has started it, however that ends but by SIGKILL. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { runProgram } from "./program.ts";

const MODULE = new URL("program.ts", import.meta.url).href;

/** Whether a process runs, and is not only remembered until somebody asks how it ended. */
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const file = `/proc/${pid}/stat`;
  return !existsSync(file) || !/\) [ZX] /.test(readFileSync(file, "utf8"));
};

test("a process that exits leaves no program behind", { skip: process.platform === "win32" }, async () => {
  const script = `import { runProgram } from ${JSON.stringify(MODULE)};
    await runProgram("/bin/sh", ["-c", "echo $$; sleep 60"], { onLine: (line) => { console.log(line); process.exit(0); } });`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  const pid = Number(stdout.trim());
  assert.ok(pid > 1, stdout);
  for (let tries = 0; tries < 50 && isRunning(pid); tries++) await sleep(20);
  assert.equal(isRunning(pid), false);
});

test("programs that have ended are not listened for", async () => {
  const before = process.listenerCount("exit");
  await Promise.all([runProgram("/bin/true", []), runProgram("/bin/true", [])]);
  await assert.rejects(runProgram("/nowhere/touchstone-no-such-program", []));
  assert.equal(process.listenerCount("exit"), before);
});
