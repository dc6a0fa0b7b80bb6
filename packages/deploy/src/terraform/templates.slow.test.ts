/** Each template as Terraform sees it: formatted, valid, and its own tests; and that its mistakes are found. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasRealProvider, terraformPath, withTerraform, type Terraform } from "./terraform.ts";
import { ROOTS } from "./templates.ts";

const program = terraformPath();
const skip = program === null ? "terraform is not on this machine" : false;

const initialised = async (terraform: Terraform): Promise<void> => {
  const { code, output } = await terraform("init", "-backend=false", "-no-color");
  assert.equal(code, 0, output);
};

for (const root of ROOTS)
  test(`${root.folder} is formatted, valid, and does what its tests say`, { skip }, () =>
    withTerraform(program ?? "", root, "schema", async (terraform) => {
      const formatted = await terraform("fmt", "-check", "-recursive", "-no-color");
      assert.equal(formatted.code, 0, formatted.output);
      await initialised(terraform);
      const valid = await terraform("validate", "-no-color");
      assert.equal(valid.code, 0, valid.output);
      const tested = await terraform("test", "-no-color");
      assert.equal(tested.code, 0, tested.output);
      assert.match(tested.output, /Success! [1-9]\d* passed, 0 failed/);
    }),
  );

for (const root of ROOTS.filter(hasRealProvider))
  test(`${root.folder} is valid with the real provider`, { skip }, () =>
    withTerraform(program ?? "", root, "real", async (terraform) => {
      await initialised(terraform);
      const valid = await terraform("validate", "-no-color");
      assert.equal(valid.code, 0, valid.output);
    }),
  );
