/** What is written down of a piece of work, and by whom: once the lock is somebody else's, the record is too. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { toErrorInfo } from "@touchstone/core/errors";
import type { Helm } from "../cluster/helm.ts";
import { Deployment } from "../deployment/deployment.ts";
import { kubectlInMemory } from "../trial/kubectl-in-memory.ts";
import { underLock, type Underway } from "./operation.ts";
import { readRecord } from "./record.ts";
import type { Site } from "./site.ts";

const LEASE_ENDS_MS = 30_000;
const NOT_ASKED = () => Promise.reject(new Error("nothing that is tested here asks this"));
const HELM: Helm = { major: 4, run: NOT_ASKED, good: NOT_ASKED, status: NOT_ASKED, history: async () => [], close: async () => undefined };

const trialSite = () => {
  const { kubectl, put } = kubectlInMemory();
  const deployment = Deployment.parse({ version: 1, name: "quality", model: "customer", fqdn: "quality.example.org" });
  const site: Site = { deployment, kubectl, helm: HELM, tell: () => undefined, signal: new AbortController().signal };
  /** Somebody takes the lock, and is told so by the clock. */
  const loseLock = async ({ mock }: TestContext): Promise<void> => {
    const taken = { holderIdentity: "somebody else", renewTime: new Date(Date.now() + LEASE_ENDS_MS).toISOString() };
    put({ ...(await kubectl.get("leases.coordination.k8s.io", "touchstone-deploy")), spec: taken });
    mock.timers.tick(10_000);
    for (let turns = 0; turns < 10; turns++) await turn();
  };
  const outcomes = async (): Promise<string[]> => (await readRecord(kubectl)).operations.map(({ outcome }) => outcome);
  return { site, loseLock, outcomes };
};

const ENDS: { name: string; work: (underway: Underway) => Promise<void>; outcome: string }[] = [
  { name: "is done", work: async () => undefined, outcome: "succeeded" },
  { name: "fails", work: () => Promise.reject(new Error("no")), outcome: "failed" },
];
suite("work under the lock", () => {
  for (const { name, work, outcome } of ENDS)
    test(`that ${name} is written down as such`, async () => {
      const { site, outcomes } = trialSite();
      await underLock(site, "install", async (underway) => ({ outcome: "succeeded", value: await work(underway) })).catch(() => undefined);
      assert.deepEqual(await outcomes(), [outcome]);
    });

  test("that has lost it begins no further step, and leaves the record to who has it", async (context) => {
    context.mock.timers.enable({ apis: ["setInterval", "Date"], now: Date.parse("2026-01-01T00:00:00Z") });
    const { site, loseLock, outcomes } = trialSite();
    const begun: string[] = [];
    const work = underLock<void>(site, "upgrade", async ({ step }) => {
      await step("helm", "one");
      begun.push("one");
      await loseLock(context);
      await step("test", "two");
      begun.push("two");
      return { outcome: "succeeded", value: undefined };
    });
    await assert.rejects(work, (thrown) => toErrorInfo(thrown).code === "DEPLOY_LOCK_LOST");
    assert.deepEqual([begun, await outcomes()], [["one"], ["running"]]);
  });
});
