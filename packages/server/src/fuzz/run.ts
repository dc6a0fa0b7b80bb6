/** Requests made by chance, and what is wrong with their answers: an error nobody expected, one that is not in the contract, or none. */
import * as fc from "fast-check";
import { z } from "zod";
import { ERRORS } from "@touchstone/core/errors";
import type { Route, Routes } from "@touchstone/core/routes/contract";
import { API, API_VERSION } from "@touchstone/core/routes/index";
import { openApi } from "@touchstone/core/routes/openapi";
import type { Trial } from "../trial/trial.ts";
import { componentsOf, operationsOf, requests, type FuzzRequest } from "./requests.ts";
import { buildWorld, type World } from "./world.ts";

/** Requests after which the world is made anew: chance has deleted what it could. */
const PER_WORLD = 250;
/** A question to dataplanes is given up after so long; nobody answers it here. */
const PATIENCE_MS = 300;
/** An answer that takes longer is none. */
const ANSWER_MS_MAX = 15_000;
/** Characters shown of what was sent and answered. */
const SHOWN_MAX = 600;

const ROUTES: ReadonlyMap<string, Route> = new Map(
  Object.entries(API).flatMap(([noun, routes]: [string, Routes]) =>
    Object.entries(routes).map(([verb, route]): [string, Route] => [`${noun}.${verb}`, route]),
  ),
);

const Problem = z.object({
  code: z.string().refine((code) => Object.hasOwn(ERRORS, code), "a code of core/errors.ts"),
  what: z.string().min(1),
  why: z.string().min(1),
  todo: z.string().min(1),
  request_id: z.string().min(1),
});

const isJson = (type: string): boolean => /^application\/([a-z.]+\+)?json/.test(type);

const parsedJson = (text: string): { value: unknown } | null => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
};

/** What an answer lacks of what the contract says; null when nothing. */
const faultOf = (route: Route | undefined, method: string, status: number, type: string, text: string): string | null => {
  if (status >= 500 && status !== 503 && status !== 504) return `it was answered with ${status}`;
  // No route of this method and path: the framework's own answer.
  if (status === 404 && !isJson(type)) return null;
  const json = isJson(type) ? parsedJson(text) : null;
  if (isJson(type) && json === null) return "its answer says it is JSON and is not";
  if (status >= 400) {
    const problem = Problem.safeParse(json?.value);
    return problem.success ? null : `its refusal is not as described: ${z.prettifyError(problem.error)}`;
  }
  if (route === undefined || route.method !== method || route.output === undefined || !isJson(type)) return null;
  const answer = route.output.safeParse(json?.value);
  return answer.success ? null : `its answer is not as described: ${z.prettifyError(answer.error)}`;
};

/** The text of an answer; of a stream, which stays open for as long as there is news, nothing. */
const textOf = async (response: Response): Promise<string> => {
  if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) return response.text();
  await response.body?.cancel();
  return "";
};

const within = async <T>(ms: number, work: Promise<T>): Promise<T | null> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

type Judged = { status: number; fault: string | null };

const ask = async (trial: Trial, request: FuzzRequest, token: string | null): Promise<Judged> => {
  const { method, path, contentType, body, operation } = request;
  const headers = { "content-type": contentType, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  const withBody = body === undefined || method === "GET" || method === "OPTIONS" ? {} : { body: body.toWellFormed() };
  const unexpected = trial.thrown.length;
  const answered = await within(
    ANSWER_MS_MAX,
    trial.browse(method, path, { headers, ...withBody, signal: AbortSignal.timeout(PATIENCE_MS) }).then(async (response) => ({
      status: response.status,
      type: response.headers.get("content-type") ?? "",
      text: await textOf(response),
    })),
  );
  if (answered === null) return { status: 0, fault: `there was no answer in ${ANSWER_MS_MAX / 1000} s` };
  const fault = faultOf(ROUTES.get(operation), method, answered.status, answered.type, answered.text);
  const thrown = trial.thrown.slice(unexpected).map((error) => (error instanceof Error ? (error.stack ?? error.message) : String(error)));
  const told = [fault, answered.text.slice(0, SHOWN_MAX), ...thrown].join("\n  ");
  return { status: answered.status, fault: fault === null && thrown.length === 0 ? null : told };
};

const shown = ({ operation, method, path, contentType, body }: FuzzRequest): string =>
  `${operation}: ${method} ${path.slice(0, SHOWN_MAX)} (${contentType}) ${body?.slice(0, SHOWN_MAX) ?? ""}`;

/** Every other request is by somebody who may do it, so that something is done; the rest are by everybody in turn. */
const callerOf = ({ callers }: World, operation: string, at: number): World["callers"][number] => {
  const needs = ROUTES.get(operation)?.needs.kind;
  const fitting = needs === "dataplane" ? "dataplane" : needs === "provisioning" ? "directory" : "Admin";
  return (at % 2 === 0 ? callers.find(({ name }) => name === fitting) : undefined) ?? callers[at % callers.length]!;
};

export type Fuzzed = { faults: string[]; byStatus: ReadonlyMap<number, number> };

/** Asks so many requests of a seed, each as somebody else. */
export const fuzz = async (trial: Trial, seed: number, count: number): Promise<Fuzzed> => {
  const document = openApi(API, API_VERSION);
  let world: World = await buildWorld(trial, `world ${seed}`);
  const ground = { components: componentsOf(document), idFor: (key: string, at: number) => world.idFor(key, at) };
  const arbitrary = requests(ground, operationsOf(document));
  const faults: string[] = [];
  const byStatus = new Map<number, number>();
  for (let from = 0; from < count; from += PER_WORLD) {
    if (from > 0) world = await buildWorld(trial, `world ${seed} ${from}`);
    const sample = fc.sample(arbitrary, { seed: seed + from, numRuns: Math.min(PER_WORLD, count - from) });
    for (const [at, request] of sample.entries()) {
      const caller = callerOf(world, request.operation, from + at);
      const { status, fault } = await ask(trial, request, caller.token);
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      if (fault !== null) faults.push(`as ${caller.name}, ${shown(request)}\n  ${fault}`);
    }
  }
  return { faults, byStatus };
};
