/** A control plane on a fresh embedded store, asked in process: what tests of routes stand on. Nothing in it is pretended. */
import { randomBytes } from "node:crypto";
import { userError } from "@touchstone/core/errors";
import { newKey, readKeyRing } from "./auth/seal.ts";
import { issueToken } from "./auth/tokens.ts";
import { controlPlane } from "./control-plane.ts";
import type { CallerSettings } from "./http/caller.ts";
import { guardedFetch, outbound } from "./http/ssrf.ts";
import type { Services } from "./services.ts";
import { recordOperation } from "./work/start.ts";
import type { Work } from "./work/work.ts";
import type { Store } from "./store/database.ts";
import { trialStore } from "./trial-store.ts";

export type Answer = { status: number; body: unknown };

export type Trial = {
  store: Store;
  services: Services;
  /** Asks as somebody: `as` is a token, or null for nobody. */
  ask: (method: string, path: string, options?: { body?: unknown; as?: string | null }) => Promise<Answer>;
  /** The same with headers of one's own, as nobody, from an address; what comes back is the answer as it is. */
  send: (method: string, path: string, options?: { headers?: Record<string, string>; body?: string; from?: string }) => Promise<Response>;
  /** Milliseconds by which the clock of sessions and codes is ahead. */
  clock: { aheadMs: number };
  /** A new user with a token. */
  user: (role: "Member" | "Manager" | "Admin", name?: string) => Promise<{ id: number; token: string }>;
  /** Token of the administrator that `ask` uses when none is named. */
  admin: string;
  /** What nobody expected, as the log would have it. */
  thrown: unknown[];
  close: () => Promise<void>;
};

const HOUR_MS = 3_600_000;

/** Work where no dataplane is connected: operations stay queued, questions have nobody to answer them. */
const withoutDataplanes: Work = {
  start: recordOperation,
  abort: async (db, id) => void (await db.updateTable("operation").set({ abort_requested_at: new Date() }).where("id", "=", id).execute()),
  ask: async (_db, datastoreId) => {
    throw userError("DATAPLANE_ABSENT", `datastore ${datastoreId}`, "no dataplane");
  },
};

/** Settings of a trial; identity providers of a test are on this host. */
export type TrialSettings = Partial<CallerSettings> & { outboundAllow?: readonly string[] };

export const openTrial = async (settings: TrialSettings = {}): Promise<Trial> => {
  const store = await trialStore();
  const clock = { aheadMs: 0 };
  const services: Services = {
    version: "0.0.0-trial",
    phase: () => "ok",
    ring: readKeyRing(newKey("k1")),
    tokenKey: randomBytes(32),
    work: withoutDataplanes,
    now: () => new Date(Date.now() + clock.aheadMs),
    sessions: { idleMinutes: 120, hours: 24 },
    baseUrl: settings.baseUrl ?? null,
    ask: guardedFetch(outbound(settings.outboundAllow ?? [])),
  };
  const thrown: unknown[] = [];
  const app = controlPlane({
    store,
    services,
    callers: { baseUrl: null, secureCookies: "auto", isTrustedProxy: () => false, ...settings },
    rateLimit: { perSecond: 10_000, burst: 10_000 },
    onAnswer: ({ thrown: unexpected }) => void (unexpected !== null && thrown.push(unexpected)),
  });
  let users = 0;
  const user: Trial["user"] = async (role, name = `user ${++users}`) => {
    const { id } = await store.db
      .insertInto("user")
      .values({ email: `${name.replaceAll(/\W+/g, ".")}@example.org`, name, role, kind: "person" })
      .returning("id")
      .executeTakeFirstOrThrow();
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const { token } = await issueToken(store.db, services.tokenKey, { userId: id, name: "trial", expiresAt });
    return { id, token };
  };
  const { token: admin } = await user("Admin", "admin");
  const send: Trial["send"] = async (method, path, { headers = {}, body, from = "192.0.2.1" } = {}) =>
    app.request(
      `/api${path}`,
      { method, headers, ...(body === undefined ? {} : { body }) },
      { incoming: { socket: { remoteAddress: from } } },
    );
  const ask: Trial["ask"] = async (method, path, { body, as = admin } = {}) => {
    const response = await send(method, path, {
      headers: { ...(as === null ? {} : { authorization: `Bearer ${as}` }), "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
  };
  return { store, services, ask, send, clock, user, admin, thrown, close: store.close };
};
