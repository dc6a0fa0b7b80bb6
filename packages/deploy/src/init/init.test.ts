/** Whatever is answered is a deployment, and what it makes of the chart's values the chart takes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { Values } from "../chart/values.ts";
import { CHART_FOLDER } from "../chart/write.ts";
import { chartValuesOf } from "../deployment/chart-values.ts";
import { PROVIDERS } from "../deployment/deployment.ts";
import { deploymentIn } from "../deployment/read.ts";
import { refusal, unanswered, type Answered, type Question } from "../interview/question.ts";
import { deploymentOf, deploymentYaml } from "./document.ts";
import { adviceIn } from "./from-advice.ts";
import { datastoresOf, networkRefusal } from "./networks.ts";
import { INIT_QUESTIONS } from "./questions.ts";
import { exampleOf, TEMPLATE_INPUTS, TEMPLATE_SECRETS } from "./template-inputs.ts";
import { remaining } from "./remaining.ts";

const network = fc
  .tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))
  .map(([address, bits]) => `${address}/${bits}`)
  .filter((text) => networkRefusal(text) === null);
const name = fc.stringMatching(/^[a-z][a-z0-9-]{1,22}[a-z0-9]$/);
const datastore = fc
  .tuple(
    name,
    fc.array(network, { minLength: 1, maxLength: 3 }),
    fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 3 }),
    fc.boolean(),
  )
  .map(([called, cidrs, ports, isNamed]) => `${called}=${cidrs.join(",")}:${ports.join(",")}${isNamed ? "@db.example.org" : ""}`);

/** Texts as people write them, and such as YAML reads as something else. */
const TEXTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  region: fc.constantFrom("eu-central-1", "westeurope", "1e3", "on", "0x10"),
  name: fc.oneof(name, fc.constantFrom("true", "null", "yes", "acme-eu")),
  fqdn: fc.constantFrom("quality.example.org", "q.acme.co.uk", "1.2", "0x1.5", "a-b.c"),
  namespace: fc.constantFrom("touchstone", "true", "1e3", "007", "null", "a-b"),
  registry: fc.constantFrom("", "registry.example.org", "mirror.example.org:5000/quality", "10.0.0.1:5000"),
  "store-networks": fc.array(network, { maxLength: 3 }).map((all) => all.join(", ")),
  "storage-class": fc.constantFrom("", "fast", "1", "true", "premium.v2"),
  datastores: fc.uniqueArray(datastore, { maxLength: 3, selector: (text) => text.split("=")[0] }).map((all) => all.join(" ")),
  "ingress-class": fc.constantFrom("", "nginx", "12", "off"),
  certificate: fc.constantFrom("touchstone-certificate", "no", "3.14"),
  issuer: fc.constantFrom("letsencrypt", "null", "1e3"),
  "internal-certificate": fc.constantFrom("touchstone-internal", "yes", "2.71"),
  "internal-issuer": fc.constantFrom("company-authority", "true", "0x1"),
};

/** Texts of the questions of the templates follow the cloud: their examples stand in where one is not an answer. */
const PLACES = fc.constantFrom("states", "local", "states/touchstone", "true", "1e3");

const anyOf = ({ name: called, choices }: Question): fc.Arbitrary<string> =>
  TEXTS[called] ?? (choices.length === 0 ? PLACES : fc.constantFrom(...choices.map(({ value }) => value)));

/** Answers as an interview would take them: only what is asked, nothing that is refused, the rest as usual. */
const interviewedAs = (said: Answered): Answered => {
  let answered: Answered = {};
  for (const question of INIT_QUESTIONS) {
    const answer = said[question.name] ?? "";
    if (!question.isAsked(answered)) continue;
    const isTaken = refusal(question, answer, answered) === null;
    const provider = PROVIDERS.find((one) => one === answered["provider"]) ?? "aws";
    const fallback =
      question.usual(answered) ??
      (exampleOf(question.name, provider) || question.choices.find(({ value }) => refusal(question, value, answered) === null)?.value);
    answered = { ...answered, [question.name]: isTaken ? answer : (fallback ?? assert.fail(`${question.name}: ${answer}`)) };
  }
  return answered;
};
/** As helm hands values to the schema: what is null is left out. */
const withoutNulls = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, inner: unknown) => (inner === null ? undefined : inner)));

const anyAnswers = fc.record(Object.fromEntries(INIT_QUESTIONS.map((question) => [question.name, anyOf(question)]))).map(interviewedAs);

