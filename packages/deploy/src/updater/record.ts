/**
 * What the updater has seen and done, kept beside the deployment as a ConfigMap: how it stands now, which pointers it knows, which
 * versions failed, and the last upgrades. Here is how one becomes the next; all of it is pure.
 */
import { z } from "zod";
import { CHANNELS, type Channel } from "../deployment/deployment.ts";
import { ProductVersion } from "../supply/product-version.ts";

const HISTORY_MAX = 20;
/** A failed version is forgotten only when so many newer ones have failed as well. */
const FAILED_MAX = 50;
const REASON_CHARACTERS_MAX = 2000;
/** A pod can be evicted for no fault of the version it installs; twice in a row is no chance. */
export const INTERRUPTIONS_MAX = 2;

/** How a look at the channel can end. */
export const OUTCOMES = [
  "paused",
  "unreachable",
  "refused",
  "other-channel",
  "expired",
  "ahead-of-time",
  "replayed",
  "not-installed",
  "current",
  "older",
  "too-far",
  "failed-before",
  "irreversible",
  "outside-window",
  "locked",
  "stopped",
  "upgrading",
  "upgraded",
  "failed",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

const Upgrade = z.object({
  product: ProductVersion,
  from: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  outcome: z.enum(["upgraded", "failed"]),
  why: z.string(),
});

export const UpdaterRecord = z.object({
  version: z.literal(1),
  /** The last look, and since when looks have ended so. */
  condition: z
    .object({ outcome: z.enum(OUTCOMES), product: z.string().nullable(), why: z.string(), at: z.string(), since: z.string() })
    .nullable(),
  /** Of each channel the newest pointer that was good. */
  seen: z.partialRecord(z.enum(CHANNELS), z.object({ counter: z.number(), digest: z.string() })),
  /** An upgrade that has begun and of which no end is known. */
  attempt: z.object({ product: ProductVersion, from: z.string(), startedAt: z.string() }).nullable(),
  /** A version whose upgrade was cut off, and how often in a row. */
  interrupted: z.object({ product: ProductVersion, times: z.number() }).nullable(),
  /** Versions that are not tried again by themselves. */
  failed: z.array(z.object({ product: ProductVersion, at: z.string(), why: z.string() })),
  /** Newest last. */
  upgrades: z.array(Upgrade),
});
export type UpdaterRecord = z.infer<typeof UpdaterRecord>;
export type Condition = NonNullable<UpdaterRecord["condition"]>;

export const NOTHING_SEEN: UpdaterRecord = {
  version: 1,
  condition: null,
  seen: {},
  attempt: null,
  interrupted: null,
  failed: [],
  upgrades: [],
};

const cut = (text: string): string => text.slice(0, REASON_CHARACTERS_MAX);

export const withCondition = (
  record: UpdaterRecord,
  { outcome, product, why }: Pick<Condition, "outcome" | "product" | "why">,
  now: Date,
): UpdaterRecord => {
  const at = now.toISOString();
  const before = record.condition;
  const since = before !== null && before.outcome === outcome && before.product === product ? before.since : at;
  return { ...record, condition: { outcome, product, why: cut(why), at, since } };
};

export const withSeen = (record: UpdaterRecord, channel: Channel, counter: number, digest: string): UpdaterRecord => ({
  ...record,
  seen: { ...record.seen, [channel]: { counter, digest } },
});

export const withAttempt = (record: UpdaterRecord, product: string, from: string, now: Date): UpdaterRecord => ({
  ...record,
  attempt: { product, from, startedAt: now.toISOString() },
});

/** The attempt came to an end. */
export const withEnd = (record: UpdaterRecord, outcome: "upgraded" | "failed", why: string, now: Date): UpdaterRecord => {
  const { attempt } = record;
  if (attempt === null) return record;
  const { product, from, startedAt } = attempt;
  const at = now.toISOString();
  return {
    ...record,
    attempt: null,
    interrupted: null,
    failed:
      outcome === "failed"
        ? [...record.failed.filter((one) => one.product !== product), { product, at, why: cut(why) }].slice(-FAILED_MAX)
        : record.failed,
    upgrades: [...record.upgrades, { product, from, startedAt, endedAt: at, outcome, why: cut(why) }].slice(-HISTORY_MAX),
  };
};

/** The attempt changed nothing: it was refused before it began. */
export const withoutAttempt = (record: UpdaterRecord): UpdaterRecord => ({ ...record, attempt: null });

/** An attempt that a killed process left, judged by what runs now. Expects that nobody is at work on the deployment. */
export const settled = (record: UpdaterRecord, running: string | null, now: Date): UpdaterRecord => {
  const { attempt } = record;
  if (attempt === null) return record;
  if (running === attempt.product) return withEnd(record, "upgraded", "its process ended before it could say so", now);
  const times = (record.interrupted?.product === attempt.product ? record.interrupted.times : 0) + 1;
  return times > INTERRUPTIONS_MAX
    ? withEnd(record, "failed", `its process was ended ${times} times before it was done`, now)
    : { ...record, attempt: null, interrupted: { product: attempt.product, times } };
};

/** A person says that failed versions may be tried again: one, or all. */
export const forgiven = (record: UpdaterRecord, product: string | null): UpdaterRecord => ({
  ...record,
  failed: product === null ? [] : record.failed.filter((one) => one.product !== product),
});
