/**
 * The page at which `touchstone login` sends a person, answered: who looks, may they, what they sent, what the page shows. A session's cookie
 * is all that counts here; tokens approve nothing.
 */
import { randomUUID } from "node:crypto";
import type { Context as HonoContext, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { errorInfo, userError, UserError, type ErrorInfo } from "@touchstone/core/errors";
import { PUBLIC, route, SESSION_COOKIE, type Route } from "@touchstone/core/routes/contract";
import { Email } from "@touchstone/core/routes/setup";
import { decideUnder, waitingUnder, type Deciding } from "../auth/device-approval.ts";
import type { Principal } from "../auth/principal.ts";
import { principalOfSession, readCookie } from "../auth/sessions.ts";
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
import { PATH, pageOf, pathWith, SIGN_IN_PATH, STYLE_PATH, type View } from "./page.ts";
import { STYLE } from "./style.ts";

type PageWiring = Pick<Wiring<Services>, "db" | "services" | "callerOf" | "admit" | "onAnswer">;

/** A code, an address and a password, however they are encoded. */
const FORM_BYTES_MAX = 16 * 1024;

/** As logs and metrics call what is asked: there is no such route in the API. */
const LOOK = route({ method: "GET", path: PATH, summary: "The page on which a program is approved", needs: PUBLIC });
const DECIDE = route({ method: "POST", path: PATH, summary: "A decision on that page", needs: PUBLIC });
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

export const serveDevicePage = (app: Hono, wiring: PageWiring): void => {
  const limit = bodyLimit({ maxSize: FORM_BYTES_MAX, onError: tooLarge });
  app.get(STYLE_PATH, (c) => c.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
  app.get(PATH, (c) => answer(c, wiring, LOOK, look));
  app.post(PATH, limit, (c) => answer(c, wiring, DECIDE, decide));
  app.post(SIGN_IN_PATH, limit, (c) => answer(c, wiring, SIGN_IN, enter));
};
