/**
 * One slot: an engine process of its own, so that a crash, a full memory or a kill costs one piece of work and not the
 * program, and so that heavy queries do not starve this process's threads. The parent imports nothing of DuckDB.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { getCompileCacheDir } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError, userError } from "@touchstone/core/errors";
import type { Cell } from "@touchstone/core/rules/rule";
import { ROWS_MAX } from "../connectors/connector.ts";
import type { QueryOptions, Row, Session } from "../connectors/connector.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { failure } from "./failure.ts";
import type { Reply, Request, SlotSettings } from "./protocol.ts";

export type { SlotSettings } from "./protocol.ts";

export type Slot = {
  readonly session: Session;
  /** A statement without a result whose $1, $2 … are these texts: rows are written as data, never as SQL. */
  runWith(sql: string, parameters: readonly string[], options?: QueryOptions): Promise<void>;
  /** Process id of the engine; another one after a revival. */
  readonly pid: number;
  /**
   * Starts another engine if this one has died, with the same setup and nothing of what the dead one held: its tables and views
   * are gone. False when there was nothing to do. Throws what a setup statement failed with, ENGINE_DIED when it died too often
   * (REVIVALS_MAX), ABORTED after close. Statements never revive by themselves: they would meet an engine without their tables.
   */
  revive(): Promise<boolean>;
  /** Ends the process, whatever it is doing, and removes its temp folder. Statements under way reject with ABORTED. */
  close(): Promise<void>;
};

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
/** Four (the default) are all taken by one query on four cores, and reading a file would wait for it. */
const LIBUV_THREADS = "16";
/** Engines started after deaths, over the life of a slot: what kills one again and again must end. */
const REVIVALS_MAX = 10;
/** Files in the temp folder that end with their engine: spilled data, and the database of staged tables (connectors/files). */
const OF_ONE_ENGINE = /^(duckdb_temp_|staged\.duckdb)/;
/** Variables of this process the engine needs; secrets in others stay here. */
const PASSED_ON = [
  "PATH",
  "HOME",
  "USERPROFILE",
  "SystemRoot",
  "TMPDIR",
  "TEMP",
  "TMP",
  "LD_LIBRARY_PATH",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];

/** Where this process keeps compiled code, if it does: the engine's own is a third of the time it takes to start. */
const compiledCode = (): NodeJS.ProcessEnv => {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
};

const childEnvironment = (): NodeJS.ProcessEnv => ({
  ...compiledCode(),
  ...Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
  UV_THREADPOOL_SIZE: LIBUV_THREADS,
  TZ: "UTC",
});

type Waiting = {
  onReply: (reply: Reply) => void;
  onDeath: (error: UserError) => void;
};

/** A child and the replies it owes. */
type Line = {
  child: ChildProcess;
  waiting: Map<number, Waiting>;
  nextId: number;
  death: UserError | null;
  closing: boolean;
};

/** The child at work, and the one that is being started in the place of a dead one. */
type Post = { line: Line; closed: boolean; revivals: number; reviving: Promise<boolean> | null };

const reasonOfDeath = (code: number | null, signal: NodeJS.Signals | null): string => {
  if (signal === "SIGKILL") return "it was killed, perhaps by the system for want of memory";
  return signal === null ? `it exited with status ${code}` : `it was ended by ${signal}`;
};

