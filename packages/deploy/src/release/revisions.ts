/** A release's revisions: which one is good, which one a rollback means, and what it would cross. Pure. */
import type { Revision } from "../cluster/helm.ts";
import type { Point } from "./record.ts";

/** Of a chart, in its metadata: the store it migrates to cannot be read by the version before. */
export const ROLLBACK_ANNOTATION = "touchstone.dev/rollback";

export const pointOf = ({ revision, chart, app_version }: Revision): Point => ({ revision, chart, appVersion: app_version });

const isGood = ({ status }: Revision): boolean => status === "deployed" || status === "superseded";

/** The revision that ran well last: what an operation that fails returns to. Null when none ever did. */
export const lastGood = (revisions: readonly Revision[]): Revision | null =>
  revisions.findLast(({ status }) => status === "deployed") ?? revisions.findLast(isGood) ?? null;

/** The revision that one is a copy of, as helm describes it: "Rollback to 2". Null for one of its own. */
export const rollbackOf = ({ description }: Revision): number | null => {
  const [, number] = /^Rollback to (\d+)$/.exec(description) ?? [];
  return number === undefined ? null : Number(number);
};

/** What a revision is in the end a copy of. */
const originOf = (revision: Revision, revisions: readonly Revision[]): Revision => {
  const number = rollbackOf(revision);
  const origin = revisions.find((one) => one.revision === number);
  return origin === undefined || origin.revision >= revision.revision ? revision : originOf(origin, revisions);
};

/** What a rollback without a number means: the last good one after a failure, and otherwise the good one before what runs now. */
export const rollbackTarget = (revisions: readonly Revision[]): Revision | null => {
  const good = lastGood(revisions);
  if (good === null || revisions.at(-1)?.revision !== good.revision) return good;
  const origin = originOf(good, revisions);
  return revisions.findLast((one) => one.revision < origin.revision && isGood(one)) ?? null;
};

/** Revisions that a way back to `target` would undo: those of another chart that came after it. */
export const undone = (revisions: readonly Revision[], target: Revision): Revision[] =>
  revisions.filter(({ revision, chart }) => revision > target.revision && chart !== target.chart);
