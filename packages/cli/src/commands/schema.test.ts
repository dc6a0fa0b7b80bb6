/** The schemas in the package are those of the code, and real documents satisfy them. UPDATE_GOLDEN=1 writes them anew. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import schema from "./schema.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "schemas");

const printed = async (name: string): Promise<string> => {
  let text = "";
  const output = { write: (part: string) => void (text += part) };
  await schema.run([name], {}, { stdout: output, stderr: output, signal: new AbortController().signal, colour: false });
  return text;
};

for (const name of ["report", "checks"])
  test(`the schema of ${name} in the package is the code's`, async () => {
    const path = join(FOLDER, `${name}.schema.json`);
    const current = await printed(name);
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, current);
    assert.equal(readFileSync(path, "utf8"), current);
  });

test("the schema of checks knows each rule and its properties", async () => {
  const checks = JSON.parse(await printed("checks")) as {
    $defs: { check: { properties: { rule_type: { enum: string[] } }; allOf: object[] } };
  };
  const { rule_type } = checks.$defs.check.properties;
  assert.ok(rule_type.enum.includes("between"));
  assert.equal(checks.$defs.check.allOf.length, rule_type.enum.length);
});
