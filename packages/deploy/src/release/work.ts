/** The steps that acts have in common, each told in one line and written down: look before, run helm, test, and why it went wrong. */
import { setTimeout as sleep } from "node:timers/promises";
import { userError } from "@touchstone/core/errors";
import type { Finding } from "@touchstone/core/model/finding";
import { helmReason } from "../cluster/helm.ts";
import { timeLimit } from "./helm-arguments.ts";
import type { Underway } from "./operation.ts";
import type { Site } from "./site.ts";
import { workloadsOf, workloadText } from "./workloads.ts";

/** `helm test` runs two pods, each for two minutes at most. */
const TEST_SECONDS = 300;

/** Looks at the cluster before anything is changed. Throws DEPLOY_PREFLIGHT when there is a problem. */
export const lookBefore = async (underway: Underway, look: ((site: Site) => Promise<Finding[]>) | null): Promise<void> => {
  if (look === null) return underway.say("preflight", "preflight: skipped");
  const findings = await look(underway.site);
  const problems = findings.filter(({ state }) => state === "problem");
  if (problems.length > 0)
    throw userError(
      "DEPLOY_PREFLIGHT",
      problems.length,
      problems.map(({ subject, found, needs }) => `${subject}: ${found}${needs === null ? "" : ` (needs ${needs})`}`).join("; "),
    );
  const notes = findings.filter(({ state }) => state === "note").length;
  underway.say("preflight", `preflight: no problems${notes === 0 ? "" : `, ${notes} to note (touchstone deploy preflight shows them)`}`);
};

/** Workloads that are not ready, in words; empty when all are, or nobody can tell. */
export const notReady = async ({ kubectl, deployment: { name } }: Site): Promise<string[]> => {
  const workloads = await workloadsOf(kubectl, name).catch(() => []);
  return workloads.filter(({ isReady }) => !isReady).map(workloadText);
};

const POLL_MS = 2000;
/** Two starts of kubectl and their answers, on a busy machine. */
const ASK_MS = 5000;

/**
 * Waits until every workload is ready, where helm does not: its version 3 takes one for ready while as many pods are missing as may be
 * unavailable in a rollout, which of a single pod is all. Null when all are ready in time, otherwise which are not, and why. Throws ABORTED.
 */
export const stillUnready = async (site: Site, until: number): Promise<string | null> => {
  const { helm, kubectl, deployment, signal } = site;
  if (helm.major >= 4) return null;
  const end = Math.max(until, Date.now() + ASK_MS);
  for (;;) {
    // A cluster that does not answer is asked again.
    const workloads = await workloadsOf(kubectl, deployment.name).catch(() => null);
    const late = workloads?.filter(({ isReady }) => !isReady).map(workloadText) ?? null;
    if (late?.length === 0) return null;
    if (Date.now() >= end) return late?.join("; ") ?? null;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw userError("ABORTED");
  }
};

/** Helm 3 calls a release deployed whose pods never were ready. Throws DEPLOY_FAILED for one that is taken for what it should be and is not. */
export const requireReady = async (site: Site, done: string): Promise<void> => {
  const late = await stillUnready(site, Date.now());
  if (late !== null) throw userError("DEPLOY_FAILED", site.deployment.name, done, late);
};

/** What helm says, and what the cluster says about it. */
export const whyFailed = async (site: Site, ended: Parameters<typeof helmReason>[0]): Promise<string> =>
  [helmReason(ended), ...(await notReady(site))].join("; ");

/** Runs the chart's own check in the cluster. Null when it passes, otherwise why not. */
export const failedTest = async ({ helm, deployment: { name }, signal }: Site): Promise<string | null> => {
  const ended = await helm.run(["test", name, ...timeLimit(TEST_SECONDS)], { signal });
  return ended.status === 0 ? null : helmReason(ended);
};

/** Throws DEPLOY_TEST_FAILED when the chart's own check does not pass. */
export const testIt = async ({ site, say }: Underway): Promise<void> => {
  say("test", "testing it from inside the cluster");
  const why = await failedTest(site);
  if (why !== null) throw userError("DEPLOY_TEST_FAILED", site.deployment.name, why);
};
