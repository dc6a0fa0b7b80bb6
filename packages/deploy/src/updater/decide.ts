/**
 * Whether a deployment is upgraded now, and why not: from what the customer allows, what the channel says, what runs, what was seen
 * before, and the time. Pure; everything that must never happen is refused here.
 */
import { toErrorInfo, type ErrorInfo } from "@touchstone/core/errors";
import { isOpen, windowText } from "../deployment/window.ts";
import { compareVersions } from "../supply/product-version.ts";
import { Pointer, Release } from "../supply/release.ts";
import { documentDigest, documentOf, verifyDocument, type Signed } from "../supply/signature.ts";
import { tooFar, untimely } from "./fit.ts";
import { PERMIT_NAME, type Permit } from "./permit.ts";
import type { Outcome, UpdaterRecord } from "./record.ts";

export type Situation = {
  now: Date;
  /** What the customer allows, or what is wrong with it; null: paused. */
  permit: Permit | ErrorInfo | null;
  /** Who changes the deployment at the moment; null: nobody. */
  holder: string | null;
  /** What the pointer's address answered, or why it did not. */
  pointer: Signed | ErrorInfo;
  /** Version of the product that runs; null when none is installed. */
  running: string | null;
  record: UpdaterRecord;
};

/** The pointer that was found good, to be remembered whatever is done. */
export type Seen = { pointer: Pointer; digest: string };
export type Verdict =
  | { do: "upgrade"; seen: Seen; release: Release; permit: Permit; from: string }
  | { do: "nothing"; outcome: Outcome; product: string | null; why: string; seen: Seen | null };

const POINTER = "the channel's pointer";
const RELEASE = "the release it points to";

type Trusted = { seen: Seen; release: Release };
type Refusal = { outcome: Outcome; why: string };
type Judged = Refusal | null;

/** Both documents, if those whose signature counts have said them. Throws what is wrong with them. */
const trusted = (signed: Signed, { keys }: Permit): Trusted => {
  const { document } = verifyDocument(signed, keys, { name: POINTER });
  const pointer = documentOf(Pointer, document, POINTER);
  const release = documentOf(Release, verifyDocument(pointer.release, keys, { name: RELEASE }).document, RELEASE);
  return { seen: { pointer, digest: documentDigest(document) }, release };
};

type Question = Trusted & { situation: Situation; permit: Permit };
type Running = { running: string };

const ofTime = ({ seen: { pointer }, release, situation: { now } }: Question): Judged =>
  untimely(POINTER, pointer, now) ?? untimely(RELEASE, release, now);

const ofChannel = ({ seen: { pointer }, release, permit }: Question): Judged => {
  const { channel } = permit.deployment;
  if (pointer.channel !== channel)
    return { outcome: "other-channel", why: `it is of the channel ${pointer.channel}, and the deployment's is ${channel}` };
  return release.channels.includes(channel)
    ? null
    : { outcome: "other-channel", why: `the release is signed for ${release.channels.join(", ")}, not for ${channel}` };
};

/** Shown again: an older pointer, or another one under the same number. */
const ofOrder = ({ seen: { pointer, digest }, situation: { record } }: Question): Judged => {
  const newest = record.seen[pointer.channel];
  if (newest === undefined || pointer.counter > newest.counter) return null;
  if (pointer.counter < newest.counter)
    return { outcome: "replayed", why: `its number is ${pointer.counter}, and ${newest.counter} was seen already` };
  return digest === newest.digest
    ? null
    : { outcome: "replayed", why: `another pointer with the number ${pointer.counter} was seen already` };
};

const ofVersion = ({ release, running }: Question & Running): Judged => {
  const { product } = release;
  const why = tooFar(release, running);
  if (why !== null) return { outcome: "too-far", why };
  const order = compareVersions(product, running);
  if (order === 0) return { outcome: "current", why: `${running} runs, and the channel is at ${product}` };
  return order < 0 ? { outcome: "older", why: `${running} runs, which is newer than ${product}` } : null;
};

const ofTrials = ({ release: { product }, situation: { record } }: Question): Judged => {
  const failure = record.failed.find((one) => one.product === product);
  return failure === undefined ? null : { outcome: "failed-before", why: `${product} failed at ${failure.at}: ${failure.why}` };
};

const ofLeave = ({ release, permit: { deployment } }: Question): Judged =>
  release.reversible || deployment.updater.irreversible
    ? null
    : {
        outcome: "irreversible",
        why: `${release.product} cannot be rolled back once it ran: it waits for a person, or for updater.irreversible`,
      };

const ofWindow = ({ permit: { deployment }, situation: { now } }: Question): Judged => {
  const window = deployment.maintenanceWindow;
  return window === undefined || isOpen(window, now)
    ? null
    : { outcome: "outside-window", why: `it waits for the maintenance window: ${windowText(window)}` };
};

/** A pointer counts as seen when these let it through; the others judge what it points to. */
const OF_POINTER = [ofChannel, ofTime, ofOrder] as const;
const OF_RELEASE = [ofVersion, ofTrials, ofLeave, ofWindow] as const;

const first = <Q>(judges: readonly ((question: Q) => Judged)[], question: Q): Judged => {
  for (const judge of judges) {
    const refusal = judge(question);
    if (refusal !== null) return refusal;
  }
  return null;
};

const nothing = ({ outcome, why }: Refusal, product: string | null = null, seen: Seen | null = null): Verdict => ({
  do: "nothing",
  outcome,
  product,
  why,
  seen,
});

const PAUSED: Refusal = { outcome: "paused", why: `there is no ConfigMap ${PERMIT_NAME}, which would allow it` };
const NOT_ASKED_FOR: Refusal = { outcome: "paused", why: "its deployment.yaml says upgrades: none" };
const NOT_INSTALLED: Refusal = { outcome: "not-installed", why: "no release of this name runs: the first installation is a person's" };

const errorText = ({ what, why }: ErrorInfo): string => `${what}: ${why}`;

export const decide = (situation: Situation): Verdict => {
  const { permit, holder, pointer, running } = situation;
  if (permit === null) return nothing(PAUSED);
  if ("code" in permit) return nothing({ outcome: "refused", why: errorText(permit) });
  if (permit.deployment.upgrades === "none") return nothing(NOT_ASKED_FOR);
  if (holder !== null) return nothing({ outcome: "locked", why: `${holder} changes the deployment` });
  if ("code" in pointer) return nothing({ outcome: "unreachable", why: errorText(pointer) });
  let found: Trusted;
  try {
    found = trusted(pointer, permit);
  } catch (thrown) {
    return nothing({ outcome: "refused", why: errorText(toErrorInfo(thrown)) });
  }
  const question: Question = { ...found, situation, permit };
  const { seen, release } = found;
  const misplaced = first(OF_POINTER, question);
  if (misplaced !== null) return nothing(misplaced, release.product);
  if (running === null) return nothing(NOT_INSTALLED, release.product, seen);
  const refusal = first<Question & Running>(OF_RELEASE, { ...question, running });
  return refusal === null ? { do: "upgrade", seen, release, permit, from: running } : nothing(refusal, release.product, seen);
};
