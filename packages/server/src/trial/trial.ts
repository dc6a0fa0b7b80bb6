/** A control plane on a fresh embedded store, asked in process: what tests of routes stand on. Nothing in it is pretended. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { z } from "zod";
import type { Route } from "@touchstone/core/routes/contract";
import { UNTRACED } from "@touchstone/core/tracing";
import { inviteDataplane } from "../auth/dataplanes.ts";
import { newKey, readKeyRing } from "../auth/seal.ts";
import { issueToken } from "../auth/tokens.ts";
import { controlPlane } from "../control-plane.ts";
import type { CallerSettings } from "../http/caller.ts";
import type { RateLimit } from "../http/rate-limit.ts";
import { guardedFetch, outbound } from "../http/ssrf.ts";
import type { Services } from "../services.ts";
import type { Store } from "../store/database.ts";
import { trialStore } from "./store.ts";
import { openWork } from "../work/open.ts";

export type Answer = { status: number; body: unknown };

/** What a dataplane sends through: below `/api`, with its token. */
export type Send = (path: string, body: unknown, options: { token: string | null; signal?: AbortSignal | undefined }) => Promise<Answer>;

/** Starts a dataplane that enrols with a code, and answers how to stop it. The engine's own is packages/engine/src/worker/loop.ts. */
export type StartDataplane = (send: Send, code: string) => { stop: () => Promise<void> };

export type BrowseOptions = { headers?: Record<string, string>; body?: string; from?: string; signal?: AbortSignal };

/** What is asked as somebody: `as` is a token, or null for nobody; without it, it is the administrator. */
export type Asking = { body?: unknown; as?: string | null };

export type Trial = {
  store: Store;
  services: Services;
  ask: (method: string, path: string, asking?: Asking) => Promise<Answer>;
  /** Asks a route, and reads the answer as the contract promises it; any other answer fails the test. */
  got: <O extends z.ZodType>(route: Route & { output: O }, path: string, asking?: Asking) => Promise<z.output<O>>;
  /** As a dataplane does. */
  send: Send;
  /** Asks with headers of one's own, as nobody, from an address; what comes back is the answer as it is. */
  browse: (method: string, path: string, options?: BrowseOptions) => Promise<Response>;
  /** The same outside of `/api`, where the pages are. */
  visit: (method: string, path: string, options?: BrowseOptions) => Promise<Response>;
  /** Milliseconds by which the clock of sessions and codes is ahead. */
  clock: { aheadMs: number };
  /** A new user with a token. */
  user: (role: "Member" | "Manager" | "Admin", name?: string) => Promise<{ id: number; token: string }>;
  /** A code for a dataplane of this name. */
  invite: (name: string) => Promise<string>;
  /** Token of the administrator that `ask` uses when none is named. */
  admin: string;
  /** What nobody expected, as the log would have it. */
  thrown: unknown[];
  close: () => Promise<void>;
};

export type TrialOptions = {
  /** Runs a dataplane beside the control plane, in this process. */
  dataplane?: StartDataplane;
  /** The store of another trial, as a control plane finds it that starts anew; it is left open. */
  store?: Store;
  /** What a caller may send; without it more than any test does. */
  rateLimit?: RateLimit;
  /** The key that signs tokens, as replicas over one store have the same. */
  tokenKey?: Buffer;
  /** Hosts that may be asked though they are on this machine: identity providers of a test. */
  outboundAllow?: readonly string[];
} & Partial<CallerSettings>;

const HOUR_MS = 3_600_000;

/** An address of documentation (RFC 5737), from which requests come unless a test says otherwise. */
const TRIAL_ADDRESS = "192.0.2.1";
const connectionFrom = (address: string) => ({ incoming: { socket: { remoteAddress: address } } });

/** Callers that come without a proxy, to whatever name. */
export const DIRECT_CALLERS: CallerSettings = { baseUrl: null, secureCookies: "auto", isTrustedProxy: () => false };

const servicesOf = async (
  store: Store,
  options: TrialOptions,
  clock: Trial["clock"],
  thrown: unknown[],
): Promise<Services & { close: () => Promise<void> }> => {
  const ring = readKeyRing(newKey("k1"));
  const work = await openWork(store, ring, (error) => void thrown.push(error));
  return {
    version: "0.0.0-trial",
    phase: () => "ok",
    ring,
    tokenKey: options.tokenKey ?? randomBytes(32),
    ...work,
    tracing: UNTRACED,
    now: () => new Date(Date.now() + clock.aheadMs),
    sessions: { idleMinutes: 120, hours: 24 },
    baseUrl: options.baseUrl ?? null,
    ask: guardedFetch(outbound(options.outboundAllow ?? [])),
  };
};

const reader =
  (ask: Trial["ask"]): Trial["got"] =>
  async ({ method, output, status = 200 }, path, asking = {}) => {
    const answer = await ask(method, path, asking);
    assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(asking.body)}: ${JSON.stringify(answer.body)}`);
    return output.parse(answer.body);
  };

const tokenMaker = ({ db }: Store, { tokenKey }: Services): Trial["user"] => {
  let users = 0;
  return async (role, name = `user ${++users}`) => {
    const { id } = await db
      .insertInto("user")
      .values({ email: `${name.replaceAll(/\W+/g, ".")}@example.org`, name, role, kind: "person" })
      .returning("id")
      .executeTakeFirstOrThrow();
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const { token } = await issueToken(db, tokenKey, { userId: id, name: "trial", expiresAt });
    return { id, token };
  };
};

export const openTrial = async (options: TrialOptions = {}): Promise<Trial> => {
  const store = options.store ?? (await trialStore());
  const thrown: unknown[] = [];
  const clock = { aheadMs: 0 };
  const services = await servicesOf(store, options, clock, thrown);
  const app = controlPlane({
    store,
    services,
    callers: { ...DIRECT_CALLERS, ...options },
    rateLimit: options.rateLimit ?? { perSecond: 10_000, burst: 10_000 },
    onAnswer: ({ thrown: unexpected }) => void (unexpected !== null && thrown.push(unexpected)),
  });
  const visit: Trial["visit"] = async (method, path, { from = TRIAL_ADDRESS, ...request } = {}) =>
    app.request(path, { method, ...request }, connectionFrom(from));
  const request = async (method: string, path: string, body: unknown, token: string | null, signal?: AbortSignal): Promise<Answer> => {
    const sent = {
      method,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    };
    const response = await app.request(`/api${path}`, sent, connectionFrom(TRIAL_ADDRESS));
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
  };
  const user = tokenMaker(store, services);
  const { token: admin } = await user("Admin", options.store === undefined ? "admin" : "another admin");
  const ask: Trial["ask"] = (method, path, { body, as = admin } = {}) => request(method, path, body, as);
  const send: Send = (path, body, { token, signal }) => request("POST", path, body, token, signal);
  const invite = async (name: string): Promise<string> => (await inviteDataplane(store.db, name)).code;
  const dataplane = options.dataplane?.(send, await invite("embedded"));
  return {
    store,
    services,
    ask,
    got: reader(ask),
    send,
    browse: (method, path, browsed) => visit(method, `/api${path}`, browsed),
    visit,
    clock,
    user,
    invite,
    admin,
    thrown,
    close: async () => {
      await dataplane?.stop();
      await services.close();
      if (options.store === undefined) await store.close();
    },
  };
};
