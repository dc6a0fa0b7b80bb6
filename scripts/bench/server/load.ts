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

/** Times that each kind is asked with nothing beside it: processor time is counted in hundredths of a second. */
const ALONE_TIMES = 25;
/** Before they count: what is compiled and read once. */
const ALONE_WARM_UP = 5;

/** What a request costs when nothing else is asked: the fastest answer, and milliseconds of processor time of the control plane and of the store. */
export type Alone = { ms: number; server: number; store: number };

/** Kind by kind; nobody waits for anybody. */
export const alone = async (installation: Installation, stock: Stock, token: string): Promise<Map<string, Alone>> => {
  const at = dice(SEED);
  const costs = new Map<string, Alone>();
  for (const { name, path } of KINDS) {
    const one = async (): Promise<number> => (await ask(installation.url, path(at, stock), token, performance.now())).ms;
    for (let i = 0; i < ALONE_WARM_UP; i++) await one();
    const before = installation.processorSeconds();
    let ms = Infinity;
    for (let i = 0; i < ALONE_TIMES; i++) ms = Math.min(ms, await one());
    const after = installation.processorSeconds();
    const each = (part: "server" | "store"): number => ((after[part] - before[part]) * 1000) / ALONE_TIMES;
    costs.set(name, { ms, server: each("server"), store: each("store") });
  }
  return costs;
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
