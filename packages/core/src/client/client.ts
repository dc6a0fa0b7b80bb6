/**
 * The typed client: a route of the contract and what it takes, in; its answer as the contract parses it, out. It knows no address of
 * its own and no clock: both are the transport's. Refusals are the server's own words; nothing else than a UserError is thrown.
 */
import { z } from "zod";
import { userError } from "../errors.ts";
import type { Route } from "../routes/contract.ts";
import type { AnswerOf, GivenOf } from "./given.ts";
import { readProblem, refusal } from "./refusal.ts";
import { eventData } from "./server-events.ts";
import type { Received, Sent, Transport } from "./transport.ts";

/** A look is answered at once; a change may wait for a dataplane, or write twenty thousand checks. */
const LOOK_SILENCE_MS = 60_000;
const CHANGE_SILENCE_MS = 300_000;
/** The server gives a sign of life every 15 seconds: three of them were missed. */
const EVENT_SILENCE_MS = 45_000;
/** Longest that a limit is waited out: whoever waits should know before a minute is over. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 1_000;
/** How often a look is tried again that something between the two refused. */
const LOOKS_MAX = 4;

export type Client = {
  /** As it was given, without a slash at its end. */
  server: string;
  ask: <R extends Route>(route: R, ...given: GivenOf<R>) => Promise<AnswerOf<R>>;
  /** The events of one stream, until it ends. It is not taken up again by itself. */
  events: <R extends Route & { stream: true }>(route: R, ...given: GivenOf<R>) => AsyncGenerator<AnswerOf<R>>;
};

export type ClientOptions = {
  server: string;
  token: string | null;
  transport: Transport;
  /** What the program calls itself. */
  agent: string;
  /** Sent with every request: the cookie of a session, and what goes with it. */
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
};

type Parts = { params?: Readonly<Record<string, unknown>>; query?: Readonly<Record<string, unknown>>; body?: unknown };

const written = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value));

/** The path with its parameters in it, and the query behind it: what is absent is left out, a list is said value by value. */
export const pathOf = ({ path }: Route, { params = {}, query = {} }: Parts): string => {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(written(params[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined && one !== null) search.append(name, written(one));
  const text = search.toString();
  return `/api${filled}${text === "" ? "" : `?${text}`}`;
};

/** Seconds until a limit lets one in again; its form with a date is nobody's here (RFC 9110 §10.2.3). */
const pauseMs = (received: Received, tries: number): number => {
  const said = received.header("retry-after");
  return said !== null && /^\d{1,6}$/.test(said.trim()) ? Number(said) * 1000 : PAUSE_MS * 2 ** tries;
};

const parsed = <R extends Route>(server: string, { method, path, output, media }: R, text: string): AnswerOf<R> => {
  if (output === undefined) return undefined as AnswerOf<R>;
  const odd = (reason: string) => userError("SERVER_ANSWER_ODD", server, `${method} ${path}: ${reason}`);
  const result = output.safeParse(media !== undefined && !media.endsWith("json") ? text : jsonOf(text, odd));
  if (result.success) return result.data as AnswerOf<R>;
  throw odd(z.prettifyError(result.error).split("\n").slice(0, 2).join(" "));
};

const jsonOf = (text: string, odd: (reason: string) => Error): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw odd("the answer is not JSON");
  }
};

export const openClient = ({ server, token, transport, agent, headers, signal }: ClientOptions): Client => {
  const sentBy = (route: Route, given: Parts, silenceMs: number): Sent => ({
    method: route.method,
    path: pathOf(route, given),
    headers: {
      accept: route.stream === true ? "text/event-stream" : "application/json",
      "user-agent": agent,
      ...headers,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(given.body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: given.body === undefined ? null : JSON.stringify(given.body),
    silenceMs,
    signal,
  });

  /** Sends until there is an answer that is neither a limit nor the refusal of something between the two. */
  const answered = async (sent: Sent): Promise<Received> => {
    let patience = PATIENCE_MS;
    for (let tries = 0; ; tries++) {
      const received = await transport.send(sent);
      if (received.status < 300) return received;
      const text = await received.text();
      const pause = pauseMs(received, tries);
      const isLimit = received.status === 429;
      const isPassing = sent.method === "GET" && [502, 503, 504].includes(received.status) && readProblem(text) === null;
      if (!isLimit && !(isPassing && tries + 1 < LOOKS_MAX)) throw refusal(server, received.status, text);
      if (pause > patience) throw refusal(server, received.status, text);
      patience -= pause;
      await transport.wait(pause, signal);
    }
  };

  return {
    server,
    ask: async (route, ...[given]) => {
      const parts: Parts = given ?? {};
      const received = await answered(sentBy(route, parts, route.method === "GET" ? LOOK_SILENCE_MS : CHANGE_SILENCE_MS));
      return parsed(server, route, await received.text());
    },
    events: async function* (route, ...[given]) {
      const received = await answered(sentBy(route, given ?? {}, EVENT_SILENCE_MS));
      if (received.header("content-type")?.startsWith("text/event-stream") !== true)
        throw userError("SERVER_ANSWER_ODD", server, `${route.method} ${route.path}: the answer is no stream of events`);
      for await (const data of eventData(received.parts)) yield parsed(server, route, data);
    },
  };
};

/** Items of a page that is fetched to be joined with others: the most there may be. */
const WHOLE_PAGE = 1000;

/** The items of all pages, one after another, until `most` of them. */
export const allItems = async function* <Item>(
  ask: (paging: { page: number; size: number }) => Promise<{ items: Item[]; pages: number }>,
  most = Infinity,
): AsyncGenerator<Item> {
  const size = Math.min(WHOLE_PAGE, most);
  for (let page = 1, left = most; left > 0; page++) {
    const { items, pages } = await ask({ page, size });
    yield* items.slice(0, left);
    left -= items.length;
    if (page >= pages) return;
  }
};
