/**
 * One look of the updater at its channel: what it finds, what it does about it, and that it is written down. It runs in the cluster of a
 * deployment, asks outward alone, and does what a person's `touchstone deploy upgrade` would do.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toErrorInfo, UserError, userError, type ErrorInfo } from "@touchstone/core/errors";
import type { Finding } from "@touchstone/core/model/finding";
import { lockHolder } from "../cluster/lock.ts";
import { lastGood } from "../release/revisions.ts";
import type { Site } from "../release/site.ts";
import { upgrade } from "../release/upgrade.ts";
import { verifyImages } from "../release/verified-images.ts";
import { decide, type Situation, type Verdict } from "./decide.ts";
import { leaveEvent, readUpdaterRecord, writeUpdaterRecord, type Told } from "./keeping.ts";
import { PERMIT_NAME, permitIn, type Permit } from "./permit.ts";
import { readPointer } from "./pointer-source.ts";
import { settled, withAttempt, withCondition, withEnd, withoutAttempt, withSeen, type Outcome, type UpdaterRecord } from "./record.ts";
import { bringChart } from "./signed-chart.ts";

/** What it works with: a site of which the permit says the deployment. */
export type Reach = Omit<Site, "deployment">;
export type UpdateOptions = {
  /** What looks at the cluster before an upgrade; null: nobody does. */
  preflight: ((site: Site) => Promise<Finding[]>) | null;
  /** Only says what it would do. */
  dryRun?: boolean;
};
export type Look = { outcome: Outcome | "would-upgrade"; product: string | null; why: string };
type Ended = Look & { outcome: Outcome; record: UpdaterRecord };
type Upgrade = Extract<Verdict, { do: "upgrade" }>;

/** Outcomes about which a person should know. */
const ALARMS: ReadonlySet<Look["outcome"]> = new Set<Outcome>([
  "unreachable",
  "refused",
  "replayed",
  "expired",
  "ahead-of-time",
  "stopped",
  "failed",
]);
export const isAlarm = ({ outcome }: Look): boolean => ALARMS.has(outcome);

const orError = async <T>(work: () => T | Promise<T>): Promise<T | ErrorInfo> => {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return thrown.info;
  }
};

const pointerOf = async ({ kubectl, signal }: Reach, { deployment }: Permit): Promise<Situation["pointer"]> =>
  orError(() => {
    const { pointer } = deployment.updater;
    if (pointer === undefined)
      throw userError("DOCUMENT_UNREADABLE", "The channel's pointer", "updater.pointer of the deployment names no address");
    return readPointer(pointer, kubectl, signal);
  });

const situationOf = async (reach: Reach, now: Date): Promise<Situation> => {
  const { kubectl, helm } = reach;
  const [found, record, lock] = await Promise.all([kubectl.get("configmap", PERMIT_NAME), readUpdaterRecord(kubectl), lockHolder(kubectl)]);
  const holder = lock?.holder ?? null;
  const permit = found === null ? null : await orError(() => permitIn(found["data"], kubectl.access.namespace));
  if (permit === null || "code" in permit) return { now, permit, holder, pointer: { document: {}, signatures: [] }, running: null, record };
  const [pointer, revisions] = await Promise.all([pointerOf(reach, permit), helm.history(permit.deployment.name)]);
  const running = lastGood(revisions)?.app_version ?? null;
  // While somebody is at it, nobody can say how it ends.
  return { now, permit, holder, pointer, running, record: holder === null ? settled(record, running, now) : record };
};

const REFUSING: ReadonlySet<string> = new Set([
  "IMAGE_UNSIGNED",
  "IMAGE_UNVERIFIED",
  "CHART_ALTERED",
  "CHART_OTHERWISE",
  "CONTENT_ALTERED",
]);

const newestRevision = async ({ helm, deployment }: Site): Promise<number> => (await helm.history(deployment.name)).at(-1)?.revision ?? 0;

