/** The protocol as a dataplane speaks it: what is sent, what the statuses mean, and how often something is tried again. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { ERRORS, UserError, userError, type ErrorCode } from "@touchstone/core/errors";

/** One message to the control plane, below `/api`, and its answer. Throws when there was none. */
export type Send = (
  path: string,
  body: unknown,
  options: {
    token: string | null;
    signal?: AbortSignal | undefined;
    timeoutMs?: number;
    /** What it is sent for, as the header `traceparent`. */
    trace?: string | null;
  },
) => Promise<{ status: number; body: unknown }>;

/** Why a message was refused for good: the lease is another's, or the dataplane is not wanted any more. */
export class Refused extends Error {
  readonly reason: "lease lost" | "revoked";
  constructor(reason: "lease lost" | "revoked") {
    super(reason);
    this.reason = reason;
  }
}

const BACKOFF_MS = 500;
const BACKOFF_MS_MAX = 30_000;

/** Full jitter: a random part of a time that doubles, so that many who lost the same server do not come back at once. */
export const backoffMs = (attempt: number, random: () => number = Math.random): number =>
  random() * Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** attempt);

/** Answers that may be others when asked again. */
const isPassing = (status: number): boolean => status === 429 || status >= 500;

export type Persistence = {
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  /** How long it is tried again; 0 tries once. */
  persistMs: number;
  /** Whether what does not pass by itself ends it at once: a start that waits for it would look like a hang. */
  isStart?: boolean;
};

type Attempt = { answer: { status: number; body: unknown } | null; failure: UserError | null };

const attempt = async (send: Send, path: string, body: unknown, token: string | null, options: Persistence): Promise<Attempt> => {
  try {
    const { signal, timeoutMs } = options;
    const answer = await send(path, body, { token, signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
    return { answer, failure: null };
  } catch (thrown) {
    if (options.signal?.aborted) throw thrown;
    const failure = thrown instanceof UserError ? thrown : null;
    if (failure !== null && options.isStart === true) throw failure;
    return { answer: null, failure };
  }
};

const Problem = z.object({ code: z.string(), what: z.string(), why: z.string(), todo: z.string() });
const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/** A refusal as the control plane words it. */
const refusal = (path: string, { status, body }: { status: number; body: unknown }): UserError => {
  const { data } = Problem.safeParse(body);
  if (data === undefined || !isCode(data.code)) return userError("INTERNAL", `the control plane answered ${path} with ${status}`);
  return new UserError({ ...data, code: data.code });
};

/**
 * Sends until there is an answer that lasts. Every message may come twice: the control plane takes each once.
 * Throws Refused, CONNECTION_LOST or what kept it from being sent when it was tried for long enough, and the refusal of a message that is
 * not taken.
 */
export const exchange = async <T>(
  send: Send,
  path: string,
  body: unknown,
  output: z.ZodType<T>,
  { token, ...options }: Persistence & { token: string | null },
): Promise<T> => {
  const until = performance.now() + options.persistMs;
  for (let tries = 0; ; tries++) {
    const { answer, failure } = await attempt(send, path, body, token, options);
    if (answer?.status === 401) throw new Refused("revoked");
    if (answer?.status === 409) throw new Refused("lease lost");
    if (answer !== null && answer.status < 300) return output.parse(answer.body);
    if (answer !== null && !isPassing(answer.status)) throw refusal(path, answer);
    if (performance.now() >= until) throw failure ?? userError("CONNECTION_LOST", "the control plane");
    await sleep(backoffMs(tries), undefined, { signal: options.signal });
  }
};
