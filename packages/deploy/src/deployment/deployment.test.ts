/** `deployment.yaml` as people write it, and what the chart gets of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo, type ErrorInfo } from "@touchstone/core/errors";
import { Values } from "../chart/values.ts";
import { chartValuesOf } from "./chart-values.ts";
import { deploymentIn } from "./read.ts";
import { deploymentSchema } from "./schema.ts";

const LEAST = "version: 1\nname: acme\nmodel: customer\nfqdn: quality.example.org\n";

const catching = (work: () => unknown): ErrorInfo => {
  try {
    work();
  } catch (thrown) {
    return toErrorInfo(thrown);
  }
  throw new Error("nothing was thrown");
};

const REFUSED: readonly { what: string; text: string; says: RegExp }[] = [
  { what: "no YAML", text: "a: [", says: /YAML/ },
  { what: "a key twice", text: `${LEAST}fqdn: other.example.org\n`, says: /unique/ },
  { what: "an unknown key", text: `${LEAST}fqnd: x.example.org\n`, says: /fqnd/ },
  { what: "a name that clouds refuse", text: LEAST.replace("acme", "Acme_1"), says: /^name: / },
  { what: "a host without a domain", text: LEAST.replace("quality.example.org", "quality"), says: /^fqdn: / },
  { what: "a platform without a cloud", text: LEAST.replace("customer", "platform"), says: /^cloud: / },
  { what: "nothing", text: "", says: /^the file: it is empty$/ },
  {
    what: "several faults, all at once",
    text: "version: 1\nname: Acme\nmodel: custmer\ncluter: {}\n",
    says: /^name: 3 to 24 .*\n {7}model: expected one of "platform"\|"customer"\n {7}fqdn: it is missing: string\n {7}the file: Unrecognized key: "cluter"$/,
  },
  {
    what: "a dozen keys in one place",
    text: `{${[..."abcdefghijkl"].map((key) => `values${key}: 1`).join(", ")}, secrets: {a: 1}}`,
    says: /Unrecognized/,
  },
  {
    what: "more faults than anybody reads",
    text: `${LEAST}networks: {datastores: {${[..."abcdefghijkl"].map((key) => `${key.repeat(3)}: {cidrs: [here], ports: [5432]}`).join(", ")}}}\n`,
    says: /^networks\.datastores\.aaa\.cidrs\.0: .*(\n {7}networks\.datastores\.[b-h]{3}\.cidrs\.0: .*){7}\n {7}and 4 more$/,
  },
  { what: "YAML that is cut off", text: "version: 1\nname: [\n", says: /^YAML: .*line \d+, column \d+$/ },
  {
    what: "a pointer over http",
    text: `${LEAST}updater: {pointer: http://releases.example.org/stable.json}\n`,
    says: /^updater.pointer: /,
  },
  { what: "a window in no time zone", text: `${LEAST}maintenanceWindow: {timeZone: Mars}\n`, says: /^maintenanceWindow.timeZone: / },
  {
    what: "two certificates inside",
    text: `${LEAST}internalIssuer: { name: company }\nsecrets: {internal: c}\n`,
    says: /^internalIssuer: /,
  },
  { what: "two certificates", text: `${LEAST}tlsIssuer: le\nsecrets: {certificate: c}\n`, says: /^tlsIssuer: / },
];

for (const { what, text, says } of REFUSED)
  test(`refused: ${what}`, () => {
    const thrown = catching(() => deploymentIn(text, "deployment.yaml"));
    assert.equal(thrown.code, "DEPLOYMENT_INVALID");
    assert.match(thrown.why, says);
  });

test("the least that can be said is what the chart needs", () => {
  const values = chartValuesOf(deploymentIn(LEAST, "deployment.yaml"));
  assert.deepEqual(values, {
    fqdn: "quality.example.org",
    size: "medium",
    store: { mode: "external", existingSecret: "touchstone-store" },
    keys: { existingSecret: "touchstone-keys" },
    dataplanes: { existingSecret: "touchstone-dataplanes" },
    updater: { grade: "none" },
  });
  Values.parse(values);
});

test("everything that is said reaches the chart, and values go before it", () => {
  const text = `${LEAST}size: small
store: cloudnativepg
tlsIssuer: letsencrypt
internalIssuer: { name: company }
upgrades: namespace-admin
updater: { pointer: https://releases.example.org/stable.json, networks: [{ cidrs: [198.51.100.0/24], ports: [443] }] }
maintenanceWindow: { days: [sat, sun], from: "02:00", hours: 3, timeZone: Europe/Berlin }
cluster: { namespace: quality, storageClass: fast, ingressClass: nginx }
release: { imageRegistry: mirror.example.org, pullSecrets: [pull] }
networks:
  datastores: { warehouse: { cidrs: [10.20.0.0/16], ports: [5432], host: db.example.org } }
  identityProviders: [{ cidrs: [10.9.0.1/32], ports: [443], issuer: https://login.example.org }]
values: { size: large, dataplanes: { groups: { default: { operations: 2 } } } }
`;
  const values = chartValuesOf(deploymentIn(text, "deployment.yaml"));
  Values.parse(values);
  assert.equal(values["size"], "large");
  assert.deepEqual(values["dataplanes"], {
    existingSecret: "touchstone-dataplanes",
    groups: { default: { egress: [{ cidrs: ["10.20.0.0/16"], ports: [5432] }], operations: 2 } },
  });
  assert.deepEqual(values["ingress"], { className: "nginx", tls: { issuer: { name: "letsencrypt" } } });
  assert.deepEqual(values["internalTls"], { issuer: { name: "company", kind: "ClusterIssuer" } });
  assert.deepEqual(values["networkPolicy"], { identityProviders: [{ cidrs: ["10.9.0.1/32"], ports: [443] }] });
  assert.deepEqual(values["updater"], { grade: "namespace-admin", egress: [{ cidrs: ["198.51.100.0/24"], ports: [443] }] });
  assert.deepEqual(values["global"], { imageRegistry: "mirror.example.org" });
});

test("the schema knows every key, and refuses others", () => {
  const schema = deploymentSchema();
  assert.equal(Reflect.get(schema, "additionalProperties"), false);
  assert.deepEqual(Reflect.get(schema, "required"), ["version", "name", "model", "fqdn"]);
});
