/**
 * A program on a leash: `node leash.ts PROGRAM ARGUMENTS…` runs it, and ends it when who has started this is gone, even by SIGKILL. The
 * leash is a pipe (file descriptor 3) that breaks with the other process, whatever becomes of it; nothing else tells a child of that. A
 * helm that went on alone would change a release while the next command, which has the lock by then, puts it right.
 */
import { spawn } from "node:child_process";
import { Socket } from "node:net";

/** The descriptor of the pipe, after input, output and errors. */
const LEASH_FD = 3;
/** What the program gets to end by itself: less than a lock lasts (`lock.ts`). */
const GRACE_MS = 10_000;

const run = (program: string, args: readonly string[]): void => {
  // Whoever asks the group to end asks the program too, which is waited for.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
  const child = spawn(program, args, { stdio: "inherit" });
  const leash = new Socket({ fd: LEASH_FD }).resume();
  const end = (): void => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), GRACE_MS).unref();
  };
  leash.on("error", () => undefined).once("close", end);
  child.once("error", () => process.exit(1));
  child.once("exit", (code) => process.exit(code ?? 1));
};

if (import.meta.main) {
  const [program = "", ...args] = process.argv.slice(2);
  run(program, args);
}
