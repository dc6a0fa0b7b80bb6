/** What two deployments of a fleet may not share, and what each has to name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { Deployment, type DeploymentInput } from "../deployment/deployment.ts";
import { checkAlone, checkOwn } from "./tenancy.ts";

type Cloud = NonNullable<DeploymentInput["cloud"]>;
const OWN = { bucket: "b", key: "one", role_arn: "arn:role/one", kms_key_id: "arn:key/one" };
const s3 = (config: Record<string, string>, inputs: Record<string, unknown> = {}): Cloud => ({
  provider: "aws",
  region: "r",
  backend: { type: "s3", config },
  inputs,
});
const platform = (name: string, cloud: Cloud, more: Partial<DeploymentInput> = {}): Deployment =>
  Deployment.parse({ version: 1, name, model: "platform", fqdn: `${name}.example.org`, cloud, ...more });
const customer = (name: string, more: Partial<DeploymentInput> = {}): Deployment =>
  Deployment.parse({ version: 1, name, model: "customer", fqdn: `${name}.example.org`, ...more });

const other = { bucket: "b", key: "two", role_arn: "arn:role/two", kms_key_id: "arn:key/two" };
const gcs = (config: Record<string, string>): Cloud => ({ provider: "gcp", region: "r", backend: { type: "gcs", config } });
const azure = (config: Record<string, string>): Cloud => ({ provider: "azure", region: "r", backend: { type: "azurerm", config } });

const SHARED: readonly { what: string; one: Deployment; two: Deployment; says: RegExp | null }[] = [
  { what: "nothing", one: platform("one", s3(OWN)), two: platform("two", s3(other)), says: null },
  { what: "the state", one: platform("one", s3(OWN)), two: platform("two", s3({ ...other, key: "one" })), says: /^the state b\/one$/ },
  {
    what: "the same key of another bucket",
    one: platform("one", s3(OWN)),
    two: platform("two", s3({ ...other, bucket: "c", key: "one" })),
    says: null,
  },
  {
    what: "the role",
    one: platform("one", s3(OWN)),
    two: platform("two", s3({ ...other, role_arn: OWN.role_arn })),
    says: /^the role arn:role\/one$/,
  },
  {
    what: "the key",
    one: platform("one", s3(OWN)),
    two: platform("two", s3({ ...other, kms_key_id: OWN.kms_key_id })),
    says: /^the key arn:key\/one$/,
  },
  {
    what: "the operator's role in the cluster",
    one: platform("one", s3(OWN, { operator_principals: ["arn:role/ops"] })),
    two: platform("two", s3(other, { operator_principals: ["arn:role/else", "arn:role/ops"] })),
    says: /^the role arn:role\/ops$/,
  },
  {
    what: "the name",
    one: platform("one", s3(OWN)),
    two: platform("two", s3(other), { fqdn: "one.example.org" }),
    says: /^the name one\.example\.org$/,
  },
  {
    what: "the prefix of a bucket",
    one: platform("one", gcs({ bucket: "b", prefix: "p" })),
    two: platform("two", gcs({ bucket: "b", prefix: "p" })),
    says: /^the state b\/p$/,
  },
  {
    what: "the storage account",
    one: platform("one", azure({ storage_account_name: "a", container_name: "c", key: "one" })),
    two: platform("two", azure({ storage_account_name: "a", container_name: "c", key: "two" })),
    says: /^the key a$/,
  },
  {
    what: "the namespace",
    one: customer("one"),
    two: customer("two"),
    says: /^the place the usual kubeconfig, context \(the current one\), namespace touchstone$/,
  },
  { what: "the cluster alone", one: customer("one"), two: customer("two", { cluster: { namespace: "two" } }), says: null },
];
for (const { what, one, two, says } of SHARED)
  test(`shared: ${what}`, () => {
    const check = (): void => checkAlone({ deployment: two, kubeconfig: null }, [{ deployment: one, kubeconfig: null }]);
    if (says === null) return check();
    assert.throws(check, (thrown) => {
      const info = toErrorInfo(thrown);
      assert.equal(info.code, "FLEET_SHARED");
      assert.match(info.why, says);
      return true;
    });
  });

const NAMED: readonly { cloud: Cloud; missing: string | null }[] = [
  { cloud: s3(OWN), missing: null },
  { cloud: s3({ bucket: "b", key: "k", kms_key_id: "k" }), missing: "role_arn" },
  { cloud: s3({ bucket: "b", key: "k", role_arn: "r" }), missing: "kms_key_id" },
  { cloud: gcs({ bucket: "b", prefix: "p", impersonate_service_account: "s" }), missing: "kms_encryption_key" },
  { cloud: azure({ storage_account_name: "a", container_name: "c", key: "k" }), missing: "client_id" },
  { cloud: { provider: "oci", region: "r", backend: { type: "s3", config: { bucket: "b", key: "k" } } }, missing: null },
  { cloud: { provider: "aws", region: "r", backend: { type: "local", config: {} } }, missing: null },
];
for (const { cloud, missing } of NAMED)
  test(`${cloud.provider} by ${cloud.backend?.type}: ${missing ?? "all"} is to be named`, () => {
    const check = (): void => checkOwn(platform("one", cloud));
    if (missing === null) return check();
    assert.throws(check, (thrown) => toErrorInfo(thrown).why.startsWith(`cloud.backend.config.${missing}: `));
  });
