/** Back to a revision before. The store stays as it is: migrations only add, and a chart whose migration does more refuses this. */
import { userError } from "@touchstone/core/errors";
import { helmReason, type Revision } from "../cluster/helm.ts";
import { conflictsIn, conflictText, isConflict } from "./conflicts.ts";
import { checkTaking, TIMEOUT_SECONDS } from "./helm-arguments.ts";
import { isReversible } from "./metadata.ts";
import { underLock, type Underway } from "./operation.ts";
import { lastGood, pointOf, rollbackTarget, undone } from "./revisions.ts";
import type { Site } from "./site.ts";
import { runRollback } from "./way-back.ts";
import { stillUnready, testIt, whyFailed } from "./work.ts";

export type RollbackOptions = {
  /** The last good one before what runs where nothing is said. */
  revision?: number;
  /** Takes fields that somebody else owns. */
  takeFields?: boolean;
  timeoutSeconds?: number;
};

/** `to`: the revision that runs again; `revision`: what helm calls it now. */
export type RollbackResult = { outcome: "rolled-back" | "recovered"; revision: number; to: number };

const targetOf = ({ revisions, site }: Underway, asked: number | undefined): Revision => {
  const found = asked === undefined ? rollbackTarget(revisions) : (revisions.find(({ revision }) => revision === asked) ?? null);
  if (found !== null) return found;
  if (revisions.length === 0) throw userError("DEPLOY_NOT_INSTALLED", site.deployment.name, site.kubectl.access.namespace);
  const known = revisions.map(({ revision, chart, status }) => `${revision} (${chart}, ${status})`).join(", ");
  throw userError("DEPLOY_NO_REVISION", site.deployment.name, asked ?? null, known);
};

/** Throws DEPLOY_NOT_REVERSIBLE when a migration on the way cannot be taken back. */
const checkWay = async ({ site, revisions }: Underway, target: Revision): Promise<void> => {
  for (const { revision, chart } of undone(revisions, target))
    if (!(await isReversible(site, revision)))
      throw userError(
        "DEPLOY_NOT_REVERSIBLE",
        site.deployment.name,
        chart,
        `revision ${revision} migrated the store`,
        site.kubectl.access.namespace,
      );
};

const goBack = async (underway: Underway, target: Revision, { takeFields, timeoutSeconds }: RollbackOptions): Promise<number> => {
  const { site, step } = underway;
  const { helm, deployment } = site;
  await step("rollback", `rolling back to revision ${target.revision} (${target.chart})`);
  const seconds = timeoutSeconds ?? TIMEOUT_SECONDS;
  const until = Date.now() + seconds * 1000;
  const ended = await runRollback(site, { to: target.revision, seconds, takesFields: takeFields ?? false });
  if (ended.status !== 0 && isConflict(ended.stderr) && takeFields !== true)
    throw userError("DEPLOY_FIELDS_TAKEN", conflictsIn(ended.stderr, deployment.name).map(conflictText).join("; ") || helmReason(ended));
  const why = ended.status === 0 ? await stillUnready(site, until) : await whyFailed(site, ended);
  if (why !== null) throw userError("DEPLOY_FAILED", deployment.name, "rolled back", why);
  return (await helm.history(deployment.name)).at(-1)?.revision ?? target.revision;
};

export const rollback = (given: Site, options: RollbackOptions = {}): Promise<RollbackResult> => {
  checkTaking(given.helm, options.takeFields ?? false);
  return underLock<RollbackResult>(given, "rollback", async (underway) => {
    const { say, recovered, revisions } = underway;
    const now = lastGood(revisions);
    // What a person wants who rolls back what was cut off has been done by putting it right.
    if (recovered.did === "rollback" && options.revision === undefined && now !== null)
      return { outcome: "succeeded", value: { outcome: "recovered", revision: now.revision, to: now.revision } };
    const target = targetOf(underway, options.revision);
    await checkWay(underway, target);
    const revision = await goBack(underway, target, options);
    underway.leadsTo({ ...pointOf(target), revision });
    await testIt(underway);
    say("done", `rolled back: revision ${revision} is ${target.chart} as in revision ${target.revision}`);
    return { outcome: "succeeded", value: { outcome: "rolled-back", revision, to: target.revision } };
  });
};
