/**
 * A tenant of a fleet on AWS, from its request on: the infrastructure by the true provider in moto. Killed while terraform is at work. Its
 * end: `aws-fleet-end.long.test.ts`, for both together take longer than one process of tests may.
 */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { NAMESPACE } from "@touchstone/deploy/trial/ready-cluster";
import { trialTools } from "@touchstone/deploy/trial/tools";
import { awsAbsent, BUCKET } from "./aws-ground.ts";
import { expected, openFleetGround, tenant, type FleetGround } from "./aws-fleet-ground.ts";

const tools = await trialTools();
const absent = awsAbsent() || (tools.absent ?? false);

const LOOK_MS = 50;
const WAIT_MS = 300_000;

suite("a fleet's tenant on AWS", { skip: absent }, () => {
  let at: FleetGround;
  before(async () => {
    at = await openFleetGround(tools);
  });
  after(() => at?.close());

  test("it is killed while terraform makes the database, and gone on with: nothing is made twice", async () => {
    const { aws, cluster, env, asked, goOn } = at;
    aws.ground.write("acme.yaml", tenant("small"));
    expected(await aws.type("fleet add @acme.yaml --folder @fleet", env), 0, /acme is requested/);
    const { child, ended } = aws.start("fleet apply acme --folder @fleet", env);
    for (let waited = 0; asked("rds:CreateDBInstance") === 0 && child.exitCode === null && waited < WAIT_MS; waited += LOOK_MS)
      await sleep(LOOK_MS);
    child.kill("SIGKILL");
    const killed = await ended;
    assert.equal(killed.signal, "SIGKILL", killed.out + killed.err);
    assert.notEqual(await aws.object(`${BUCKET}/acme.tflock`), null, "terraform is at work without us");
    await goOn(/ready/);
    for (const action of ["rds:CreateDBInstance", "eks:CreateCluster", "ec2:CreateVpc", "kms:CreateKey"])
      assert.equal(asked(action), 1, action);
    assert.ok((await cluster.names(NAMESPACE)).includes("Deployment/acme-touchstone"));
    assert.equal(await aws.object(`${BUCKET}/acme.tflock`), null);
    assert.match((await aws.object(`${BUCKET}/acme-addons`)) ?? "", /touchstone-scratch/);
  });

  test("a larger size is no loss to it", async () => {
    const { aws, env, goOn, told } = at;
    aws.ground.write("acme.yaml", tenant("medium"));
    expected(await aws.type("fleet add @acme.yaml --replace --folder @fleet", env), 0, /acme is ready/);
    await goOn(/ready/);
    const log = await told();
    assert.match(log, /1 to change: aws_eks_node_group/);
    assert.doesNotMatch(log, /to replace|to destroy/, "in no plan that was made for it");
  });
});
