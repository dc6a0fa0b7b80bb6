/** The OpenAPI 3.1 document of the routes: nothing in it is written by hand. */
import { z } from "zod";
import {
  CSRF_HEADER,
  IDEMPOTENCY_HEADER,
  KEY_HOURS,
  SESSION_COOKIE,
  takesKey,
  VERSION_HEADER,
  type Need,
  type Route,
  type Routes,
} from "./contract.ts";

type Json = Record<string, unknown>;
type Api = Readonly<Record<string, Routes>>;

const PREFIX = "#/$defs/";

/**
 * A schema with its named parts moved to the document's components. What is sent and what is answered differ (defaults are optional
 * on the way in), so the two have names of their own.
 */
const schemaOf = (schema: z.ZodType, io: "input" | "output", components: Json): Json => {
  const suffix = io === "input" ? "Input" : "";
  const rename = (text: string) => `#/components/schemas/${text.slice(PREFIX.length)}${suffix}`;
  const { $schema: _, $defs, ...rest } = z.toJSONSchema(schema, { target: "draft-2020-12", io, unrepresentable: "any" });
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === "$ref" && typeof inner === "string" && inner.startsWith(PREFIX) ? rename(inner) : moved(inner),
      ]),
    );
  };
  for (const [name, definition] of Object.entries($defs ?? {})) components[`${name}${suffix}`] = moved(definition);
  return moved(rest) as Json;
};

const parametersOf = (schema: z.ZodObject | undefined, place: "path" | "query", components: Json): Json[] =>
  Object.entries(schema?.shape ?? {}).map(([name, type]) => ({
    name,
    in: place,
    required: place === "path" || !(type as z.ZodType).safeParse(undefined).success,
    schema: schemaOf(type as z.ZodType, "input", components),
  }));

const needText = (need: Need): string => {
  switch (need.kind) {
    case "public":
      return "Open to everybody.";
    case "signed-in":
      return "Needs a sign-in.";
    case "dataplane":
      return "Needs the token of a dataplane.";
    case "provisioning":
      return "Needs a token for provisioning.";
    case "role":
      return `Needs the role ${need.role}.`;
    case "team":
      return `Needs the team permission ${need.permission}.`;
    case "visible":
      return `Shows what a team permission ${need.permission} lets see.`;
  }
};

const PROBLEM = {
  type: "object",
  required: ["code", "what", "why", "todo", "detail", "request_id"],
  properties: {
    code: { type: "string" },
    what: { type: "string" },
    why: { type: "string" },
    todo: { type: "string" },
    detail: {
      anyOf: [
        { type: "string" },
        {
          type: "array",
          items: {
            type: "object",
            properties: {
              loc: { type: "array", items: { anyOf: [{ type: "string" }, { type: "integer" }] } },
              msg: { type: "string" },
              type: { type: "string" },
            },
          },
        },
      ],
    },
    request_id: { type: "string" },
    retry_after_seconds: { type: "integer" },
  },
} as const;

const VERSION = { [VERSION_HEADER]: { description: "Version of the API that answers", schema: { type: "string" } } } as const;
/** Of every answer of a route with a limit: what a caller may send, and how much of it is left (draft-ietf-httpapi-ratelimit-headers). */
const LIMIT_HEADERS = {
  ...VERSION,
  "RateLimit-Policy": {
    description: "Requests at once (q), and the seconds in which as many flow in anew (w)",
    schema: { type: "string" },
  },
  RateLimit: { description: "Requests left (r), and the seconds until all are there again (t)", schema: { type: "string" } },
} as const;
const RETRY_AFTER = { description: "Seconds until it is worth another try", schema: { type: "integer" } } as const;

const later = (description: string) => ({ ...problem(description), headers: { "Retry-After": RETRY_AFTER } });

const problem = (description: string) => ({
  description,
  content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

/** The header is described once, and named by the routes that take it. */
const IDEMPOTENCY_KEY = {
  name: IDEMPOTENCY_HEADER,
  in: "header",
  required: false,
  schema: { type: "string", minLength: 1, maxLength: 255 },
  description:
    `A key of the caller's own, such as a UUID. The same request under the same key is done once: sent again within ${KEY_HOURS} hours it is answered as it was, ` +
    "with `idempotency-replayed: true`. Another request under the key is refused (422); an answer that held a secret is not given again (409). A request that was refused leaves nothing behind, and may be sent again.",
} as const;

const bodyType = ({ form, media }: Route): string =>
  form === true ? "application/x-www-form-urlencoded" : media?.endsWith("+json") === true ? media : "application/json";

const operationOf = (noun: string, verb: string, route: Route, components: Json): Json => {
  const output = route.output === undefined ? null : schemaOf(route.output, "output", components);
  const status = route.redirects === true ? 303 : (route.status ?? (output === null ? 204 : 200));
  const type = route.stream === true ? "text/event-stream" : (route.media ?? "application/json");
  const content = output === null || route.redirects === true ? {} : { content: { [type]: { schema: output } } };
  return {
    operationId: `${noun}.${verb}`,
    tags: [noun],
    summary: route.summary,
    description: [needText(route.needs), ...(route.errors ?? []).map((code) => `May be refused with ${code}.`)].join(" "),
    parameters: [
      ...parametersOf(route.params, "path", components),
      ...parametersOf(route.query, "query", components),
      ...(takesKey(route) ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: !route.body.safeParse(undefined).success,
            content: { [bodyType(route)]: { schema: schemaOf(route.body, "input", components) } },
          },
        }),
    ...(route.needs.kind === "public" ? { security: [] } : {}),
    responses: {
      [status]: { description: "Done", headers: route.needs.kind === "dataplane" ? VERSION : LIMIT_HEADERS, ...content },
      422: problem("The request is not usable"),
      ...(route.needs.kind === "public" ? {} : { 401: problem("Nobody is signed in"), 403: problem("Not allowed") }),
      ...(route.params === undefined ? {} : { 404: problem("There is no such object") }),
      ...(route.method === "GET" ? {} : { 409: problem("The object is in another state") }),
      429: later("Too many requests"),
      503: later("The store, or a dataplane that is needed, does not answer"),
    },
  };
};

/** The whole document. `version` is that of the API. */
export const openApi = (api: Api, version: string): Json => {
  const components: Json = { Problem: PROBLEM };
  const paths: Record<string, Json> = {};
  for (const [noun, routes] of Object.entries(api))
    for (const [verb, route] of Object.entries(routes))
      (paths[`/api${route.path}`] ??= {})[route.method.toLowerCase()] = operationOf(noun, verb, route, components);
  return {
    openapi: "3.1.0",
    info: { title: "Touchstone", version },
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        session: { type: "apiKey", in: "cookie", name: SESSION_COOKIE, description: `Changes also need the header ${CSRF_HEADER}.` },
      },
    },
  };
};
