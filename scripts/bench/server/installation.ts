/** A control plane as an own process over a Postgres server of the system, as it runs in earnest, only that nothing of it is left. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverBinaries, startServer } from "@touchstone/engine/enrichment/postgres-ground";
import { issueToken } from "@touchstone/server/auth/tokens";
import { openStore, type Database, type Store } from "@touchstone/server/store/database";
import { sql } from "kysely";
import { childrenSeconds, parentOf, processorSeconds } from "../processor.ts";

export type Installation = {
  url: string;
  pid: number;
  store: Store;
  /** Processor time so far of the control plane, and of all processes of its store. */
  processorSeconds: () => { server: number; store: number };
  /** A token of this user. */
  tokenOf: (userId: number) => Promise<string>;
  stop: () => Promise<void>;
};

const MAIN = join(import.meta.dirname, "..", "..", "..", "packages", "cli", "src", "main.ts");
const START_MS_MAX = 60_000;
const KEY_BYTES = 32;
const DAY_MS = 86_400_000;

/** Above every rate that is measured: the limit of requests is not what is measured. */
const REQUESTS_PER_SECOND = "100000";

const keyText = (): string => randomBytes(KEY_BYTES).toString("base64");

/** Runs the program until it says where it answers. */
const launch = (env: NodeJS.ProcessEnv): Promise<{ url: string; pid: number; stop: () => Promise<void> }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, "start", "--port", "0", "--no-dataplane", "--log-level", "error"], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    const hear = (text: string): void => {
      said += text;
      const url = /answers at (\S+)/.exec(said)?.[1];
      if (url === undefined || child.pid === undefined) return;
      clearTimeout(timer);
      resolve({ url, pid: child.pid, stop: () => end() });
    };
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    const end = async (): Promise<void> => {
      child.kill("SIGTERM");
      await ended;
    };
    const timer = setTimeout(() => void end().then(() => reject(new Error(`the control plane did not start:\n${said}`))), START_MS_MAX);
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    child.once("exit", (code) => reject(new Error(`the control plane ended with ${code}:\n${said}`)));
  });

/** The process that all others of the store are children of; null where the system does not tell. */
const storePid = async (db: Database): Promise<number | null> => {
  if (process.platform !== "linux") return null;
  const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(db);
  return parentOf(rows[0]!.pid);
};

/** Null on a machine without a Postgres server. */
export const install = async (): Promise<Installation | null> => {
  const binaries = serverBinaries();
  if (binaries === null) return null;
  const server = await startServer(binaries);
  const folder = mkdtempSync(join(tmpdir(), "touchstone-bench-server-"));
  const tokenKey = keyText();
  const started = await launch({
    DATABASE_URL: server.url(),
    TOUCHSTONE_DATA: folder,
    TOUCHSTONE_SECRET_KEYS: `k1:${keyText()}`,
    TOUCHSTONE_TOKEN_KEY: tokenKey,
    TOUCHSTONE_REQUESTS_PER_SECOND: REQUESTS_PER_SECOND,
  }).catch(async (thrown: unknown) => {
    await server.stop();
    throw thrown;
  });
  const store = await openStore({ url: server.url(), folder });
  const stored = await storePid(store.db);
  return {
    url: started.url,
    pid: started.pid,
    store,
    processorSeconds: () => ({ server: processorSeconds(started.pid), store: stored === null ? NaN : childrenSeconds(stored) }),
    tokenOf: async (userId) =>
      (await issueToken(store.db, Buffer.from(tokenKey, "base64"), { userId, name: "bench", expiresAt: new Date(Date.now() + DAY_MS) }))
        .token,
    stop: async () => {
      await started.stop();
      await store.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
