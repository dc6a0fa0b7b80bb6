/**
 * The shape of a route. One object gives the validation of what comes in and goes out, the OpenAPI document, the typed client,
 * the permission and the audit event; server and clients meet only here.
 */
import { z } from "zod";
import type { ErrorCode } from "../errors.ts";

/** What a person may do everywhere, each including those before it. */
export const Role = z.enum(["Member", "Manager", "Admin"]);
export type Role = z.infer<typeof Role>;

/** What a team may do with a datastore and all that belongs to it, each including those before it. */
export const TeamPermission = z.enum(["Reporter", "Viewer", "Drafter", "Author", "Editor"]);
export type TeamPermission = z.infer<typeof TeamPermission>;

/** Nouns that belong to a datastore, through which teams are given permissions. */
export type OwnedNoun = "datastore" | "container" | "field" | "check" | "anomaly" | "operation" | "schedule";

/** Where a request names an object: `params.id`, `body.datastore_id`, `body.*.id` for each of a list. */
export type IdPath = `${"params" | "query" | "body"}.${string}`;

/**
 * Who may call a route. `team` asks for a permission on the datastores of the objects that the request names; an object of a
 * foreign team answers like a missing one. `visible` lets everybody in and shows only what belongs to datastores on which the
 * caller has the permission. `dataplane` asks for the token of a dataplane, `provisioning` for one that identity providers push people
 * and groups with; neither opens anything else.
 */
export type Need =
  | { kind: "public" }
  | { kind: "signed-in" }
  | { kind: "dataplane" }
  | { kind: "provisioning" }
  | { kind: "role"; role: Role }
  | { kind: "team"; permission: TeamPermission; of: readonly { noun: OwnedNoun; at: IdPath }[] }
  | { kind: "visible"; permission: TeamPermission };

export const PUBLIC: Need = { kind: "public" };
export const SIGNED_IN: Need = { kind: "signed-in" };
export const DATAPLANE: Need = { kind: "dataplane" };
export const PROVISIONING: Need = { kind: "provisioning" };
export const role = (least: Role): Need => ({ kind: "role", role: least });
export const visible = (permission: TeamPermission): Need => ({ kind: "visible", permission });
export const team = (permission: TeamPermission, ...of: readonly (readonly [OwnedNoun, IdPath])[]): Need => ({
  kind: "team",
  permission,
  of: of.map(([noun, at]) => ({ noun, at })),
});

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export type Route = {
  method: Method;
  /** Below `/api`, with `{name}` for each parameter. */
  path: string;
  /** Sentence for the documentation. */
  summary: string;
  needs: Need;
  /** What stands in the path, after the `?`, and in the body; absent where there is nothing. */
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** What is answered; absent where there is nothing (204). */
  output?: z.ZodType;
  /** 200 with an output and 204 without, where absent. */
  status?: 201 | 202;
  /** `noun.verb` in the audit log; absent for what changes nothing. */
  audit?: string;
  /** Asks a dataplane before it changes anything: its handler opens the transaction itself, when it has the answer. */
  waits?: true;
  /** Events that the handler writes to the audit log itself, because some are of requests that are refused. */
  audits?: readonly string[];
  /** The body is a form, as browsers send it, instead of JSON. */
  form?: true;
  /** Type of the answer, where it is not JSON. A type of JSON is written as JSON, of anything else the output is its text. */
  media?: string;
  /** The answer holds a secret that is shown once: it is not kept for a request that is sent again. */
  secret?: true;
  /** Sends the browser elsewhere (303): the output is `{ location }`. */
  redirects?: true;
  /** Errors of its own, besides those every route may answer with. */
  errors?: readonly ErrorCode[];
  /** Waits for something to happen, again and again: how long it takes says nothing, and it is not told where requests are. */
  polls?: true;
  /** Answers with server-sent events, each of which is an `output`. */
  stream?: true;
};

export const route = <const R extends Route>(definition: R): R => Object.freeze(definition);

/** Header of every answer: the version of the API that gives it (docs/api-changes.md). */
export const VERSION_HEADER = "touchstone-api-version";
/** Header of a request that may come twice, and is to be done once. */
export const IDEMPOTENCY_HEADER = "idempotency-key";
/** Hours for which a key is remembered: longer than anybody tries again. */
export const KEY_HOURS = 24;

/** Whether a request may carry an idempotency key: somebody who is known makes something. */
export const takesKey = ({ method, status, audit, needs }: Route): boolean =>
  needs.kind !== "public" && needs.kind !== "dataplane" && (status !== undefined || (method === "POST" && audit !== undefined));

/** Routes of one noun, by verb. */
export type Routes = Readonly<Record<string, Route>>;

type None = Record<never, never>;
export type ParamsOf<R extends Route> = R extends { params: infer P extends z.ZodType } ? z.output<P> : None;
export type QueryOf<R extends Route> = R extends { query: infer Q extends z.ZodType } ? z.output<Q> : None;
export type BodyOf<R extends Route> = R extends { body: infer B extends z.ZodType } ? z.output<B> : undefined;
/** What a handler gives: the output before defaults are filled in. */
export type OutputOf<R extends Route> = R extends { output: infer O extends z.ZodType } ? z.input<O> : undefined;

/** `{id}` in a path. */
export const ID = z.object({ id: z.coerce.number().int().positive() });

/** Most items a page may hold: a page is built in memory. */
const PAGE_SIZE_MAX = 1000;

/** Which page of a list, and how large. */
export const Paging = z.object({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  size: z.coerce.number().int().min(1).max(PAGE_SIZE_MAX).default(50),
});

/** A page of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), total: z.number().int(), page: z.number().int(), size: z.number().int(), pages: z.number().int() });

/** A parameter that may be given several times. */
export const many = <T extends z.ZodType>(item: T) => z.array(item);

/** `true` or `false` as a parameter. */
export const Flag = z.enum(["true", "false", "True", "False", "1", "0"]).transform((text) => ["true", "True", "1"].includes(text));

/** Cookie of a session; behind https its name begins with `__Host-`, so that no other host can set it (RFC 6265bis §4.1.3.2). */
export const SESSION_COOKIE = "touchstone_session";
/**
 * Header, of any value, that a change needs which comes with a session's cookie: a page of another site can make the browser send
 * the cookie, but not the header.
 */
export const CSRF_HEADER = "x-touchstone-request";
