/**
 * What becomes of a release that a killed process left behind. Pure: what helm and the record say goes in, what to do comes out. Asked
 * only by who has the lock, so nobody else is at work.
 */
import type { Revision } from "../cluster/helm.ts";
import type { Operation } from "./record.ts";
import { lastGood } from "./revisions.ts";

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

export const recoveryOf = ({ revisions, killed, isReversible }: Left): Recovery => {
  const newest = revisions.at(-1);
  const who = killed === null ? "an operation of somebody else's" : startOf(killed);
  const good = lastGood(revisions);
  switch (newest?.status) {
    case "pending-install":
    case "pending-upgrade":
    case "pending-rollback": {
      const why = `${who} was cut off, and left revision ${newest.revision} ${newest.status}`;
      if (good === null) return { do: "uninstall", why };
      return isReversible ? { do: "rollback", to: good.revision, why } : { do: "forget", revision: newest.revision, why };
    }
    case "uninstalling":
      return { do: "uninstall", why: `${who} was cut off while it uninstalled` };
    case "failed": {
      if (killed === null) return { do: "nothing" };
      const why = `${who} was cut off after revision ${newest.revision} had failed`;
      return good === null || !isReversible ? { do: "note", why } : { do: "rollback", to: good.revision, why };
    }
    case undefined:
      return killed === null ? { do: "nothing" } : { do: "note", why: `${who} was cut off; no release is there` };
    default:
      return killed === null
        ? { do: "nothing" }
        : { do: "note", why: `${who} was cut off; revision ${newest?.revision ?? 0} is ${newest?.status ?? "unknown"}` };
  }
};
