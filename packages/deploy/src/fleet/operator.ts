/** What an operator does to one deployment of a fleet, besides going on with it. Each leaves an entry in its log. */
import { userError } from "@touchstone/core/errors";
import type { Deployment } from "../deployment/deployment.ts";
import { deploymentIn } from "../deployment/read.ts";
import { digestOf } from "../deployment/digest.ts";
import { evidenceOf, newRecord, type FleetRecord } from "./record.ts";
import type { Done, Task } from "./driver.ts";
import { moved, type ReconcileOptions } from "./reconcile.ts";
import type { Backup, BackupWish } from "./states.ts";
import { requireOurs } from "./handing-over.ts";
import type { Fleet, Held, Who } from "./store.ts";
import { checkAlone, checkOwn, type Place } from "./tenancy.ts";
import type { Window } from "./windows.ts";

/** Those that still have something: the old place of a move has its state, its role and its key. */
const othersOf = (fleet: Fleet, name: string): Place[] =>
  fleet
    .names()
    .filter((other) => other !== name)
    .map((other) => fleet.read(other))
    .filter(({ record }) => record.state !== "gone" && (record.state !== "transferred" || evidenceOf(record).isMoved))
    .map(({ deployment, record }) => ({ deployment, kubeconfig: record.kubeconfig }));

export type Addition = { text: string; file: string; kubeconfig: string | null; window: Window | null };

/** Takes a deployment into the fleet. Throws DEPLOYMENT_INVALID, FLEET_SHARED, FLEET_MEMBER_EXISTS. */
export const add = (fleet: Fleet, { text, file, kubeconfig, window }: Addition, { now }: Who): FleetRecord => {
  const deployment = deploymentIn(text, file);
  checkOwn(deployment);
  checkAlone({ deployment, kubeconfig }, othersOf(fleet, deployment.name));
  const driver = deployment.cloud === undefined ? "existing-cluster" : "terraform";
  const record = newRecord({ name: deployment.name, driver, kubeconfig, window }, now().toISOString());
  return fleet.add(text, record, {
    what: "added",
    detail: `${driver}, ring ${deployment.channel}, deployment.yaml ${digestOf(deployment).slice(0, 12)}`,
  });
};

/** What cannot be changed in place: it would leave what was made behind. */
const FIXED: readonly { what: string; of: (deployment: Deployment) => unknown }[] = [
  { what: "model", of: ({ model }) => model },
  { what: "cloud.provider", of: ({ cloud }) => cloud?.provider },
  { what: "cloud.region", of: ({ cloud }) => cloud?.region },
  { what: "cloud.backend", of: ({ cloud }) => cloud?.backend },
  { what: "cluster.namespace", of: ({ cluster }) => cluster.namespace },
];

export const withHeld = <T>(fleet: Fleet, name: string, work: (held: Held<FleetRecord>) => T): T => {
  const held = fleet.hold(name);
  try {
    return work(held);
  } finally {
    held.release();
  }
};

/** Gives a deployment another deployment.yaml. Throws DEPLOYMENT_INVALID, FLEET_SHARED. */
export const replace = (fleet: Fleet, { text, file, kubeconfig, window }: Addition): FleetRecord => {
  const next = deploymentIn(text, file);
  return withHeld(fleet, next.name, (held) => {
    const { deployment: before } = fleet.read(next.name);
    const fixed = FIXED.find(({ of }) => digestOf(of(before) ?? null) !== digestOf(of(next) ?? null));
    requireOurs(held.read());
    const { state, approval } = held.read();
    // It waits for its window, and is handed over as it runs.
    if (approval?.purpose === "transfer") throw userError("FLEET_HANDED_OVER", next.name, state);
    if (fixed !== undefined)
      throw userError("DEPLOYMENT_INVALID", file, fixed.what, "it cannot be changed in place: what was made would be left behind");
    checkOwn(next);
    checkAlone({ deployment: next, kubeconfig: kubeconfig ?? held.read().kubeconfig }, othersOf(fleet, next.name));
    fleet.describe(next.name, text);
    const record = held.read();
    return held.commit(
      { ...record, kubeconfig: kubeconfig ?? record.kubeconfig, window: window ?? record.window },
      { what: "described", detail: `deployment.yaml ${digestOf(next).slice(0, 12)}` },
    );
  });
};

