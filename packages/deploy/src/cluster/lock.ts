/**
 * One change of a deployment at a time: a Lease in its namespace (coordination.k8s.io/v1), renewed while the work goes on. Who is killed
 * leaves it to end by itself, so the next one needs nobody's help. What is written into it, and whether it has ended, goes by the API
 * server's clock: those of two machines may be minutes apart.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { Manifest } from "../kubernetes/manifest.ts";
import type { Kubectl } from "./kubectl.ts";
import { whoAmI } from "./who.ts";

const LEASE_NAME = "touchstone-deploy";
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
/** Who could not renew it gives up while it is still theirs: what was started is asked to end then, and gets ten seconds (`program.ts`). */
const HELD_MS = 30_000;
/** Looked at with each renewal. One that comes a moment too early (a clock and a timer agree to a millisecond at best) is not put off to the next. */
const EARLY_MS = RENEW_MS / 2;

const LeaseSpec = z.looseObject({
  holderIdentity: z.string().nullish(),
  leaseDurationSeconds: z.number().default(LEASE_SECONDS),
  renewTime: z.string().nullish(),
  leaseTransitions: z.number().default(0),
});

export type Lock = {
  /** Aborted when the lock was lost: work must stop. */
  lost: AbortSignal;
  release: () => Promise<void>;
};

const lease = (namespace: string, spec: object, resourceVersion?: unknown) => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: LEASE_NAME, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  spec,
});

const specOf = (found: Manifest) => LeaseSpec.parse(found["spec"] ?? {});
const endOf = ({ renewTime, leaseDurationSeconds }: z.infer<typeof LeaseSpec>): number =>
  renewTime === null || renewTime === undefined ? 0 : Date.parse(renewTime) + leaseDurationSeconds * 1000;
const micro = (now: Date): string => now.toISOString().replace("Z", "000Z");

export type Holder = { holder: string; until: Date };

const holderIn = (found: Manifest, now: Date): Holder | null => {
  const spec = specOf(found);
  const until = endOf(spec);
  return spec.holderIdentity && until > now.getTime() ? { holder: spec.holderIdentity, until: new Date(until) } : null;
};

/** Who holds the lock, and until when it is theirs; null when nobody does. By one's own clock for who may read and not write: it only tells. */
export const lockHolder = async (kubectl: Kubectl): Promise<Holder | null> => {
  const found = await kubectl.get("leases.coordination.k8s.io", LEASE_NAME);
  return found === null ? null : holderIn(found, await kubectl.now().catch(() => new Date()));
};

/** Takes the lock. Throws DEPLOY_LOCKED while somebody else has it. */
export const takeLock = async (kubectl: Kubectl, doing: string): Promise<Lock> => {
  const { namespace } = kubectl.access;
  const identity = `${whoAmI()} (${doing}, ${randomUUID().slice(0, 8)})`;
  const begun = Date.now();
  const acquiredAt = await kubectl.now();
  /** A clock that is wrong runs evenly all the same: the server's is asked once. */
  const mine = (transitions: number, from = begun) => ({
    holderIdentity: identity,
    leaseDurationSeconds: LEASE_SECONDS,
    acquireTime: micro(acquiredAt),
    renewTime: micro(new Date(acquiredAt.getTime() + from - begun)),
    leaseTransitions: transitions,
  });
  const refuse = async () => {
    const other = await lockHolder(kubectl);
    return userError("DEPLOY_LOCKED", namespace, other?.holder ?? "somebody", other?.until.toISOString() ?? "now");
  };

  const before = await kubectl.get("leases.coordination.k8s.io", LEASE_NAME);
  if (before === null) {
    if (!(await kubectl.create(lease(namespace, mine(0))))) throw await refuse();
  } else {
    if (holderIn(before, acquiredAt) !== null) throw await refuse();
    const next = mine(specOf(before).leaseTransitions + 1);
    if (!(await kubectl.replace(lease(namespace, next, before.metadata["resourceVersion"])))) throw await refuse();
  }

  const lost = new AbortController();
  /** Writes `spec` if the lease is still ours. */
  const write = async (spec: (transitions: number) => object): Promise<boolean> => {
    const found = await kubectl.get("leases.coordination.k8s.io", LEASE_NAME);
    if (found === null || specOf(found).holderIdentity !== identity) return false;
    return kubectl.replace(lease(namespace, spec(specOf(found).leaseTransitions), found.metadata["resourceVersion"]));
  };
  let endsAt = begun + HELD_MS;
  const renew = async (): Promise<void> => {
    // From when it was asked: the answer may be slow, and the others count from what is written.
    const from = Date.now();
    const isOurs = await write((transitions) => mine(transitions, from)).catch(() => null);
    if (isOurs === false) lost.abort();
    if (isOurs === true) endsAt = from + HELD_MS;
  };
  /** One at a time: two would find each other's version of the lease, and each would take it for somebody else's. */
  let renewal: Promise<void> | null = null;
  const timer = setInterval(() => {
    if (Date.now() >= endsAt - EARLY_MS) return lost.abort();
    renewal ??= renew().finally(() => (renewal = null));
  }, RENEW_MS).unref();
  return {
    lost: lost.signal,
    release: async () => {
      clearInterval(timer);
      await renewal;
      await write((transitions) => ({ leaseDurationSeconds: 1, leaseTransitions: transitions })).catch(() => false);
    },
  };
};

/** Does work under the lock, whose signal also tells of a lost one. Throws DEPLOY_LOCKED, DEPLOY_LOCK_LOST, ABORTED and what the work throws. */
export const withLock = async <T>(
  kubectl: Kubectl,
  doing: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const lock = await takeLock(kubectl, doing);
  try {
    return await work(AbortSignal.any([signal, lock.lost]));
  } catch (thrown) {
    if (lock.lost.aborted) throw userError("DEPLOY_LOCK_LOST", doing);
    throw signal.aborted ? userError("ABORTED") : thrown;
  } finally {
    await lock.release();
  }
};
