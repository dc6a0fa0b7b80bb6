/** The end of a tenant of a fleet on AWS: made by the true provider in moto, and taken away with everything below it. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { NAMESPACE } from "@touchstone/deploy/trial/ready-cluster";
import { trialTools } from "@touchstone/deploy/trial/tools";
import { awsAbsent, BUCKET } from "./aws-ground.ts";
import { expected, openFleetGround, tenant, type FleetGround } from "./aws-fleet-ground.ts";

const tools = await trialTools();
const absent = awsAbsent() || (tools.absent ?? false);

suite("the end of a fleet's tenant on AWS", { skip: absent }, () => {
  let at: FleetGround;
  before(async () => {
    at = await openFleetGround(tools);
  });
  after(() => at?.close());

  test("it is made", async () => {
    const { aws, cluster, env, goOn } = at;
    aws.ground.write("acme.yaml", tenant("small"));
    expected(await aws.type("fleet add @acme.yaml --folder @fleet", env), 0, /acme is requested/);
    await goOn(/ready/);
    assert.ok((await cluster.names(NAMESPACE)).includes("Deployment/acme-touchstone"));
  });

  test("it is taken away, with everything below it", async () => {
    const { aws, cluster, env, goOn } = at;
    const remove = "fleet remove acme --yes --confirm acme --reason it~ended --without-backup --folder @fleet";
    expected(await aws.type(remove, env), 0, /acme/);
    await goOn(/gone/);
    assert.ok(!(await cluster.names(NAMESPACE)).includes("Deployment/acme-touchstone"));
    assert.doesNotMatch(await aws.ec2("DescribeVpcs"), /<value>acme<\/value>/);
    assert.equal((await aws.rest("eks", "GET", "/clusters/acme")).status, 404);
    assert.match((await aws.object(`${BUCKET}/acme`)) ?? "", /"resources": \[\]/);
  });
});
