/**
 * A dataplane's life: it enrols, says hello, and asks for work until it is told to stop. It dials out, nothing dials in. Asked to drain, it hands its
 * work back; revoked, or under a lease that is lost, it stops at once and says nothing more.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { PROTOCOL_OLDEST, PROTOCOL_VERSION, WorkItem } from "@touchstone/core/model/dataplane";
import { UserError } from "@touchstone/core/errors";
import { UNTRACED, type Tracing } from "@touchstone/core/tracing";
import { Welcome } from "@touchstone/core/routes/dataplanes";
import { backoffMs, exchange, Refused, type Send } from "./client.ts";
import { workOn } from "./lease.ts";
import type { EngineSettings } from "./operation.ts";

export type DataplaneOptions = {
  send: Send;
  /** A token it has, or the code with which it gets one. */
  token?: string | undefined;
  code?: string | undefined;
  /** Where the token is kept for the next start. */
  onToken?: ((token: string) => Promise<void>) | undefined;
  version: string;
  /** Operations at a time, and questions besides them. */
  operations?: number;
  questions?: number;
  settings?: EngineSettings;
  /** Aborted to drain: leases are handed back. */
  signal: AbortSignal;
  /** Where spans are told; nowhere where absent. */
  tracing?: Tracing | undefined;
  /** Told when the control plane knows it and gives it work. */
  onWelcome?: (() => void) | undefined;
  /** What a log should have: never a value of the data, never a secret. */
  onNote?: ((note: { note: string; detail?: unknown }) => void) | undefined;
};

/** How it ended: told to, or not wanted any more. */
export type DataplaneEnd = "drained" | "revoked";

const OPERATIONS_DEFAULT = 1;
const QUESTIONS_DEFAULT = 2;
/** A poll waits on the server; the answer needs some time besides. */
const ANSWER_MS = 15_000;
/** How long a dataplane that is not enabled waits before it asks again. */
const DISABLED_MS = 60_000;
/** How long enrolment and hello are tried: a server that is down comes back. */
const PATIENCE_MS = 24 * 3_600_000;
/** Polls are shortened by up to this part, so that many dataplanes do not poll in step. */
const JITTER = 0.2;

const Enrolled = z.object({ token: z.string() });
const Claimed = z.object({ work: WorkItem.nullable() });

const CONNECTORS = ["postgresql", "duckdb", "files", "s3", "gcs", "abfs"];

/** Runs until it is drained or revoked. Throws when it cannot enrol. */
export const runDataplane = async (given: DataplaneOptions): Promise<DataplaneEnd> => {
  const { signal, tracing = UNTRACED } = given;
  // Whatever is sent for a piece of work says which.
  const options: DataplaneOptions = { ...given, send: (path, body, sent) => given.send(path, body, { ...sent, trace: tracing.current() }) };
  const gone = new AbortController();
  const stop = AbortSignal.any([signal, gone.signal]);
  try {
    const token = options.token ?? (await enrol(options));
    const welcome = await greet(options, token, stop);
    options.onWelcome?.();
    const lanes = [
      ...Array.from({ length: options.operations ?? OPERATIONS_DEFAULT }, () => false),
      ...Array.from({ length: options.questions ?? QUESTIONS_DEFAULT }, () => true),
    ];
    const running = lanes.map((onlyQuestions) =>
      takeTurns(options, { token, welcome, onlyQuestions, stop }).catch((thrown: unknown) => {
        gone.abort();
        throw thrown;
      }),
    );
    for (const { status, reason } of (await Promise.allSettled(running)).filter((one) => one.status === "rejected"))
      if (status === "rejected") throw reason;
    return "drained";
  } catch (thrown) {
    if (thrown instanceof Refused && thrown.reason === "revoked") return "revoked";
    if (signal.aborted) return "drained";
    throw thrown;
  }
};

/** Exchanges the code for a token. */
export const enrol = async ({
  send,
  code,
  onToken,
  signal,
}: Pick<DataplaneOptions, "send" | "code" | "onToken" | "signal">): Promise<string> => {
  const { token } = await exchange(send, "/dataplane/enrol", { code: code ?? "" }, Enrolled, {
    token: null,
    signal,
    persistMs: PATIENCE_MS,
    isStart: true,
  });
  await onToken?.(token);
  return token;
};

/** Says hello until it is welcome. */
const greet = async (options: DataplaneOptions, token: string, stop: AbortSignal): Promise<Welcome> => {
  const hello = {
    version: options.version,
    protocol: PROTOCOL_VERSION,
    capacity: options.operations ?? OPERATIONS_DEFAULT,
    connectors: CONNECTORS,
    capabilities: { operations: ["sync", "profile", "scan", "external_scan", "materialize", "export"] },
  };
  for (;;) {
    const patience = { signal: stop, persistMs: PATIENCE_MS, isStart: true };
    const welcome = await exchange(options.send, "/dataplane/hello", hello, Welcome, { token, ...patience });
    if (welcome.enabled && welcome.protocol >= PROTOCOL_OLDEST) return welcome;
    options.onNote?.({ note: "not enabled", detail: welcome.reason ?? `the control plane speaks the protocol ${welcome.protocol}` });
    await sleep(DISABLED_MS, undefined, { signal: stop });
  }
};

/** With what to do about it, where somebody can. */
const told = (thrown: unknown): string => {
  if (thrown instanceof UserError) return `${thrown.info.code} ${thrown.message}. ${thrown.info.todo}`;
  return thrown instanceof Error ? thrown.message : String(thrown);
};

type Lane = { token: string; welcome: Welcome; onlyQuestions: boolean; stop: AbortSignal };

/** One piece of work after the other. */
const takeTurns = async (options: DataplaneOptions, lane: Lane): Promise<void> => {
  for (let failures = 0; !lane.stop.aborted;) {
    try {
      const { work } = await poll(options, lane);
      failures = 0;
      if (work !== null) await workOn(work, options, lane);
    } catch (thrown) {
      if (lane.stop.aborted) return;
      if (thrown instanceof Refused && thrown.reason === "revoked") throw thrown;
      options.onNote?.({ note: "poll failed", detail: told(thrown) });
      await sleep(backoffMs(failures++), undefined, { signal: lane.stop }).catch(() => undefined);
    }
  }
};

const poll = ({ send }: DataplaneOptions, { token, welcome, onlyQuestions, stop }: Lane) => {
  const waitMs = Math.round(welcome.poll_wait_ms * (1 - JITTER * Math.random()));
  const body = { wait_ms: waitMs, only: onlyQuestions ? "questions" : null };
  return exchange(send, "/dataplane/claim", body, Claimed, { token, signal: stop, timeoutMs: waitMs + ANSWER_MS, persistMs: 0 });
};
