/** A program of others (helm, kubectl, terraform) run to its end: what it said, its exit status, and no child left behind. */
import { spawn } from "node:child_process";
import { accessSync, closeSync, constants, openSync, readFileSync } from "node:fs";
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
  /**
   * For what must come to the end of its step: a file that takes what it says instead of a pipe, which would break and end it when this
   * process is killed. `signal` then asks it alone (SIGINT), not what it has started, and it is waited for. Given as `stdout`.
   */
  transcript?: string;
  /** A file that takes its standard output as it comes, whatever it is and however long; `stdout` is empty then. */
  output?: string;
  /** For what changes something and must not go on alone: it is ended when this process is gone, even by SIGKILL (`leash.ts`). */
  tied?: boolean;
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

const TAIL_MS = 200;
const OWNER_ONLY = 0o600;

/** Hears the whole lines that are added to a file; the answer stops it, and gives all of the text. */
const follow = (path: string, onLine: (line: string) => void): (() => string) => {
  let heard = 0;
  const read = (): string => {
    const text = readFileSync(path, "utf8");
    const lines = text.split("\n").slice(0, -1);
    for (const line of lines.slice(heard)) onLine(line);
    heard = lines.length;
    return text;
  };
  const timer = setInterval(read, TAIL_MS);
  return () => {
    clearInterval(timer);
    return read();
  };
};

/** As below, with a transcript. */
const runPatiently = (path: string, args: readonly string[], transcript: string, options: RunOptions): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const file = openSync(transcript, "w", OWNER_ONLY);
    const child = spawn(path, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: ["ignore", file, file], detached: true });
    closeSync(file);
    const stopFollowing = follow(transcript, options.onLine ?? (() => undefined));
    const ask = (): void => void child.kill("SIGINT");
    child.once("error", (error) => (stopFollowing(), reject(error)));
    child.once("close", (code) => {
      options.signal?.removeEventListener("abort", ask);
      resolve({ status: code ?? 1, stdout: stopFollowing(), stderr: "" });
    });
    if (options.signal?.aborted === true) ask();
    else options.signal?.addEventListener("abort", ask, { once: true });
  });

/** Runs it in a process group of its own, so that a Ctrl-C reaches it only through `signal`. Rejects when it cannot be started; one that says more than 64 MB is ended. */
export const runProgram = (path: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  options.transcript === undefined ? runAttached(path, args, options) : runPatiently(path, args, options.transcript, options);

/** What ends the programs that run, should this process exit before them: a person who has asked twice does not wait. */
const ending = new Set<() => void>();
const endAll = (): void => ending.forEach((end) => end());

const LEASH = join(import.meta.dirname, "leash.ts");

/** Starts it in a process group of its own, on a leash where it has to be. */
const start = (path: string, args: readonly string[], { cwd, env = process.env, tied = false }: RunOptions, stdout: number | "pipe") =>
  tied
    ? spawn(process.execPath, [LEASH, path, ...args], { cwd, env, stdio: ["pipe", stdout, "pipe", "pipe"], detached: true })
    : spawn(path, args, { cwd, env, stdio: ["pipe", stdout, "pipe"], detached: true });

const runAttached = (path: string, args: readonly string[], options: RunOptions): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const file = options.output === undefined ? null : openSync(options.output, "w", OWNER_ONLY);
    const child = start(path, args, options, file ?? "pipe");
    if (file !== null) closeSync(file);
    const said = { stdout: "", stderr: "" };
    const kill = (signal: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // It has ended meanwhile.
      }
    };
    const end = (): void => kill("SIGKILL");
    if (ending.size === 0) process.on("exit", endAll);
    ending.add(end);
    let impatience: NodeJS.Timeout | undefined;
    const stop = (): void => {
      kill("SIGTERM");
      impatience = setTimeout(kill, GRACE_MS, "SIGKILL");
    };
    for (const stream of ["stdout", "stderr"] as const) {
      const tell = linesTo(options.onLine ?? (() => undefined));
      child[stream]?.setEncoding("utf8").on("data", (text: string) => {
        said[stream] += text;
        if (said[stream].length > OUTPUT_BYTES_MAX) kill("SIGKILL");
        tell(text);
      });
    }
    const settled = (): void => {
      ending.delete(end);
      if (ending.size === 0) process.off("exit", endAll);
    };
    child.once("error", (error) => (settled(), reject(error)));
    child.once("close", (code) => {
      settled();
      clearTimeout(impatience);
      options.signal?.removeEventListener("abort", stop);
      resolve({ status: code ?? 1, ...said });
    });
    // A program that does not read to the end is told by its exit status.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
    if (options.signal?.aborted === true) stop();
    else options.signal?.addEventListener("abort", stop, { once: true });
  });
