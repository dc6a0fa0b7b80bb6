/** Whether a release is one for a deployment: of its time, and within reach of what runs. Asked by the updater and for people alike. Pure. */
import { compareVersions, ProductVersion } from "../supply/product-version.ts";
import type { Release } from "../supply/release.ts";

/** Clocks of two places differ; by more, one of them is wrong. */
const CLOCK_SKEW_MS = 10 * 60_000;

type Lifetime = { issuedAt: string; expiresAt: string };

/** What is wrong with the time of a document. */
export const untimely = (
  what: string,
  { issuedAt, expiresAt }: Lifetime,
  now: Date,
): { outcome: "ahead-of-time" | "expired"; why: string } | null => {
  if (Date.parse(issuedAt) - CLOCK_SKEW_MS > now.getTime())
    return { outcome: "ahead-of-time", why: `${what} was signed at ${issuedAt}, which is still to come` };
  return Date.parse(expiresAt) <= now.getTime() ? { outcome: "expired", why: `${what} was good until ${expiresAt}` } : null;
};

/** Why what runs cannot become it in one step; a step back is not asked about here. */
export const tooFar = ({ product, upgradableFrom }: Pick<Release, "product" | "upgradableFrom">, running: string): string | null => {
  if (!ProductVersion.safeParse(running).success) return `what runs is called ${running}, which is no version`;
  if (compareVersions(product, running) <= 0 || compareVersions(running, upgradableFrom) >= 0) return null;
  return `${running} runs, and ${product} can be reached from ${upgradableFrom} on: upgrade to that first, by hand`;
};
