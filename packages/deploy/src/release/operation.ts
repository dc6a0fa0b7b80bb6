/**
 * What every change of a deployment goes through: the lock is taken, what a killed one left is put right, the work is done step by step
 * and written down, the lock is given back. A Ctrl-C, or a lock that was lost, ends the work and is written down too.
 */
import { toErrorInfo, userError } from "@touchstone/core/errors";
import type { Revision } from "../cluster/helm.ts";
import { takeLock } from "../cluster/lock.ts";
import { begun, cutOff, ended, readRecord, withOperation, withStep, writeRecord, type Kind, type Operation, type Point } from "./record.ts";
import { recover, type Recovered } from "./recover.ts";
import { lastGood, pointOf } from "./revisions.ts";
import type { Site } from "./site.ts";

export type Underway = {
  /** With a signal that also tells of a lost lock. */
  site: Site;
  /** As it was found, once it was put right. Newest last. */
  revisions: readonly Revision[];
  recovered: Recovered;
  /** Tells one line, and writes it down before what comes next: something long, or that cannot be undone. */
  step: (name: string, said: string) => Promise<void>;
  /** Tells one line, which is written down with the next step. */
  say: (name: string, said: string) => void;
  /** What it leads to, once that is known. */
  leadsTo: (point: Point) => void;
};

export type Result<T> = { outcome: Operation["outcome"]; why?: string; value: T };

/** How it is with the release, for a person whose command was stopped. */
const standing = async ({ helm, deployment: { name } }: Site): Promise<string> => {
  const revisions = await helm.history(name);
  const newest = revisions.at(-1);
  const good = lastGood(revisions);
  if (newest === undefined) return "no release is there";
  return newest === good || good === null
    ? `revision ${newest.revision} is ${newest.status}`
    : `revision ${newest.revision} is ${newest.status}, the last good one is ${good.revision}`;
};

/** Why a piece of work ended that was told to: null when nobody told it to. */
const interruption = async (site: Site, lost: AbortSignal, kind: Kind) => {
  if (lost.aborted) return userError("DEPLOY_LOCK_LOST", kind);
  if (!site.signal.aborted) return null;
  return userError("DEPLOY_INTERRUPTED", kind, await standing(site).catch(() => "the cluster does not answer"));
};

/** Does `work` under the lock. Throws what it throws, or DEPLOY_LOCKED, DEPLOY_LOCK_LOST, DEPLOY_INTERRUPTED. */
export const underLock = async <T>(site: Site, kind: Kind, work: (underway: Underway) => Promise<Result<T>>): Promise<T> => {
  const { kubectl, tell } = site;
  const lock = await takeLock(kubectl, kind);
  const inside: Site = { ...site, signal: AbortSignal.any([site.signal, lock.lost]) };
  try {
    let record = await readRecord(kubectl);
    const killed = cutOff(record);
    const recovered = await recover(inside, killed);
    if (killed !== null) record = withOperation(record, ended(killed, "killed", recovered.why));
    const { revisions } = recovered;
    const before = lastGood(revisions);
    let operation = begun(kind, before === null ? null : pointOf(before));
    const write = (): Promise<void> => writeRecord(kubectl, (record = withOperation(record, operation)));
    await write();
    const say = (name: string, said: string): void => {
      tell(said);
      operation = withStep(operation, name, said);
    };
    const finish = async (outcome: Operation["outcome"], why: string | null): Promise<void> => {
      operation = ended(operation, outcome, why);
      // Whoever has the lock now writes the record, and finds there that this one was cut off.
      if (lock.lost.aborted) return;
      await write().catch((thrown: unknown) => tell(`the record of this ${kind} could not be written: ${toErrorInfo(thrown).why}`));
    };
    try {
      const { outcome, why, value } = await work({
        site: inside,
        revisions,
        recovered,
        step: async (name, said) => {
          if (lock.lost.aborted) throw userError("DEPLOY_LOCK_LOST", kind);
          say(name, said);
          await write();
        },
        say,
        leadsTo: (point) => void (operation = { ...operation, to: point }),
      });
      await finish(outcome, why ?? null);
      return value;
    } catch (thrown) {
      const stopped = await interruption(site, lock.lost, kind);
      const info = toErrorInfo(stopped ?? thrown);
      await finish(stopped !== null ? "interrupted" : info.code === "DEPLOY_ROLLED_BACK" ? "rolled-back" : "failed", info.why);
      throw stopped ?? thrown;
    }
  } finally {
    await lock.release();
  }
};