/** Leaves it alone, until somebody goes on with it. */
export const suspend = (fleet: Fleet, name: string, reason: string, { now }: Who): FleetRecord =>
  withHeld(fleet, name, (held) => {
    const record = held.read();
    requireOurs(record);
    return held.commit(moved(record, "suspended", now().toISOString()), { what: "suspended", detail: reason });
  });

/** Goes on with it: it is looked at first. */
export const unsuspend = (fleet: Fleet, name: string, { now }: Who): FleetRecord =>
  withHeld(fleet, name, (held) => {
    const record = held.read();
    requireOurs(record);
    if (record.state !== "suspended") throw userError("FLEET_STATE_WRONG", name, record.state, "verifying", "it was not left alone");
    return held.commit(moved(record, "verifying", now().toISOString()), { what: "resumed", detail: "" });
  });

/** `backup`: the one that was named, once it was seen that it is there. */
export type Removal = { reason: string; wish: BackupWish; backup: Backup | null };

const WORDS: Readonly<Record<BackupWish["kind"], string>> = {
  new: "after a backup",
  named: "with a backup that is there",
  without: "without a backup",
};

/**
 * Writes down that it may be taken away, and on whose word, and which backup there has to be. The same wish once more changes nothing of what is
 * being taken away. Throws FLEET_HANDED_OVER for what a move has left, too: that goes by a word, and with a backup, of its own.
 */
export const approveRemoval = (fleet: Fleet, name: string, { reason, wish, backup }: Removal, { who, now }: Who): FleetRecord =>
  withHeld(fleet, name, (held) => {
    const record = held.read();
    requireOurs(record);
    if (record.state === "gone") throw userError("FLEET_STATE_WRONG", name, record.state, "gone", "there is nothing of it to take away");
    if (evidenceOf(record).isMoved) throw userError("FLEET_HANDED_OVER", name, "transferred");
    const before = record.approval?.purpose === "remove" ? record.approval.backup : null;
    // Another moment would ask for another backup, of what is half gone by now.
    if (record.state === "deprovisioning" && digestOf(before) === digestOf(wish)) return record;
    const approval = { purpose: "remove" as const, by: who, at: now().toISOString(), reason, backup: wish };
    const detail = `${reason}; ${WORDS[wish.kind]}${wish.kind === "named" ? `, ${wish.id}` : ""}`;
    return held.commit({ ...record, backup: backup ?? record.backup, approval, transfer: null }, { what: "removal approved", detail });
  });

/** Takes a backup out of the cluster, at any time. Throws FLEET_BACKUP_IMPOSSIBLE. */
export const takeBackup = async (fleet: Fleet, name: string, { openDriver, now, tell, signal }: ReconcileOptions): Promise<Done> => {
  const held = fleet.hold(name);
  try {
    const { deployment, folder, record } = fleet.read(name);
    requireOurs(record);
    if (record.readyAt === null || record.state === "gone")
      throw userError("FLEET_BACKUP_IMPOSSIBLE", name, `it is ${record.state}: there is nothing in it`);
    const at = now().toISOString();
    const task: Task = {
      deployment,
      wanted: record.wanted,
      folder,
      key: digestOf({ name, at }),
      backup: null,
      transfer: null,
      tell,
      signal: AbortSignal.any([signal, held.lease.lost]),
    };
    const done = await openDriver(record)["copy-out"](task);
    held.commit(
      { ...held.read(), ...(done.backup === undefined ? {} : { backup: { id: done.backup, at } }) },
      { what: "backup", detail: done.said },
    );
    return done;
  } finally {
    held.release();
  }
};
