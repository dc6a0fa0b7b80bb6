/**
 * What a deployment of a fleet may be, and what may come of it: one table, and the evidence that some ways need. Pure. Who wants a state
 * asks here, so no command can skip a step or forget a backup.
 */

export const STATES = [
  "requested",
  "preflight",
  "provisioning",
  "configuring",
  "installing",
  "verifying",
  "ready",
  "upgrading",
  "degraded",
  "suspended",
  "transferring",
  "transferred",
  "deprovisioning",
  "gone",
] as const;
export type State = (typeof STATES)[number];

/** `ready` goes to `verifying` when it is looked at again, and `suspended` does when work on it goes on. */
export const TRANSITIONS: Readonly<Record<State, readonly State[]>> = {
  requested: ["preflight", "deprovisioning"],
  preflight: ["provisioning", "deprovisioning"],
  provisioning: ["configuring", "deprovisioning"],
  configuring: ["installing", "deprovisioning"],
  installing: ["verifying", "deprovisioning"],
  verifying: ["ready", "degraded", "deprovisioning"],
  ready: ["upgrading", "verifying", "degraded", "suspended", "transferring", "deprovisioning"],
  upgrading: ["verifying", "degraded"],
  degraded: ["upgrading", "verifying", "suspended", "deprovisioning"],
  suspended: ["verifying", "transferring", "deprovisioning"],
  transferring: ["transferred", "verifying"],
  /** Only of a move, which leaves the old place behind. */
  transferred: ["deprovisioning"],
  deprovisioning: ["gone"],
  gone: [],
};

/** Which backup there has to be: one that is made since, one that a person has named, or none, as a person has said. */
export type BackupWish = { kind: "new" } | { kind: "named"; id: string } | { kind: "without" };
export type Approval = { purpose: "remove" | "transfer"; by: string; at: string; reason: string; backup: BackupWish };
export type Backup = { id: string; at: string };

export type Evidence = {
  /** A person's word for what cannot be undone. */
  approval: Approval | null;
  backup: Backup | null;
  /** Since when people could use it; null when they never could, so there is nothing of theirs in it. */
  readyAt: string | null;
  /** It is its new owner's in another cluster, and what is left here is the operator's. */
  isMoved: boolean;
};

/** What a state is entered for, where somebody has to have approved of it. */
const PURPOSE: Partial<Record<State, Approval["purpose"]>> = {
  transferring: "transfer",
  transferred: "transfer",
  deprovisioning: "remove",
  gone: "remove",
};

/** Whether there is the backup that was asked for. One that nobody has named and that was made before somebody decided is of another time. */
export const isBackedUp = ({ approval, backup, readyAt }: Evidence): boolean => {
  if (readyAt === null) return true;
  if (approval === null) return false;
  const { backup: wish, at } = approval;
  switch (wish.kind) {
    case "without":
      return true;
    case "named":
      return backup?.id === wish.id;
    case "new":
      return backup !== null && backup.at >= at;
    default:
      return wish satisfies never;
  }
};

/** Why it cannot become that; null when it can. */
export const refusal = (from: State, to: State, evidence: Evidence): string | null => {
  if (!TRANSITIONS[from].includes(to)) return `from ${from} it becomes ${TRANSITIONS[from].join(", ") || "nothing else"}`;
  if (from === "transferred" && !evidence.isMoved) return "it is its new owner's, where it always was";
  const purpose = PURPOSE[to];
  if (purpose === undefined) return null;
  if (evidence.approval?.purpose !== purpose) return `nobody has approved: ${purpose}`;
  // The store here is the last one that the operator can prove anything by.
  if (from === "transferred" && evidence.approval.backup.kind !== "named") return "no backup of what was moved is named";
  return isBackedUp(evidence) ? null : "there is no backup since it was approved";
};

export const isTerminal = (state: State): boolean => TRANSITIONS[state].length === 0;
