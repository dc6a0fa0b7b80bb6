/** What is made is what is committed, and what it says of other files is in them. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ADDITIONS } from "./additions.ts";
import { Deployment, PROVIDERS } from "../deployment/deployment.ts";
import { MODELS } from "./models.ts";
import { NOT_THERE } from "./not-there.ts";
import { pages } from "./pages.ts";
import { QUESTIONS } from "./questions.ts";
import { WAYS } from "./ways.ts";
import { DOCS_FOLDER } from "./write.ts";

const ROOT = join(DOCS_FOLDER, "..");

for (const [name, text] of Object.entries(pages()))
  test(`docs/${name} is made of the advice: node packages/deploy/src/advise/write.ts`, () => {
    const path = join(DOCS_FOLDER, name);
    assert.equal(existsSync(path) ? readFileSync(path, "utf8") : "", text);
  });

test("files that the advice names are there", () => {
  const named = [...JSON.stringify([QUESTIONS, MODELS, ADDITIONS, NOT_THERE]).matchAll(/\b((?:docs|deploy|packages)\/[\w./-]*\w)/g)].map(
    ([, path = ""]) => path,
  );
  assert.ok(named.length > 0);
  assert.deepEqual(
    named.filter((path) => !existsSync(join(ROOT, path))),
    [],
  );
});

for (const { key, clouds } of WAYS)
  for (const provider of PROVIDERS)
    test(`${key} on ${provider} is made by the template`, () => {
      const module = readFileSync(join(ROOT, `deploy/terraform/${provider}/infra/modules/connectivity/main.tf`), "utf8");
      assert.ok(module.includes(`resource "${clouds[provider].resource}"`), clouds[provider].resource);
      const given = Deployment.shape.cloud.unwrap().parse({ provider, region: "r" }).connectivity;
      assert.ok(key === "transit" || key in given, `${key} is no key of cloud.connectivity`);
    });
