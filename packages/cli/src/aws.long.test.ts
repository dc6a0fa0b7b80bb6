/**
 * The infrastructure of a deployment on AWS as its operator types it: the template of deploy/terraform/aws applied by the true provider,
 * its state in a bucket. The cloud is moto's; EKS is `trial/aws/eks.ts`. Its change: `aws-fleet.long.test.ts`, its end: `aws-fleet-end.long.test.ts`.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { stringify } from "yaml";
import { TEMPLATES } from "@touchstone/deploy/terraform/templates";
import { allows, implied, readDeployRole } from "@touchstone/deploy/trial/aws/policy";
import { ACCOUNT, awsAbsent, BUCKET, openAws, REGION, type Aws } from "./aws-ground.ts";
import type { Ran } from "./terminal-ground.ts";

const NAME = "quality";
const DEPLOYMENT = {
  version: 1,
  name: NAME,
  model: "platform",
  fqdn: "quality.example.org",
  size: "small",
  cloud: {
    provider: "aws",
    region: REGION,
    inputs: {
      admin_principals: [`arn:aws:iam::${ACCOUNT}:role/platform-admins`],
      operator_principals: [`arn:aws:iam::${ACCOUNT}:role/operator`],
    },
    backend: { type: "s3", config: { bucket: BUCKET, key: NAME, region: REGION } },
  },
};
const NOTHING = /^nothing to do: everything is as deployment\.yaml says$/m;

const expected = (ran: Ran, status: number, says: RegExp): void =>
  assert.ok(
    ran.status === status && says.test(ran.out + ran.err),
    `ended with ${ran.status}, not ${status}, or does not say ${String(says)}:\n${ran.out}${ran.err}`,
  );

suite("infrastructure on AWS", { skip: awsAbsent() }, () => {
  let aws: Aws;
  before(async () => {
    aws = await openAws();
    aws.ground.write("deployment.yaml", stringify(DEPLOYMENT));
  });
  after(() => aws?.close());
  const infra = (line: string): Promise<Ran> => aws.type(`deploy infra ${line} -f @deployment.yaml --state-folder @private`);

  test("planned, applied, and then there is nothing to do", async () => {
    expected(await infra("plan"), 1, /^85 to add: /m);
    expected(await infra("apply"), 0, /aws_db_instance\.this: Creation complete/);
    const state = (await aws.object(`${BUCKET}/${NAME}`)) ?? "";
    assert.match(state, /"lineage"/);
    assert.equal(await aws.object(`${BUCKET}/${NAME}.tflock`), null, "the lock is given back");
    assert.match(state, /"password": null/, "the database's password is in no state");
    expected(await infra("plan"), 0, NOTHING);
    const outputs = await infra("outputs");
    expected(outputs, 0, /aws eks update-kubeconfig --region eu-central-1 --name quality/);
    assert.match(outputs.out, /postgres:\/\/touchstone:PASSWORD@/);
  });

  test("the role of deploy-role.json is allowed each call that was made for it, on the object it names, and what AWS asks for besides (conditions not looked at)", () => {
    const names = { ACCOUNT, REGION, NAME, STATE_BUCKET: BUCKET, STATE_KEY: NAME };
    const role = readDeployRole(join(TEMPLATES, "aws", "deploy-role.json"), names);
    assert.ok(aws.front.calls.length > 0);
    const asked = aws.front.calls.map(({ action, resource }) => ({
      action,
      resource: resource.replace("ACCOUNT", ACCOUNT).replace("REGION", REGION),
    }));
    assert.deepEqual(
      asked.filter(({ action, resource }) => !allows(role, action, resource)),
      [],
    );
    const besides = new Set(asked.flatMap(({ action }) => implied(action)));
    assert.deepEqual(
      [...besides].filter((action) => !allows(role, action, null)),
      [],
    );
  });
});
