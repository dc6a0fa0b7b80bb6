/** Our inputs, as each cloud's template judges them: their types and its validations, by `terraform test` with a mocked provider. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Deployment, PROVIDERS, type Provider } from "../deployment/deployment.ts";
import { ROOTS } from "../terraform/templates.ts";
import { terraformPath, withTerraform, type Ran } from "../terraform/terraform.ts";
import { CLOUDS, ENV } from "../trial/clouds.ts";
import { fitting, inputsOf, variablesIn } from "./inputs.ts";
import { textOfTemplate } from "./root.ts";

const program = terraformPath();
const skip = program === null ? "terraform is not on this machine" : false;

const deployment = (provider: Provider): Deployment =>
  Deployment.parse({ version: 1, name: "acme", model: "platform", fqdn: "quality.acme.example", size: "large", cloud: CLOUDS[provider] });

/** Plans the template with these inputs and the mocks of its own tests. */
const planned = (provider: Provider, inputs: object): Promise<Ran> => {
  const root = ROOTS.find(({ folder }) => folder === join(provider, "infra"));
  assert.ok(root);
  return withTerraform(program ?? "", root, "schema", async (terraform, template) => {
    const [mock] = /^mock_provider [\s\S]*?^\}/m.exec(readFileSync(join(template, "tests", "defaults.tftest.hcl"), "utf8")) ?? [];
    assert.ok(mock);
    const secrets = variablesIn(textOfTemplate(template)).filter(({ isNeeded, isSecret }) => isNeeded && isSecret);
    const given = secrets.map(({ name }) => `  ${name} = "${ENV[`TF_VAR_${name}`] ?? ""}"\n`).join("");
    writeFileSync(join(template, "tests", "ours.tftest.hcl"), `${mock}\nvariables {\n${given}}\nrun "ours" {\n  command = plan\n}\n`);
    writeFileSync(join(template, "ours.auto.tfvars.json"), JSON.stringify(inputs));
    assert.equal((await terraform("init", "-backend=false", "-no-color")).code, 0);
    return terraform("test", "-no-color", "-filter=tests/ours.tftest.hcl");
  });
};

for (const provider of PROVIDERS)
  test(`${provider}: the template takes what we tell it`, { skip }, async () => {
    const root = ROOTS.find(({ folder }) => folder === join(provider, "infra"));
    assert.ok(root);
    const text = textOfTemplate(join(import.meta.dirname, "..", "..", "..", "..", "deploy", "terraform", root.folder));
    const { code, output } = await planned(provider, fitting(inputsOf(deployment(provider)), variablesIn(text), ENV));
    assert.equal(code, 0, output);
    assert.match(output, /Success! 1 passed/);
  });

test("and refuses what it has to", { skip }, async () => {
  const { code, output } = await planned("aws", { ...inputsOf(deployment("aws")), size: "enormous" });
  assert.notEqual(code, 0);
  assert.match(output, /size: small, medium/);
});
