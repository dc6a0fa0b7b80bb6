/**
 * An upgrade: look, show what changes, migrate and roll (helm), check from inside, and back to the last good revision when one of these
 * fails. A way back never migrates down: migrations only add, and a chart whose migration does more says so (`revisions.ts`).
 */
import { toErrorInfo, userError } from "@touchstone/core/errors";
import type { Finding } from "@touchstone/core/model/finding";
import { helmReason, type Revision } from "../cluster/helm.ts";
import { chartValuesOf } from "../deployment/chart-values.ts";
import { backUp } from "./backup.ts";
import { chartOf, withVersion } from "./chart.ts";
import { conflictText, isConflict } from "./conflicts.ts";
import { isSame, planOf, type DeploymentDiff, type Plan } from "./diff.ts";
import { checkTaking, TIMEOUT_SECONDS, upgradeArguments } from "./helm-arguments.ts";
import { newerRunning } from "./older.ts";
import { underLock, type Underway } from "./operation.ts";
import { ROLLBACK_STEP } from "./pending.ts";
import { lastGood } from "./revisions.ts";
import type { Site } from "./site.ts";
import { verifyImages } from "./verified-images.ts";
import { withVerifiedChart } from "./verified-chart.ts";
import { runRollback } from "./way-back.ts";
import { failedTest, lookBefore, requireReady, stillUnready, whyFailed } from "./work.ts";

export type UpgradeOptions = {
  /** Version of the chart, instead of the deployment's. */
  to?: string;
  /** Goes to an older version of the chart than what runs too; `to` says so by naming it. */
  older?: boolean;
  /** What looks at the cluster before; null: nobody does. */
  preflight: ((site: Site) => Promise<Finding[]>) | null;
  /** A backup before, by the chart's own CronJob. */
  backup?: boolean;
  /** Takes fields that somebody else owns. */
  takeFields?: boolean;
  timeoutSeconds?: number;
  /** Hears what will change, before it does. */
  onDiff?: (diff: DeploymentDiff) => void;
};

export type UpgradeResult = { outcome: "upgraded" | "unchanged"; revision: number; diff: DeploymentDiff };

const summary = ({ counts, drift, driftUnseen }: DeploymentDiff): string =>
  [
    `${counts.changed} changed, ${counts.made} made, ${counts.removed + counts.kept} removed`,
    ...(drift.length > 0 ? [`${drift.length} in the cluster not as the release says`] : []),
    ...(driftUnseen === null ? [] : [`the cluster could not be asked: ${driftUnseen}`]),
  ].join("; ");

/** Throws DEPLOY_OLDER where an older chart would come than the one that runs, and nobody has said so. */
const checkOrder = ({ facts }: Plan, target: Revision, { to, older }: UpgradeOptions, name: string): void => {
  const newer = to === undefined && older !== true ? newerRunning(target.chart, facts) : null;
  if (newer !== null) throw userError("DEPLOY_OLDER", name, newer, facts.version);
};

/** Throws DEPLOY_FIELDS_TAKEN, unless they may be taken. */
const checkConflicts = ({ diff }: Plan, takes: boolean, { say }: Underway): void => {
  if (diff.conflicts.length === 0) return;
  const told = diff.conflicts.map(conflictText).join("; ");
  if (!takes) throw userError("DEPLOY_FIELDS_TAKEN", told);
  say("take-fields", `takes fields of others: ${told}`);
};

/** Returns to the last good revision; a conflict on the way is overcome, for a release that is half old and half new helps nobody. */
const rollBack = async (underway: Underway, target: Revision, why: string, seconds: number): Promise<never> => {
  const { site, step, say } = underway;
  const { helm, deployment } = site;
  say(ROLLBACK_STEP, `it failed: ${why}`);
  await step(ROLLBACK_STEP, `rolling back to revision ${target.revision} (${target.chart})`);
  const run = (takesFields: boolean) =>
    runRollback(site, { to: target.revision, seconds, takesFields }).catch((thrown: unknown) => {
      throw site.signal.aborted ? thrown : userError("DEPLOY_ROLLBACK_FAILED", deployment.name, why, toErrorInfo(thrown).why);
    });
  let ended = await run(false);
  if (ended.status !== 0 && isConflict(ended.stderr) && helm.major >= 4) ended = await run(true);
  if (ended.status !== 0) throw userError("DEPLOY_ROLLBACK_FAILED", deployment.name, why, await whyFailed(site, ended));
  throw userError("DEPLOY_ROLLED_BACK", deployment.name, target.revision, why);
};

