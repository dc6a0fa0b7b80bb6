/**
 * The page at which `touchstone login` sends a person, answered: who looks, may they, what they sent, what the page shows. A session's cookie
 * is all that counts here; tokens approve nothing.
 */
import { randomUUID } from "node:crypto";
import type { Context as HonoContext, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { errorInfo, ERRORS, userError, UserError, type ErrorCode, type ErrorInfo } from "@touchstone/core/errors";
import { PUBLIC, route, SESSION_COOKIE, type Route } from "@touchstone/core/routes/contract";
import { Email } from "@touchstone/core/routes/setup";
import { writeAudit } from "../auth/audit.ts";
import { decideUnder, waitingUnder, type Deciding } from "../auth/device-approval.ts";
import type { Principal } from "../auth/principal.ts";
import { noSession, principalOfSession, readCookie } from "../auth/sessions.ts";
import { signIn } from "../auth/sign-in.ts";
import type { Caller } from "../http/caller.ts";
import { crossSiteForm } from "../http/cross-site.ts";
import { statusOf } from "../http/problem.ts";
import type { Wiring } from "../http/serve.ts";
import { unstorable } from "../http/storable.ts";
import { isStoreAway } from "../http/store-away.ts";
import { startPath } from "../routes/sso.ts";
import type { Services } from "../services.ts";
import { providerRows } from "../store/providers.ts";
import { PATH, pageOf, pathWith, SIGN_IN_PATH, SIGN_OUT_PATH, STYLE_PATH, type View } from "./page.ts";
import { STYLE } from "./style.ts";

type PageWiring = Pick<Wiring<Services>, "db" | "services" | "callerOf" | "admit" | "onAnswer">;

/** A code, an address and a password, however they are encoded. */
const FORM_BYTES_MAX = 16 * 1024;

/** As logs and metrics call what is asked: there is no such route in the API. */
const LOOK = route({ method: "GET", path: PATH, summary: "The page on which a program is approved", needs: PUBLIC });
const DECIDE = route({ method: "POST", path: PATH, summary: "A decision on that page", needs: PUBLIC });
const SIGN_OUT = route({ method: "POST", path: SIGN_OUT_PATH, summary: "The end of a session on that page", needs: PUBLIC });
const SIGN_IN = route({ method: "POST", path: SIGN_IN_PATH, summary: "A sign-in on that page", needs: PUBLIC });

const Code = z.object({ user_code: z.string().trim().max(20).catch("") });
const Decision = z.object({ decision: z.enum(["approve", "deny"]) });
const Credentials = z.object({ email: Email, password: z.string().min(1).max(1000) });

/** Somebody at the page. */
type Visit = {
  principal: Principal | null;
  caller: Caller;
  request: Request;
  requestId: string;
  given: Record<string, string>;
  userCode: string;
};

/** What comes of it: a view, or the way on. */
type Outcome = { view: View } | { location: string; setCookie: string };

type Act = (wiring: PageWiring, visit: Visit) => Promise<Outcome>;

const parsed = <T extends z.ZodType>(schema: T, given: unknown): z.output<T> => {
  const read = unstorable(given, []).length > 0 ? null : schema.safeParse(given);
  if (read?.success === true) return read.data;
  throw userError("REQUEST_INVALID", "The form", "a field is missing or is not as it must be");
};

const refuseForeign = ({ request, caller }: Visit): void => {
  const refused = crossSiteForm(request, caller);
  if (refused !== null) throw userError("CROSS_SITE_REFUSED", refused);
};

const decidingOf = ({ db, services }: PageWiring, { requestId }: Visit, principal: Principal): Deciding => ({
  db,
  services,
  principal,
  requestId,
});

/** Providers are asked with addresses of ours, which somebody has to have said (`requireBase`). */
const providersOf = async ({ db, services }: PageWiring, userCode: string): Promise<{ name: string; start: string }[]> => {
  if (services.baseUrl === null) return [];
  const back = new URLSearchParams({ return_to: pathWith(userCode) });
  return (await providerRows(db)).flatMap(({ id, settings: { name, kind, enabled } }) =>
    enabled ? [{ name, start: `${startPath(kind, id)}?${back}` }] : [],
  );
};

const viewFor = async (wiring: PageWiring, { principal: person, userCode }: Visit, error: ErrorInfo | null): Promise<View> =>
  person === null
    ? { kind: "sign-in", userCode, providers: await providersOf(wiring, userCode), error }
    : { kind: "code", userCode, person, error };

const look: Act = async (wiring, visit) => {
  const { principal: person, userCode } = visit;
  if (person === null || userCode === "") return { view: await viewFor(wiring, visit, null) };
  return { view: { kind: "decision", userCode, person, waiting: await waitingUnder(decidingOf(wiring, visit, person), userCode) } };
};

const decide: Act = async (wiring, visit) => {
  refuseForeign(visit);
  const { principal, given, userCode } = visit;
  if (principal === null) throw userError("NOT_SIGNED_IN", "the session has ended");
  const isApproved = parsed(Decision, given).decision === "approve";
  const { client_name: clientName } = await decideUnder(decidingOf(wiring, visit, principal), userCode, isApproved);
  return { view: { kind: "decided", isApproved, clientName } };
};

const enter: Act = async ({ db, services }, visit) => {
  refuseForeign(visit);
  const { caller, requestId, given, userCode } = visit;
  const { email, password } = parsed(Credentials, given);
  const { session } = await signIn({ db, services, caller, requestId }, email, password);
  return { location: pathWith(userCode), setCookie: session.setCookie };
};

const leave: Act = async ({ db }, visit) => {
  refuseForeign(visit);
  const { principal, caller, requestId, userCode } = visit;
  if (principal?.sessionId !== undefined)
    await db.transaction().execute(async (at) => {
      await at.deleteFrom("session").where("id", "=", principal.sessionId!).execute();
      await writeAudit(at, { event: "session.end", principal, object: principal.sessionId!, requestId });
    });
  return { location: pathWith(userCode), setCookie: noSession(caller) };
};

const formOf = async ({ req }: HonoContext): Promise<Record<string, string>> =>
  req.method === "POST" ? Object.fromEntries(new URLSearchParams(await req.text())) : req.query();

/** The page that says what went wrong, where it can be tried again; where the store is what went wrong, just that. */
const failure = async (c: HonoContext, wiring: PageWiring, visit: Visit, thrown: unknown): Promise<Response> => {
  if (!(thrown instanceof UserError)) {
    const { requestId } = visit;
    const error = isStoreAway(thrown) ? errorInfo("STORE_AWAY", requestId) : errorInfo("INTERNAL", `the log has it under ${requestId}`);
    return c.html(pageOf({ kind: "failed", error }), statusOf(error.code) as 500);
  }
  const { info } = thrown;
  if (info.retry_after_seconds !== undefined) c.header("retry-after", String(info.retry_after_seconds));
  const view: View = await viewFor(wiring, visit, info).catch(() => ({ kind: "failed", error: info }));
  return c.html(pageOf(view), statusOf(info.code) as 422);
};

const answer = async (c: HonoContext, wiring: PageWiring, asked: Route, act: Act): Promise<Response> => {
  const { db, services } = wiring;
  const started = performance.now();
  const caller = wiring.callerOf(c);
  const requestId = c.req.header("x-request-id")?.slice(0, 100) ?? randomUUID();
  const visit: Visit = { principal: null, caller, request: c.req.raw, requestId, given: {}, userCode: "" };
  let thrown: unknown = null;
  c.header("x-request-id", requestId);
  const done = (response: Response): Response => {
    const seconds = (performance.now() - started) / 1000;
    wiring.onAnswer({ route: asked, status: response.status, seconds, requestId, principal: visit.principal, thrown });
    return response;
  };
  try {
    const value = readCookie(c.req.raw.headers, SESSION_COOKIE, caller);
    visit.principal = value === null ? null : await principalOfSession(db, value, services.now(), services.sessions);
    const { headers, refusal } = wiring.admit(visit.principal, caller);
    for (const [name, text] of Object.entries(headers)) c.header(name, text);
    if (refusal !== null) throw refusal;
    visit.given = await formOf(c);
    visit.userCode = Code.parse(visit.given).user_code;
    const outcome = await act(wiring, visit);
    if ("view" in outcome) return done(await c.html(pageOf(outcome.view)));
    c.header("set-cookie", outcome.setCookie, { append: true });
    return done(c.redirect(outcome.location, 303));
  } catch (error) {
    if (!(error instanceof UserError)) thrown = error;
    return done(await failure(c, wiring, visit, error));
  }
};

const tooLarge = (c: HonoContext): Response | Promise<Response> => {
  const error = errorInfo("LIMIT_EXCEEDED", "The form", `${FORM_BYTES_MAX} bytes`);
  return c.html(pageOf({ kind: "failed", error }), statusOf(error.code) as 413);
};

/** Where a browser comes back from an identity provider, or sets out to one. */
const PROVIDER_PATHS = ["/api/auth/oidc/*", "/api/auth/saml2/*"];

const Refusal = z.object({ code: z.string(), what: z.string(), why: z.string(), todo: z.string() });
const isErrorCode = (code: string): code is ErrorCode => code in ERRORS;

/**
 * A sign-in that fails at a provider leaves a person, not a program, with the answer: who accepts pages gets one that says why. Comes
 * before the routes, whose answers it reads.
 */
export const servePagesForPeople = (app: Hono): void => {
  for (const path of PROVIDER_PATHS)
    app.use(path, async (c, next) => {
      await next();
      if (c.res.status < 400 || !(c.req.header("accept") ?? "").includes("text/html")) return;
      const { data } = Refusal.safeParse(await c.res.clone().json());
      if (data === undefined || !isErrorCode(data.code)) return;
      const page = pageOf({ kind: "provider-failed", error: { ...data, code: data.code } });
      c.res = new Response(String(await page), { status: c.res.status, headers: { "content-type": "text/html; charset=UTF-8" } });
    });
};

export const serveDevicePage = (app: Hono, wiring: PageWiring): void => {
  const limit = bodyLimit({ maxSize: FORM_BYTES_MAX, onError: tooLarge });
  app.get(STYLE_PATH, (c) => c.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
  app.get(PATH, (c) => answer(c, wiring, LOOK, look));
  app.post(PATH, limit, (c) => answer(c, wiring, DECIDE, decide));
  app.post(SIGN_IN_PATH, limit, (c) => answer(c, wiring, SIGN_IN, enter));
  app.post(SIGN_OUT_PATH, limit, (c) => answer(c, wiring, SIGN_OUT, leave));
};
