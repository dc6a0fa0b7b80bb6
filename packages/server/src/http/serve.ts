/**
 * Routes made answerable: for each, in this order, who asks, whether they may, what they sent, the work, what is answered, and
 * what is written down about it. Handlers meet only values that are valid and callers that may.
 */
import { randomUUID } from "node:crypto";
import { Hono, type Context as HonoContext } from "hono";
import { streamSSE } from "hono/streaming";
import { z } from "zod";
import { errorInfo, userError, UserError, type ErrorInfo } from "@touchstone/core/errors";
import type { BodyOf, OutputOf, ParamsOf, QueryOf, Route, Routes, TeamPermission } from "@touchstone/core/routes/contract";
import type { Tracing } from "@touchstone/core/tracing";
import { permissionsOf, visibleDatastores, type Permissions } from "../auth/permissions.ts";
import type { DataplanePrincipal, Principal } from "../auth/principal.ts";
import type { Database } from "../store/database.ts";
import type { Caller } from "./caller.ts";
import { requireObjects, requirePrincipal, type Named } from "./gate.ts";
import { keepAnswer, onceOf, Repeated, requireNew, takeKey } from "./idempotency.ts";
import { problemOf, provisioningProblem, provisioningStatus, statusOf, Unusable, type Problem } from "./problem.ts";
import { queryValues } from "./query.ts";
import type { Allowance } from "./rate-limit.ts";
import { unstorable } from "./storable.ts";
import { isStoreAway } from "./store-away.ts";

/** What a handler may use besides the request. `S` are the services of the control plane. */
export type Context<S> = {
  /** For a route that is audited, the transaction in which all of it happens. */
  db: Database;
  /** Who asks; a route that needs nobody must not use it. */
  principal: Principal;
  /**
   * For a route that waits for dataplanes (`waits`): does the change, and writes it down, in a transaction of its own, whose result is
   * the answer. A transaction never waits for somebody outside: the embedded store has one connection, and the answer would have to come through it.
   */
  change: <T>(act: (db: Database) => Promise<T>) => Promise<T>;
  /** The dataplane that asks; only on routes that need one. */
  dataplane: DataplanePrincipal;
  /** Datastores on which the caller has a permission. */
  visible: (permission: TeamPermission) => Promise<"all" | number[]>;
  requestId: string;
  services: S;
  /** Where the request comes from, and the request itself, for what concerns sign-in. */
  caller: Caller;
  request: Request;
  /** Headers of the answer, besides its own: cookies. */
  headers: Headers;
  signal: AbortSignal;
};

export type Handler<R extends Route, S> = (
  request: { params: ParamsOf<R>; query: QueryOf<R>; body: BodyOf<R> },
  context: Context<S>,
) => R extends { stream: true } ? AsyncIterable<OutputOf<R>> : Promise<OutputOf<R>>;

export type Handlers<N extends Routes, S> = { readonly [V in keyof N]: Handler<N[V], S> };

/** Bytes of a body. Checks and configurations travel by the thousand, rows of data never. */
const BODY_BYTES_MAX = 20 * 1024 ** 2;
/** A dataplane tells of a whole container at once: ten thousand checks with their anomalies. */
const DATAPLANE_BODY_BYTES_MAX = 200 * 1024 ** 2;

export type Wiring<S> = {
  db: Database;
  services: S;
  /** Who sends a request; null when nobody is signed in. */
  principalOf: (request: Request, caller: Caller, route: Route) => Promise<Principal | null>;
  /** Which dataplane sends a request; null when its token is none. */
  dataplaneOf: (request: Request) => Promise<DataplanePrincipal | null>;
  callerOf: (c: HonoContext) => Caller;
  admit: (principal: Principal | null, caller: Caller) => Allowance;
  /** Writes down what was done, in the transaction that did it. */
  audit: (db: Database, entry: { event: string; principal: Principal | null; object: unknown; requestId: string }) => Promise<void>;
  tracing: Tracing;
  /** A digest of what a request asks that nobody can make who has only the store. */
  fingerprint: (text: string) => string;
  /** Told of every answer, for logs and metrics. `thrown` is what nobody expected. */
  onAnswer: (answer: {
    route: Route;
    status: number;
    seconds: number;
    requestId: string;
    principal: Principal | null;
    thrown: unknown;
  }) => void;
};

const parsed = (schema: z.ZodType | undefined, part: string, value: unknown): unknown => {
  if (schema === undefined) return part === "body" ? undefined : {};
  const places = unstorable(value, [part]);
  if (places.length > 0) throw new Unusable(places);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Unusable(
    result.error.issues.map(({ path, message, code }) => ({
      loc: [part, ...path.map((step) => (typeof step === "number" ? step : String(step)))],
      msg: message,
      type: code,
    })),
  );
};

