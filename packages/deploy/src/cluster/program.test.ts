/** A program that outlives nobody: it ends with the process that has started it; one that is tied even where that is killed. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { suite, test } from "node:test";
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

const TIED = `import { runProgram } from ${JSON.stringify(MODULE)};
  await runProgram("/bin/sh", ["-c", process.argv[1]], { tied: true, onLine: (line) => console.log(line) });`;

suite("a program that is tied", { skip: process.platform === "win32" }, () => {
  const LIVES: { name: string; script: string }[] = [
    { name: "ends", script: "echo $$; sleep 60" },
    { name: "is asked, and may put its things in order", script: 'trap "exit 0" TERM; echo $$; sleep 60 & wait' },
  ];
  for (const { name, script } of LIVES)
    test(`${name} when who started it is killed`, async () => {
      const starter = spawn(process.execPath, ["--input-type=module", "--eval", TIED, script], { stdio: ["ignore", "pipe", "inherit"] });
      const [line] = await once(starter.stdout, "data");
      const pid = Number(String(line).trim());
      assert.ok(isRunning(pid));
      starter.kill("SIGKILL");
      for (let tries = 0; tries < 250 && isRunning(pid); tries++) await sleep(20);
      assert.equal(isRunning(pid), false);
    });

  test("gets its input, and is heard; its status is told", async () => {
    const ended = await runProgram("/bin/sh", ["-c", "cat; echo wrong >&2; exit 7"], { tied: true, input: "values" });
    assert.deepEqual(ended, { status: 7, stdout: "values", stderr: "wrong\n" });
  });

  test("is asked to end with who started it", async () => {
    const stop = new AbortController();
    const script = 'trap "echo asked; exit 3" TERM; echo begun; sleep 60 & wait';
    const ended = await runProgram("/bin/sh", ["-c", script], { tied: true, signal: stop.signal, onLine: () => stop.abort() });
    assert.deepEqual([ended.status, ended.stdout], [3, "begun\nasked\n"]);
  });
});
