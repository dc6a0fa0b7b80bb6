/** Which Secrets a deployment needs, which are missing, and what is said about it. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { deploymentIn } from "../deployment/read.ts";
import type { Manifest } from "../kubernetes/manifest.ts";
import { commandsFor, missingKeys, missingText, neededSecrets, withMade } from "./needed-secrets.ts";

const deployment = (more = "") =>
  deploymentIn(`version: 1\nname: quality\nmodel: customer\nfqdn: q.example.org\n${more}`, "deployment.yaml");
const secret = (name: string, keys: string[]): Manifest => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: "n" },
  data: Object.fromEntries(keys.map((key) => [key, "canary"])),
});

suite("what is needed", () => {
  const check = (name: string, more: string, expected: string[]): void =>
    void test(name, () =>
      assert.deepEqual(
        neededSecrets(deployment(more)).map(({ secret: of, key }) => `${of}/${key}`),
        expected,
      ),
    );
  const KEYS = ["touchstone-keys/TOUCHSTONE_SECRET_KEYS", "touchstone-keys/TOUCHSTONE_TOKEN_KEY"];
  check("the usual", "", ["touchstone-store/DATABASE_URL", ...KEYS, "touchstone-dataplanes/default"]);
  check("names of one's own", "secrets: {store: s, keys: k, dataplanes: d, certificate: c}", [
    "s/DATABASE_URL",
    "k/TOUCHSTONE_SECRET_KEYS",
    "k/TOUCHSTONE_TOKEN_KEY",
    "c/tls.crt",
    "c/tls.key",
    "d/default",
  ]);
  check("https inside", "secrets: {internal: i}", [
    "touchstone-store/DATABASE_URL",
    ...KEYS,
    ...["tls.crt", "tls.key", "ca.crt"].map((key) => `i/${key}`),
    "touchstone-dataplanes/default",
  ]);
  check("https inside that cert-manager makes", "internalIssuer: {name: company}", [
    "touchstone-store/DATABASE_URL",
    ...KEYS,
    "touchstone-dataplanes/default",
  ]);
  check("the demo, which makes its own", "store: demo", []);
  check("the demo with keys of yours", "store: demo\nvalues: {keys: {existingSecret: touchstone-keys}}", KEYS);
  check("dataplanes elsewhere", "values: {dataplanes: {groups: {default: null}}}", ["touchstone-store/DATABASE_URL", ...KEYS]);
  check("a store that an operator makes", "store: cloudnativepg", [...KEYS, "touchstone-dataplanes/default"]);
  check("groups", "values: {dataplanes: {groups: {default: null, big: {}, small: {}}}}", [
    "touchstone-store/DATABASE_URL",
    ...KEYS,
    "touchstone-dataplanes/big",
    "touchstone-dataplanes/small",
  ]);
  check("dataplanes alone", "values: {controlPlane: {enabled: false}}", ["touchstone-dataplanes/default"]);
  check("keys called otherwise", "values: {store: {secretKey: uri}, keys: {sealing: a, signing: b}}", [
    "touchstone-store/uri",
    "touchstone-keys/a",
    "touchstone-keys/b",
    "touchstone-dataplanes/default",
  ]);
  const CLAIMED = ["touchstone-store/DATABASE_URL", ...KEYS];
  const bucket = (more: string) => `values: {dataplanes: {groups: {default: null}}, backup: {bucket: ${more}}}`;
  check("keys of a bucket", bucket("{url: s3://backups, existingSecret: b}"), [
    ...CLAIMED,
    "b/AWS_ACCESS_KEY_ID",
    "b/AWS_SECRET_ACCESS_KEY",
  ]);
  check("a signature of Azure's", bucket("{url: az://account/backups, existingSecret: b}"), [...CLAIMED, "b/AZURE_STORAGE_SAS_TOKEN"]);
  check("a bucket by workload identity", bucket("{url: gs://backups}"), CLAIMED);
  check("a login to a registry", "release: {pullSecrets: [mirror]}", [
    "touchstone-store/DATABASE_URL",
    ...KEYS,
    "touchstone-dataplanes/default",
    "mirror/.dockerconfigjson",
  ]);
});

test("what is missing is named with its keys, and the command that makes it; what is there is kept", () => {
  const needed = neededSecrets(deployment());
  const there = new Map<string, Manifest | null>([
    ["touchstone-store", null],
    ["touchstone-keys", secret("touchstone-keys", ["TOUCHSTONE_SECRET_KEYS"])],
    ["touchstone-dataplanes", secret("touchstone-dataplanes", ["default"])],
  ]);
  const missing = missingKeys(needed, there);
  assert.equal(missingText(missing), "Secret touchstone-store, key DATABASE_URL; Secret touchstone-keys, key TOUCHSTONE_TOKEN_KEY");
  const [store = "", keys = "", ...others] = commandsFor("n", missing, there);
  assert.match(store, /^kubectl -n n create secret generic touchstone-store --from-literal=DATABASE_URL=/);
  assert.match(keys, /--from-literal=TOUCHSTONE_TOKEN_KEY=.*\| kubectl -n n patch secret touchstone-keys --type=merge/);
  assert.deepEqual(others, []);
});

test("keys are made as the program reads them, new each time, beside what is there", () => {
  const needed = neededSecrets(deployment()).filter(({ secret: of }) => of === "touchstone-keys");
  const made = (): Record<string, string> => {
    const object = withMade("n", "touchstone-keys", secret("touchstone-keys", ["other"]), needed);
    const data = Object(Reflect.get(object, "data"));
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(String(value), "base64").toString()]));
  };
  const [one, two] = [made(), made()];
  assert.deepEqual(Object.keys(one), ["other", "TOUCHSTONE_SECRET_KEYS", "TOUCHSTONE_TOKEN_KEY"]);
  const [id, key = ""] = (one["TOUCHSTONE_SECRET_KEYS"] ?? "").split(":");
  assert.equal(id, "k1");
  assert.equal(Buffer.from(key, "base64").length, 32);
  assert.equal(Buffer.from(one["TOUCHSTONE_TOKEN_KEY"] ?? "", "base64").length, 32);
  assert.notEqual(one["TOUCHSTONE_TOKEN_KEY"], two["TOUCHSTONE_TOKEN_KEY"]);
});

test("a token of a group is long enough, and the store's URL is never made", () => {
  const needed = neededSecrets(deployment());
  const data = Reflect.get(withMade("n", "x", null, needed), "data");
  assert.match(Buffer.from(String(Reflect.get(data, "default")), "base64").toString(), /^tsdp_[0-9a-f]{64}$/);
  assert.equal(Reflect.get(data, "DATABASE_URL"), undefined);
});
