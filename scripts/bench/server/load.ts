/**
 * Requests at a steady rate, whatever becomes of those before them (open loop): a request's time counts from when it was due, so that
 * a stalled server does not hide the requests that wait behind it (Tene, "How NOT to measure latency": coordinated omission).
 */
import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Installation } from "./installation.ts";
import { dice, KINDS, row, type Kind } from "./requests.ts";
import type { Stock } from "./stock.ts";

export type Answered = { kind: string; ms: number; status: number };

const SEED = 41;

/** As many connections as a proxy in front keeps open. */
const AGENT = new Agent({ keepAlive: true, maxSockets: 128 });
/** A request without an answer for so long has none. */
const ANSWER_MS_MAX = 30_000;

/** The status of an answer that has come whole; 0 when none came. */
const statusOf = (url: string, path: string, token: string): Promise<number> =>
  new Promise((resolve) => {
    const options = { agent: AGENT, headers: { authorization: `Bearer ${token}` }, timeout: ANSWER_MS_MAX };
    const request = get(`${url}/api${path}`, options, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.on("error", () => resolve(0));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(0));
  });

const ask = async (url: string, path: string, token: string, due: number): Promise<Omit<Answered, "kind">> => {
  const status = await statusOf(url, path, token);
  return { ms: performance.now() - due, status };
};

/** Times that each kind is asked with nothing beside it; the fastest counts, which tells of the work and not of the machine. */
const ALONE_TIMES = 5;

/** Milliseconds of each kind of request when nothing else is asked. */
export const alone = async ({ url }: Installation, stock: Stock, token: string): Promise<Map<string, number>> => {
  const at = dice(SEED);
  const fastest = new Map<string, number>();
  for (const kind of KINDS)
    for (let i = 0; i < ALONE_TIMES; i++) {
      const { ms } = await ask(url, kind.path(at, stock), token, performance.now());
      fastest.set(kind.name, Math.min(ms, fastest.get(kind.name) ?? Infinity));
    }
  return fastest;
};

/** Sends requests of all kinds for some seconds; `tokens` take turns. */
export const load = async (
  { url }: Installation,
  stock: Stock,
  tokens: readonly string[],
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Answered[]> => {
  const at = dice(SEED);
  const queue: Kind[] = [];
  const answers: Promise<Answered>[] = [];
  const start = performance.now();
  for (let i = 0; i < perSecond * seconds; i++) {
    if (queue.length === 0) queue.push(...row(at));
    const kind = queue.pop()!;
    const due = start + (i * 1000) / perSecond;
    const left = due - performance.now();
    if (left > 1) await sleep(left);
    const token = tokens[i % tokens.length]!;
    answers.push(ask(url, kind.path(at, stock), token, due).then((answer) => ({ kind: kind.name, ...answer })));
  }
  return Promise.all(answers);
};

/** Nearest rank: a time that was measured. */
export const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1))] ?? NaN;