/** How an upgrade ended that threw: whether it failed, or never was one. */
const endOf = async (thrown: unknown, site: Site, before: number, record: UpdaterRecord): Promise<Ended> => {
  const { code, what, why } = toErrorInfo(thrown);
  const product = record.attempt?.product ?? null;
  const said = `${what}: ${why}`;
  if (code === "DEPLOY_LOCKED") return { outcome: "locked", product, why: said, record: withoutAttempt(record) };
  // The attempt stays in the record: the next look judges by what runs then.
  if (site.signal.aborted || code === "DEPLOY_LOCK_LOST") return { outcome: "stopped", product, why: said, record };
  const after = await newestRevision(site).catch(() => null);
  if (after === null) return { outcome: "stopped", product, why: said, record };
  // Told by an event: somebody offers what was not signed.
  if (after === before && REFUSING.has(code)) return { outcome: "refused", product, why: said, record: withoutAttempt(record) };
  if (after === before) return { outcome: "stopped", product, why: `nothing was changed: ${said}`, record: withoutAttempt(record) };
  return { outcome: "failed", product, why: said, record: withEnd(record, "failed", said, new Date()) };
};

const told = ({ outcome, product, why }: Ended): Told => ({
  reason: outcome === "upgraded" ? "Upgraded" : outcome === "failed" ? "UpgradeFailed" : "UpgradeRefused",
  message: [product, outcome, why].filter((part) => part !== null && part !== "").join(": "),
});

/** Upgrades with the chart that was brought and compared. */
const roll = async (site: Site, verdict: Upgrade, record: UpdaterRecord, { preflight }: UpdateOptions): Promise<Ended> => {
  const { kubectl } = site;
  const { release, from } = verdict;
  const { product, reversible } = release;
  const now = new Date();
  const begun = withAttempt(record, product, from, now);
  const before = await newestRevision(site);
  await writeUpdaterRecord(kubectl, withCondition(begun, { outcome: "upgrading", product, why: `from ${from}` }, now));
  await leaveEvent(kubectl, { reason: "UpgradeStarted", message: `${from} to ${product}, pointer ${verdict.seen.pointer.counter}` }, now);
  try {
    // What cannot be rolled back can be restored.
    await upgrade(site, { preflight, backup: !reversible });
    return { outcome: "upgraded", product, why: `from ${from}`, record: withEnd(begun, "upgraded", "", new Date()) };
  } catch (thrown) {
    return endOf(thrown, site, before, begun);
  }
};

/** How a look ends at which the chart or the images could not be had. */
export const outcomeOf = ({ code }: Pick<ErrorInfo, "code">): Outcome =>
  code === "DOCUMENT_UNREADABLE" ? "unreachable" : REFUSING.has(code) ? "refused" : "stopped";

const carryOut = async (reach: Reach, verdict: Upgrade, record: UpdaterRecord, options: UpdateOptions): Promise<Ended> => {
  const folder = await mkdtemp(join(tmpdir(), "touchstone-chart-"));
  try {
    const site: Site = { ...reach, deployment: verdict.permit.deployment };
    const deployment = await orError(async () => {
      const brought = await bringChart(site, verdict.release, folder);
      // Before an attempt is written down: what nobody has signed is told once, and not as an upgrade that begins at every look.
      await verifyImages({ ...site, deployment: brought, tell: () => undefined });
      return brought;
    });
    if (!("code" in deployment)) return await roll({ ...site, deployment }, verdict, record, options);
    return { outcome: outcomeOf(deployment), product: verdict.release.product, why: `${deployment.what}: ${deployment.why}`, record };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Writes down how the look ended; who looks at events hears of what is new. */
const remember = async ({ kubectl }: Reach, ended: Ended): Promise<void> => {
  const now = new Date();
  const record = withCondition(ended.record, ended, now);
  await writeUpdaterRecord(kubectl, record);
  const isNew = record.condition?.since === record.condition?.at;
  if (ended.outcome === "upgraded" || (isAlarm(ended) && isNew)) await leaveEvent(kubectl, told(ended), now);
};

/** Looks once, and does what is to be done. Throws only what keeps it from looking. */
export const updateOnce = async (reach: Reach, options: UpdateOptions): Promise<Look> => {
  const situation = await situationOf(reach, new Date());
  const verdict = decide(situation);
  if (options.dryRun === true)
    return verdict.do === "upgrade" ? { outcome: "would-upgrade", product: verdict.release.product, why: `from ${verdict.from}` } : verdict;
  const { seen } = verdict;
  const record = seen === null ? situation.record : withSeen(situation.record, seen.pointer.channel, seen.pointer.counter, seen.digest);
  const ended: Ended = verdict.do === "upgrade" ? await carryOut(reach, verdict, record, options) : { ...verdict, record };
  await remember(reach, ended);
  const { outcome, product, why } = ended;
  return { outcome, product, why };
};
