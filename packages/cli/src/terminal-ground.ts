/** For tests: a folder of files written on the spot, and command lines run in it, in this process or as real children. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Report } from "@touchstone/core/model/report";
import type { ExitStatus } from "./commands/command.ts";
import { run } from "./run.ts";

export const LAUNCHER = fileURLToPath(new URL("../../../touchstone", import.meta.url));

/** What a command line left behind. */
export type Ran = { status: number | null; out: string; err: string };

export type Ground = {
  folder: string;
  path: (name: string) => string;
  write: (name: string, content: string | Uint8Array) => string;
  /** Runs in this process. Words that name a file of the folder with `@` in front become its path. */
  run: (...words: string[]) => Promise<Ran>;
  /** The same, with the report read from its JSON. */
  report: (status: ExitStatus, ...words: string[]) => Promise<Report>;
  remove: () => void;
};

const TRACE = /^\s+at .+:\d+:\d+\)?$|node:internal|\bINTERNAL\b|\[object Object\]|\bundefined\b/m;

/** No command line ever answers with a stack trace, an inner error or an unfinished text. */
export const assertPlain = ({ out, err }: Ran, words: readonly string[]): void =>
  assert.doesNotMatch(`${err}\n${out.slice(0, 200_000)}`, TRACE, words.join(" "));

/** Runs a command line in this process. */
export const touchstone = async (words: readonly string[], signal = new AbortController().signal): Promise<Ran> => {
  const written = { out: "", err: "" };
  const status = await run(words, {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    signal,
    colour: false,
  });
  const ran = { status, ...written };
  assertPlain(ran, words);
  return ran;
};

export const newGround = (): Ground => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-cli-")));
  const path = (name: string): string => join(folder, name);
  const placed = (words: readonly string[]): string[] => words.map((word) => word.replace(/(^|=)@/, `$1${folder}/`));
  const runHere = (...words: string[]): Promise<Ran> => touchstone(placed(words));
  return {
    folder,
    path,
    write(name, content) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), content);
      return path(name);
    },
    run: runHere,
    async report(status, ...words) {
      const ran = await runHere(...words, "--format", "json");
      assert.equal(ran.status, status, `${words.join(" ")}\n${ran.err}${ran.out.slice(0, 2000)}`);
      return Report.parse(JSON.parse(ran.out));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};

/** A real process of the launcher, and what it has written when it ends. */
export const spawnTouchstone = (
  words: readonly string[],
  options: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {},
): { child: ChildProcess; ended: Promise<Ran & { signal: NodeJS.Signals | null; ms: number }> } => {
  const started = Date.now();
  const child = spawn(LAUNCHER, words, { stdio: ["ignore", "pipe", "pipe"], ...options, env: { ...process.env, ...options.env } });
  const written = { out: "", err: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (written.out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (written.err += text));
  const ended = new Promise<Ran & { signal: NodeJS.Signals | null; ms: number }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, ...written, ms: Date.now() - started }));
  });
  return { child, ended };
};
