/** Which pod is asked for the store; what is asked and what comes of it is tried with the real kubectl (site-driver.long.test.ts). */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Kubectl } from "../cluster/kubectl.ts";
import { sha256Of } from "../deployment/digest.ts";
import { Deployment } from "../deployment/deployment.ts";
import { kubectlInMemory } from "../trial/kubectl-in-memory.ts";
import { copyOut } from "./copy-out.ts";

const STORE = Buffer.from("a store");
const KEY = "79ac936a932f";
const JOB = `quality-backup-out-${KEY}`;
const labels = { "app.kubernetes.io/instance": "quality", "app.kubernetes.io/component": "backup" };
const CRON_JOB = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name: "quality-backup", labels },
  spec: {
    jobTemplate: { spec: { template: { metadata: { labels }, spec: { containers: [{ name: "backup", image: "touchstone:1" }] } } } },
  },
};
const podOf = (name: string, uid: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { "batch.kubernetes.io/job-name": JOB, "batch.kubernetes.io/controller-uid": uid } },
  status: { phase: "Running" },
});

const folder = mkdtempSync(join(tmpdir(), "touchstone-copy-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("the pod of its own Job is asked, where one of an earlier Job of that name is still on its way out", async () => {
  const { kubectl: kept, put } = kubectlInMemory();
  for (const object of [CRON_JOB, podOf("earlier", "uid-1"), podOf("own", "uid-2")]) put(object);
  const asked: string[] = [];
  const kubectl: Kubectl = {
    ...kept,
    create: (object) => kept.create({ ...object, metadata: { ...Object(Reflect.get(object, "metadata")), uid: "uid-2" } }),
    run: async (args, { output } = {}) => {
      if (output === undefined) return { status: 0, stdout: "", stderr: "" };
      writeFileSync(output, STORE);
      asked.push(args[2] ?? "");
      return { status: 0, stdout: "", stderr: `${sha256Of(STORE)}  ${STORE.length} bytes\n` };
    },
  };
  const deployment = Deployment.parse({ version: 1, name: "quality", model: "customer", fqdn: "quality.example.org" });
  const site = { deployment, kubectl, tell: () => undefined, signal: new AbortController().signal };
  assert.equal((await copyOut(site, KEY, folder)).bytes, STORE.length);
  assert.deepEqual(asked, ["own"]);
});
