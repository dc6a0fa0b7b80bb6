import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import { Deployment, type DeploymentInput } from "../deployment/deployment.ts";
import { JsonObject } from "../supply/canonical.ts";
import { customersDeployment, requireCustomers } from "./customers-deployment.ts";

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
};
const handedOver = JsonObject.parse(JSON.parse(JSON.stringify(Deployment.parse(THEIRS))));

test("the customer goes on without the operator in it", () => {
  const ours = Deployment.parse(customersDeployment(handedOver, "Customer"));
  assert.deepEqual(
    [ours.owner, ours.model, ours.upgrades, ours.cluster.context, ours.cluster.namespace],
    ["Customer", "customer", "none", undefined, "data"],
  );
  assert.deepEqual(ours.cloud?.inputs, { owner: "customer", operator_principals: [], zones: 3 });
  assert.equal(ours.cloud?.backend, undefined);
  requireCustomers(ours, handedOver);
});

test("a transfer of something else is refused with its reason", () => {
  const ours = Deployment.parse(customersDeployment(handedOver, "Customer"));
  for (const wrong of [{}, { ...handedOver, name: "../elsewhere" }, { ...handedOver, version: 2 }])
    assert.throws(
      () => requireCustomers(ours, wrong),
      (thrown) => toErrorInfo(thrown).code === "DOCUMENT_INVALID",
    );
});

const ours = customersDeployment(handedOver, "Customer");
const cloud = { provider: "aws", region: "eu-central-1" };
const REFUSED: [name: string, change: object][] = [
  ["the operator's own file", handedOver],
  ["another name", { ...ours, name: "another" }],
  ["another address", { ...ours, fqdn: "quality.example.net" }],
  ["an operator who stays owner", { ...ours, cloud: { ...cloud, inputs: { owner: "operator" } } }],
  ["a principal that stays", { ...ours, cloud: { ...cloud, inputs: { owner: "customer", operator_principals: ["a"] } } }],
  ["the operator's place of the state", { ...ours, cloud: { ...cloud, inputs: { owner: "customer" }, backend: THEIRS.cloud?.backend } }],
];
for (const [name, deployment] of REFUSED)
  test(`refused: ${name}`, () =>
    assert.throws(
      () => requireCustomers(Deployment.parse(deployment), handedOver),
      (thrown) => toErrorInfo(thrown).code === "TRANSFER_NOT_POSSIBLE",
    ));
