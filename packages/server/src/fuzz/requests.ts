/** Requests made from the OpenAPI document: whole ones, ones with a place that is wrong, and ones that are wrong all over. */
import * as fc from "fast-check";
import { z } from "zod";
import { BROKEN_BODIES, changed, changes, CONTENT_TYPES, hostileTexts } from "./hostile-values.ts";
import { valuesOf, type Ground, type Schema } from "./schema-values.ts";

export type FuzzRequest = {
  operation: string;
  method: string;
  /** Below `/api`, with what stands after the `?`. */
  path: string;
  contentType: string;
  body: string | undefined;
};

type Json = Record<string, unknown>;
const isMapping = (value: unknown): value is Json => value !== null && typeof value === "object" && !Array.isArray(value);
const mapping = (value: unknown): Json => (isMapping(value) ? value : {});

/** A schema of the document says as much as it says. */
const SchemaPart = z.custom<Schema>(isMapping);
const Parameters = z.array(z.object({ name: z.string(), in: z.string(), required: z.boolean().optional(), schema: SchemaPart }));
type Parameter = z.infer<typeof Parameters>[number];

/** What the document says of an operation, as far as requests are made from it. */
export type Operation = {
  name: string;
  method: string;
  path: string;
  parameters: readonly Parameter[];
  body: { contentType: string; schema: Schema } | null;
};

/** The operations of an OpenAPI document. */
export const operationsOf = (document: Json): Operation[] =>
  Object.entries(mapping(document["paths"])).flatMap(([path, methods]) =>
    Object.entries(mapping(methods)).map(([method, described]) => {
      const { operationId, parameters, requestBody } = mapping(described);
      const [body] = Object.entries(mapping(mapping(requestBody)["content"]));
      return {
        name: String(operationId),
        method: method.toUpperCase(),
        path: path.replace(/^\/api/, ""),
        parameters: Parameters.parse(parameters),
        body: body === undefined ? null : { contentType: body[0], schema: SchemaPart.parse(mapping(body[1])["schema"]) },
      };
    }),
  );

export const componentsOf = (document: Json): Record<string, Schema> =>
  z.record(z.string(), SchemaPart).parse(mapping(document["components"])["schemas"]);

const asText = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

/** Percent-encoded; halves of surrogate pairs cannot be, and stand for a replacement character on any wire. */
const encoded = (value: unknown): string => encodeURIComponent(asText(value).toWellFormed());

/** Longest value in an address: more than servers in front let through. */
const ADDRESS_CHARACTERS_MAX = 2000;
const short = (value: string): string => value.slice(0, ADDRESS_CHARACTERS_MAX).replace(/%.?$/, "");

type Chosen = { value: unknown; wrong: string; isWrong: boolean; isLeftOut: boolean };

const chosen = (ground: Ground, { name, schema }: Parameter, path: string, wrongOf10: number): fc.Arbitrary<Chosen> =>
  fc
    .tuple(valuesOf(ground, schema, name === "id" ? keyOf(path) : name), hostileTexts, fc.nat(9), fc.nat(9))
    .map(([value, wrong, luck, left]) => ({ value, wrong, isWrong: luck < wrongOf10, isLeftOut: left < 6 }));

/** `{id}` below `/containers` is the id of a container. */
const keyOf = (path: string): string => `${/\/([a-z-]+)\/\{id\}/.exec(path)?.[1] ?? ""}_id`;

const addressOf = (operation: Operation, choices: readonly Chosen[]): string => {
  let path = operation.path;
  const query: string[] = [];
  operation.parameters.forEach((parameter, at) => {
    const { value, wrong, isWrong, isLeftOut } = choices[at]!;
    const given = isWrong ? wrong : value;
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, short(encoded(given)) || "%20");
    else if (parameter.required === true || !isLeftOut)
      for (const one of Array.isArray(given) ? given : [given]) query.push(`${parameter.name}=${short(encoded(one))}`);
  });
  return query.length === 0 ? path : `${path}?${query.join("&")}`;
};

const asBody = (contentType: string, value: unknown): string =>
  contentType === "application/x-www-form-urlencoded"
    ? new URLSearchParams(Object.entries(mapping(value)).map(([name, one]): [string, string] => [name, asText(one)])).toString()
    : (JSON.stringify(value) ?? "");

type Sent = Pick<FuzzRequest, "contentType" | "body">;

const bodies = (ground: Ground, { body }: Operation): fc.Arbitrary<Sent> => {
  const broken = fc
    .tuple(fc.constantFrom(...CONTENT_TYPES), fc.constantFrom(...BROKEN_BODIES))
    .map(([contentType, text]): Sent => ({ contentType, body: text }));
  const nothing: Sent = { contentType: "application/json", body: undefined };
  if (body === null) return fc.oneof({ weight: 9, arbitrary: fc.constant(nothing) }, { weight: 1, arbitrary: broken });
  const { contentType, schema } = body;
  const whole = valuesOf(ground, schema);
  const sent = (value: unknown): Sent => ({ contentType, body: asBody(contentType, value) });
  return fc.oneof(
    { weight: 5, arbitrary: whole.map(sent) },
    { weight: 4, arbitrary: fc.tuple(whole, changes).map(([value, change]) => sent(changed(value, change))) },
    { weight: 1, arbitrary: broken },
  );
};

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

const requestsOf = (ground: Ground, operation: Operation): fc.Arbitrary<FuzzRequest> => {
  const parameters = (wrongOf10: number) => operation.parameters.map((parameter) => chosen(ground, parameter, operation.path, wrongOf10));
  const choices = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(...parameters(0)) },
    { weight: 3, arbitrary: fc.tuple(...parameters(2)) },
    { weight: 1, arbitrary: fc.tuple(...parameters(8)) },
  );
  return fc.tuple(choices, bodies(ground, operation), fc.nat(99), fc.constantFrom(...METHODS)).map(([values, sent, luck, other]) => ({
    operation: operation.name,
    method: luck === 0 ? other : operation.method,
    path: addressOf(operation, values),
    ...sent,
  }));
};

/** Requests of all operations alike. */
export const requests = (ground: Ground, operations: readonly Operation[]): fc.Arbitrary<FuzzRequest> =>
  fc.oneof(...operations.map((operation) => requestsOf(ground, operation)));