const bodyOf = async (request: Request, { needs, form }: Route): Promise<unknown> => {
  const bytesMax = needs.kind === "dataplane" ? DATAPLANE_BODY_BYTES_MAX : BODY_BYTES_MAX;
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax)
    throw userError("LIMIT_EXCEEDED", "The body of the request", `${bytesMax} bytes`);
  // Whoever sends it may hang up before its end.
  const text = await request.text().catch(() => {
    throw new Unusable([{ loc: ["body"], msg: "it did not come to its end", type: "json_invalid" }]);
  });
  if (text.length > bytesMax) throw userError("LIMIT_EXCEEDED", "The body of the request", `${bytesMax} bytes`);
  if (form === true) return Object.fromEntries(new URLSearchParams(text));
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Unusable([{ loc: ["body"], msg: "it is not JSON", type: "json_invalid" }]);
  }
};

/** `/connections/{id}` as Hono writes it. */
const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");

/** Static steps before parameters, so that `/containers/listing` is not taken for the container `listing`. */
const bySpecificity = (a: Route, b: Route): number => a.path.split("{").length - b.path.split("{").length || (a.path < b.path ? -1 : 1);

/** A handler whose types are forgotten: what it gets was parsed by its route's schemas, and what it gives will be. */
type AnyHandler<S> = { call(request: Named, context: Context<S>): Promise<unknown> | AsyncIterable<unknown> }["call"];
type Entry<S> = { route: Route; handler: AnyHandler<S> };

/** The routes of a noun with their handlers, for `serve`. */
export const bound = <N extends Routes, S>(routes: N, handlers: Handlers<N, S>): Entry<S>[] =>
  Object.keys(routes).map((verb: keyof N) => ({ route: routes[verb], handler: handlers[verb] }));

/** Makes an application answer these routes below `/api`; what it does to every answer it has been told before. */
export const serve = <S>(entries: readonly Entry<S>[], wiring: Wiring<S>, app: Hono = new Hono()): Hono => {
  for (const entry of entries.toSorted((a, b) => bySpecificity(a.route, b.route)))
    app.on(entry.route.method, `/api${honoPath(entry.route.path)}`, (c) => traced(c, entry, wiring));
  return app;
};

const REQUEST_METRIC = {
  name: "http.server.request.duration",
  by: ["http.request.method", "http.route", "http.response.status_code"],
} as const;

/** Answers within a span that says which route was asked, and how it went; ids, texts and headers of the request are not told. */
const traced = <S>(c: HonoContext, entry: Entry<S>, wiring: Wiring<S>): Promise<Response> => {
  const { method, path, polls } = entry.route;
  if (polls === true) return answer(c, entry, wiring);
  const asked = {
    name: `${method} /api${path}`,
    kind: "server",
    attributes: { "http.request.method": method, "http.route": `/api${path}` },
    metric: REQUEST_METRIC,
    parent: c.req.header("traceparent"),
  } as const;
  return wiring.tracing.within(asked, async (span) => {
    const response = await answer(c, entry, wiring);
    span.set({ "http.response.status_code": response.status });
    if (response.status >= 500) span.fail(String(response.status));
    return response;
  });
};

const answer = async <S>(c: HonoContext, { route, handler }: Entry<S>, wiring: Wiring<S>): Promise<Response> => {
  const requestId = c.req.header("x-request-id")?.slice(0, 100) ?? randomUUID();
  const started = performance.now();
  let principal: Principal | null = null;
  let thrown: unknown = null;
  c.header("x-request-id", requestId);
  const done = (response: Response): Response => {
    wiring.onAnswer({ route, status: response.status, seconds: (performance.now() - started) / 1000, requestId, principal, thrown });
    return response;
  };
  try {
    if (route.needs.kind === "dataplane") {
      const dataplane = await wiring.dataplaneOf(c.req.raw);
      if (dataplane === null) throw userError("NOT_SIGNED_IN", "no valid token of a dataplane came with the request");
      return done(await work(c, route, handler, wiring, { principal, dataplane }, requestId));
    }
    const caller = wiring.callerOf(c);
    principal = await wiring.principalOf(c.req.raw, caller, route);
    const { headers, refusal } = wiring.admit(principal, caller);
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    if (refusal !== null) throw refusal;
    requirePrincipal(route.needs, principal);
    return done(await work(c, route, handler, wiring, { principal, dataplane: null }, requestId));
  } catch (error) {
    if (error instanceof Repeated) return done(repeatedAnswer(c, error));
    if (!(error instanceof UserError) && !(error instanceof Unusable)) thrown = error;
    return done(problemAnswer(c, error, requestId, route));
  }
};

