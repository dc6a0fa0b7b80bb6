/**
 * The engine process: one DuckDB instance with one connection, locked down, driven by messages of the parent.
 * Statements run one after the other in the order they came; a stream keeps the connection until it ends.
 */
import { rmSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api";
import type { Cell } from "@touchstone/core/rules/rule";
import { chunkRows } from "./cells.ts";
import type { Reply, Request, SlotSettings } from "./protocol.ts";
import { lockDown, settingsAtCreation } from "./settings.ts";

type Statement = Extract<Request, { kind: "query" | "run" | "stream" }>;

/** How often a running statement is asked how far it is, and a cancelled one is told again to stop. */
const PROGRESS_EVERY_MS = 200;
const INTERRUPT_EVERY_MS = 20;

let connection: DuckDBConnection | null = null;
let tempFolder: string | null = null;
let queue: Promise<void> = Promise.resolve();
const cancelled = new Set<number>();
const pending = new Set<number>();
let running: number | null = null;
/** Resolves the wait of the open stream: true for the next batch, false for its end. */
let streamAsked: ((goOn: boolean) => void) | null = null;

const send = (reply: Reply): void => {
  if (process.connected) process.send?.(reply);
};

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

const INTERRUPTED = "INTERRUPT Error: Interrupted!";

/** Runs a statement of the setup. What the engine says of one with a secret quotes the secret, so it is not passed on. */
const prepareWith = async (on: DuckDBConnection, sql: string): Promise<void> => {
  try {
    await on.run(sql);
  } catch (thrown) {
    throw /^CREATE (TEMPORARY )?SECRET/i.test(sql) ? new Error("IO Error: the credentials were refused") : thrown;
  }
};

const open = async (settings: SlotSettings): Promise<void> => {
  tempFolder = settings.tempFolder;
  const instance = await DuckDBInstance.create(":memory:", settingsAtCreation(settings));
  const opened = await instance.connect();
  for (const sql of lockDown(settings)) await prepareWith(opened, sql);
  connection = opened;
  // Kept now, since this process does not exit but is killed.
  flushCompileCache();
};

const query = async (on: DuckDBConnection, request: Extract<Statement, { kind: "query" }>): Promise<void> => {
  const result = await on.stream(request.sql);
  const rows: Cell[][] = [];
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    if (rows.length + chunk.rowCount > request.rowsMax) return send({ kind: "tooMany", id: request.id });
    for (const row of chunkRows(chunk)) rows.push(row);
  }
  send({ kind: "rows", id: request.id, names: result.deduplicatedColumnNames(), rows });
};

/** Resolves with true when the parent asks for the next batch, with false when it wants no more. */
const askedForNext = (id: number): Promise<boolean> => {
  if (cancelled.has(id)) return Promise.resolve(false);
  return new Promise((resolve) => {
    streamAsked = resolve;
  });
};

/** The rows of a result in pieces of at most `size`; each is read only when the one before was taken. */
async function* batches(result: DuckDBResult, size: number): AsyncGenerator<Cell[][]> {
  let batch: Cell[][] = [];
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    batch = batch.concat(chunkRows(chunk));
    while (batch.length >= size) yield batch.splice(0, size);
  }
  if (batch.length > 0) yield batch;
}

const sendBatches = async (result: DuckDBResult, id: number, batchRows: number): Promise<void> => {
  const names = result.deduplicatedColumnNames();
  for await (const rows of batches(result, batchRows)) {
    const asked = askedForNext(id);
    send({ kind: "rows", id, names, rows });
    if (!(await asked)) return;
  }
};

const perform = async (on: DuckDBConnection, request: Statement): Promise<void> => {
  if (request.kind === "query") return query(on, request);
  if (request.kind === "run") {
    await on.run(request.sql, request.parameters ? [...request.parameters] : undefined);
  } else {
    await sendBatches(await on.stream(request.sql), request.id, request.batchRows);
  }
  send({ kind: "done", id: request.id });
};

const reportProgress = (on: DuckDBConnection, id: number): (() => void) => {
  const timer = setInterval(() => {
    const percentage = on.progress.percentage;
    if (percentage >= 0) send({ kind: "progress", id, fraction: Math.min(1, percentage / 100) });
  }, PROGRESS_EVERY_MS);
  return () => clearInterval(timer);
};

const execute = async (request: Statement): Promise<void> => {
  const { id } = request;
  try {
    if (cancelled.has(id)) return send({ kind: "failed", id, message: INTERRUPTED });
    if (connection === null) throw new Error("INTERNAL Error: the slot is not open");
    running = id;
    const stopProgress = request.progress ? reportProgress(connection, id) : null;
    try {
      await perform(connection, request);
    } finally {
      stopProgress?.();
    }
  } catch (thrown) {
    send({ kind: "failed", id, message: messageOf(thrown) });
  } finally {
    running = null;
    streamAsked = null;
    pending.delete(id);
    cancelled.delete(id);
  }
};

/** Interrupts until the statement has ended: an interrupt that comes before the engine has started is lost. */
const interruptUntilEnded = (id: number): void => {
  if (running !== id) return;
  connection?.interrupt();
  setTimeout(interruptUntilEnded, INTERRUPT_EVERY_MS, id);
};

const cancel = (id: number): void => {
  if (!pending.has(id)) return;
  cancelled.add(id);
  if (running !== id) return;
  if (streamAsked !== null) streamAsked(false);
  else interruptUntilEnded(id);
};

const receive = (request: Request): void => {
  if (request.kind === "cancel") return cancel(request.id);
  if (request.kind === "next") {
    const asked = streamAsked;
    streamAsked = null;
    return asked?.(true);
  }
  if (request.kind === "open") {
    open(request.settings).then(
      () => send({ kind: "done", id: request.id }),
      (thrown: unknown) => send({ kind: "failed", id: request.id, message: messageOf(thrown) }),
    );
    return;
  }
  pending.add(request.id);
  queue = queue.then(() => execute(request));
};

/** The parent is gone or done: nothing may be left behind, and native threads must not hold the process. */
const end = (): void => {
  try {
    if (tempFolder !== null) rmSync(tempFolder, { recursive: true, force: true });
  } finally {
    process.kill(process.pid, "SIGKILL");
  }
};

// The parent decides what an interrupt of the terminal or of the service manager means.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("message", receive);
process.on("disconnect", end);
