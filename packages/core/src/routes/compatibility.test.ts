/**
 * What a client of this version of the API relies on, as a list of facts (docs/api/1.0.txt): nothing of it may go away, and nothing may be asked for
 * that was not, while the first number of the version stays. What is added needs no change here; `UPDATE_GOLDEN=1` writes the list anew at a release.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { IDEMPOTENCY_HEADER, takesKey, type Routes } from "./contract.ts";
import { API, API_VERSION } from "./index.ts";
import { openApi } from "./openapi.ts";

const FILE = join(import.meta.dirname, "../../../../docs/api/1.0.txt");

type Schema = {
  $ref?: string;
  type?: string | string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema | boolean;
  properties?: Record<string, Schema | boolean>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  enum?: unknown[];
  const?: unknown;
};
type Operation = {
  parameters: { name?: string; in?: string; required?: boolean }[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
};
type Document = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } };

/** What a value may be, in a word; names of schemas stand for what is in them. */
const kindOf = (schema: Schema | boolean): string => {
  if (typeof schema === "boolean") return schema ? "anything" : "nothing";
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1)!;
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (options !== undefined) return [...new Set(options.map(kindOf))].toSorted().join("|");
  if ("const" in schema) return typeof schema.const;
  return [schema.type ?? "anything"].flat().toSorted().join("|");
};

/** Properties of a schema that has no name of its own, at any depth, with what each may be and whether it must be there. */
const partsOf = (schema: Schema | boolean, path = ""): { path: string; kind: string; required: boolean }[] => {
  if (typeof schema === "boolean") return [];
  const { items, properties = {}, required = [] } = schema;
  return [
    ...(schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []).flatMap((option) => partsOf(option, path)),
    ...(items === undefined ? [] : [{ path: `${path}[]`, kind: kindOf(items), required: false }, ...partsOf(items, `${path}[]`)]),
    ...Object.entries(properties).flatMap(([name, inner]) => {
      const at = path === "" ? name : `${path}.${name}`;
      return [{ path: at, kind: kindOf(inner), required: required.includes(name) }, ...partsOf(inner, at)];
    }),
  ];
};

const given = (owner: string, schema: Schema): string[] => [
  `${owner} gives ${kindOf(schema)}`,
  ...partsOf(schema).map(({ path, kind }) => `${owner} gives ${path}: ${kind}`),
];
const taken = (owner: string, schema: Schema): string[] =>
  partsOf(schema).flatMap(({ path, required }) => [`${owner} takes ${path}`, ...(required ? [`${owner} needs ${path}`] : [])]);

const operationFacts = (owner: string, { parameters, requestBody, responses }: Operation): string[] => {
  const named = parameters.flatMap(({ name, in: place, required }) =>
    name === undefined ? [] : [`${owner} takes ${place} ${name}`, ...(required === true ? [`${owner} needs ${place} ${name}`] : [])],
  );
  const body = Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => [
    `${owner} takes ${kindOf(schema)}`,
    ...taken(owner, schema),
  ]);
  const answers = Object.entries(responses).filter(([status]) => Number(status) < 400);
  const output = answers.flatMap(([status, { content }]) => [
    `${owner} answers ${status}`,
    ...Object.values(content ?? {}).flatMap(({ schema }) => given(owner, schema)),
  ]);
  return [owner, ...named, ...body, ...output];
};

/** Of all but the protocol of dataplanes, which has a version of its own. */
const factsOf = ({ paths, components }: Document): string[] => {
  const operations = Object.entries(paths)
    .filter(([path]) => !path.startsWith("/api/dataplane/"))
    .flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) => operationFacts(`${method.toUpperCase()} ${path}`, operation)),
    );
  const schemas = Object.entries(components.schemas).flatMap(([name, schema]) =>
    name.endsWith("Input") ? [name, ...taken(name, schema)] : given(name, schema),
  );
  return [...new Set([...operations, ...schemas])].toSorted();
};

const document = JSON.parse(JSON.stringify(openApi(API, API_VERSION))) as Document;
const isNeed = (fact: string): boolean => fact.includes(" needs ");
const ownerOf = (fact: string): string => fact.split(/ (?:takes|needs|gives|answers) /)[0]!;

test("what clients of this version rely on is still there, and no more is asked of them", () => {
  const now = factsOf(document);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(FILE, `${now.join("\n")}\n`);
  }
  assert.ok(existsSync(FILE), "there is a list");
  const then = readFileSync(FILE, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  const [known, present] = [new Set(then), new Set(now)];
  const gone = then.filter((fact) => !isNeed(fact) && !present.has(fact));
  assert.deepEqual(gone, [], "went away: a new first number of API_VERSION, an entry in docs/api-changes.md, and UPDATE_GOLDEN=1");
  const asked = now.filter((fact) => isNeed(fact) && known.has(ownerOf(fact)) && !known.has(fact));
  assert.deepEqual(asked, [], "asked for anew of who did not know of it");
});

test("the version is the one that the changelog has last", () => {
  const changes = readFileSync(join(dirname(FILE), "../api-changes.md"), "utf8");
  const versions = [...changes.matchAll(/^- \*\*(\d+\.\d+)\*\*/gm)].map((match) => match[1]);
  assert.equal(versions[0], API_VERSION);
});

test("the document says of each route whether it may be sent twice, and when to come back", () => {
  for (const routes of Object.values(API) as Routes[])
    for (const route of Object.values(routes)) {
      const operation = document.paths[`/api${route.path}`]?.[route.method.toLowerCase()];
      const name = `${route.method} ${route.path}`;
      assert.equal(
        operation?.parameters.some(({ name: parameter }) => parameter === IDEMPOTENCY_HEADER),
        takesKey(route),
        name,
      );
      for (const status of ["429", "503"]) assert.ok(JSON.stringify(operation?.responses[status]).includes("Retry-After"), name);
    }
});
