/** A deployment as inputs of each cloud's template: every one of them is taken there, and nothing that is needed is missing. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { Deployment, PROVIDERS, type DeploymentInput, type Provider } from "../deployment/deployment.ts";
import { TEMPLATES } from "../terraform/templates.ts";
import { backendConfig, backendIn, backendOf, backendOverride } from "./backend.ts";
import { fitting, inputsOf, isProtected, variablesIn } from "./inputs.ts";
import { textOfTemplate } from "./root.ts";
import { CLOUDS, ENV } from "../trial/clouds.ts";

const deployment = (cloud: NonNullable<DeploymentInput["cloud"]>): Deployment =>
  Deployment.parse({ version: 1, name: "acme", model: "platform", fqdn: "quality.acme.example", size: "large", cloud });

const templateOf = (provider: Provider): string => textOfTemplate(join(TEMPLATES, provider, "infra"));
const whyOf = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    assert.equal(toErrorInfo(thrown).code, "DEPLOYMENT_INVALID");
    return toErrorInfo(thrown).why;
  }
  throw new Error("nothing was thrown");
};

for (const provider of PROVIDERS)
  test(`${provider}: every input is one of the template's, and none is missing`, () => {
    const variables = variablesIn(templateOf(provider));
    const declared = [...templateOf(provider).matchAll(/^variable "(\w+)"/gm)].map(([, name]) => name);
    assert.deepEqual(
      variables.map(({ name }) => name),
      declared,
    );
    const inputs = fitting(inputsOf(deployment(CLOUDS[provider])), variables, ENV);
    for (const name of ["name", "region", "owner", "size", "dns", "connectivity"]) assert.ok(name in inputs, name);
    assert.equal(inputs["size"], "large");
    assert.equal(inputs["owner"], "operator");
  });

const aws = CLOUDS.aws;
const SAYS: readonly { what: string; cloud: NonNullable<DeploymentInput["cloud"]>; env?: NodeJS.ProcessEnv; why: RegExp }[] = [
  {
    what: "an input the template has not",
    cloud: { ...aws, inputs: { ...aws.inputs, regoin: "x" } },
    why: /^cloud\.inputs\.regoin: the template takes name, region/,
  },
  {
    what: "what is said elsewhere",
    cloud: { ...aws, inputs: { ...aws.inputs, size: "small" } },
    why: /^cloud\.inputs\.size: it is said by size/,
  },
  { what: "what is needed and not there", cloud: { ...aws, inputs: {} }, why: /^cloud\.inputs\.admin_principals: it is needed/ },
  {
    what: "a secret",
    cloud: { ...CLOUDS.gcp, inputs: { ...CLOUDS.gcp.inputs, database_password: "hunter2" } },
    why: /^cloud\.inputs\.database_password: a secret is not written down: set TF_VAR_database_password$/,
  },
  { what: "a secret that nobody gave", cloud: CLOUDS.azure, env: {}, why: /^cloud\.inputs\.database_password: it is needed, and a secret/ },
  {
    what: "the keys of sites",
    cloud: { ...CLOUDS.gcp, inputs: { ...CLOUDS.gcp.inputs, vpn_shared_secrets: {} } },
    why: /vpn_shared_secrets: a secret/,
  },
];
for (const { what, cloud, env = ENV, why } of SAYS)
  test(`refused: ${what}`, () => {
    const given = whyOf(() => fitting(inputsOf(deployment(cloud)), variablesIn(templateOf(cloud.provider)), env));
    assert.match(given, why);
    assert.doesNotMatch(given, /hunter2/);
  });

test("the name's zone is said beside the name, and the owner by who takes over", () => {
  const inputs = inputsOf(deployment({ ...aws, inputs: { ...aws.inputs, owner: "customer", dns: { zone_id: "Z1" } } }));
  assert.deepEqual(inputs["dns"], { fqdn: "quality.acme.example", zone_id: "Z1" });
  assert.equal(inputs["owner"], "customer");
});

test("no cloud, nothing to make", () => {
  const here = Deployment.parse({ version: 1, name: "acme", model: "customer", fqdn: "quality.acme.example" });
  assert.match(
    whyOf(() => inputsOf(here)),
    /^cloud: /,
  );
});

test("the store is protected unless somebody says no", () => {
  const said = (database: unknown): boolean => isProtected(deployment({ ...aws, inputs: { database } }));
  assert.deepEqual(
    [
      said(undefined),
      said({}),
      said({ deletion_protection: true }),
      said({ deletion_protection: null }),
      said({ deletion_protection: false }),
    ],
    [true, true, true, true, false],
  );
});

type Config = Record<string, string>;
const backend = (type: "s3" | "azurerm" | "gcs" | "oci" | "local", config: Config = {}) =>
  deployment({ ...aws, backend: { type, config } });
const BACKENDS: readonly { what: string; of: Deployment; infra: object; addons: object }[] = [
  {
    what: "s3",
    of: backend("s3", { bucket: "b", key: "acme", kms_key_id: "arn:k" }),
    infra: { bucket: "b", key: "acme", kms_key_id: "arn:k" },
    addons: { bucket: "b", key: "acme-addons", kms_key_id: "arn:k" },
  },
  {
    what: "gcs",
    of: backend("gcs", { bucket: "b", prefix: "acme" }),
    infra: { bucket: "b", prefix: "acme" },
    addons: { bucket: "b", prefix: "acme-addons" },
  },
  { what: "local", of: backend("local"), infra: { path: "/f/state/infra" }, addons: { path: "/f/state/addons" } },
  {
    // Terraform would take it for a file of the folder it runs in, which is laid anew each time.
    what: "local, by a relative path",
    of: backend("local", { path: "kept/acme" }),
    infra: { path: "/f/kept/acme.infra" },
    addons: { path: "/f/kept/acme.addons" },
  },
  {
    what: "local, elsewhere",
    of: backend("local", { path: "/k/acme" }),
    infra: { path: "/k/acme.infra" },
    addons: { path: "/k/acme.addons" },
  },
];
for (const { what, of, infra, addons } of BACKENDS)
  test(`each root has a state of its own: ${what}`, () => {
    assert.deepEqual(backendOf(of, "infra", "/f").config, infra);
    assert.deepEqual(backendOf(of, "addons", "/f").config, addons);
  });

const REFUSED: readonly { of: Deployment; why: RegExp }[] = [
  { of: deployment(aws), why: /^cloud\.backend: say where/ },
  { of: backend("s3", { bucket: "b" }), why: /^cloud\.backend\.config\.key: / },
  ...["access_key", "secret_key", "token", "client_secret", "sas_token", "credentials", "encryption_key", "sse_customer_key"].map(
    (name) => ({
      of: backend("s3", { key: "k", [name]: "hunter2" }),
      why: new RegExp(`^cloud\\.backend\\.config\\.${name}: a secret`),
    }),
  ),
];
for (const { of, why } of REFUSED)
  test(`refused: ${String(why)}`, () => {
    const given = whyOf(() => backendOf(of, "infra", "/f"));
    assert.match(given, why);
    assert.doesNotMatch(given, /hunter2/);
  });

test("the names of keys, roles and tables are no secrets", () => {
  for (const name of ["kms_key_id", "kms_encryption_key", "role_arn", "dynamodb_table", "resource_group_name", "use_azuread_auth"])
    assert.ok(backendOf(backend("s3", { key: "k", [name]: "v" }), "infra", "/f"), name);
});

test("files of a backend are as terraform reads them", () => {
  const role = { role_arn: "arn:r", external_id: "x" };
  assert.equal(
    backendConfig({ type: "s3", config: { key: "k", ...role } }),
    'key = "k"\nassume_role = {\nrole_arn = "arn:r"\nexternal_id = "x"\n}\n',
    "terraform 1.10 takes them at no other place",
  );
  assert.equal(backendConfig({ type: "local", config: role }), 'role_arn = "arn:r"\nexternal_id = "x"\n');
  assert.equal(backendConfig({ type: "s3", config: { key: 'a"b\\c${d}%{e}' } }), 'key = "a\\"b\\\\c$${d}%%{e}"\n');
  assert.equal(backendIn(templateOf("aws")), "s3");
  assert.equal(backendIn(backendOverride({ type: "local", config: {} })), "local");
});
