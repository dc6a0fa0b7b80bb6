/**
 * What becomes of a release that a killed process left behind. Pure: what helm and the record say goes in, what to do comes out. Asked
 * only by who has the lock, so nobody else is at work.
 */
import type { Revision } from "../cluster/helm.ts";
import type { Operation } from "./record.ts";
import { lastGood, rollbackOf } from "./revisions.ts";

/** The name of the step in which an upgrade decides to go back. */
export const ROLLBACK_STEP = "rollback";

export type Left = {
  revisions: readonly Revision[];
  /** The operation of the record that never ended. */
  killed: Operation | null;
  /** Whether the newest revision's migration can be taken back: false when its chart says so. */
  isReversible: boolean;
};

export type Recovery =
  /** All is settled. */
  | { do: "nothing" }
  /** The release is whole; only the record has not heard. */
  | { do: "note"; why: string }
  | { do: "rollback"; to: number; why: string }
  /** The pending revision is struck from helm's history: its migration cannot be taken back, so the way is forward. */
  | { do: "forget"; revision: number; why: string }
  | { do: "uninstall"; why: string };

const startOf = ({ kind, who, startedAt }: Operation): string => `the ${kind} by ${who} of ${startedAt}`;

/** Left in the middle of what helm did. */
const unsettled = (newest: Revision, good: Revision | null, why: string, isReversible: boolean): Recovery => {
  // A way back that was begun is gone to its end.
  const to = rollbackOf(newest) ?? good?.revision;
  if (to === undefined) return { do: "uninstall", why };
  return isReversible ? { do: "rollback", to, why } : { do: "forget", revision: newest.revision, why };
};

/** Left between two steps: helm knows of nothing. A test had failed, and the way back was not begun. */
const testedBad = (newest: Revision, killed: Operation): number | null => {
  const decided = killed.steps.some(({ name }) => name === ROLLBACK_STEP);
  const { from } = killed;
  return decided && from !== null && from.revision < newest.revision && rollbackOf(newest) !== from.revision ? from.revision : null;
};

export const recoveryOf = ({ revisions, killed, isReversible }: Left): Recovery => {
  const newest = revisions.at(-1);
  const good = lastGood(revisions);
  const who = killed === null ? "an operation of somebody else's" : startOf(killed);
  switch (newest?.status) {
    case "pending-install":
    case "pending-upgrade":
    case "pending-rollback":
      return unsettled(newest, good, `${who} was cut off, and left revision ${newest.revision} ${newest.status}`, isReversible);
    case "uninstalling":
      return { do: "uninstall", why: `${who} was cut off while it uninstalled` };
    case "failed": {
      if (killed === null) return { do: "nothing" };
      const why = `${who} was cut off after revision ${newest.revision} had failed`;
      return good === null || !isReversible ? { do: "note", why } : { do: "rollback", to: good.revision, why };
    }
    case undefined:
      return killed === null ? { do: "nothing" } : { do: "note", why: `${who} was cut off; no release is there` };
    default: {
      if (killed === null || newest === undefined) return { do: "nothing" };
      const why = `${who} was cut off; revision ${newest.revision} is ${newest.status}`;
      const to = testedBad(newest, killed);
      return to === null ? { do: "note", why } : { do: "rollback", to, why };
    }
  }
};
