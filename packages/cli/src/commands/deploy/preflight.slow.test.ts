/** `touchstone deploy preflight` as it is typed, with the real kubectl and helm against a cluster in memory. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { startCluster } from "@touchstone/deploy/trial/backend";
import type { Cluster } from "@touchstone/deploy/trial/cluster";
import { trialTools } from "@touchstone/deploy/trial/tools";
import { assertPlain, newGround, spawnTouchstone } from "../../terminal-ground.ts";

const tools = await trialTools();

suite("deploy preflight", { skip: tools.absent ?? false }, () => {
  let cluster: Cluster;
  const ground = newGround();
  const file = ground.write("deployment.yaml", "version: 1\nname: acme\nmodel: customer\nfqdn: quality.example.org\n");
  before(async () => {
    cluster = await startCluster();
  });
  after(async () => {
    await cluster.close();
    ground.remove();
  });
  const typed = async (...words: string[]) => {
    const all = ["deploy", "preflight", "--file", file, ...words];
    const ended = await spawnTouchstone(all, { env: tools.env }).ended;
    assertPlain(ended, all);
    return ended;
  };

  test("text: got, needed, what to do, and how many of each", async () => {
    const { status, out } = await typed("--kubeconfig", cluster.kubeconfig, "--only", "kubernetes,storage");
    assert.equal(status, 1);
    assert.match(out, /^ok +kubernetes +trial: version 1\.35\.0/m);
    assert.match(out, /^problem +storage .*\n +needs: .*\n +do: /m);
    assert.match(out, /^1 problem, 0 notes, 0 not seen$/m);
  });

  test("JSON, and the status of a cluster in which nothing is wrong", async () => {
    const { status, out } = await typed("--kubeconfig", cluster.kubeconfig, "--only", "kubernetes, backup", "--json");
    assert.equal(status, 0);
    const { problems, notes, unseen, findings } = JSON.parse(out);
    assert.deepEqual({ problems, notes, unseen, findings: findings.length }, { problems: 0, notes: 0, unseen: 0, findings: 2 });
  });

  test("a check that is none, and a cluster that is not there", async () => {
    const wrong = await typed("--kubeconfig", cluster.kubeconfig, "--only", "rooms");
    assert.equal(wrong.status, 2);
    assert.match(wrong.err, /OPTION_INVALID.*--only rooms/);
    const nowhere = await typed("--kubeconfig", "/dev/null");
    assert.equal(nowhere.status, 2);
    assert.match(nowhere.err, /CLUSTER_UNREACHABLE/);
  });
});