suite("whatever is answered", () => {
  test("the file reads back as what was meant, and the chart takes its values", () => {
    fc.assert(
      fc.property(anyAnswers, (answers) => {
        const meant = deploymentOf(answers);
        const read = deploymentIn(deploymentYaml(meant), "deployment.yaml");
        assert.deepEqual(read, meant);
        assert.deepEqual(Values.safeParse(withoutNulls(chartValuesOf(read))).error?.issues ?? [], []);
      }),
    );
  });

  test("examples that are commented out are ones that may be said", () => {
    fc.assert(
      fc.property(anyAnswers, (answers) => {
        const text = deploymentYaml(deploymentOf(answers));
        const said = deploymentIn(text.replaceAll(/^#(?! )|^#(?=  )/gm, ""), "deployment.yaml");
        assert.equal(said.cluster.context, "production");
        assert.ok(Object.keys(said.networks.datastores).length > 0 && said.networks.identityProviders.length === 1);
      }),
    );
  });

  test("every Secret that is named has a command that makes it, or is made by cert-manager", () => {
    fc.assert(
      fc.property(anyAnswers, (answers) => {
        const deployment = deploymentOf(answers);
        const commands = remaining(deployment, null).map(({ command }) => command);
        const { store, keys, dataplanes, certificate, internal } = deployment.secrets;
        for (const secret of [
          ...(deployment.store === "external" ? [store] : []),
          ...(deployment.store === "demo" ? [] : [keys, dataplanes]),
          ...[certificate ?? [], internal ?? []].flat(),
        ])
          assert.equal(
            commands.filter((command) => / create secret /.test(command) && command.split(" ").includes(secret)).length,
            1,
            secret,
          );
        const { tlsIssuer, internalIssuer } = deployment;
        assert.deepEqual(
          commands.flatMap((command) => /get clusterissuer (.*)/.exec(command)?.[1] ?? []),
          [tlsIssuer ?? [], internalIssuer?.name ?? []].flat(),
        );
      }),
    );
  });
});

suite("an answer", () => {
  const REFUSED: readonly { name: string; text: string; before?: Answered; says: RegExp }[] = [
    { name: "model", text: "saas", says: /none of customer, platform/ },
    { name: "provider", text: "none", before: { model: "platform" }, says: /cloud of its own/ },
    { name: "size", text: "dev", before: { provider: "aws" }, says: /begin at small/ },
    { name: "size", text: "huge", says: /none of dev, small/ },
    { name: "name", text: "Acme_1", says: /lower-case/ },
    { name: "fqdn", text: "quality", says: /fully qualified/ },
    { name: "fqdn", text: "", says: /fully qualified/ },
    { name: "region", text: "eu central", says: /region/ },
    { name: "registry", text: "https://registry.example.org", says: /a registry is/ },
    { name: "store-networks", text: "10.0.0.0/8, 10.1.2.3", says: /10\.1\.2\.3 is not a network/ },
    { name: "store-networks", text: "300.0.0.0/8", says: /not a network/ },
    { name: "store-networks", text: "169.254.0.0/16", says: /metadata|who they are/ },
    { name: "store-networks", text: "128.0.0.0/1", says: /who they are/ },
    { name: "datastores", text: "warehouse", says: /NAME=NETWORK:PORT/ },
    { name: "datastores", text: "warehouse=10.0.0.0/8:0", says: /1 to 65535/ },
    { name: "datastores", text: "warehouse=10.0.0.0/8:5432@bad host", says: /NAME=NETWORK:PORT/ },
    { name: "datastores", text: "warehouse=10.0.0.0/8:1 warehouse=10.0.0.0/8:2", says: /there twice/ },
    { name: "admins", text: "me", before: { provider: "aws" }, says: /me is not an ARN/ },
    { name: "admins", text: " , ", before: { provider: "gcp" }, says: /say a member/ },
    { name: "appliers", text: "203.0.113.7, 1.2.3", before: { provider: "azure" }, says: /1\.2\.3 is not an IPv4/ },
    { name: "state", text: "a/b", before: { provider: "gcp" }, says: /it is BUCKET, or local/ },
    { name: "state", text: "a", before: { provider: "azure" }, says: /ACCOUNT\/CONTAINER/ },
    { name: "issuer", text: "Let's Encrypt", says: /object/ },
  ];
  for (const { name: called, text, before = {}, says } of REFUSED)
    test(`refused: ${called} ${text}`, () => {
      const question = INIT_QUESTIONS.find((one) => one.name === called) ?? assert.fail(called);
      assert.match(refusal(question, text, before) ?? "", says);
    });

  test("one line names several datastores", () => {
    assert.deepEqual(datastoresOf("warehouse=10.20.0.0/16:5432@db.example.org  lake=10.3.0.0/16,10.4.0.0/16:443,8443"), [
      { name: "warehouse", cidrs: ["10.20.0.0/16"], ports: [5432], host: "db.example.org" },
      { name: "lake", cidrs: ["10.3.0.0/16", "10.4.0.0/16"], ports: [443, 8443] },
    ]);
  });

  test("nothing but model and name of the host has to be said, and of a cloud its region", () => {
    const missing = (given: Answered): string[] => unanswered(INIT_QUESTIONS, given).missing.map((question) => question.name);
    assert.deepEqual(missing({ model: "customer" }), ["fqdn"]);
    assert.deepEqual(missing({ model: "platform" }), ["provider", "fqdn"]);
    assert.deepEqual(missing({ model: "platform", provider: "aws" }), ["region", "fqdn", "admins", "state"]);
    assert.deepEqual(missing({ model: "customer", fqdn: "q.example.org", issuer: "le" }), []);
  });
});

suite("the templates", () => {
  /** What every deployment says elsewhere. */
  const FOLLOWS = ["name", "region", "dns"];
  for (const provider of PROVIDERS)
    test(`${provider}: every variable without a default is asked for, and no other`, () => {
      const text = readFileSync(join(CHART_FOLDER, `../../terraform/${provider}/infra/variables.tf`), "utf8");
      const needed = [...text.matchAll(/^variable "(\w+)" \{([\s\S]*?)^\}/gm)].filter(([, , body = ""]) => !/^ {2}default\s+=/m.test(body));
      const isSecret = (body: string): boolean => /^ {2}(sensitive|ephemeral)\s+= true$/m.test(body);
      const named = (secret: boolean): string[] =>
        needed.filter(([, , body = ""]) => isSecret(body) === secret).map(([, name = ""]) => name);
      const asked = TEMPLATE_INPUTS.filter(({ clouds }) => clouds[provider] !== undefined).map(({ input }) => input);
      assert.deepEqual(
        asked.toSorted(),
        named(false)
          .filter((name) => !FOLLOWS.includes(name))
          .toSorted(),
      );
      assert.deepEqual(TEMPLATE_SECRETS[provider], named(true));
    });

  const WRITTEN: readonly { answers: Answered; inputs: object; backend: object }[] = [
    {
      answers: {
        provider: "aws",
        region: "eu-central-1",
        admins: "arn:aws:iam::123456789012:role/a, arn:aws:iam::123456789012:user/b",
        state: "states",
      },
      inputs: { admin_principals: ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:user/b"] },
      backend: { type: "s3", config: { bucket: "states", key: "touchstone/acme", region: "eu-central-1" } },
    },
    {
      answers: {
        provider: "oci",
        region: "r",
        admins: "platform",
        compartment: "ocid1.compartment.x",
        "database-secret": "ocid1.vaultsecret.x",
        state: "ns/states",
      },
      inputs: { admin_principals: ["platform"], compartment_id: "ocid1.compartment.x", database_secret_id: "ocid1.vaultsecret.x" },
      backend: { type: "oci", config: { namespace: "ns", bucket: "states", key: "touchstone/acme" } },
    },
    {
      answers: { provider: "gcp", region: "r", admins: "group:a@b.c", project: "acme-quality", state: "local" },
      inputs: { admin_principals: ["group:a@b.c"], project: "acme-quality" },
      backend: { type: "local", config: {} },
    },
  ];
  for (const { answers, inputs, backend } of WRITTEN)
    test(`${answers["provider"]}: inputs and backend`, () => {
      const { cloud } = deploymentOf({ model: "platform", name: "acme", fqdn: "q.example.org", tls: "secret", ...answers });
      assert.deepEqual([cloud?.inputs, cloud?.backend], [inputs, backend]);
    });
});

suite("advice", () => {
  const READ: readonly { text: string; is: ReturnType<typeof adviceIn> | RegExp }[] = [
    {
      text: '{"version":1,"model":"platform","answers":{"cloud":"gcp"},"more":1}',
      is: { model: "platform", answered: { model: "platform", provider: "gcp" } },
    },
    { text: '{"version":1,"model":"platform","answers":{"cloud":"other"}}', is: { model: "platform", answered: { model: "platform" } } },
    { text: '{"version":1,"model":"customer","answers":{"cloud":"aws"}}', is: { model: "customer", answered: { model: "customer" } } },
    { text: "{", is: /not JSON/ },
    { text: '{"version":2,"model":"customer","answers":{}}', is: /^version: / },
    { text: '{"version":1,"model":"customer","answers":{"cloud":"mars"}}', is: /^answers\.cloud: / },
    { text: "[]", is: /^the file: / },
  ];
  for (const { text, is } of READ)
    test(`from ${text}`, () => {
      const read = adviceIn(text);
      if (is instanceof RegExp) assert.match(typeof read === "string" ? read : "", is);
      else assert.deepEqual(read, is);
    });
});
