/**
 * The control plane as one application: the store, who may ask, the routes. It holds no state between requests but the store's,
 * so any number of them may stand side by side.
 */
import { createHmac } from "node:crypto";
import { Hono, type Context as HonoContext } from "hono";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { SESSION_COOKIE, VERSION_HEADER, type Route } from "@touchstone/core/routes/contract";
import { API, API_VERSION } from "@touchstone/core/routes/index";
import { openApi } from "@touchstone/core/routes/openapi";
import { writeAudit } from "./auth/audit.ts";
import { dataplaneOfToken } from "./auth/dataplanes.ts";
import type { Principal } from "./auth/principal.ts";
import { principalOfSession, readCookie } from "./auth/sessions.ts";
import { principalOfToken } from "./auth/tokens.ts";
import { serveDevicePage, servePagesForPeople } from "./device-page/serve.ts";
import { serveDocs } from "./docs/serve.ts";
import { callerOf, limitKey, settingsAt, type Caller, type CallerSettings } from "./http/caller.ts";
import { crossSite } from "./http/cross-site.ts";
import { rateLimiter, type RateLimit } from "./http/rate-limit.ts";
import { serve, type Wiring } from "./http/serve.ts";
import { ROUTES } from "./routes/index.ts";
import type { Services } from "./services.ts";
import type { Database, Store } from "./store/database.ts";

export type ControlPlaneOptions = {
  store: Store;
  services: Services;
  callers: CallerSettings;
  /** Requests per caller: a token, a session, or an address where there is neither. */
  rateLimit: RateLimit;
  onAnswer: Wiring<Services>["onAnswer"];
};

/**
 * Headers of every answer: nothing is framed, sniffed, or loaded from elsewhere; and which API it is. Other sites learn no address from a link;
 * our own forms say where they are from (`crossSiteForm`).
 */
const HEADERS = {
  [VERSION_HEADER]: API_VERSION,
  "content-security-policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cache-control": "no-store",
} as const;

/** Browsers that have seen it once come back by https only, for half a year (RFC 6797). */
const STRICT_TRANSPORT = "max-age=15768000";

const bearerOf = (request: Request): string | null => /^Bearer\s+(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? null;

/** The other end of the connection, as the HTTP server hands it on; unknown where a test asks in process without saying. */
const Connection = z.object({ incoming: z.object({ socket: z.object({ remoteAddress: z.string() }) }) });
const peerOf = (c: HonoContext): string => Connection.safeParse(c.env).data?.incoming.socket.remoteAddress ?? "";

/**
 * Who asks: by a token, or else by a session's cookie. A cookie that a page of another site had sent is as good as none where
 * nobody is needed, and refused elsewhere.
 */
const principalOf =
  (db: Database, services: Services) =>
  async (request: Request, caller: Caller, { needs }: Route): Promise<Principal | null> => {
    const token = bearerOf(request);
    if (token !== null) return principalOfToken(db, services.tokenKey, token, services.now());
    const value = readCookie(request.headers, SESSION_COOKIE, caller);
    if (value === null) return null;
    const refused = crossSite(request, caller);
    if (refused !== null && needs.kind === "public") return null;
    if (refused !== null) throw userError("CROSS_SITE_REFUSED", refused);
    return principalOfSession(db, value, services.now(), services.sessions);
  };

export const controlPlane = ({ store, services, callers, rateLimit, onAnswer }: ControlPlaneOptions): Hono => {
  const admit = rateLimiter(rateLimit);
  const callerFrom = (c: HonoContext): Caller => callerOf(c.req.raw, peerOf(c), settingsAt(c.env, callers));
  const app = new Hono();
  // Before the routes: what comes after one is not asked about its answers.
  app.use("*", async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    if (callerFrom(c).secure) c.header("strict-transport-security", STRICT_TRANSPORT);
  });
  servePagesForPeople(app);
  const wiring: Wiring<Services> = {
    db: store.db,
    services,
    callerOf: callerFrom,
    principalOf: principalOf(store.db, services),
    dataplaneOf: async (request) => {
      const token = bearerOf(request);
      return token === null ? null : dataplaneOfToken(store.db, token);
    },
    admit: (principal, caller) =>
      admit(
        principal === null
          ? `address ${limitKey(caller)}`
          : principal.sessionId === undefined
            ? `token ${principal.tokenId}`
            : `session ${principal.sessionId}`,
      ),
    audit: writeAudit,
    tracing: services.tracing,
    fingerprint: (text) => createHmac("sha256", services.tokenKey).update(text).digest("hex"),
    onAnswer,
  };
  serve(ROUTES, wiring, app);
  serveDevicePage(app, wiring);
  serveDocs(app, () => openApi(API, API_VERSION));
  return app;
};
