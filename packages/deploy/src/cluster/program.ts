/** A program of others (helm, kubectl, terraform) run to its end: what it said, its exit status, and no child left behind. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { userError } from "@touchstone/core/errors";

const OUTPUT_BYTES_MAX = 64 * 2 ** 20;
/** What a program gets to end by itself after it was asked to. */
const GRACE_MS = 10_000;

export type Ended = { status: number; stdout: string; stderr: string };
export type RunOptions = {
  /** Written to its standard input, where secrets may be: they are in no argument and no file. */
  input?: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Asks it to end (SIGTERM), and ends it ten seconds later. */
  signal?: AbortSignal;
  /** Hears every line of both streams as it comes. */
  onLine?: (line: string) => void;
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Path of a program: what the variable of its name says (`HELM`), or the first on the PATH. Throws TOOL_MISSING. */
export const programPath = (name: string, needs: string, env: NodeJS.ProcessEnv = process.env): string => {
  const named = env[name.toUpperCase()];
  const found = [
    ...(named === undefined || named === "" ? [] : [named]),
    ...(env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name)),
  ].find(isExecutable);
  if (found === undefined) throw userError("TOOL_MISSING", name, needs);
  return found;
};

const linesTo = (onLine: (line: string) => void) => {
  let rest = "";
  return (text: string): void => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
};

/** Runs it in a process group of its own, so that a Ctrl-C reaches it only through `signal`. Rejects when it cannot be started, or says more than 64 MB. */
export const runProgram = (path: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(path, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: "pipe", detached: true });
    const said = { stdout: "", stderr: "" };
    const kill = (signal: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // It has ended meanwhile.
      }
    };
    let impatience: NodeJS.Timeout | undefined;
    const stop = (): void => {
      kill("SIGTERM");
      impatience = setTimeout(kill, GRACE_MS, "SIGKILL");
    };
    for (const stream of ["stdout", "stderr"] as const) {
      const tell = linesTo(options.onLine ?? (() => undefined));
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        said[stream] += text;
        if (said[stream].length > OUTPUT_BYTES_MAX) kill("SIGKILL");
        tell(text);
      });
    }
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(impatience);
      options.signal?.removeEventListener("abort", stop);
      resolve({ status: code ?? 1, ...said });
    });
    // A program that does not read to the end is told by its exit status.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    if (options.signal?.aborted === true) stop();
    else options.signal?.addEventListener("abort", stop, { once: true });
  });
