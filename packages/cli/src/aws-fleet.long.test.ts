/**
 * A tenant of a fleet on AWS, from its request to its end: the infrastructure by the true provider in moto, the cluster in memory behind
 * the outputs of EKS, the real helm in it. Killed while terraform is at work. What stands in the cluster before the chart does is applied
 * by a provider that pretends, and the cloud's program is a script: the true ones are not on this machine.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { openKubectl } from "@touchstone/deploy/cluster/kubectl";
import { openSiteDriver } from "@touchstone/deploy/fleet/site-driver";
import { preflight } from "@touchstone/deploy/preflight/preflight";
import { serveProvider, type Served } from "@touchstone/deploy/terraform/provider";
import { readSchema } from "@touchstone/deploy/terraform/terraform";
import { startCluster } from "@touchstone/deploy/trial/backend";
import type { Cluster } from "@touchstone/deploy/trial/cluster";
import { NAMESPACE, READY } from "@touchstone/deploy/trial/ready-cluster";
import { trialTools } from "@touchstone/deploy/trial/tools";
import { ACCOUNT, awsAbsent, BUCKET, openAws, REGION, type Aws } from "./aws-ground.ts";
import type { Values } from "./commands/command.ts";
import { fleetGroup } from "./commands/fleet/index.ts";
import type { Ran } from "./terminal-ground.ts";

const tools = await trialTools();
const absent = awsAbsent() || (tools.absent ?? false);

/** What a cluster without pods and without a name can be asked. */
const LOOKED_AT = ["kubernetes", "storage", "secrets", "release"];
const LOOK_MS = 50;
const WAIT_MS = 300_000;
/** Who was killed leaves terraform at work; who comes next waits a minute for its lock, and is told to come again. */
const TRIES_MAX = 8;

const tenant = (size: string): string =>
  stringify({
    version: 1,
    name: "acme",
    model: "platform",
    fqdn: "quality.example.org",
    size,
    store: "external",
    cluster: { namespace: NAMESPACE },
    secrets: { certificate: "certificate" },
    cloud: {
      provider: "aws",
      region: REGION,
      inputs: { admin_principals: [`arn:aws:iam::${ACCOUNT}:role/platform-admins`], database: { deletion_protection: false } },
      backend: {
        type: "s3",
        config: {
          bucket: BUCKET,
          key: "acme",
          region: REGION,
          role_arn: `arn:aws:iam::${ACCOUNT}:role/acme-deploy`,
          kms_key_id: `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-4333-8444-555555555555`,
        },
      },
    },
  });

const classOf = (name: string, reclaimPolicy: string) => ({
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name },
  provisioner: "ebs.csi.aws.com",
  reclaimPolicy,
  allowVolumeExpansion: true,
  volumeBindingMode: "WaitForFirstConsumer",
});

const expected = (ran: Ran, status: number, says: RegExp): Ran => {
  assert.ok(
    ran.status === status && says.test(ran.out + ran.err),
    `ended with ${ran.status}, not ${status}, or does not say ${String(says)}:\n${ran.out}${ran.err}`,
  );
  return ran;
};

suite("a fleet's tenant on AWS", { skip: absent }, () => {
  let aws: Aws;
  let cluster: Cluster;
  let kubernetes: Served;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    cluster = await startCluster();
    const kubectl = openKubectl({ kubeconfig: cluster.kubeconfig, context: null, namespace: NAMESPACE }, tools.env);
    for (const object of [...READY, classOf("touchstone-data", "Retain"), classOf("touchstone-scratch", "Delete")])
      assert.ok(await kubectl.create(object));
    kubernetes = await serveProvider(readSchema("kubernetes"));
    aws = await openAws();
    mkdirSync(aws.ground.path("bin"));
    const script = `#!/bin/sh\nfor last; do :; done\ncp ${cluster.kubeconfig} "$last"\n`;
    writeFileSync(aws.ground.path("bin/aws"), script, { mode: 0o755 });
    env = {
      ...tools.env,
      ...aws.env,
      PATH: `${aws.ground.path("bin")}:${process.env["PATH"] ?? ""}`,
      TF_REATTACH_PROVIDERS: JSON.stringify({ "registry.terraform.io/hashicorp/kubernetes": kubernetes.reattach }),
    };
  });
  after(async () => {
    await kubernetes?.close();
    await cluster?.close();
    await aws?.close();
  });

  /** In this process, for a cluster in memory can be asked only a part of what is looked at. */
  const fleet = async (verb: string, args: string[], values: Values = {}): Promise<Ran> => {
    const said = { out: "", err: "" };
    const stdout = { write: (text: string) => (said.out += text) };
    const stderr = { write: (text: string) => (said.err += text) };
    const driver = openSiteDriver(env, (site) => preflight(site, { only: LOOKED_AT }));
    const command = fleetGroup(driver).commands.find(({ usage }) => usage.split(" ")[0] === verb);
    const terminal = { stdout, stderr, signal: new AbortController().signal, colour: false };
    const status = await command?.run(args, { ...values, folder: aws.ground.path("fleet") }, terminal);
    return { status: status ?? null, ...said };
  };
  const told = async (): Promise<string> => (await fleet("log", ["acme"])).out;
  const goOn = async (says: RegExp): Promise<void> => {
    let ran = await fleet("apply", ["acme"]);
    for (let tries = 1; !says.test(ran.out) && /state lock/.test(ran.out + ran.err) && tries < TRIES_MAX; tries++)
      ran = await fleet("apply", ["acme"]);
    assert.match(ran.out + ran.err, says, await told());
  };
  const asked = (action: string): number => aws.front.calls.filter((call) => call.action === action && call.status < 400).length;

  test("it is killed while terraform makes the database, and gone on with: nothing is made twice", async () => {
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
    aws.ground.write("acme.yaml", tenant("medium"));
    expected(await aws.type("fleet add @acme.yaml --replace --folder @fleet", env), 0, /acme is ready/);
    await goOn(/ready/);
    assert.match(await told(), /1 to change: aws_eks_node_group/);
  });

  test("it is taken away, with everything below it", async () => {
    const remove = "fleet remove acme --yes --confirm acme --reason it~ended --without-backup --folder @fleet";
    expected(await aws.type(remove, env), 0, /acme/);
    await goOn(/gone/);
    assert.ok(!(await cluster.names(NAMESPACE)).includes("Deployment/acme-touchstone"));
    assert.doesNotMatch(await aws.ec2("DescribeVpcs"), /<value>acme<\/value>/);
    assert.equal((await aws.rest("eks", "GET", "/clusters/acme")).status, 404);
    assert.match((await aws.object(`${BUCKET}/acme`)) ?? "", /"resources": \[\]/);
  });
});
