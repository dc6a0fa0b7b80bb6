/** What holds for all templates, read off their text: one contract, no foreign module, every type with a schema. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readSchema } from "./terraform.ts";
import { ROOTS, TEMPLATES, typesUsed } from "./templates.ts";

const INFRA = ROOTS.filter(({ folder }) => folder.endsWith("/infra"));

const textOf = (folder: string, pattern = "*.tf"): string =>
  globSync(join(TEMPLATES, folder, pattern))
    .toSorted()
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
const namesOf = (folder: string, kind: "variable" | "output"): string[] =>
  [...textOf(folder).matchAll(new RegExp(`^${kind} "(\\w+)"`, "gm"))].map(([, name = ""]) => name).toSorted();

/** What a cloud needs besides: where the deployment is paid for, and a password that the cloud does not make. */
const OWN = new Set([
  "project",
  "subscription_id",
  "tenant_id",
  "compartment_id",
  "applier_cidrs",
  "database_password",
  "database_password_version",
  "database_secret_id",
  "vpn_shared_secrets",
]);

test("one contract: the same inputs and outputs on every cloud", () => {
  const [first] = INFRA;
  assert.ok(first);
  for (const { folder } of INFRA) {
    assert.deepEqual(
      namesOf(folder, "variable").filter((name) => !OWN.has(name)),
      namesOf(first.folder, "variable").filter((name) => !OWN.has(name)),
      folder,
    );
    assert.deepEqual(namesOf(folder, "output"), namesOf(first.folder, "output"), folder);
  }
});

test("one set of sizes: cores, memory and numbers of nodes are the same on every cloud", () => {
  const sizes = INFRA.map(({ folder }) =>
    textOf(folder, "sizes.tf")
      .replaceAll(/machine\s*= "[^"]+", /g, "")
      .match(/^ {4}"\S+"\s+= \{ app.*$/gm)
      ?.map((line) => line.replaceAll(/\s+/g, " ")),
  );
  assert.equal(sizes[0]?.length, 6);
  for (const each of sizes) assert.deepEqual(each, sizes[0]);
});

test("no module comes from a registry", () => {
  for (const { folder } of ROOTS)
    for (const [, source = ""] of textOf(folder, "**/*.tf").matchAll(/^module "\w+" \{\n\s+source\s+= "([^"]+)"/gm))
      assert.match(source, /^\.\/modules\/\w+$/, folder);
});

test("every variable and output of a root is described", () => {
  for (const { folder } of ROOTS)
    for (const [block, , name] of textOf(folder).matchAll(/^(variable|output) "(\w+)" \{[\s\S]*?^\}/gm))
      assert.match(
        block,
        folder.endsWith("/infra") || block.startsWith("variable") ? /\n {2}description = / : /value/,
        `${folder} ${name}`,
      );
});

test("every type that is used has a schema", () => {
  for (const root of ROOTS) {
    const { resources, data } = readSchema(root.schema);
    const known = new Set([...Object.keys(resources), ...Object.keys(data).map((type) => `data.${type}`)]);
    assert.deepEqual(
      [...typesUsed(root)].filter((type) => !known.has(type)),
      [],
      root.folder,
    );
  }
});