/** What becomes of an upgrade that failed. */
const failed = async (underway: Underway, plan: Plan, target: Revision, why: string, seconds: number): Promise<never> => {
  const { site } = underway;
  // A person stopped it: the release stays as it is, and is told.
  if (site.signal.aborted) throw userError("ABORTED");
  if (!plan.facts.isReversible && plan.facts.title !== target.chart)
    throw userError("DEPLOY_NOT_REVERSIBLE", site.deployment.name, plan.facts.title, why, site.kubectl.access.namespace);
  return rollBack(underway, target, why, seconds);
};

const apply = async (underway: Underway, plan: Plan, target: Revision, options: UpgradeOptions): Promise<number> => {
  const { site, step, say } = underway;
  const { helm, deployment, signal } = site;
  const seconds = options.timeoutSeconds ?? TIMEOUT_SECONDS;
  await step(
    "helm",
    `upgrading ${deployment.name} from ${target.chart} to ${plan.facts.title}: the store first, then the pods, one by one`,
  );
  const args = upgradeArguments(helm, deployment.name, chartOf(deployment), { seconds, takesFields: plan.diff.conflicts.length > 0 });
  const until = Date.now() + seconds * 1000;
  const ended = await helm.run(args, { values: chartValuesOf(deployment), signal });
  const newest = (await helm.history(deployment.name)).at(-1);
  // Refused before it began, for instance by values that the chart does not take: nothing is to be rolled back.
  if (ended.status !== 0 && newest?.revision === underway.revisions.at(-1)?.revision)
    throw userError("DEPLOY_FAILED", deployment.name, "upgraded", helmReason(ended));
  const late = ended.status === 0 ? await stillUnready(site, until) : await whyFailed(site, ended);
  if (late !== null) return failed(underway, plan, target, late, seconds);
  say("test", "testing it from inside the cluster");
  const why = await failedTest(site);
  return why === null ? (newest?.revision ?? target.revision) : failed(underway, plan, target, why, seconds);
};

/** What a killed upgrade rolled out was not tested yet: it is now, and goes back where that upgrade came from when it fails. */
const settle = async (underway: Underway, plan: Plan, options: UpgradeOptions): Promise<void> => {
  const { site, say, recovered, revisions } = underway;
  if (recovered.did !== "note") return;
  say("test", "testing from inside the cluster what was cut off");
  const why = await failedTest(site);
  if (why === null) return;
  const before = revisions.find(({ revision }) => revision === recovered.killed?.from?.revision);
  if (before === undefined || before === revisions.at(-1)) throw userError("DEPLOY_TEST_FAILED", site.deployment.name, why);
  await failed(underway, plan, before, why, options.timeoutSeconds ?? TIMEOUT_SECONDS);
};

const upgradeNow = (site: Site, options: UpgradeOptions): Promise<UpgradeResult> =>
  underLock<UpgradeResult>(site, "upgrade", async (underway) => {
    const { say, revisions } = underway;
    const { deployment, kubectl } = underway.site;
    const target = lastGood(revisions);
    if (target === null) throw userError("DEPLOY_NOT_INSTALLED", deployment.name, kubectl.access.namespace);
    await lookBefore(underway, options.preflight);
    const plan = await planOf(underway.site, underway.revisions);
    checkOrder(plan, target, options, deployment.name);
    options.onDiff?.(plan.diff);
    say("diff", `what changes: ${summary(plan.diff)}`);
    if (isSame(plan.diff) && plan.diff.driftUnseen === null && revisions.at(-1) === target) {
      await settle(underway, plan, options);
      await requireReady(underway.site, "upgraded");
      say("nothing", `nothing to do: revision ${target.revision} is what the deployment describes`);
      return { outcome: "unchanged", value: { outcome: "unchanged", revision: target.revision, diff: plan.diff } };
    }
    checkConflicts(plan, options.takeFields ?? false, underway);
    if (options.backup === true) await backUp(underway);
    const revision = await apply(underway, plan, target, options);
    underway.leadsTo({ revision, chart: plan.facts.title, appVersion: plan.facts.appVersion });
    say("done", `upgraded: revision ${revision} is ${plan.facts.title}`);
    return { outcome: "succeeded", value: { outcome: "upgraded", revision, diff: plan.diff } };
  });

/** Brings a release to what its deployment describes. Throws DEPLOY_NOT_INSTALLED, DEPLOY_OLDER, DEPLOY_ROLLED_BACK and others, each told plainly. */
export const upgrade = async (given: Site, options: UpgradeOptions): Promise<UpgradeResult> => {
  checkTaking(given.helm, options.takeFields ?? false);
  const deployment = options.to === undefined ? given.deployment : withVersion(given.deployment, options.to);
  return withVerifiedChart({ ...given, deployment }, async (site) => {
    await verifyImages(site);
    return upgradeNow(site, options);
  });
};