const work = async <S>(
  c: HonoContext,
  route: Route,
  handler: AnyHandler<S>,
  wiring: Wiring<S>,
  { principal, dataplane }: { principal: Principal | null; dataplane: DataplanePrincipal | null },
  requestId: string,
): Promise<Response> => {
  const named = {
    params: parsed(route.params, "path", c.req.param()),
    query: parsed(route.query, "query", route.query ? queryValues(route.query, new URL(c.req.url).searchParams) : {}),
    body: route.body === undefined ? undefined : parsed(route.body, "body", await bodyOf(c.req.raw, route)),
  };
  let known: Promise<Permissions> | null = null;
  const permissions = (db: Database) => (known ??= principal === null ? Promise.resolve(new Map()) : permissionsOf(db, principal));
  await requireObjects(wiring.db, route, named, () => permissions(wiring.db));
  const once = onceOf(route, c.req.raw.headers, principal, named, wiring.fingerprint);
  /** The work, what is written down about it, and the key it came under, in one transaction. */
  const transacted = <T>(act: (db: Database) => Promise<T>): Promise<T> =>
    wiring.db.transaction().execute(async (db) => {
      if (once !== null) await takeKey(db, once);
      const output = await act(db);
      if (route.audit !== undefined) await wiring.audit(db, { event: route.audit, principal, object: objectOf(named, output), requestId });
      if (once !== null) await keepAnswer(db, once, output);
      return output;
    });
  const headers = new Headers();
  const context = (db: Database, change: Context<S>["change"]): Context<S> => ({
    db,
    change,
    principal: principal as Principal,
    dataplane: dataplane as DataplanePrincipal,
    visible: async (permission) => visibleDatastores(await permissions(db), permission),
    requestId,
    services: wiring.services,
    caller: wiring.callerOf(c),
    request: c.req.raw,
    headers,
    signal: c.req.raw.signal,
  });
  const plain = context(wiring.db, transacted);
  if (route.stream === true) return events(c, route, handler(named, plain));
  const isOwn = route.audit === undefined || route.waits === true;
  if (isOwn && once !== null) await requireNew(wiring.db, once);
  const output = isOwn
    ? await handler(named, plain)
    : await transacted(async (db) =>
        handler(
          named,
          context(db, (act) => act(db)),
        ),
      );
  for (const [name, value] of headers) c.header(name, value, { append: true });
  return outputAnswer(c, route, output);
};

const Elsewhere = z.object({ location: z.string() });

/** What is not in the contract does not leave: a column added to a table is not an answer. */
const outputAnswer = (c: HonoContext, route: Route, output: unknown): Response => {
  if (route.output === undefined) return c.body(null, 204);
  const answered = route.output.parse(output);
  if (route.redirects === true) return c.redirect(Elsewhere.parse(answered).location, 303);
  if (route.media === undefined) return c.json(answered as object, route.status ?? 200);
  const text = route.media.endsWith("+json") ? JSON.stringify(answered) : String(answered);
  return c.body(text, route.status ?? 200, { "content-type": `${route.media}; charset=utf-8` });
};

/** What was answered when the request was done, and that it is said again. */
const repeatedAnswer = (c: HonoContext, { route, status, answer }: Repeated): Response => {
  c.header("idempotency-replayed", "true");
  if (route.output === undefined) return c.body(null, 204);
  return c.body(JSON.stringify(answer), status as 201, {
    "content-type": route.media === undefined ? "application/json" : `${route.media}; charset=utf-8`,
  });
};

/** The object that was acted on: the one named in the path, or the one made. */
const objectOf = ({ params }: Named, output: unknown): unknown => {
  for (const from of [params, output])
    for (const key of ["id", "name"]) if (from !== null && typeof from === "object" && key in from) return Reflect.get(from, key);
  return null;
};

const unexpected = (error: unknown, requestId: string): ErrorInfo =>
  isStoreAway(error) ? errorInfo("STORE_AWAY", requestId) : errorInfo("INTERNAL", `the log has it under ${requestId}`);

const problemAnswer = (c: HonoContext, error: unknown, requestId: string, { needs }: Route): Response => {
  const answer = (problem: Problem, status: number): Response =>
    needs.kind === "provisioning"
      ? c.body(JSON.stringify(provisioningProblem(problem, status)), provisioningStatus(status) as 422, {
          "content-type": "application/scim+json",
        })
      : c.json(problem, status as 422);
  if (error instanceof Unusable) {
    const [first] = error.places;
    const info =
      error.info ?? userError("REQUEST_INVALID", first?.loc.join(".") ?? "The request", first?.msg ?? "it is not as described").info;
    return answer(problemOf(info, requestId, error.places), 422);
  }
  const info = error instanceof UserError ? error.info : unexpected(error, requestId);
  if (info.retry_after_seconds !== undefined) c.header("retry-after", String(info.retry_after_seconds));
  return answer(problemOf(info, requestId), statusOf(info.code));
};

/** Events of a stream as server-sent events, and a comment now and then so that proxies keep the line open. */
const events = (c: HonoContext, route: Route, source: Promise<unknown> | AsyncIterable<unknown>): Response =>
  streamSSE(c, async (stream) => {
    if (!(Symbol.asyncIterator in source)) return;
    const beat = setInterval(() => void stream.write(": still here\n\n"), BEAT_MS);
    try {
      for await (const event of source) {
        if (stream.aborted) break;
        await stream.writeSSE({ data: JSON.stringify(route.output?.parse(event) ?? null) });
      }
    } finally {
      clearInterval(beat);
    }
  });

/** Between two signs of life; proxies close what is silent for a minute. */
const BEAT_MS = 15_000;
