/**
 * `touchstone deploy` as it is typed, by people whom a real API server asks for their rights: one who has what docs/deploy-preflight.md
 * names, the role admin of the namespace, and one who may only look. The namespace takes restricted pods alone.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { onRealCluster, startCluster, titled } from "@touchstone/deploy/trial/backend";
import type { Cluster } from "@touchstone/deploy/trial/cluster";
import { trialTools } from "@touchstone/deploy/trial/tools";
import { newGround, touchstone, type Ran } from "./terminal-ground.ts";

onRealCluster();
const run = promisify(execFile);
const tools = await trialTools();
const ground = newGround();
const NAMESPACE = "quality";
const WORKERS = "quality-touchstone-dataplane-default";
const PATIENCE_MS = 30_000;
const POLL_MS = 200;
/** Where it cannot go well. */
const SHORT = ["--timeout", "8"];

let cluster: Cluster;
let [admin, viewer] = ["", ""];

Object.assign(process.env, tools.env);
const kubectl = async (...args: string[]): Promise<string> =>
  (await run(tools.env["KUBECTL"] ?? "", [...args, "--namespace", NAMESPACE], { env: { ...tools.env, KUBECONFIG: cluster.kubeconfig } }))
    .stdout;
const deployment = (tag: string, more = "", values = ""): string => `version: 1
name: quality
model: customer
fqdn: quality.invalid
size: small
cluster: { namespace: ${NAMESPACE} }
${more}
values: { images: { dataplane: { tag: "${tag}" } }${values} }
`;
const typed = (kubeconfig: string, verb: string, text: string, ...words: string[]): Promise<Ran> =>
  touchstone(["deploy", verb, "--file", ground.write("deployment.yaml", text), "--kubeconfig", kubeconfig, ...words]);
const ends = (ran: Ran, status: number, says: RegExp): Ran => {
  assert.equal(ran.status, status, ran.err + ran.out);
  assert.match(ran.out + ran.err, says);
  return ran;
};

const UPDATED =
  "upgrades: namespace-admin\nupdater: { pointer: https://releases.example.org/stable.json, networks: [{ cidrs: [198.51.100.0/24], ports: [443] }] }";

suite(titled("touchstone deploy"), { skip: tools.absent ?? false }, () => {
  before(async () => {
    const people = new Map([
      ["anns-token", { name: "ann@example.org" }],
      ["bobs-token", { name: "bob@example.org" }],
    ]);
    cluster = await startCluster({ people });
    [admin, viewer] = [await cluster.kubeconfigOf("anns-token"), await cluster.kubeconfigOf("bobs-token")];
    await kubectl("create", "namespace", NAMESPACE);
    await kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted");
    await kubectl("create", "rolebinding", "touchstone-deploy", "--clusterrole=admin", "--user=ann@example.org");
    await kubectl("create", "rolebinding", "lookers", "--clusterrole=view", "--user=bob@example.org");
    await kubectl("create", "secret", "generic", "touchstone-store", "--from-literal=DATABASE_URL=postgres://touchstone:canary-7f3a@db/t");
  });
  after(async () => {
    await cluster?.close();
    ground.remove();
  });

  test("who is nobody here is told so", async () => {
    ends(await typed(await cluster.kubeconfigOf("strangers-token"), "status", deployment("0.1.0")), 2, /provide credentials/);
  });

  for (const [what, more] of [
    ["the chart", ""],
    ["pushed upgrades too", UPDATED],
  ] as const)
    test(`the rights that are named are enough for ${what}`, async () => {
      ends(await typed(admin, "preflight", deployment("0.1.0", more), "--only", "rights,pod-security"), 0, /ok +rights +all \d+/);
    });

  test("who may only look is told what is missing, and changes nothing", async () => {
    const looked = ends(
      await typed(viewer, "preflight", deployment("0.1.0"), "--only", "rights"),
      1,
      /may not .*create.* deployments\.apps/,
    );
    assert.match(looked.out, /create rolebinding touchstone-deploy --clusterrole=admin/);
    const before = await cluster.names(NAMESPACE);
    ends(await typed(viewer, "install", deployment("0.1.0"), "--skip-preflight"), 2, /forbidden: User "bob@example\.org" cannot/);
    assert.deepEqual(await cluster.names(NAMESPACE), before);
  });

  test("preflight from inside: its Jobs run under restricted, and leave nothing", async () => {
    const before = await cluster.names(NAMESPACE);
    const { out } = await typed(admin, "preflight", deployment("0.1.0"));
    // Nothing answers in their images, which no node here runs: that they ended and were read is what can be seen.
    assert.match(out, /it ended and answered nothing/);
    assert.doesNotMatch(out, /violates PodSecurity|may not/);
    // Pods of Jobs that are gone go after them.
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until && (await cluster.names(NAMESPACE)).length > before.length;)
      await sleep(POLL_MS);
    assert.deepEqual(await cluster.names(NAMESPACE), before);
  });

  test("a quota that holds no pod is why, in words", async () => {
    await kubectl("create", "quota", "small", "--hard=pods=1");
    ends(await typed(admin, "preflight", deployment("0.1.0"), "--only", "quotas"), 1, /ResourceQuota small leaves 1 of pods/);
    ends(
      await typed(admin, "install", deployment("0.1.0"), "--create-secrets", "--skip-preflight", ...SHORT),
      2,
      /DEPLOY_FAILED[^]*exceeded quota: small/,
    );
    await kubectl("delete", "quota", "small");
    await typed(admin, "uninstall", deployment("0.1.0"), "--yes");
  });

  test("from an installation to its end", async () => {
    ends(
      await typed(admin, "install", deployment("0.1.0"), "--create-secrets", "--skip-preflight"),
      0,
      /installed: https:\/\/quality\.invalid/,
    );
    ends(await typed(admin, "status", deployment("0.1.0")), 0, /revision 1/);
    ends(await typed(viewer, "status", deployment("0.1.0")), 2, /forbidden/);
    ends(await typed(admin, "diff", deployment("0.1.1")), 1, /dataplane:0\.1\.1/);
    ends(await typed(admin, "upgrade", deployment("0.1.1"), "--skip-preflight", "--backup"), 0, /the backup is whole/);
    ends(await typed(admin, "verify", deployment("0.1.1")), 0, /ok +check/);
    await kubectl("scale", "deployment", WORKERS, "--replicas=3");
    const two = deployment("0.1.2", "", ", dataplanes: { groups: { default: { replicas: 2 } } }");
    ends(await typed(admin, "upgrade", two, "--skip-preflight"), 2, /DEPLOY_FIELDS_TAKEN[^]*spec\.replicas/);
    ends(await typed(admin, "upgrade", two, "--skip-preflight", "--take-fields"), 0, /upgraded: revision 3/);
    assert.equal(await kubectl("get", "deployment", WORKERS, "-o", "jsonpath={.spec.replicas}"), "2");
    ends(await typed(admin, "rollback", two), 0, /rolled back/);
    const { out } = ends(await typed(admin, "bundle", two, "-o", ground.path("bundle.tar.gz")), 0, /bundle\.tar\.gz: \d+ files/);
    assert.doesNotMatch(out, /canary/);
    ends(await typed(admin, "uninstall", two, "--yes"), 0, /uninstalled/);
    assert.deepEqual(
      (await cluster.names(NAMESPACE)).filter((name) => /^(Deployment|Service|Ingress|CronJob|NetworkPolicy)\//.test(name)),
      [],
    );
  });
});
