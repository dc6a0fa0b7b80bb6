import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { Deployment, type DeploymentInput } from "../deployment/deployment.ts";
import { JsonObject } from "../supply/canonical.ts";
import { customersDeployment, customersValues, leftOut, requireCustomers } from "./customers-deployment.ts";

const THEIRS: DeploymentInput = {
  version: 1,
  name: "quality",
  model: "platform",
  owner: "Operator",
  fqdn: "quality.example.org",
  upgrades: "cluster-admin",
  cluster: { context: "operators", namespace: "data" },
  cloud: {
    provider: "aws",
    region: "eu-central-1",
    inputs: { owner: "operator", operator_principals: ["arn:aws:iam::1:role/ops"], zones: 3 },
    backend: { type: "s3", config: { bucket: "operators", key: "quality" } },
  },
  values: {
    backup: { keep: 7, bucket: { url: "s3://operators/quality", serviceAccountAnnotations: { role: "arn:aws:iam::1:role/backup" } } },
  },
};
const handedOver = JsonObject.parse(JSON.parse(JSON.stringify(Deployment.parse(THEIRS))));

test("the customer goes on without the operator in it", () => {
  const ours = Deployment.parse(customersDeployment(handedOver, "Customer", "move"));
  assert.deepEqual(
    [ours.owner, ours.model, ours.upgrades, ours.cluster.context, ours.cluster.namespace],
    ["Customer", "customer", "none", undefined, "data"],
  );
  assert.deepEqual(ours.cloud?.inputs, { owner: "customer", operator_principals: [], zones: 3 });
  assert.equal(ours.cloud?.backend, undefined);
  requireCustomers(ours, handedOver, "move");
});

const VALUES: readonly { what: string; values: object; shape: "move" | "in-place"; is: object; told: RegExp | null }[] = [
  {
    what: "a bucket goes, and what is beside it stays",
    values: THEIRS.values ?? {},
    shape: "move",
    is: { backup: { keep: 7 } },
    told: /s3:\/\/operators\/quality/,
  },
  {
    what: "nothing is left of what is empty then",
    values: { backup: { bucket: { url: "gs://b" } }, size: 1 },
    shape: "move",
    is: { size: 1 },
    told: /gs:\/\/b/,
  },
  { what: "in place it is where it was", values: THEIRS.values ?? {}, shape: "in-place", is: THEIRS.values ?? {}, told: null },
  { what: "there is none", values: { backup: { keep: 7 } }, shape: "move", is: { backup: { keep: 7 } }, told: null },
  { what: "backups are no map", values: { backup: null }, shape: "move", is: { backup: null }, told: null },
];
for (const { what, values, shape, is, told } of VALUES)
  test(`values: ${what}`, () => {
    assert.deepEqual(customersValues(values, shape), is);
    const said = leftOut(JsonObject.parse({ values }), shape);
    if (told === null) assert.deepEqual(said, []);
    else assert.match(said.join(), told);
  });

test("a transfer of something else is refused with its reason", () => {
  const ours = Deployment.parse(customersDeployment(handedOver, "Customer", "move"));
  for (const wrong of [{}, { ...handedOver, name: "../elsewhere" }, { ...handedOver, version: 2 }])
    assert.throws(
      () => requireCustomers(ours, wrong, "move"),
      (thrown) => toErrorInfo(thrown).code === "DOCUMENT_INVALID",
    );
});

const ours = customersDeployment(handedOver, "Customer", "move");
const cloud = { provider: "aws", region: "eu-central-1" };
const withBucket = (url: string) => ({ ...ours, values: { backup: { bucket: { url } } } });
const REFUSED: [name: string, change: object][] = [
  ["the operator's own file", handedOver],
  ["another name", { ...ours, name: "another" }],
  ["another address", { ...ours, fqdn: "quality.example.net" }],
  ["an operator who stays owner", { ...ours, cloud: { ...cloud, inputs: { owner: "operator" } } }],
  ["a principal that stays", { ...ours, cloud: { ...cloud, inputs: { owner: "customer", operator_principals: ["a"] } } }],
  ["the operator's bucket", { ...ours, values: THEIRS.values }],
  ["another folder of the operator's bucket", withBucket("s3://operators/theirs")],
  ["the operator's bucket itself", withBucket("s3://operators/")],
  ["the operator's place of the state", { ...ours, cloud: { ...cloud, inputs: { owner: "customer" }, backend: THEIRS.cloud?.backend } }],
];
for (const [name, deployment] of REFUSED)
  test(`refused: ${name}`, () =>
    assert.throws(
      () => requireCustomers(Deployment.parse(deployment), handedOver, "move"),
      (thrown) => toErrorInfo(thrown).code === "TRANSFER_NOT_POSSIBLE",
    ));

const AZURE = JsonObject.parse({ ...handedOver, values: { backup: { bucket: { url: "az://account/backups/quality" } } } });
const BUCKETS: [name: string, url: string, operators: JsonObject, isRefused: boolean][] = [
  ["a bucket of their own", "s3://customers/quality", handedOver, false],
  ["one whose name begins like the operator's", "s3://operators-not/quality", handedOver, false],
  ["one of the same name elsewhere", "gs://operators/quality", handedOver, false],
  ["another container of the account", "az://account/theirs", AZURE, false],
  ["another folder of the container", "az://account/backups/theirs", AZURE, true],
];
for (const [name, url, operators, isRefused] of BUCKETS)
  test(`${isRefused ? "refused" : "taken"}: ${name}`, () => {
    const required = () => requireCustomers(Deployment.parse(withBucket(url)), operators, "move");
    if (isRefused) assert.throws(required, (thrown) => toErrorInfo(thrown).code === "TRANSFER_NOT_POSSIBLE");
    else required();
  });
