/** The documentation is whole: each route and each schema of the contract stands in it, and no link of it leads nowhere. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Hono } from "hono";
import { API, API_VERSION } from "@touchstone/core/routes/index";
import { openApi } from "@touchstone/core/routes/openapi";
import { Document } from "./document.ts";
import { exampleOf } from "./example.ts";
import { serveDocs } from "./serve.ts";

const app = new Hono();
serveDocs(app, () => openApi(API, API_VERSION));
const document = Document.parse(openApi(API, API_VERSION));

const textOf = async (path: string): Promise<string> => {
  const response = await app.request(path);
  assert.equal(response.status, 200, path);
  return response.text();
};

const paths = ["/api/docs", "/api/docs/schemas", ...Object.keys(API).map((noun) => `/api/docs/${noun}`)];
const pages = new Map<string, string>();
before(async () => {
  for (const path of paths) pages.set(path, await textOf(path));
});

test("every route has its section, every schema its own", () => {
  const all = [...pages.values()].join("");
  const wanted = [
    ...Object.entries(API).flatMap(([noun, routes]) => Object.keys(routes).map((verb) => `${noun}.${verb}`)),
    ...Object.keys(document.components.schemas),
  ];
  assert.deepEqual(
    wanted.filter((id) => all.split(`<section id="${id}">`).length !== 2),
    [],
  );
});

test("every link leads to a page, and to a place on it", async () => {
  const broken: string[] = [];
  for (const text of pages.values())
    for (const [, link = ""] of text.matchAll(/href="([^"]+)"/g)) {
      const [path = "", place] = link.split("#");
      const page = pages.get(path);
      if (page === undefined ? (await app.request(path)).status !== 200 : place !== undefined && !page.includes(`id="${place}"`))
        broken.push(link);
    }
  assert.deepEqual([...new Set(broken)], []);
});

test("a strict policy of contents has nothing to stop: no script, no inline style, nothing from elsewhere", () => {
  for (const [path, text] of pages) assert.doesNotMatch(text, /<script|<style|\sstyle=|\son\w+=|(src|href)="(https?:)?\/\//, path);
});

test("nothing is left in brackets", () => {
  for (const [path, text] of pages) assert.doesNotMatch(text, /\[object|undefined|&lt;p&gt;/, path);
});

test("the root leads to the documentation, and a noun that is none is not found", async () => {
  assert.equal((await app.request("/")).headers.get("location"), "/api/docs");
  assert.equal((await app.request("/api/docs/nobody")).status, 404);
});

const EXAMPLES: [string, Parameters<typeof exampleOf>[0], unknown][] = [
  ["what is required", { type: "object", required: ["a"], properties: { a: { type: "integer" }, b: { type: "string" } } }, { a: 1 }],
  ["a least number", { type: "integer", minimum: 5 }, 5],
  ["the first of several", { enum: ["x", "y"] }, "x"],
  ["what is not null", { anyOf: [{ type: "null" }, { type: "boolean" }] }, true],
  ["a list", { type: "array", items: { type: "string", format: "email" } }, ["you@example.org"]],
  ["a part by its name", { $ref: "#/components/schemas/Part" }, { name: "<name>" }],
  ["a part that holds itself", { $ref: "#/components/schemas/Own" }, null],
];
const PARTS = {
  Part: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
  Own: { anyOf: [{ $ref: "#/components/schemas/Own" }] },
};

for (const [name, schema, expected] of EXAMPLES)
  test(`an example holds ${name}`, () => {
    if (name === "a part that holds itself") assert.doesNotThrow(() => exampleOf(schema, PARTS));
    else assert.deepEqual(exampleOf(schema, PARTS), expected);
  });