const forkChild = (): Line => {
  const child = fork(CHILD, [], {
    execPath: process.execPath,
    execArgv: ["--disable-warning=ExperimentalWarning"],
    serialization: "advanced",
    env: childEnvironment(),
    // Its own process group: Ctrl-C in the terminal reaches the parent only, which then decides.
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const line: Line = { child, waiting: new Map(), nextId: 1, death: null, closing: false };
  const die = (reason: string): void => {
    line.death ??= line.closing ? userError("ABORTED") : userError("ENGINE_DIED", reason);
    for (const waiting of line.waiting.values()) waiting.onDeath(line.death);
    line.waiting.clear();
  };
  child.on("message", (message) => {
    const reply = message as Reply;
    line.waiting.get(reply.id)?.onReply(reply);
  });
  child.on("exit", (code, signal) => die(reasonOfDeath(code, signal)));
  child.on("error", (thrown) => die(thrown.message));
  return line;
};

const post = (line: Line, request: Request): void => {
  // A failed write means the child is gone: the exit event rejects whoever waits.
  if (line.child.connected) line.child.send(request, () => undefined);
};

/** Row objects of arrays of cells. A field named __proto__ is a field like any other. */
export const toRows = (names: readonly string[], rows: readonly Cell[][]): Row[] => {
  if (names.includes("__proto__")) return rows.map((cells) => Object.fromEntries(names.map((name, i) => [name, cells[i] ?? null])));
  return rows.map((cells) => {
    const row: Row = {};
    for (let i = 0; i < names.length; i++) row[names[i]!] = cells[i] ?? null;
    return row;
  });
};

type Ended = Extract<Reply, { kind: "rows" | "done" }>;

/** Sends one request and waits for its end; an abort cancels it in the engine and rejects once the engine has stopped. */
const ask = (line: Line, settings: SlotSettings, request: (id: number) => Request, options: QueryOptions = {}): Promise<Ended> =>
  new Promise((resolve, reject) => {
    if (options.signal?.aborted) return reject(userError("ABORTED"));
    if (line.death !== null) return reject(line.death);
    const id = line.nextId++;
    const onAbort = (): void => post(line, { kind: "cancel", id });
    const settle = (act: () => void): void => {
      line.waiting.delete(id);
      options.signal?.removeEventListener("abort", onAbort);
      act();
    };
    line.waiting.set(id, {
      onDeath: (error) => settle(() => reject(error)),
      onReply: (reply) => {
        if (reply.kind === "progress") options.onProgress?.(reply.fraction);
        else if (reply.kind === "failed") settle(() => reject(failure(reply.message, settings)));
        else if (reply.kind === "tooMany") settle(() => reject(userError("LIMIT_EXCEEDED", "The result of a query", `${ROWS_MAX} rows`)));
        else settle(() => resolve(reply));
      },
    });
    options.signal?.addEventListener("abort", onAbort, { once: true });
    post(line, request(id));
  });

/** Replies of one stream, handed over one at a time. */
async function* streamRows(
  line: Line,
  settings: SlotSettings,
  sql: string,
  batchRows: number,
  options: QueryOptions,
): AsyncGenerator<Row[]> {
  if (options.signal?.aborted) throw userError("ABORTED");
  if (line.death !== null) throw line.death;
  const id = line.nextId++;
  const replies: (Reply | UserError)[] = [];
  let wake: () => void = () => undefined;
  const arrive = (item: Reply | UserError): void => {
    replies.push(item);
    wake();
  };
  const onAbort = (): void => {
    post(line, { kind: "cancel", id });
    arrive(userError("ABORTED"));
  };
  line.waiting.set(id, { onReply: arrive, onDeath: arrive });
  options.signal?.addEventListener("abort", onAbort, { once: true });
  let ended = false;
  try {
    post(line, { kind: "stream", id, sql, batchRows, progress: options.onProgress !== undefined });
    for (;;) {
      if (replies.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const item = replies.shift();
      if (item === undefined) continue;
      if (item instanceof Error) throw item;
      if (item.kind === "progress") options.onProgress?.(item.fraction);
      else if (item.kind === "rows") {
        // The next batch is made while this one is worked on: one is held besides.
        post(line, { kind: "next", id });
        yield toRows(item.names, item.rows);
      } else {
        ended = true;
        if (item.kind === "failed") throw failure(item.message, settings);
        return;
      }
    }
  } finally {
    if (!ended) post(line, { kind: "cancel", id });
    options.signal?.removeEventListener("abort", onAbort);
    line.waiting.delete(id);
  }
}

const sessionOf = (at: Post, settings: SlotSettings, dialect: Dialect): Session => ({
  dialect,
  async query(sql, options) {
    const reply = await ask(
      at.line,
      settings,
      (id) => ({ kind: "query", id, sql, rowsMax: ROWS_MAX, progress: options?.onProgress !== undefined }),
      options,
    );
    return reply.kind === "rows" ? toRows(reply.names, reply.rows) : [];
  },
  stream: (sql, batchRows, options) => streamRows(at.line, settings, sql, batchRows, options ?? {}),
  async run(sql, options) {
    await ask(at.line, settings, (id) => ({ kind: "run", id, sql, progress: options?.onProgress !== undefined }), options);
  },
});

const end = async (line: Line): Promise<void> => {
  line.closing = true;
  if (line.child.exitCode !== null || line.child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => line.child.once("exit", () => resolve()));
  line.child.kill("SIGKILL");
  await exited;
};

const close = async (at: Post, settings: SlotSettings): Promise<void> => {
  at.closed = true;
  await end(at.line);
  // A revival under way has started its child, if ever, before it first waited for it.
  await at.reviving?.catch(() => undefined);
  await rm(settings.tempFolder, { recursive: true, force: true });
};

const removeLeftovers = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) if (OF_ONE_ENGINE.test(name)) await rm(join(folder, name), { recursive: true, force: true });
};

const setUp = async (line: Line, settings: SlotSettings): Promise<void> => {
  try {
    await ask(line, settings, (id) => ({ kind: "open", id, settings }));
  } catch (thrown) {
    await end(line);
    throw thrown;
  }
};

const startAgain = async (at: Post, settings: SlotSettings): Promise<boolean> => {
  at.revivals++;
  await removeLeftovers(settings.tempFolder);
  if (at.closed) throw userError("ABORTED");
  at.line = forkChild();
  try {
    await setUp(at.line, settings);
  } catch (thrown) {
    if (at.closed) throw userError("ABORTED");
    // We ended it, but not because anybody wished to: who asks it again is told why.
    if (thrown instanceof UserError) at.line.death = thrown;
    throw thrown;
  }
  return true;
};

const revive = async (at: Post, settings: SlotSettings): Promise<boolean> => {
  if (at.closed) throw userError("ABORTED");
  if (at.reviving !== null) return at.reviving;
  if (at.line.death === null) return false;
  if (at.revivals >= REVIVALS_MAX) throw at.line.death;
  at.reviving = startAgain(at, settings).finally(() => (at.reviving = null));
  return at.reviving;
};

/**
 * Starts an engine process, runs the setup statements and locks it down.
 * Throws what a setup statement failed with, or ENGINE_DIED. One statement runs at a time: others wait, also for an open stream.
 */
export const openSlot = async (settings: SlotSettings, dialect: Dialect): Promise<Slot> => {
  const at: Post = { line: forkChild(), closed: false, revivals: 0, reviving: null };
  try {
    await setUp(at.line, settings);
  } catch (thrown) {
    await close(at, settings);
    throw thrown;
  }
  return {
    session: sessionOf(at, settings, dialect),
    runWith: async (sql, parameters, options) => {
      await ask(at.line, settings, (id) => ({ kind: "run", id, sql, parameters, progress: false }), options);
    },
    get pid() {
      return at.line.child.pid ?? 0;
    },
    revive: () => revive(at, settings),
    close: () => close(at, settings),
  };
};
