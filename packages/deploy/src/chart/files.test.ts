/** What is made of one description is what is committed; and nothing is said of a setting that there is not. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { SETTINGS } from "@touchstone/server/config";
import { VERSIONS } from "./changes.ts";
import { chartFiles, VERSION } from "./files.ts";
import { propertiesOf, valuesSchema, type Node } from "./schema.ts";
import { CHART_SETTINGS } from "./settings.ts";
import { Values } from "./values.ts";
import { CHART_FOLDER } from "./write.ts";

for (const [name, text] of Object.entries(chartFiles()))
  test(`${name} is made of the description: node packages/deploy/src/chart/write.ts`, () => {
    const path = join(CHART_FOLDER, name);
    assert.equal(existsSync(path) ? readFileSync(path, "utf8") : "", text);
  });

test("what this version has changed is told in the form that Artifact Hub reads, and nothing is told twice", () => {
  assert.equal(VERSIONS[0]?.version, VERSION, "the newest in changes.ts is the one that would be published");
  assert.equal(new Set(VERSIONS.map(({ version }) => version)).size, VERSIONS.length);
  const annotation: unknown = parse(parse(chartFiles()["Chart.yaml"] ?? "").annotations["artifacthub.io/changes"]);
  assert.deepEqual(annotation, VERSIONS[0]?.changes);
  for (const { changes, upgrading } of VERSIONS) assert.ok(changes.length > 0 && upgrading !== "");
});

test("every setting of the control plane is offered, or answered by the chart", () => {
  assert.deepEqual(
    CHART_SETTINGS.map(({ env }) => env),
    Object.values(SETTINGS).map(({ env }) => env),
  );
  const secrets = Object.values(SETTINGS).filter(({ secret }) => secret === true);
  for (const { env } of secrets) assert.match(CHART_SETTINGS.find((one) => one.env === env)?.answered ?? "", /^a Secret/);
});

test("no object of the values takes a key that nobody described", () => {
  const open: string[] = [];
  const look = (node: Node, path: string): void => {
    if (node.type === "object" && node.properties !== undefined && node.additionalProperties !== false) open.push(path);
    for (const [name, inner] of propertiesOf(node)) look(inner, `${path}.${name}`);
  };
  look(valuesSchema(), "");
  // `global` belongs to all charts of a release; the others are Kubernetes' own types, which the API server judges.
  assert.deepEqual(
    open.filter((path) => !/\.(global|affinity)$/.test(path)),
    [],
  );
});

test("patterns are ones that Go understands: nothing looks ahead, behind or back", () => {
  for (const [, pattern = ""] of JSON.stringify(valuesSchema()).matchAll(/"pattern":"((?:[^"\\]|\\.)*)"/g))
    assert.doesNotMatch(pattern, /\(\?[=!<]|\\\\[1-9]/);
});

for (const name of readdirSync(join(CHART_FOLDER, "ci")))
  test(`the values of ci/${name} are ones the description takes`, () => {
    // What is null takes a default away, which is Helm's doing.
    const given: unknown = JSON.parse(
      JSON.stringify(parse(readFileSync(join(CHART_FOLDER, "ci", name), "utf8"))),
      (_, value: unknown) => value ?? undefined,
    );
    assert.deepEqual(Values.safeParse(given).error?.issues ?? [], []);
  });
