/** For tests: a control plane and a dataplane as processes of their own, as they run in earnest; each can be killed and comes back. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { LAUNCHER } from "../terminal-ground.ts";

const START_MS_MAX = 60_000;
const KEY_BYTES = 32;

export type Running = { child: ChildProcess; /** What it has written so far. */ said: () => string; ended: Promise<void> };

const run = (words: readonly string[], env: NodeJS.ProcessEnv): Running => {
  const child = spawn(LAUNCHER, words, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (more: string) => void (text += more));
  return { child, said: () => text, ended: new Promise((resolve) => child.once("close", () => resolve())) };
};

/** What a process has said, once it matches. */
const heard = async (running: Running, pattern: RegExp): Promise<RegExpExecArray> => {
  for (const started = Date.now(); Date.now() - started < START_MS_MAX && running.child.exitCode === null;) {
    const found = pattern.exec(running.said());
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`it did not say ${String(pattern)}:\n${running.said()}`);
};

export type Service = {
  url: () => string;
  /** Printed at the first start. */
  setupCode: () => string;
  /** Everything the control plane ever wrote. */
  logs: () => string;
  kill: () => Promise<void>;
  start: () => Promise<void>;
  /** Ends it as an operator would. */
  stop: () => Promise<void>;
};

/** A control plane over a store on a server, or an embedded one in the folder. */
export const openService = async (folder: string, databaseUrl: string | null): Promise<Service> => {
  const key = (): string => randomBytes(KEY_BYTES).toString("base64");
  const env = {
    TOUCHSTONE_DATA: join(folder, "data"),
    TOUCHSTONE_SECRET_KEYS: `k1:${key()}`,
    TOUCHSTONE_TOKEN_KEY: key(),
    TOUCHSTONE_REQUESTS_PER_SECOND: "1000",
    TOUCHSTONE_DRAIN_SECONDS: "1",
    ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
  };
  const all: Running[] = [];
  let url = "";
  const latest = (): Running => all.at(-1)!;
  const start = async (): Promise<void> => {
    const running = run(["start", "--port", "0", "--no-dataplane"], env);
    all.push(running);
    url = (await heard(running, /answers at (\S+)/))[1]!;
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    latest().child.kill(signal);
    await latest().ended;
  };
  await start();
  // It comes after the address, and a line may come in pieces.
  const [, setupCode = ""] = await heard(latest(), /Set-up code: (\S+)\s/);
  return {
    url: () => url,
    setupCode: () => setupCode,
    logs: () => all.map(({ said }) => said()).join("\n"),
    kill: () => end("SIGKILL"),
    start,
    stop: () => end("SIGTERM"),
  };
};

export type Worker = { kill: () => Promise<void>; start: () => void; stop: () => Promise<void>; logs: () => string };

/** A dataplane that speaks to an address; the code is for its first start, its token file for all others. */
export const openWorker = (folder: string, server: string, code: string): Worker => {
  const file = join(folder, "token");
  const all: Running[] = [];
  const start = (words: readonly string[]): void =>
    void all.push(run(["dataplane", "--server", server, "--token-file", file, "--threads", "1", "--temp", folder, ...words], {}));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const latest = all.at(-1)!;
    latest.child.kill(signal);
    await latest.ended;
  };
  start(["--code", code]);
  return {
    kill: () => end("SIGKILL"),
    start: () => start([]),
    stop: () => end("SIGTERM"),
    logs: () => all.map(({ said }) => said()).join("\n"),
  };
};
