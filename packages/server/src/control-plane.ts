/**
 * The control plane as one application: the store, who may ask, the routes. It holds no state between requests but the store's,
 * so any number of them may stand side by side.
 */
import type { Hono } from "hono";
import { API, API_VERSION } from "@touchstone/core/routes/index";
import { openApi } from "@touchstone/core/routes/openapi";
import { writeAudit } from "./auth/audit.ts";
import { dataplaneOfToken } from "./auth/dataplanes.ts";
import type { Principal } from "./auth/principal.ts";
import { principalOfToken } from "./auth/tokens.ts";
import { rateLimiter, type RateLimit } from "./http/rate-limit.ts";
import { serve, type Wiring } from "./http/serve.ts";
import { ROUTES } from "./routes/index.ts";
import type { Services } from "./services.ts";
import type { Store } from "./store/database.ts";

export type ControlPlaneOptions = {
  store: Store;
  services: Services;
  /** Requests per caller: a token, or an address where there is none. */
  rateLimit: RateLimit;
  onAnswer: Wiring<Services>["onAnswer"];
};

/** Headers of every answer: nothing is framed, sniffed, or loaded from elsewhere. */
const HEADERS = {
  "content-security-policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
} as const;

const bearerOf = (request: Request): string | null => /^Bearer\s+(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? null;

export const controlPlane = ({ store, services, rateLimit, onAnswer }: ControlPlaneOptions): Hono => {
  const admit = rateLimiter(rateLimit);
  const app = serve(ROUTES, {
    db: store.db,
    services,
    principalOf: async (request): Promise<Principal | null> => {
      const token = bearerOf(request);
      return token === null ? null : principalOfToken(store.db, services.tokenKey, token, new Date());
    },
    dataplaneOf: async (request) => {
      const token = bearerOf(request);
      return token === null ? null : dataplaneOfToken(store.db, token);
    },
    admit: (principal, request) =>
      admit(principal === null ? `address ${request.headers.get("x-forwarded-for") ?? ""}` : `token ${principal.tokenId}`),
    audit: writeAudit,
    onAnswer,
  });
  const document = openApi(API, API_VERSION);
  app.get("/api/openapi.json", (c) => c.json(document));
  app.use("*", async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
  });
  return app;
};
