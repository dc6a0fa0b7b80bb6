/**
 * For tests: a fleet on the AWS of `aws-ground.ts`, with a tenant whose cluster is in memory behind the outputs of EKS, the real helm in it.
 * What stands in the cluster before the chart does is applied by a provider that pretends, and the cloud's program is a script: the true
 * ones are not on this machine.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { openKubectl } from "@touchstone/deploy/cluster/kubectl";
import { openSiteDriver } from "@touchstone/deploy/fleet/site-driver";
import { preflight } from "@touchstone/deploy/preflight/preflight";
import { serveProvider } from "@touchstone/deploy/terraform/provider";
import { readSchema } from "@touchstone/deploy/terraform/terraform";
import { startCluster } from "@touchstone/deploy/trial/backend";
import type { Cluster } from "@touchstone/deploy/trial/cluster";
import { NAMESPACE, READY } from "@touchstone/deploy/trial/ready-cluster";
import type { TrialTools } from "@touchstone/deploy/trial/tools";
import { ACCOUNT, BUCKET, openAws, REGION, type Aws } from "./aws-ground.ts";
import type { Values } from "./commands/command.ts";
import { fleetGroup } from "./commands/fleet/index.ts";
import type { Ran } from "./terminal-ground.ts";

/** What a cluster without pods and without a name can be asked. */
const LOOKED_AT = ["kubernetes", "storage", "secrets", "release"];
/** Who was killed leaves terraform at work; who comes next waits a minute for its lock, and is told to come again. */
const TRIES_MAX = 8;

export const tenant = (size: string): string =>
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

export type FleetGround = {
  aws: Aws;
  cluster: Cluster;
  /** What an operator's shell has. */
  env: NodeJS.ProcessEnv;
  /** What is in the tenant's log. */
  told: () => Promise<string>;
  /** Applies until it says so. */
  goOn: (says: RegExp) => Promise<void>;
  /** How often AWS was asked for an action, and did it. */
  asked: (action: string) => number;
  close: () => Promise<void>;
};

export const openFleetGround = async (tools: TrialTools): Promise<FleetGround> => {
  const cluster = await startCluster();
  try {
    return await fill(tools, cluster);
  } catch (thrown) {
    await cluster.close();
    throw thrown;
  }
};

const fill = async (tools: TrialTools, cluster: Cluster): Promise<FleetGround> => {
  const kubectl = openKubectl({ kubeconfig: cluster.kubeconfig, context: null, namespace: NAMESPACE }, tools.env);
  for (const object of [...READY, classOf("touchstone-data", "Retain"), classOf("touchstone-scratch", "Delete")])
    assert.ok(await kubectl.create(object));
  const kubernetes = await serveProvider(readSchema("kubernetes"));
  const aws = await openAws();
  mkdirSync(aws.ground.path("bin"));
  const script = `#!/bin/sh\nfor last; do :; done\ncp ${cluster.kubeconfig} "$last"\n`;
  writeFileSync(aws.ground.path("bin/aws"), script, { mode: 0o755 });
  const env: NodeJS.ProcessEnv = {
    ...tools.env,
    ...aws.env,
    PATH: `${aws.ground.path("bin")}:${process.env["PATH"] ?? ""}`,
    TF_REATTACH_PROVIDERS: JSON.stringify({ "registry.terraform.io/hashicorp/kubernetes": kubernetes.reattach }),
  };
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
  return {
    aws,
    cluster,
    env,
    told,
    goOn: async (says) => {
      let ran = await fleet("apply", ["acme"]);
      for (let tries = 1; !says.test(ran.out) && /state lock/.test(ran.out + ran.err) && tries < TRIES_MAX; tries++)
        ran = await fleet("apply", ["acme"]);
      assert.match(ran.out + ran.err, says, await told());
    },
    asked: (action) => aws.front.calls.filter((call) => call.action === action && call.status < 400).length,
    close: async () => {
      await kubernetes.close();
      await cluster.close();
      await aws.close();
    },
  };
};

export const expected = (ran: Ran, status: number, says: RegExp): void =>
  assert.ok(
    ran.status === status && says.test(ran.out + ran.err),
    `ended with ${ran.status}, not ${status}, or does not say ${String(says)}:\n${ran.out}${ran.err}`,
  );
